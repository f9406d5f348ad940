"""Small things that an adapter wants to find again after a restart: a text under a name.

Never anything about a person: forgetting does not look here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.index import upsert
from storage.tables import meta

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

_PREFIX = "memo:"


class Memos:
    """Reads and writes memos within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, name: str) -> str | None:
        """What was noted under a name."""
        query = select(meta.c.value).where(meta.c.key == _PREFIX + name)
        return self._connection.execute(query).scalar()

    def write(self, name: str, text: str) -> None:
        """Note a text under a name, instead of what was there."""
        into = upsert(self._connection, meta).values(key=_PREFIX + name, value=text)
        self._connection.execute(
            into.on_conflict_do_update(index_elements=["key"], set_={"value": text})
        )
