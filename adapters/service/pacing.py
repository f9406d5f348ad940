"""When the courier may do what: its habits, the pace of each destination, and pauses."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from datetime import timedelta

from bot.queues import FIRST_WAIT, Destination

# What is remembered of destinations is looked through when there are so many.
_MANY = 1_000


@dataclass(frozen=True, slots=True)
class CourierHabits:
    """How a courier goes about it."""

    # How long one request to the platform may take.
    timeout: timedelta = timedelta(seconds=20)
    # How much of a lease may go by before the request is sent.
    leeway: timedelta = timedelta(seconds=10)
    # How long an unclear outcome rests before it is looked into, where the carrier says nothing.
    quiet: timedelta = timedelta(seconds=60)
    # Requests at the same time, and deliveries in hand (the others wait for their pace).
    at_once: int = 8
    in_hand: int = 32
    # How often to look for what is due when nobody calls.
    poll: timedelta = timedelta(seconds=1)
    # The waits between tries, where the platform names none: always double, up to the longest.
    first_wait: timedelta = FIRST_WAIT
    longest_wait: timedelta = timedelta(minutes=2)

    def wait(self, tries: int) -> timedelta:
        """How long to wait after `tries` failures, a tenth of it left to chance."""
        doubled = self.first_wait * (1 << min(tries - 1, 16))
        return min(doubled, self.longest_wait) * random.uniform(0.9, 1.0)  # noqa: S311 - no secret


@dataclass(slots=True)
class Pace:
    """Keeps `pace` between two messages to one place or person. Times are monotonic."""

    pace: timedelta
    _free_at: dict[tuple[str, str | None, str | None], float] = field(default_factory=dict)

    async def turn(self, destination: Destination) -> None:
        """Wait until something may be sent there; the next one waits from now on."""
        spot = _spot(destination)
        now = time.monotonic()
        free_at = max(now, self._free_at.get(spot, now))
        self._free_at[spot] = free_at + self.pace.total_seconds()
        if len(self._free_at) > _MANY:
            self._free_at = {spot: at for spot, at in self._free_at.items() if at > now}
        if free_at > now:
            await asyncio.sleep(free_at - now)


def _spot(destination: Destination) -> tuple[str, str | None, str | None]:
    """What a platform counts together: a place, whoever sees it there, or a direct message."""
    to = destination.account if destination.place is None else None
    return destination.community.id, destination.place, to
