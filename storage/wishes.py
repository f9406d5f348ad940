"""What the admins of a community want in its places: notes of credit, and the pulse."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from bot.digest.model import PulseOrder
from storage.index import upsert
from storage.tables import credit_note, credit_place, pulse

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import Select


class Wishes:
    """Reads and writes them within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # ── Credit ───────────────────────────────────────────────────────────────────────────────

    def credit(self, place_id: int, at: datetime) -> None:
        """Have a link that is posted again in a place get a note."""
        into = upsert(self._connection, credit_place).values(place_id=place_id, at=at)
        self._connection.execute(into.on_conflict_do_nothing())

    def credit_no_more(self, place_id: int) -> bool:
        """Have no more of them; whether there were any."""
        gone = delete(credit_place).where(credit_place.c.place_id == place_id)
        return self._connection.execute(gone).rowcount > 0

    def credits(self, place_id: int) -> bool:
        """Whether a link that is posted again in a place gets a note."""
        query = select(credit_place.c.place_id).where(credit_place.c.place_id == place_id)
        return self._connection.execute(query).first() is not None

    def names(self, key: str, place_id: int, person_ids: Collection[int]) -> None:
        """A note, by the key of its delivery, names some people."""
        self._connection.execute(delete(credit_note).where(credit_note.c.key == key))
        rows = [{"key": key, "place_id": place_id, "person_id": one} for one in person_ids]
        self._connection.execute(insert(credit_note), rows)

    def stands(self, key: str, ref: str) -> None:
        """A note was sent and stands there."""
        change = update(credit_note).where(credit_note.c.key == key)
        self._connection.execute(change.values(ref=ref))

    def naming(self, person_id: int) -> list[tuple[str, int, str]]:
        """The notes that stand and name somebody, as (key, place, where it stands)."""
        query = select(credit_note.c.key, credit_note.c.place_id, credit_note.c.ref)
        query = query.where(credit_note.c.person_id == person_id, credit_note.c.ref.is_not(None))
        return [(key, place_id, ref) for key, place_id, ref in self._connection.execute(query)]

    # ── The pulse ────────────────────────────────────────────────────────────────────────────

    def order(self, wanted: PulseOrder) -> None:
        """Write down where a community has its pulse posted, and when the next is due."""
        row = asdict(wanted)
        into = upsert(self._connection, pulse).values(row)
        key = [pulse.c.community_id]
        self._connection.execute(into.on_conflict_do_update(index_elements=key, set_=row))

    def order_no_more(self, community_id: int) -> bool:
        """Have it posted no more; whether it was."""
        gone = delete(pulse).where(pulse.c.community_id == community_id)
        return self._connection.execute(gone).rowcount > 0

    def order_of(self, community_id: int) -> PulseOrder | None:
        """Where a community has its pulse posted."""
        found = self._all(select(pulse).where(pulse.c.community_id == community_id))
        return found[0] if found else None

    def due(self, at: datetime, most: int) -> list[PulseOrder]:
        """Those that are due, the longest due first."""
        query = select(pulse).where(pulse.c.next_at <= at)
        return self._all(query.order_by(pulse.c.next_at, pulse.c.community_id).limit(most))

    def _all(self, query: Select[Any]) -> list[PulseOrder]:
        return [PulseOrder(**row._mapping) for row in self._connection.execute(query)]  # noqa: SLF001
