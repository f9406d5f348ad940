"""What the tests of the features stand on: three communities in which nobody has said anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from storage.store import open_store
from tests.conversations.driver import settle_in
from tests.features.village import Village


@pytest.fixture
def village(migrated_url: str) -> Iterator[Village]:
    """The core over a store with the world `empty` of `tests/conversations/driver.py` in it."""
    with closing(open_store(migrated_url)) as store:
        settle_in(store, "empty")
        yield Village(store)
