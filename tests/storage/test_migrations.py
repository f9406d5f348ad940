"""The migrations make what `storage/tables/` says, from any state, on both databases."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON, Boolean, Column, Connection, String, inspect, text

from bot.errors import StoreError
from storage.columns import Instant
from storage.engine import open_engine
from storage.migrate import config, head, upgrade
from storage.store import open_store
from storage.tables import metadata
from tests.databases import Databases

ROOT = Path(__file__).parents[2]
PROCESSES = 4
# Opens a store the moment it is told to, so that several do so at once.
OPEN_WHEN_TOLD = """
import sys
from storage.store import open_store

print("ready", flush=True)
sys.stdin.readline()
store = open_store(sys.argv[1])
with store.read() as unit:
    assert unit.imports.totals()["messages"] == 0
store.close()
"""
WHAT_OPENING_LOADS = """
import sys
from storage.store import open_store

open_store(sys.argv[1]).close()
print("alembic" in sys.modules)
"""
# What PostgreSQL knows of tables, to the letter.
POSTGRES_SHAPE = (
    "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable,"
    " collation_name, column_default FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace AND contype <> 'n'",
)


@contextmanager
def writing(url: str) -> Iterator[Connection]:
    engine = open_engine(url)
    try:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection
    finally:
        engine.dispose()


def shape(connection: Connection) -> set[Any]:
    """What the database itself says of its tables, but for alembic's own."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql <> ''")).all()
        known = {(name, frozenset(_parts(statement))) for name, statement in rows}
    else:
        known = {tuple(row) for query in POSTGRES_SHAPE for row in connection.execute(text(query))}
    return {row for row in known if "alembic_version" not in repr(row)}


def _parts(statement: str) -> Iterator[str]:
    """The columns and constraints of a table, wherever each stands in it."""
    first, _, rest = statement.partition("(\n")
    yield first
    for part in re.split(r",\s+(?![^()]*\))", rest.removesuffix(")")):
        yield part.strip()


def fill(connection: Connection) -> None:
    """Put one row into every table, each foreign key leading to the row of its table."""
    for table in metadata.sorted_tables:
        values = {column.name: some(column) for column in table.columns}
        connection.execute(table.insert(), values)


def some(column: Column[Any]) -> Any:
    if isinstance(column.type, Instant):
        return datetime(2027, 1, 1, tzinfo=UTC)
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, JSON):
        return {"a": 1}
    return "x" if isinstance(column.type, String) else 1


def test_what_the_migrations_make_is_what_the_tables_say(databases: Databases) -> None:
    migrated, declared = databases.empty(), databases.empty()
    upgrade(migrated)
    with writing(declared) as connection:
        metadata.create_all(connection)
        expected = shape(connection)
    with writing(migrated) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert shape(connection) == expected


def test_the_index_of_words_has_no_row_ids(sqlite_url: str) -> None:
    without = {
        table.name
        for table in metadata.sorted_tables
        if not table.dialect_options["sqlite"]["with_rowid"]
    }
    assert {"posting", "vocabulary", "participant", "share_term"} <= without
    with writing(sqlite_url) as connection:
        for name in without:
            with pytest.raises(Exception, match="no such column: rowid"):
                connection.execute(text(f"SELECT rowid FROM {name}"))


def test_a_full_store_goes_down_to_nothing_and_up_again(database_url: str) -> None:
    upgrade(database_url)
    with writing(database_url) as connection:
        before = shape(connection)
        fill(connection)
        for table in metadata.sorted_tables:
            assert connection.execute(table.select()).first(), table.name
    with writing(database_url) as connection:
        command.downgrade(config(connection), "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
    upgrade(database_url)
    with writing(database_url) as connection:
        assert shape(connection) == before


def test_an_upgrade_that_fails_leaves_nothing_behind(database_url: str) -> None:
    with writing(database_url) as connection:
        connection.execute(text("CREATE VIEW person AS SELECT 1 AS id"))
    with pytest.raises(Exception, match="person"):
        upgrade(database_url)
    with writing(database_url) as connection:
        assert inspect(connection).get_table_names() == []


def test_several_processes_may_open_an_empty_database_at_once(database_url: str) -> None:
    waiting = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN_WHEN_TOLD, database_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        for _ in range(PROCESSES)
    ]
    for process in waiting:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in waiting:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in waiting:
        _, said = process.communicate()
        assert (process.returncode, said) == (0, "")


@pytest.mark.parametrize("version", ["9999", f"{head()}_next"])
def test_a_store_of_a_newer_version_is_refused(migrated_url: str, version: str) -> None:
    with writing(migrated_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
    with pytest.raises(StoreError, match=r"^The store .+ was made by a newer Grapevine; update"):
        open_store(migrated_url)
    with writing(migrated_url) as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == version


def test_a_database_of_somebody_else_is_refused_and_left_alone(database_url: str) -> None:
    with writing(database_url) as connection:
        connection.execute(text("CREATE TABLE recipe (id INTEGER)"))
    with pytest.raises(StoreError, match="holds other tables; give Grapevine a database of its"):
        open_store(database_url)
    with writing(database_url) as connection:
        assert inspect(connection).get_table_names() == ["recipe"]


def test_the_head_is_the_newest_step(migrated_url: str) -> None:
    with writing(migrated_url) as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == head()


def test_opening_what_is_up_to_date_does_not_load_the_migrations(sqlite_url: str) -> None:
    said = subprocess.run(
        [sys.executable, "-c", WHAT_OPENING_LOADS, sqlite_url],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ).stdout
    assert said == "False\n"
