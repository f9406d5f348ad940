"""What an audience may see, looked up once for the many reads of one answer.

The predicate (`storage/audience.py`) is evaluated once; the reads that follow in the same
transaction name the places it gave. A write to what it reads makes it be evaluated anew
(`storage/known.py`), so that an answer never rests on what was visible before a change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storage.audience import READ, visible
from storage.lists import among

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import ColumnElement

    from bot.model import Audience
    from storage.known import Known

PLACES = "visible_places"


def seen(place_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that a place may be seen; `Sight.places` says which those are."""
    return among(place_id, PLACES)


class Sight:
    """The places that each audience may see, for one transaction."""

    def __init__(self, connection: Connection, known: Known) -> None:
        self._connection = connection
        self._known = known

    def places(self, audience: Audience) -> list[int]:
        """The numbers of the places that `audience` may be shown."""

        def look() -> list[int]:
            found: Any = self._connection.execute(*visible(audience)).all()
            return sorted(number for (number,) in found)

        return self._known.once(audience, READ, look)
