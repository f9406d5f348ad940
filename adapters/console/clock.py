"""Time as the chat shows it and as scripts set it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

from adapters.console.language import Misunderstood


class Clock:
    """Tells the time of a session in `zone`; without `setter` nobody can change it."""

    def __init__(
        self,
        now: Callable[[], datetime],
        zone: tzinfo = UTC,
        setter: Callable[[datetime], None] | None = None,
    ) -> None:
        self.now = now
        self.zone = zone
        self._setter = setter

    @property
    def can_be_set(self) -> bool:
        """Whether anybody can change it."""
        return self._setter is not None

    def set(self, at: datetime) -> str:
        """Set the clock; returns a sentence with the new time."""
        if self._setter is None:
            raise Misunderstood("The clock here is the real one; only a script can set it.")
        self._setter(at)
        local = self.now().astimezone(self.zone)
        return f"It is {local:%A} {_date(local)} {local.year}, {local:%H:%M}."

    def wait(self, span: timedelta) -> str:
        """Let time pass; returns a sentence with the new time."""
        try:
            at = self.now() + span
        except OverflowError:
            raise Misunderstood("That is too far ahead.") from None
        return self.set(at)

    def when(self, at: datetime) -> str:
        """Write out a moment: `10:02` of today, else with its day, and its year if not this one."""
        today, local = self.now().astimezone(self.zone), at.astimezone(self.zone)
        if local.date() == today.date():
            return f"{local:%H:%M}"
        year = "" if local.year == today.year else f" {local.year}"
        return f"{_date(local)}{year} {local:%H:%M}"


def _date(local: datetime) -> str:
    return f"{local.day} {local:%b}"
