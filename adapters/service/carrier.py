"""What the courier asks of a platform: three verbs, and one of four ways to fail.

    NotCarried
    ├── Later      nothing arrived: try again, not before `after`
    ├── Refused    nothing arrived and nothing ever will
    └── Unclear    it may have arrived: look for its key before sending again

An adapter's carrier switches off whatever its SDK sends again by itself. What it raises besides
these counts as `Unclear`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from bot.deliveries import Parcel, Ref, Trouble
from bot.events import Platform


class NotCarried(Exception):
    """A parcel was not delivered, as far as the platform says."""


class Later(NotCarried):
    """Nothing arrived. `after`: how long to wait; None: as long as the courier thinks right.

    `everywhere`: the wait is for all that goes to the platform, not for this destination alone.
    """

    def __init__(self, after: timedelta | None = None, *, everywhere: bool = False) -> None:
        super().__init__(f"not before {after}")
        self.after = after
        self.everywhere = everywhere


class Refused(NotCarried):
    """It can never arrive; `reason` is the platform's own word for why, for the log."""

    def __init__(self, trouble: Trouble, reason: str) -> None:
        super().__init__(reason)
        self.trouble = trouble
        self.reason = reason


class Unclear(NotCarried):
    """The connection broke, or timed out, after something had been sent."""


class Carrier(Protocol):
    """Delivers to one platform. A subclass inherits what is usual."""

    @property
    def platform(self) -> Platform:
        """Which one."""

    @property
    def pace(self) -> timedelta:
        """How long to wait between two messages to one place or person (Slack: a second)."""
        return timedelta(0)

    @property
    def lands_within(self) -> timedelta | None:
        """How long after our time-out a request can still take effect.

        After that long an unclear delivery that `find` does not find is sent again. None: there
        is no such limit, so it is never sent again by itself.
        """
        return timedelta(seconds=60)

    async def send(self, parcel: Parcel) -> Ref:
        """Deliver once; where it now stands. Raises `NotCarried`.

        The platform keeps `parcel.key` with it (Slack: message metadata; Discord: the nonce).
        """

    async def edit(self, parcel: Parcel, ref: Ref) -> None:
        """Replace what was delivered before. Raises `NotCarried`; may be repeated freely."""

    async def find(self, parcel: Parcel) -> Ref | None:
        """Where the parcel with this key stands, if it did arrive. Raises `NotCarried`."""
