"""Three towns over an empty store, on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from storage.store import open_store
from tests.audience.scene import Scene
from tests.capture.world import hurry
from tests.network.towns import found


@pytest.fixture
def stage(migrated_url: str) -> Iterator[Scene]:
    """The towns of `tests/network/towns.py`."""
    with closing(open_store(migrated_url)) as store:
        hurry(store)
        stage = Scene(store)
        found(stage)
        yield stage
