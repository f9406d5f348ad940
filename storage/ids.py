"""Numbers for new rows, known before the rows are written.

One counter for all tables, never used twice, so that a number a person hid never comes to mean
something else. Only the one writer (`storage/engine.py`) draws from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from storage.tables import meta

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

KEY = "last_id"


class Ids:
    """Draws numbers for one transaction; `save` must run before it commits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._last: int | None = None

    def next(self) -> int:
        """The next number."""
        if self._last is None:
            query = select(meta.c.value).where(meta.c.key == KEY)
            self._last = int(self._connection.execute(query).scalar_one())
        self._last += 1
        return self._last

    def save(self) -> None:
        """Write down how far the counter has come."""
        if self._last is not None:
            change = update(meta).where(meta.c.key == KEY).values(value=str(self._last))
            self._connection.execute(change)
