"""What one transaction has asked already, and need not ask again until it changes it.

A digest asks four times how its reader wants to be written to, and twenty times what they may see.
`Known.ask` runs a statement once for the same values; what it gave holds until the transaction
writes to one of the tables that the statement reads. `watch` counts those writes. Only INSERT and
UPDATE are taken at their word, of one table each: a DELETE goes on through the foreign keys, so it
and everything else that is no plain read lets all be asked anew.

This is only for what the one writer alone changes (`storage/engine.py`), which the queues are not.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy import Table, event
from sqlalchemy.sql import visitors

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from sqlalchemy.engine import Connection, Engine
    from sqlalchemy.sql import Select
    from sqlalchemy.sql.visitors import ExternallyTraversible

_WRITES = "grapevine_writes"
_EVERY = ""  # the name under which writes are counted that may have changed any table
_OF_ONE_TABLE = re.compile(r'(?:INSERT INTO|UPDATE) "?(\w+)"? ')

_T = TypeVar("_T")


def watch(engine: Engine) -> None:
    """Count what each connection writes, by table."""
    event.listen(engine, "after_cursor_execute", _count)


def _count(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    if statement.startswith("SELECT"):
        return
    found = _OF_ONE_TABLE.match(statement)
    name = _EVERY if found is None else found[1]
    writes = connection.info.setdefault(_WRITES, {})
    writes[name] = writes.get(name, 0) + 1


def tables_of(*parts: ExternallyTraversible) -> frozenset[str]:
    """The names of the tables that some parts of statements read."""
    every = (one for part in parts for one in visitors.iterate(part))
    return frozenset(one.name for one in every if isinstance(one, Table))


@cache
def _read_by(query: Select[Any]) -> frozenset[str]:
    return tables_of(query)


class Known:
    """What was asked within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._found: dict[Hashable, tuple[tuple[int, ...], object]] = {}

    def ask(
        self,
        query: Select[Any],
        values: Mapping[str, Hashable],
        read: Callable[[Sequence[Any]], _T],
    ) -> _T:
        """What `read` makes of the rows of a query that is built once; nobody may change it."""

        def look() -> _T:
            return read(self._connection.execute(query, values).all())

        return self.once((query, *values.values()), _read_by(query), look)

    def once(self, key: Hashable, tables: frozenset[str], look: Callable[[], _T]) -> _T:
        """What `look` finds in some tables; it looks again only when these were written to."""
        writes = self._connection.info.get(_WRITES, {})
        stamp = (writes.get(_EVERY, 0), *(writes.get(name, 0) for name in tables))
        known = self._found.get(key)
        if known is None or known[0] != stamp:
            known = self._found[key] = stamp, look()
        return cast("_T", known[1])
