"""A village for each test, taken back afterwards; it stands on each kind of database once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pytest

from storage.store import Store, open_store
from tests.asking.letters import Letters
from tests.asking.village import QueueingTransaction, Village
from tests.conversations.driver import settle_in
from tests.databases import Databases


class _TakenBackError(Exception):
    """Ends a transaction without a trace."""


@contextmanager
def village_in(store: Store, *, linked: bool = True) -> Iterator[Village]:
    """A village in an empty store, which is empty again afterwards."""
    with suppress(_TakenBackError), store.write() as unit:
        village = Village(QueueingTransaction(unit.connection))
        if linked:
            village.link()
        yield village
        raise _TakenBackError


@pytest.fixture
def asking_store(databases: Databases) -> Iterator[Store]:
    """An empty store of this run's kind."""
    store = open_store(databases.migrated())
    yield store
    store.close()


@pytest.fixture
def village(asking_store: Store) -> Iterator[Village]:
    """The two communities, linked."""
    with village_in(asking_store) as found:
        yield found


@pytest.fixture
def letters(migrated_url: str) -> Iterator[Letters]:
    """The world `empty` of `tests/conversations/driver.py`, with the post coming daily."""
    with closing(open_store(migrated_url)) as store:
        settle_in(store, "empty")
        yield Letters(store)
