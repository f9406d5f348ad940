"""The nouns of digests: frozen values, as the store hands them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Frequency(StrEnum):
    """How often somebody wants a digest."""

    DAILY = "daily"
    WEEKLY = "weekly"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Subscription:
    """When somebody gets their digest, and at which of their accounts.

    `weekday` (0 for Monday) counts for weekly ones; `minute` after midnight is in their own time.
    `next_at` is None while it is off; `since`: what was said up to then was in the last one.
    """

    person_id: int
    account_id: int
    frequency: Frequency
    weekday: int
    minute: int
    next_at: datetime | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Follow:
    """A topic that somebody follows; `key` is what two spellings of it have in common."""

    key: str
    topic: str
