"""Looking for what should be gone: in the columns that hold people, and in the bare bytes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from sqlalchemy import Column, MetaData, Table, make_url, select
from sqlalchemy.engine import Connection

from storage import tables
from storage.store import Store

HOLDS_A_PERSON = re.compile(r"(account|person|opener|about)_id|\w+_by|account_hash")
Name = tuple[str, str]


def personal(metadata: MetaData) -> set[Name]:
    """Every (table, column) that holds a person, by its name or by what it refers to."""
    return {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if _holds_a_person(table, column)
    }


def _holds_a_person(table: Table, column: Column[object]) -> bool:
    if (table.name, column.name) == ("person", "id"):
        return True
    referred = {key.target_fullname for key in column.foreign_keys}
    return bool(HOLDS_A_PERSON.fullmatch(column.name) or referred & {"account.id", "person.id"})


def holding(connection: Connection, names: Iterable[Name], keys: Collection[object]) -> set[Name]:
    """Those of some columns in which one of `keys` stands."""
    found = set()
    for table, column in names:
        target = tables.metadata.tables[table].c[column]
        row = connection.execute(select(target).where(target.in_(keys)).limit(1)).first()
        if row is not None:
            found.add((table, column))
    return found


def dump(store: Store) -> str:
    """Every row of every table, as text."""
    with store.read() as unit:
        return "\n".join(
            repr(tuple(row))
            for table in tables.metadata.sorted_tables
            for row in unit.connection.execute(select(table))
        )


def files_of(url: str) -> list[Path]:
    """The files of a SQLite database that there are: itself, its log, its shared memory."""
    database = make_url(url).database or ""
    return [path for end in ("", "-wal", "-shm") if (path := Path(database + end)).exists()]


def left_in(url: str, store: Store, words: Iterable[str]) -> set[tuple[str, str]]:
    """Which of some words are left, and where: in a file's bytes, or in any table's rows."""
    words = list(words)
    rows = dump(store).casefold()
    found = {("rows", word) for word in words if word.casefold() in rows}
    if store.backend == "sqlite":
        for path in files_of(url):
            content = path.read_bytes().lower()
            found |= {(path.name, word) for word in words if word.lower().encode() in content}
    return found
