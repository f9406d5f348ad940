"""How often each method of Slack may be called in one workspace, and our own keeping to it.

Tiers: https://docs.slack.dev/apis/web-api/rate-limits; a method's tier stands on its own page.
What Slack refuses with 429 all the same is waited for as long as it says.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

TIER_1, TIER_2, TIER_3, TIER_4 = 1, 20, 50, 100  # calls a minute
PER_MINUTE = {
    "apps.connections.open": TIER_1,
    "users.list": TIER_2,
    "users.conversations": TIER_2,
    "conversations.history": TIER_3,
    "conversations.replies": TIER_3,
    "conversations.info": TIER_3,
    "conversations.open": TIER_3,
    "chat.update": TIER_3,
    "team.info": TIER_3,
    "users.info": TIER_4,
    "conversations.members": TIER_4,
    "chat.postEphemeral": TIER_4,
    "views.open": TIER_4,
    "views.publish": TIER_4,
}
BURST = 5
"""Calls that may come at once after a rest: Slack tolerates small bursts."""
_MINUTE = 60.0


@dataclass(slots=True)
class _Bucket:
    free: float
    at: float
    closed_until: float = 0.0


@dataclass(slots=True)
class Pacing:
    """Lets calls through at the pace of their method; one for each workspace.

    `unlimited`: for a server that has no limits.
    """

    unlimited: bool = False
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    async def turn(self, method: str) -> None:
        """Wait until a method may be called."""
        wait = self._wait(method, time.monotonic())
        if wait > 0:
            await asyncio.sleep(wait)

    def close(self, method: str, seconds: float) -> None:
        """Slack wants `method` to rest so long."""
        now = time.monotonic()
        bucket = self._buckets.setdefault(method, _Bucket(0, now))
        bucket.closed_until = max(bucket.closed_until, now + seconds)

    def _wait(self, method: str, now: float) -> float:
        """Take a turn; how long it is until then."""
        bucket = self._buckets.setdefault(method, _Bucket(BURST, now))
        wait = max(0.0, bucket.closed_until - now)
        if method not in PER_MINUTE or self.unlimited:
            return wait
        rate = PER_MINUTE[method] / _MINUTE
        bucket.free = min(BURST, bucket.free + (now - bucket.at) * rate) - 1
        bucket.at = now
        return max(wait, -bucket.free / rate)
