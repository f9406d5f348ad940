"""The nouns of digests: frozen values, as the store hands them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


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


@dataclass(frozen=True, slots=True)
class PulseOrder:
    """Where a community has its pulse posted, in whose time zone, and when the next is due."""

    community_id: int
    place_id: int
    zone: str
    next_at: datetime


class Asked(NamedTuple):
    """A question and one of its answers, by the persons; `helper`: None while there is none."""

    question_id: int
    asker: int
    asked_at: datetime
    helper: int | None
    helped_at: datetime | None


class Crossed(NamedTuple):
    """Somebody's share of a link that is in several places."""

    share_id: int
    canonical: str
    place_id: int
    account_id: int
    person_id: int
    at: datetime
