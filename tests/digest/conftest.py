"""A village for each test, taken back afterwards."""

from __future__ import annotations

from tests.asking.conftest import asking_store, village

__all__ = ["asking_store", "village"]
