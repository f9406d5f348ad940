"""Making two people one, and one two again: only their own one-time code does that."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, exists, insert, select, update

from bot.asking.model import Manners
from storage import tables
from storage.known import Known
from storage.manners import ManyManners
from storage.removal import EMPTIED, PERSON, PERSONAL
from storage.tables import account, attempt, confirmed, hidden, manners, muted, person

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

    from storage.ids import Ids

# What is copied when somebody parts their accounts: what they hid stays hidden on both sides, what
# they do not want is sent to neither, and who has to wait before the next code waits.
_COPIED = (hidden, confirmed, manners, muted, attempt)


class Joining:
    """Joins and parts accounts within one transaction."""

    def __init__(self, connection: Connection, ids: Ids) -> None:
        self._connection = connection
        self._ids = ids

    def join(self, kept_id: int, gone_id: int) -> None:
        """Make two people one. Where both decided the same thing, the kept one's word counts."""
        was_unlisted = select(person.c.unlisted).where(person.c.id == gone_id)
        if self._connection.execute(was_unlisted).scalar():
            change = update(person).where(person.c.id == kept_id).values(unlisted=True)
            self._connection.execute(change)
        self._agree_on_manners(kept_id, gone_id)
        for (name, column), kind in (PERSONAL | EMPTIED).items():
            if kind == PERSON and name != "person":
                self._move(tables.metadata.tables[name], column, kept_id, gone_id)
        self._connection.execute(delete(person).where(person.c.id == gone_id))

    def _agree_on_manners(self, kept_id: int, gone_id: int) -> None:
        """The kept one's, and the gone one's where the kept one never said anything."""
        both = ManyManners(self._connection, Known(self._connection))
        kept, gone = both.of(kept_id), both.of(gone_id)
        usual = Manners(kept_id)
        unsaid = {
            one.name: getattr(gone, one.name)
            for one in fields(Manners)
            if getattr(kept, one.name) == getattr(usual, one.name) and one.name != "person_id"
        }
        if gone != Manners(gone_id):
            both.save(replace(kept, **unsaid))

    def _move(self, table: Table, column: str, kept_id: int, gone_id: int) -> None:
        key = [one for one in table.primary_key.columns if one.name != column]
        change = update(table).where(table.c[column] == gone_id)
        if len(key) < len(table.primary_key.columns):
            other = table.alias("other")
            both = and_(other.c[column] == kept_id, *(other.c[k.name] == k for k in key))
            change = change.where(~exists().where(both))
        self._connection.execute(change.values({column: kept_id}))
        self._connection.execute(delete(table).where(table.c[column] == gone_id))

    def part(self, account_id: int) -> None:
        """Make an account a person of its own, with the same things hidden."""
        theirs = select(account.c.person_id, person.c.unlisted).join(
            person, person.c.id == account.c.person_id
        )
        row = self._connection.execute(theirs.where(account.c.id == account_id)).one()
        number = self._ids.next()
        self._connection.execute(insert(person), {"id": number, "unlisted": row.unlisted})
        change = update(account).where(account.c.id == account_id).values(person_id=number)
        self._connection.execute(change)
        for table in _COPIED:
            query = select(table).where(table.c.person_id == row.person_id)
            copies = [
                dict(one._mapping) | {"person_id": number}  # noqa: SLF001
                for one in self._connection.execute(query)
            ]
            for copy in copies:
                if "id" in copy:
                    copy["id"] = self._ids.next()
            if copies:
                self._connection.execute(insert(table), copies)
