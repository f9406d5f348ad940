"""How far the history of a place was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.model import Place


@dataclass(frozen=True, slots=True)
class Reading:
    """A place's history, read from the newest message backwards.

    `before` is the platform's id of the oldest message that was read (None: none yet), `messages`
    how many were. `seen_until`: all that was said up to then has arrived, but for what is older
    than `before` while the reading is not finished.
    """

    before: str | None
    messages: int
    begun_at: datetime
    finished_at: datetime | None
    seen_until: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """A place that is listened to, and its reading, if it has begun."""

    place: Place
    reading: Reading | None
