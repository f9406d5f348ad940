"""Forgetting a person for real (DESIGN section 5, rule 3).

`PERSONAL` declares every column in which a person can stand; a test compares it with the tables,
so that a new table cannot be forgotten here. What the person said is removed through the ordinary
way of deleted messages before this runs (`bot/features/privacy.py`), so the index and other
people's conversations are put right; this takes out the rest and proves that nothing is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, Table, delete, func, or_, select, update

from bot.model import Message
from storage import tables
from storage.archive import MESSAGE_COLUMNS
from storage.forgotten import Forgotten

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.engine import Connection

    from storage.directory import Directory

ACCOUNT, PERSON, HASH = "account", "person", "hash"

# (table, column): which kind of key stands in it. Order matters: children before parents.
PERSONAL: dict[tuple[str, str], str] = {
    ("outbox", "person_id"): PERSON,
    ("outbox", "about_id"): PERSON,
    ("inbox", "account_hash"): HASH,
    ("button", "person_id"): PERSON,
    ("hidden", "person_id"): PERSON,
    ("confirmed", "person_id"): PERSON,
    ("subscription", "person_id"): PERSON,
    ("digest_day", "person_id"): PERSON,
    ("follow", "person_id"): PERSON,
    ("less", "person_id"): PERSON,
    ("subscription", "account_id"): ACCOUNT,
    ("credit_note", "person_id"): PERSON,
    ("feed", "person_id"): PERSON,
    ("feed", "account_id"): ACCOUNT,
    ("brought", "person_id"): PERSON,
    ("brought", "account_id"): ACCOUNT,
    ("manners", "person_id"): PERSON,
    ("muted", "person_id"): PERSON,
    ("code", "person_id"): PERSON,
    ("attempt", "person_id"): PERSON,
    ("note", "account_id"): ACCOUNT,
    ("note", "kept_by"): ACCOUNT,
    ("thanks", "account_id"): ACCOUNT,
    ("thanks", "given_by"): ACCOUNT,
    ("answer", "account_id"): ACCOUNT,
    ("ask", "account_id"): ACCOUNT,
    ("question", "account_id"): ACCOUNT,
    ("claim", "account_id"): ACCOUNT,
    ("reaction", "account_id"): ACCOUNT,
    ("share", "account_id"): ACCOUNT,
    ("message", "account_id"): ACCOUNT,
    ("participant", "account_id"): ACCOUNT,
    ("conversation", "opener_id"): ACCOUNT,
    ("place_member", "account_id"): ACCOUNT,
    ("member", "account_id"): ACCOUNT,
    ("account", "person_id"): PERSON,
    ("person", "id"): PERSON,
}
# Where a person did something for others that outlives them, only their name goes.
EMPTIED: dict[tuple[str, str], str] = {
    ("place_grant", "granted_by"): PERSON,
    ("alliance", "offered_by"): PERSON,
    ("alliance", "accepted_by"): PERSON,
    ("ask", "passed_by"): ACCOUNT,
}
# Derived from messages and gone with them; a look into every posting would cost seconds.
DERIVED = {("posting", "account_id")}
# The one trace that must stay, and it tells nobody who it was.
KEPT = {("forgotten", "account_hash")}


class Removal:
    """Takes a person out of every table within one transaction."""

    def __init__(self, connection: Connection, directory: Directory) -> None:
        self._connection = connection
        self._directory = directory
        self._forgotten = Forgotten(connection)

    def messages_of(self, account_ids: Collection[int]) -> list[Message]:
        """Everything some accounts said."""
        query = select(*MESSAGE_COLUMNS).where(tables.message.c.account_id.in_(account_ids))
        return [Message(*row) for row in self._connection.execute(query)]

    def messages_in(self, place_id: int) -> list[Message]:
        """Everything that was said in a place."""
        query = select(*MESSAGE_COLUMNS).where(tables.message.c.place_id == place_id)
        return [Message(*row) for row in self._connection.execute(query)]

    def erase(self, person_id: int, account_ids: Collection[int]) -> None:
        """Take a person out of every table and remember only the hashes of their accounts."""
        refs = [self._directory.ref_of(number) for number in account_ids]
        keys: dict[str, Collection[object]] = {
            ACCOUNT: list(account_ids),
            PERSON: [person_id],
            HASH: [self._forgotten.hash_of(ref) for ref in refs],
        }
        self._directory.leave_as_strangers(account_ids)
        for (name, column), kind in EMPTIED.items():
            table, target = _column(name, column)
            emptied = update(table).where(target.in_(keys[kind])).values({column: None})
            self._connection.execute(emptied)
        for (name, column), kind in PERSONAL.items():
            table, target = _column(name, column)
            self._connection.execute(delete(table).where(target.in_(keys[kind])))
        for ref in refs:
            self._directory.forget(ref)

    def traces(self, person_id: int, account_ids: Collection[int]) -> int:
        """How many rows still hold the person; after `erase` none."""
        left = 0
        for (name, column), kind in PERSONAL.items():
            if kind == HASH:
                continue
            table, target = _column(name, column)
            values = [person_id] if kind == PERSON else list(account_ids)
            query = select(func.count()).select_from(table).where(or_(target.in_(values)))
            left += int(self._connection.execute(query).scalar_one())
        return left


def _column(table: str, column: str) -> tuple[Table, Column[object]]:
    found = tables.metadata.tables[table]
    return found, found.c[column]
