"""When a person may be written to: their quiet hours and days, in their own time zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import tzinfo

    from bot.asking.model import Manners

MINUTES = 24 * 60
_STEP = timedelta(minutes=15)
_FURTHEST = timedelta(days=8)


def zone_of(name: str | None) -> tzinfo:
    """The time zone of an IANA name; UTC for none, or one that is not known."""
    try:
        return ZoneInfo(name) if name else UTC
    except (OSError, ValueError, KeyError):  # what is not found is a KeyError
        return UTC


def is_zone(name: str) -> bool:
    """Whether this is the IANA name of a time zone."""
    return name.upper() == "UTC" or zone_of(name) is not UTC


def awake(manners: Manners, zone: tzinfo, at: datetime) -> datetime:
    """The first moment from `at` on that is in no quiet hour and on no quiet day.

    Looked for in steps of a quarter of an hour, so that a change of the clocks needs no care; a
    person who left no such moment in a week gets it after that week.
    """
    moment, last = at, at + _FURTHEST
    while moment < last and is_quiet(manners, moment.astimezone(zone)):
        moment = _next_quarter(moment)
    return moment


def _next_quarter(moment: datetime) -> datetime:
    floor = moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
    return floor + _STEP


def is_quiet(manners: Manners, local: datetime) -> bool:
    """Whether a local time is quiet."""
    if local.weekday() in manners.quiet_days:
        return True
    minute = local.hour * 60 + local.minute
    begin, end = manners.quiet_from, manners.quiet_to
    if begin <= end:
        return begin <= minute < end
    return minute >= begin or minute < end


def next_morning(manners: Manners, zone: tzinfo, at: datetime) -> datetime:
    """Nine o'clock on the next local day, or the first moment after it that is not quiet."""
    tomorrow = at.astimezone(zone).date() + timedelta(days=1)
    nine = datetime.combine(tomorrow, time(9), zone).astimezone(UTC)
    return awake(manners, zone, nine)


# A well-known zone for each time of day that many people live by.
_CITIES = (
    *("Pacific/Honolulu", "America/Anchorage", "America/Los_Angeles", "America/Denver"),
    *("America/Chicago", "America/New_York", "America/Sao_Paulo", "Atlantic/Azores"),
    *("Europe/London", "Europe/Berlin", "Europe/Athens", "Europe/Moscow", "Asia/Dubai"),
    *("Asia/Karachi", "Asia/Kolkata", "Asia/Dhaka", "Asia/Bangkok", "Asia/Shanghai"),
    *("Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland"),
)
_LEAST = 20  # messages that a guess needs
_NIGHT = range(7)  # the hours in which people write least


def guess(moments: Collection[datetime]) -> str | None:
    """The zone in whose nights somebody writes least; None where they have written too little."""
    if len(moments) < _LEAST:
        return None

    def at_night(name: str) -> int:
        zone = ZoneInfo(name)
        return sum(one.astimezone(zone).hour in _NIGHT for one in moments)

    counts = {name: at_night(name) for name in _CITIES}
    fewest = min(counts.values())
    best = [name for name in _CITIES if counts[name] == fewest]
    return best[len(best) // 2]
