"""Moments as the numbers that thousands of rows are compared by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

_SECOND = 1_000_000


def micros(moment: datetime) -> int:
    """Microseconds since 1970."""
    return int(moment.timestamp() * _SECOND)
