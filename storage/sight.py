"""What an audience may see, looked up once for the many reads of one answer.

The predicate (`storage/audience.py`) is evaluated once; the reads that follow in the same
transaction name the places it gave. Any statement that writes makes it be evaluated anew, so that
an answer never rests on what was visible before a change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event

from storage.audience import visible
from storage.lists import among

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine
    from sqlalchemy.sql import ColumnElement

    from bot.model import Audience

_WRITES = "grapevine_writes"
PLACES = "visible_places"


def seen(place_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that a place may be seen; `Sight.places` says which those are."""
    return among(place_id, PLACES)


def watch(engine: Engine) -> None:
    """Count the statements of each connection that are no plain reads."""
    event.listen(engine, "after_cursor_execute", _count)


def _count(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    if not statement.startswith("SELECT"):
        connection.info[_WRITES] = connection.info.get(_WRITES, 0) + 1


class Sight:
    """The places that each audience may see, for one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._writes = -1
        self._places: dict[Audience, list[int]] = {}

    def places(self, audience: Audience) -> list[int]:
        """The numbers of the places that `audience` may be shown."""
        writes = self._connection.info.get(_WRITES, 0)
        if writes != self._writes:
            self._writes = writes
            self._places.clear()
        if audience not in self._places:
            found: Any = self._connection.execute(*visible(audience)).all()
            self._places[audience] = sorted(number for (number,) in found)
        return self._places[audience]
