"""Notes: whose words were kept by whom, and where."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from bot.asking.model import Note
from storage.tables import note

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import ColumnElement, Select

    from storage.ids import Ids


class Notes:
    """Reads and writes notes within one transaction; what is shown of them are messages."""

    def __init__(self, connection: Connection, ids: Ids) -> None:
        self._connection = connection
        self._ids = ids

    def add(self, new: Note) -> Note:
        """Keep a new note; returns it with its number."""
        row = asdict(new) | {"id": self._ids.next()}
        self._connection.execute(insert(note), row)
        return Note(**row)

    def find(self, note_id: int) -> Note | None:
        """The note with this number."""
        return next(iter(self._all(select(note).where(note.c.id == note_id))), None)

    def of_answer(self, answer_id: int) -> Note | None:
        """The note that an answer was kept as."""
        return next(iter(self._all(select(note).where(note.c.answer_id == answer_id))), None)

    def of(self, account_ids: Collection[int]) -> list[Note]:
        """The notes that some accounts have a part in."""
        return self._all(select(note).where(is_part_of(account_ids)).order_by(note.c.id))

    def save(self, one: Note) -> None:
        """Write down how a note is now."""
        change = update(note).where(note.c.id == one.id)
        self._connection.execute(change.values(**asdict(one)))

    def drop(self, note_id: int) -> None:
        """Forget a note."""
        self._connection.execute(delete(note).where(note.c.id == note_id))

    def _all(self, query: Select[Any]) -> list[Note]:
        return [Note(**row) for row in self._connection.execute(query).mappings()]


def is_part_of(account_ids: Collection[int]) -> ColumnElement[bool]:
    """Whether one of some accounts gave a note's answer or kept it; each looked up by itself."""
    gave = select(note.c.id).where(note.c.account_id.in_(account_ids))
    kept = select(note.c.id).where(note.c.kept_by.in_(account_ids))
    return note.c.id.in_(gave.union_all(kept))
