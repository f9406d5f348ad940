"""How evidence fades: what was said long ago counts for less, and never for nothing."""

from __future__ import annotations

import math

DAY = 86_400_000_000  # microseconds
_STEPS = 4_096


def fresh(then: int, now: int, days: float) -> float:
    """What something of time `then` still counts at `now` (microseconds), 0 to 1.

    A half after `days` and a quarter after three times as many: there are communities of hours
    and of years, which no half-life fits alike.
    """
    return days / (days + max(0, now - then) / DAY)


class Decay:
    """Halves every `days`; looked up by the day, so that a thousand rows need no powers."""

    def __init__(self, days: float) -> None:
        self._days = days
        self._by_day = [math.exp2(-day / days) for day in range(_STEPS)]

    def at(self, then: int, now: int) -> float:
        """What something of time `then` still counts at `now` (microseconds), 0 to 1."""
        day = (now - then) // DAY
        if 0 <= day < _STEPS:
            return self._by_day[day]
        return 1.0 if day < 0 else self._by_day[-1]

    @staticmethod
    def dampen(amount: float) -> float:
        """The tenth time tells less than the first."""
        return math.log1p(amount)
