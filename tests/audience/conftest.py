"""One empty store for all tests of a module, on each kind of database.

Every test works in a transaction that is taken back (`tests/audience/scene.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage.store import Store, open_store
from tests.audience.house import build
from tests.audience.scene import Scene, going_on, scene
from tests.databases import Databases, PostgresDatabases, SqliteDatabases, SqliteTemplate


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
)
def empty_store(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: SqliteTemplate,
) -> Iterator[Store]:
    """A store with nothing in it, on SQLite and on PostgreSQL."""
    databases: Databases
    if request.param == "sqlite":
        databases = SqliteDatabases(tmp_path_factory.mktemp("audience"), sqlite_template)
    else:
        databases = request.getfixturevalue("postgres")
    store = open_store(databases.migrated())
    yield store
    store.close()


@pytest.fixture(scope="module")
def sqlite_store(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: SqliteTemplate
) -> Iterator[Store]:
    """A store with nothing in it, on SQLite alone."""
    folder = tmp_path_factory.mktemp("audience")
    store = open_store(SqliteDatabases(folder, sqlite_template).migrated())
    yield store
    store.close()


@pytest.fixture(scope="module")
def postgres_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A store with nothing in it, on PostgreSQL alone."""
    databases: PostgresDatabases = request.getfixturevalue("postgres")
    store = open_store(databases.migrated())
    yield store
    store.close()


@pytest.fixture(scope="module")
def house(empty_store: Store) -> Iterator[Scene]:
    """The two workspaces of `tests/audience/house.py`, built once."""
    with scene(empty_store) as one:
        build(one)
        yield one


@pytest.fixture
def stage(house: Scene) -> Iterator[Scene]:
    """The two workspaces, for one test to go on with."""
    with going_on(house) as one:
        yield one
