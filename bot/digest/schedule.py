"""When a digest is due: at a person's own hour, in their own time zone, clock changes included."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from bot.digest.model import Frequency

if TYPE_CHECKING:
    from datetime import tzinfo

    from bot.digest.model import Subscription

USUAL_MINUTE = 9 * 60
# Nobody gets a digest at night, whatever hour they typed.
EARLIEST, LATEST = 6 * 60, 22 * 60


def next_after(wanted: Subscription, zone: tzinfo, at: datetime) -> datetime | None:
    """The first moment after `at` at which the digest is due; None while it is off.

    An hour that a clock change leaves out comes an hour later; one that it brings twice comes once.
    """
    if wanted.frequency is Frequency.OFF:
        return None
    today = at.astimezone(zone).date()
    clock = time(wanted.minute // 60, wanted.minute % 60)
    for ahead in range(9):
        day = today + timedelta(days=ahead)
        if wanted.frequency is Frequency.WEEKLY and day.weekday() != wanted.weekday:
            continue
        moment = datetime.combine(day, clock, zone).astimezone(UTC)
        if moment > at:
            return moment
    raise AssertionError("a week has every weekday")


def moment_for(wanted: Subscription, zone: tzinfo, at: datetime) -> datetime:
    """When a digest that is due at `at` is sent: then, or at its hour if that is still to come.

    So it is where somebody moved zone meanwhile, or where nothing ran for a while: then it comes
    late, but never before its hour, nor at night.
    """
    local = at.astimezone(zone)
    minute = local.hour * 60 + local.minute
    if wanted.minute <= minute <= LATEST:
        return at
    day = local.date() + timedelta(days=0 if minute < wanted.minute else 1)
    clock = time(wanted.minute // 60, wanted.minute % 60)
    return datetime.combine(day, clock, zone).astimezone(UTC)


def is_night(minute: int) -> bool:
    """Whether a minute of the day is at night."""
    return not EARLIEST <= minute <= LATEST


def local_day(zone: tzinfo, at: datetime) -> str:
    """The local date, `2026-05-03`."""
    return at.astimezone(zone).date().isoformat()
