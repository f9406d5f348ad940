"""Throw-away databases for tests: files for SQLite, a cluster of our own for PostgreSQL.

Both kinds offer the same two verbs: `empty()` gives the URL of a new database with nothing in it,
`migrated()` that of a new one with today's tables. The migrations run once for each kind; after
that a migrated database is a copy of a template. Nothing given out outlives the test session.
"""

from __future__ import annotations

import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Protocol

import psycopg
from psycopg import sql
from sqlalchemy import URL

# The life of a cluster, in one process: it ends, and takes its files with it, when the standard
# input closes. That happens however the tests end, even when they are killed.
CLUSTER = """
set -e
PATH="$2:$PATH"
trap 'rm -rf "$1"' EXIT
prepare() { initdb -D "$1/data" -U grapevine -A trust -E UTF8 --locale="$2" --no-sync; }
prepare "$1" C.UTF-8 || prepare "$1" en_US.UTF-8
pg_ctl -D "$1/data" -l "$1/log" -o "-k '$1' $3" -w start || { cat "$1/log"; exit 1; }
echo ready
read -r _ || :
pg_ctl -D "$1/data" -m immediate -s stop
"""

# Durability costs time and is worth nothing here. The time zone is an odd one so that a time
# without its zone is noticed.
SERVER_OPTIONS = (
    "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off "
    "-c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=256MB -c autovacuum=off "
    "-c timezone=Pacific/Auckland"
)
ROOM_FOR_A_CLUSTER = 1_000_000_000


def migrate(url: str) -> None:
    """Bring the database at `url` to today's tables."""
    from storage.migrate import upgrade  # noqa: PLC0415 - only tests with a store need it

    upgrade(url)


class Databases(Protocol):
    """One kind of database, as a test sees it."""

    def empty(self) -> str:
        """Return the URL of a new database with nothing in it."""

    def migrated(self) -> str:
        """Return the URL of a new database with today's tables."""


class SqliteTemplate:
    """The migrated file that the others are copies of, made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "template.db"

    def copy_to(self, file: Path) -> None:
        """Write a migrated database to `file`."""
        if not self._file.exists():
            migrate(f"sqlite:///{self._file}")
            with closing(sqlite3.connect(self._file)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(self._file, file)


class SqliteDatabases:
    """Databases as files in the folder of one test."""

    def __init__(self, folder: Path, template: SqliteTemplate) -> None:
        self._folder = folder
        self._template = template
        self._given = 0

    def empty(self) -> str:
        """Return the URL of a file that does not exist yet."""
        return f"sqlite:///{self._next_file()}"

    def migrated(self) -> str:
        """Return the URL of a copy of the template."""
        file = self._next_file()
        self._template.copy_to(file)
        return f"sqlite:///{file}"

    def _next_file(self) -> Path:
        self._given += 1
        return self._folder / (
            "grapevine.db" if self._given == 1 else f"grapevine-{self._given}.db"
        )


class PostgresDatabases:
    """Databases on one PostgreSQL server, each under a name nobody else has.

    `server` is the URL of a database there whose user may create others. A database of an earlier
    test is dropped when the next one is asked for: right after a test, PostgreSQL would wait a
    tenth of a second for its last connection to go.
    """

    def __init__(self, server: URL) -> None:
        self._server = server
        self._admin = psycopg.connect(
            server.set(drivername="postgresql").render_as_string(hide_password=False),
            autocommit=True,
        )
        self._template: str | None = None
        self._given: list[str] = []
        self._done: list[str] = []

    def empty(self) -> str:
        """Return the URL of a new database with nothing in it."""
        return self._url(self._create("template0"))

    def migrated(self) -> str:
        """Return the URL of a copy of the template, which is made when first asked for."""
        if self._template is None:
            template = self._create("template0")
            migrate(self._url(template))
            self._given.remove(template)
            self._template = template
        return self._url(self._create(self._template))

    def test_is_over(self) -> None:
        """Take back every database given out so far."""
        self._done += self._given
        self._given.clear()

    def close(self) -> None:
        """Drop all that is left and leave the server."""
        self.test_is_over()
        self._drop_done()
        if self._template is not None:
            self._drop(self._template)
        self._admin.close()

    def _create(self, template: str) -> str:
        self._drop_done()
        name = f"grapevine_test_{uuid.uuid4().hex}"
        self._admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        self._given.append(name)
        return name

    def _drop_done(self) -> None:
        while self._done:
            self._drop(self._done.pop())

    def _drop(self, name: str) -> None:
        self._admin.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )

    def _url(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)


def postgres_binaries() -> Path | None:
    """Return the folder of PostgreSQL's server programs on this machine, the newest if several."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    packaged = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(packaged, key=lambda folder: folder.parent.name.zfill(4), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    return None


@contextmanager
def own_cluster(binaries: Path, options: str = SERVER_OPTIONS) -> Iterator[URL]:
    """Run a PostgreSQL cluster that only we can reach; yield the URL of a database in it."""
    owner = _owner()
    home = Path(tempfile.mkdtemp(prefix="grapevine-pg-", dir=_roomy_folder()))
    if owner:
        shutil.chown(home, owner)
    with subprocess.Popen(
        ["sh", "-c", CLUSTER, "sh", str(home), str(binaries), options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=home,
        text=True,
        user=owner,
        extra_groups=[] if owner else None,
        start_new_session=True,  # Ctrl-C is for the tests, which then end the cluster
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            _wait_until_ready(process.stdout)
            yield URL.create(
                "postgresql+psycopg",
                username="grapevine",
                database="postgres",
                query={"host": str(home)},
            )
        finally:
            process.stdin.close()
            process.stdout.read()


def _wait_until_ready(output: IO[str]) -> None:
    """Read what the cluster's process says until it is ready.

    Raises RuntimeError with all it said if it ends before.
    """
    said = ""
    for line in output:
        if line == "ready\n":
            return
        said += line
    raise RuntimeError(f"PostgreSQL did not start:\n{said}")


def _owner() -> str | None:
    """Return whom to run PostgreSQL as: it refuses root, and others can only be themselves."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _roomy_folder() -> str:
    """Return a folder open to every user; in memory if there is room, ten times as quick."""
    memory = Path("/dev/shm")
    usable = memory.is_dir() and os.access(memory, os.W_OK)
    if usable and shutil.disk_usage(memory).free > ROOM_FOR_A_CLUSTER:
        return str(memory)
    return "/tmp"
