"""A world on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.capture.world import World, opened


@pytest.fixture
def world(migrated_url: str) -> Iterator[World]:
    with opened(migrated_url) as world:
        yield world
