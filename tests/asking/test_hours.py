"""Quiet hours: when a person may be written to, in their own time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.asking.hours import awake, is_quiet, is_zone, next_morning, zone_of
from bot.asking.model import Manners

USUAL = Manners(1)  # quiet from 22 to 8
NEVER = replace(USUAL, quiet_from=0, quiet_to=0)
ALWAYS = replace(NEVER, quiet_days=frozenset(range(7)))
NEW_YEAR, MINUTE = datetime(2026, 1, 1, tzinfo=UTC), timedelta(minutes=1)
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Pacific/Apia",
    "America/St_Johns",
)


def at(text: str, zone: str = "UTC") -> datetime:
    """A local time as a moment."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def local(moment: datetime, zone: str) -> str:
    """A moment as the clock on the wall shows it."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-05-04 21:59", "2026-05-04 21:59"),
        ("2026-05-04 22:00", "2026-05-05 08:00"),
        ("2026-05-05 03:17", "2026-05-05 08:00"),
        ("2026-05-05 07:59", "2026-05-05 08:00"),
        ("2026-05-05 08:00", "2026-05-05 08:00"),
    ],
)
def test_a_night_goes_over_midnight(now: str, then: str) -> None:
    assert awake(USUAL, UTC, at(now)) == at(then)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-05-04 12:59", "2026-05-04 12:59"),
        ("2026-05-04 13:00", "2026-05-04 15:00"),
        ("2026-05-04 14:59", "2026-05-04 15:00"),
        ("2026-05-04 23:00", "2026-05-04 23:00"),
    ],
)
def test_quiet_hours_may_lie_within_a_day(now: str, then: str) -> None:
    nap = replace(USUAL, quiet_from=13 * 60, quiet_to=15 * 60)
    assert awake(nap, UTC, at(now)) == at(then)


def test_the_same_hour_twice_means_no_quiet_hours() -> None:
    assert awake(NEVER, UTC, at("2026-05-04 03:00")) == at("2026-05-04 03:00")


def test_quiet_days_are_days_on_the_wall_of_whoever_has_them() -> None:
    weekend = replace(NEVER, quiet_days=frozenset({5, 6}))
    friday_night_in_berlin = at("2026-05-08 23:59", "Europe/Berlin")
    assert awake(weekend, ZoneInfo("Europe/Berlin"), friday_night_in_berlin) == (
        friday_night_in_berlin
    )
    one_minute_later = friday_night_in_berlin + timedelta(minutes=1)
    assert one_minute_later.weekday() == 4, "in UTC it is Friday still"
    then = awake(weekend, ZoneInfo("Europe/Berlin"), one_minute_later)
    assert local(then, "Europe/Berlin") == "2026-05-11 00:00"


def test_a_quiet_weekend_with_quiet_nights_ends_on_monday_morning() -> None:
    both = replace(USUAL, quiet_days=frozenset({5, 6}))
    assert awake(both, UTC, at("2026-05-08 22:30")) == at("2026-05-11 08:00")


@pytest.mark.parametrize(
    ("zone", "evening", "morning"),
    [
        # The night is an hour shorter, or longer; Lord Howe takes half an hour.
        ("Europe/Berlin", "2026-03-28 23:00", "2026-03-29 08:00"),
        ("Europe/Berlin", "2026-10-24 23:00", "2026-10-25 08:00"),
        ("America/New_York", "2026-03-07 23:00", "2026-03-08 08:00"),
        ("America/New_York", "2026-10-31 23:00", "2026-11-01 08:00"),
        ("Australia/Lord_Howe", "2026-04-04 23:00", "2026-04-05 08:00"),
        ("Australia/Lord_Howe", "2026-10-03 23:00", "2026-10-04 08:00"),
        ("Asia/Kathmandu", "2026-05-04 22:10", "2026-05-05 08:00"),
    ],
)
def test_the_morning_comes_by_the_clock_on_the_wall(zone: str, evening: str, morning: str) -> None:
    then = awake(USUAL, ZoneInfo(zone), at(evening, zone))
    assert local(then, zone) == morning


def test_whoever_made_the_skipped_hour_quiet_is_not_woken_in_it() -> None:
    early = replace(USUAL, quiet_from=60, quiet_to=150)  # to half past two, which is skipped
    zone = ZoneInfo("Europe/Berlin")
    then = awake(early, zone, at("2026-03-29 01:30", "Europe/Berlin"))
    assert local(then, "Europe/Berlin") == "2026-03-29 03:00"


def test_an_hour_that_comes_twice_is_quiet_twice() -> None:
    zone = ZoneInfo("Europe/Berlin")
    late = replace(USUAL, quiet_from=60, quiet_to=180)
    begin = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)  # 1:30 summer time
    then = awake(late, zone, begin)
    assert then == datetime(2026, 10, 25, 2, tzinfo=UTC), "3:00 winter time"


@pytest.mark.parametrize(
    "name", [None, "", "Atlantis", "Europe", "../etc/passwd", "/etc/localtime", "a\0b", "x" * 300]
)
def test_what_is_no_time_zone_is_utc(name: str | None) -> None:
    assert zone_of(name) is UTC
    assert name is None or not is_zone(name)


@pytest.mark.parametrize("name", ["UTC", "utc", "Europe/Berlin", "Etc/GMT+5"])
def test_time_zones_go_by_their_names(name: str) -> None:
    assert is_zone(name)


def test_who_is_always_quiet_is_never_found_awake_within_a_week() -> None:
    now = at("2026-05-04 12:00")
    then = awake(ALWAYS, UTC, now)
    assert then >= now + timedelta(days=7)
    assert is_quiet(ALWAYS, then), "which is looked at again in the moment of sending"


@pytest.mark.parametrize(
    ("zone", "now", "then"),
    [
        ("UTC", "2026-05-04 00:30", "2026-05-05 09:00"),
        ("UTC", "2026-05-04 23:30", "2026-05-05 09:00"),
        ("Europe/Berlin", "2026-03-28 12:00", "2026-03-29 09:00"),
        ("Pacific/Apia", "2026-05-04 23:59", "2026-05-05 09:00"),
    ],
)
def test_thanks_come_at_nine_on_the_next_day(zone: str, now: str, then: str) -> None:
    assert local(next_morning(USUAL, ZoneInfo(zone), at(now, zone)), zone) == then


def test_late_risers_get_them_later() -> None:
    late = replace(USUAL, quiet_to=11 * 60)
    assert next_morning(late, UTC, at("2026-05-04 12:00")) == at("2026-05-05 11:00")


@given(
    moment=st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: NEW_YEAR + minutes * MINUTE),
    zone=st.sampled_from(ZONES),
    begin=st.integers(0, 1439),
    end=st.integers(0, 1439),
    days=st.frozensets(st.integers(0, 6), max_size=6),
)
def test_nobody_is_ever_found_awake_in_a_quiet_moment(
    moment: datetime, zone: str, begin: int, end: int, days: frozenset[int]
) -> None:
    manners = Manners(1, quiet_from=begin, quiet_to=end, quiet_days=days)
    where = ZoneInfo(zone)
    then = awake(manners, where, moment)
    assert then >= moment
    if then < moment + timedelta(days=8):
        assert not is_quiet(manners, then.astimezone(where))
    if not is_quiet(manners, moment.astimezone(where)):
        assert then == moment, "who is awake need not wait"
