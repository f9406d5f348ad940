"""The feeds that people made; of the secrets in their addresses only hashes are kept."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from bot.feeds.model import Feed, Subject
from storage.index import upsert
from storage.tables import feed

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from storage.ids import Ids


class Feeds:
    """Reads and writes feeds within one transaction."""

    def __init__(self, connection: Connection, ids: Ids) -> None:
        self._connection = connection
        self._ids = ids

    def save(self, wanted: Feed) -> Feed:
        """Keep a feed; one that is kept (its id is not 0) gets its new address and maker."""
        kept = wanted if wanted.id else replace(wanted, id=self._ids.next())
        row = asdict(kept)
        changed = {name: row[name] for name in ("account_id", "token_hash", "made_at")}
        into = upsert(self._connection, feed).values(row)
        self._connection.execute(into.on_conflict_do_update(index_elements=["id"], set_=changed))
        return kept

    def of(self, person_id: int) -> list[Feed]:
        """The feeds that somebody made, the first made first."""
        query = select(feed).where(feed.c.person_id == person_id).order_by(feed.c.id)
        return [_feed(row) for row in self._connection.execute(query).mappings()]

    def behind(self, token_hash: str) -> Feed | None:
        """The feed whose address holds a secret with this hash."""
        query = select(feed).where(feed.c.token_hash == token_hash)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else _feed(row)

    def drop(self, feed_id: int) -> None:
        """End a feed."""
        self._connection.execute(delete(feed).where(feed.c.id == feed_id))


def _feed(row: Any) -> Feed:
    return Feed(**dict(row) | {"subject": Subject(row["subject"])})
