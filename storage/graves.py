"""What is remembered of what is gone: deleted messages, and who asked to be forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from bot.copies import Forgetting
from bot.events import AccountRef, CommunityRef, MessageDeleted, PlaceRef, Platform
from storage.forgotten import KEY, Forgotten
from storage.index import upsert
from storage.tables import account, community, forgotten, member, meta, place, tombstone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection


class Graves:
    """Reads and writes it within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def buried(self) -> Iterator[MessageDeleted]:
        """Every message that was deleted."""
        query = (
            select(
                community.c.platform,
                community.c.external_id.label("home"),
                place.c.external_id.label("place"),
                tombstone.c.external_id.label("message"),
                tombstone.c.at,
            )
            .select_from(tombstone.join(place).join(community))
            .order_by(tombstone.c.place_id, tombstone.c.external_id)
        )
        for row in self._connection.execute(query):
            home = CommunityRef(Platform(row.platform), row.home)
            yield MessageDeleted(PlaceRef(home, row.place), row.message, row.at)

    def forgetting(self) -> Forgetting:
        """Everybody who asked to be forgotten."""
        key = self._connection.scalar(select(meta.c.value).where(meta.c.key == KEY))
        hashes = self._connection.scalars(select(forgotten.c.account_hash))
        return Forgetting(key, frozenset(hashes))

    def here_still(self, gone: Forgetting) -> list[AccountRef]:
        """Accounts that are kept here, and forgotten there."""
        if gone.key is None or not gone.hashes:
            return []
        theirs = Forgotten(self._connection, bytes.fromhex(gone.key))
        query = (
            select(
                community.c.platform, community.c.external_id.label("home"), account.c.external_id
            )
            .select_from(account.join(member).join(community))
            .order_by(account.c.id)
        )
        refs = (
            AccountRef(CommunityRef(Platform(row.platform), row.home), row.external_id)
            for row in self._connection.execute(query)
        )
        return [ref for ref in refs if theirs.hash_of(ref) in gone.hashes]

    def take_over(self, gone: Forgetting) -> None:
        """Keep out whoever is kept out there, and nobody else; not where that is another store."""
        mine = self._connection.scalar(select(meta.c.value).where(meta.c.key == KEY))
        if gone.key is None or mine not in {None, gone.key}:
            return
        row = {"key": KEY, "value": gone.key}
        into = upsert(self._connection, meta).values(row)
        self._connection.execute(into.on_conflict_do_update(index_elements=["key"], set_=row))
        self._connection.execute(delete(forgotten))
        rows = [{"account_hash": one} for one in sorted(gone.hashes)]
        if rows:
            self._connection.execute(insert(forgotten), rows)
