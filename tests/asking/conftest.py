"""A village whose members get what Grapevine sends them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from storage.store import open_store
from tests.asking.letters import Letters
from tests.conversations.driver import settle_in


@pytest.fixture
def letters(migrated_url: str) -> Iterator[Letters]:
    """The world `empty` of `tests/conversations/driver.py`, with the post coming daily."""
    with closing(open_store(migrated_url)) as store:
        settle_in(store, "empty")
        yield Letters(store)
