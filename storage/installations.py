"""Where we were installed by OAuth, and the states of installations that are under way."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update

from bot.events import CommunityRef, Platform
from bot.installing import Installation
from storage.index import upsert
from storage.tables import installation, oauth_state

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.row import Row

MOST_UNDER_WAY = 1_000
"""States that may wait at once: whoever finds the address may ask for one."""


class Installations:
    """Reads and writes installations within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # ── Who installed us ─────────────────────────────────────────────────────────────────────

    def all(self, platform: Platform) -> list[Installation]:
        """Every installation on a platform, the first one first."""
        order = (installation.c.installed_at, installation.c.external_id)
        query = select(installation).where(installation.c.platform == platform.value)
        return [_read(row) for row in self._connection.execute(query.order_by(*order))]

    def find(self, community: CommunityRef) -> Installation | None:
        """The installation of a community; None: it has none."""
        row = self._connection.execute(select(installation).where(_of(community))).first()
        return None if row is None else _read(row)

    def save(self, made: Installation) -> None:
        """Keep an installation instead of the one before."""
        keys = {"platform": made.community.platform.value, "external_id": made.community.id}
        values = {"name": made.name, "sealed": made.sealed, "installed_at": made.installed_at}
        into = upsert(self._connection, installation).values(**keys, **values)
        self._connection.execute(into.on_conflict_do_update(index_elements=list(keys), set_=values))

    def reseal(self, community: CommunityRef, before: str, after: str) -> bool:
        """Keep a token encrypted anew, if it is still the one that was read."""
        same = and_(_of(community), installation.c.sealed == before)
        change = update(installation).where(same).values(sealed=after)
        return self._connection.execute(change).rowcount == 1

    def drop(self, community: CommunityRef) -> bool:
        """Forget an installation; whether there was one."""
        return self._connection.execute(delete(installation).where(_of(community))).rowcount == 1

    # ── Who is about to ──────────────────────────────────────────────────────────────────────

    def issue(self, state: str, at: datetime, expires_at: datetime) -> bool:
        """Let `state` come back once before `expires_at`. False: too many are under way at `at`."""
        self._connection.execute(delete(oauth_state).where(oauth_state.c.expires_at <= at))
        query = select(func.count()).select_from(oauth_state)
        if self._connection.execute(query).scalar_one() >= MOST_UNDER_WAY:
            return False
        row = {"hash": _hash(state), "expires_at": expires_at}
        self._connection.execute(insert(oauth_state).values(row))
        return True

    def consume(self, state: str, at: datetime) -> bool:
        """Whether `state` was issued, has not expired at `at`, and comes back for once."""
        gone = delete(oauth_state).where(
            oauth_state.c.hash == _hash(state), oauth_state.c.expires_at > at
        )
        return self._connection.execute(gone).rowcount == 1


def _of(community: CommunityRef) -> ColumnElement[bool]:
    return and_(
        installation.c.platform == community.platform.value,
        installation.c.external_id == community.id,
    )


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()


def _read(row: Row[tuple[object, ...]]) -> Installation:
    home = CommunityRef(Platform(row.platform), row.external_id)
    return Installation(home, row.name, row.sealed, row.installed_at)
