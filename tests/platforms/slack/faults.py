"""What goes wrong on demand, and Slack's rate limits.

Tiers: https://docs.slack.dev/apis/web-api/rate-limits.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

PER_MINUTE = {
    "apps.connections.open": 1,
    "users.list": 20,
    "users.conversations": 20,
    "conversations.list": 20,
    "chat.update": 50,
    "chat.delete": 50,
    "conversations.history": 50,
    "conversations.replies": 50,
    "conversations.info": 50,
    "conversations.open": 50,
    "team.info": 50,
    "users.info": 100,
    "conversations.members": 100,
    "chat.postEphemeral": 100,
    "views.open": 100,
    "views.update": 100,
    "views.push": 100,
    "views.publish": 100,
}
BURST = 1.5  # "small bursts are tolerated"
MINUTE = 60.0


@dataclass
class Fault:
    """What happens to the next `times` calls of a method.

    `lost`: the call takes effect and the connection breaks before the answer. `dropped`: it
    breaks at once. `limited`: 429, with `seconds` in `Retry-After`. `broken`: 503. `slow`: the
    answer comes after `seconds`, its effect at once.
    """

    kind: str
    times: int = 1
    seconds: float = 0.0
    error: str = ""


@dataclass
class Faults:
    """What is planned for each method (`*`: any), and how often each was called."""

    planned: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    limits: bool = False
    called: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    refused: int = 0
    _recent: dict[tuple[str, str], deque[float]] = field(default_factory=dict)

    def plan(
        self, method: str, kind: str, times: int = 1, seconds: float = 0.0, error: str = ""
    ) -> None:
        """Let something go wrong with the next calls of a method."""
        self.planned[method].append(Fault(kind, times, seconds, error))

    def next(self, method: str) -> Fault | None:
        """The fault that hits this call."""
        for name in (method, "*"):
            waiting = self.planned[name]
            if waiting:
                fault = waiting[0]
                fault.times -= 1
                if fault.times <= 0:
                    waiting.pop(0)
                return fault
        return None

    def wait(self, team: str, method: str, place: str, now: float) -> int:
        """Seconds that a call comes too early; 0 if it may go on."""
        self.called[method] += 1
        if not self.limits:
            return 0
        seconds = 0
        if method == "chat.postMessage":
            seconds = self._over(team, f"{method} {place}", now, 1, 1.0) or self._over(
                team, method, now, 300, MINUTE
            )
        elif method in PER_MINUTE:
            most = max(2, int(PER_MINUTE[method] * BURST))
            seconds = self._over(team, method, now, most, MINUTE)
        self.refused += seconds > 0
        return seconds

    def _over(self, team: str, what: str, now: float, most: int, window: float) -> int:
        recent = self._recent.setdefault((team, what), deque())
        while recent and recent[0] <= now - window:
            recent.popleft()
        if len(recent) >= most:
            return max(1, int(recent[0] + window - now) + 1)
        recent.append(now)
        return 0
