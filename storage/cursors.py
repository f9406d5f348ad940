"""How far the history of each place was read, and up to when what is said there has arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from bot.events import CommunityRef, PlaceRef, Platform, Visibility
from bot.reading import Progress, Reading
from storage.index import upsert
from storage.rows import as_place
from storage.tables import backfill, community, place

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.row import Row


class Cursors:
    """Reads and writes the progress of reading histories, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def progress(self, community_id: int) -> list[Progress]:
        """Every place of a community that is listened to, by name, with its reading."""
        query = (
            select(
                place,
                community.c.platform,
                community.c.external_id.label("home"),
                *(column.label(f"b_{column.name}") for column in backfill.c),
            )
            .join(community)
            .outerjoin(backfill)
            .where(
                place.c.community_id == community_id,
                place.c.captured,
                ~place.c.archived,
                place.c.visibility != Visibility.DIRECT.value,
            )
            .order_by(place.c.name, place.c.id)
        )
        return [_progress(row) for row in self._connection.execute(query)]

    def find(self, place_id: int) -> Reading | None:
        """How far the history of a place was read; None: it has not begun."""
        query = select(backfill).where(backfill.c.place_id == place_id)
        row = self._connection.execute(query).first()
        if row is None:
            return None
        return Reading(row.before, row.messages, row.begun_at, row.finished_at, row.seen_until)

    def save(self, place_id: int, reading: Reading) -> None:
        """Note how far it was read."""
        values = {
            "before": reading.before,
            "messages": reading.messages,
            "begun_at": reading.begun_at,
            "finished_at": reading.finished_at,
            "seen_until": reading.seen_until,
        }
        into = upsert(self._connection, backfill).values(place_id=place_id, **values)
        self._connection.execute(
            into.on_conflict_do_update(index_elements=["place_id"], set_=values)
        )

    def seen(self, community_id: int, until: datetime) -> None:
        """All that was said in the places of a community up to `until` has arrived."""
        places = select(place.c.id).where(place.c.community_id == community_id)
        change = update(backfill).where(
            backfill.c.place_id.in_(places), backfill.c.seen_until < until
        )
        self._connection.execute(change.values(seen_until=until))


def _progress(row: Row[tuple[object, ...]]) -> Progress:
    ref = PlaceRef(CommunityRef(Platform(row.platform), row.home), row.external_id)
    reading = None
    if row.b_place_id is not None:
        reading = Reading(
            row.b_before, row.b_messages, row.b_begun_at, row.b_finished_at, row.b_seen_until
        )
    return Progress(as_place(row, ref), reading)
