"""The feeds that people bring: when each is due, and what its server said last."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from bot.feeds.model import Brought
from storage.index import upsert
from storage.tables import brought

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import Select


class BroughtFeeds:
    """Reads and writes brought feeds within one transaction; one goes with its place."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, one: Brought) -> None:
        """Keep a brought feed, or how it is now."""
        row = asdict(one)
        into = upsert(self._connection, brought).values(row)
        key = [brought.c.place_id]
        self._connection.execute(into.on_conflict_do_update(index_elements=key, set_=row))

    def of(self, person_id: int) -> list[Brought]:
        """The feeds that somebody brings, the first brought first."""
        query = select(brought).where(brought.c.person_id == person_id)
        return self._all(query.order_by(brought.c.place_id))

    def at(self, place_id: int) -> Brought | None:
        """The feed whose entries are kept in a place."""
        return next(iter(self._all(select(brought).where(brought.c.place_id == place_id))), None)

    def due(self, at: datetime, most: int) -> list[Brought]:
        """Feeds that are due, the longest due first."""
        query = select(brought).where(brought.c.next_at <= at)
        return self._all(query.order_by(brought.c.next_at, brought.c.place_id).limit(most))

    def _all(self, query: Select[Any]) -> list[Brought]:
        return [Brought(**row) for row in self._connection.execute(query).mappings()]
