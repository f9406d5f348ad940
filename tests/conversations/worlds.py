"""Stores with a world already in them: made once for each kind of database, then copied."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from storage.store import open_store
from tests.conversations.driver import settle_in
from tests.databases import PostgresDatabases, SqliteTemplate


def fill(url: str, world: str) -> None:
    """Settle a world in a migrated database."""
    with closing(open_store(url)) as store:
        settle_in(store, world)
        store.scrub()


class SqliteWorld(SqliteTemplate):
    """A file with a world in it, made from the empty template when it is first asked for."""

    def __init__(self, folder: Path, empty: SqliteTemplate, world: str) -> None:
        super().__init__(folder)
        self._empty = empty
        self._world = world

    def copy_to(self, file: Path) -> None:
        if not self._file.exists():
            self._empty.copy_to(self._file)
            fill(f"sqlite:///{self._file}", self._world)
        super().copy_to(file)


class PostgresWorld(PostgresDatabases):
    """A database with a world in it, made when it is first asked for."""

    def __init__(self, server: PostgresDatabases, world: str) -> None:
        super().__init__(server._server)
        self._world = world
        self._settled = False

    def migrated(self) -> str:
        if not self._settled:
            url = super().migrated()
            fill(url, self._world)
            empty, self._template = self._template, make_url(url).database
            assert empty is not None
            assert self._template is not None
            self._given.remove(self._template)
            self._drop(empty)
            self._settled = True
        return super().migrated()
