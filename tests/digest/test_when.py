"""When digests come: at everybody's own hour, once a local day, through every change of clocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from bot.digest.model import Frequency, Subscription
from bot.digest.schedule import moment_for, next_after
from bot.events import AccountRef, AccountSeen
from bot.replies import plain
from tests.asking.village import DAY, GENERAL, HOUR, KITCHEN, UP, Village, button

# Two that change by an hour, one by half of one, one about Ramadan, one never.
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kolkata",
)
HALF = timedelta(minutes=30)


def changes(zone: str, year: int = 2026) -> Iterator[datetime]:
    """The noons, in UTC, of the days before whose end a zone's clocks change."""
    noon = datetime(year, 1, 1, 12, tzinfo=UTC)
    while noon.year == year:
        after = noon + DAY
        if (
            noon.astimezone(ZoneInfo(zone)).utcoffset()
            != after.astimezone(ZoneInfo(zone)).utcoffset()
        ):
            yield noon
        noon = after


CHANGES = [(zone, noon) for zone in ZONES for noon in (*changes(zone), None)]


def lives_in(village: Village, who: str, zone: str) -> None:
    village.bot.take_in([AccountSeen(AccountRef(UP, who), who, timezone=zone)])


def something_new(village: Village) -> None:
    village.says("bob", KITCHEN, f"rye https://bread.example/{village.at:%Y%m%d%H%M}")


def days_go_by(village: Village, step: timedelta, until: datetime) -> list[datetime]:
    """Let time go by, with something new all the while; when digests came."""
    came: list[datetime] = []
    while village.at < until:
        village.at += step
        something_new(village)
        came += [one.at for one in village.deliver() if one.kind == "digest"]
    return came


def test_there_is_a_change_in_all_of_these_zones_but_one() -> None:
    assert [len(list(changes(zone))) for zone in ZONES] == [2, 2, 2, 2, 0]


@pytest.mark.parametrize(("zone", "noon"), CHANGES)
def test_it_comes_once_a_local_day_at_its_hour_through_every_change(
    village: Village, zone: str, noon: datetime | None
) -> None:
    village.at = (noon or datetime(2026, 6, 1, 12, tzinfo=UTC)) - 2 * DAY
    lives_in(village, "mei", zone)
    village.command("mei", GENERAL, "follow", "rye")
    village.command("mei", GENERAL, "digest", "daily 8:30")
    came = days_go_by(village, HALF, village.at + 4 * DAY)
    local = [one.astimezone(ZoneInfo(zone)) for one in came]
    assert [f"{one:%H:%M}" for one in local] == ["08:30"] * 4
    assert [b.date() - a.date() for a, b in pairwise(local)] == [DAY] * 3


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("minute", [6 * 60, 9 * 60 + 15, 22 * 60])
def test_a_year_of_days_has_one_each(zone: str, minute: int) -> None:
    wanted = Subscription(1, 1, Frequency.DAILY, 0, minute, None, datetime(2026, 1, 1, tzinfo=UTC))
    where, at, days = ZoneInfo(zone), datetime(2026, 1, 1, tzinfo=UTC), []
    for _ in range(365):
        found = next_after(wanted, where, at)
        assert found is not None
        at = found
        local = at.astimezone(where)
        assert local.hour * 60 + local.minute == minute
        assert moment_for(wanted, where, at) == at
        days.append(local.date())
    assert [b - a for a, b in pairwise(days)] == [DAY] * 364


@pytest.mark.parametrize("zone", ZONES)
def test_a_weekly_one_keeps_its_day(zone: str) -> None:
    wanted = Subscription(1, 1, Frequency.WEEKLY, 4, 540, None, datetime(2026, 1, 1, tzinfo=UTC))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(52):
        at = next_after(wanted, ZoneInfo(zone), at) or at
        assert at.astimezone(ZoneInfo(zone)).weekday() == 4


# ── When nothing ran ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def reader(village: Village) -> Village:
    """Mei in Berlin gets a digest at 8:30; it is Monday, half past noon in UTC."""
    lives_in(village, "mei", "Europe/Berlin")
    village.command("mei", GENERAL, "follow", "rye")
    village.command("mei", GENERAL, "digest", "daily 8:30")
    village.at += HALF
    return village


def berlin(text: str) -> datetime:
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    return moment.astimezone(UTC)


def digests(village: Village) -> list[datetime]:
    return [one.at for one in village.got("mei", "digest")]


def test_three_days_of_downtime_bring_one(reader: Village) -> None:
    for _ in range(3):
        reader.at += DAY
        something_new(reader)
    reader.deliver()
    reader.deliver()
    assert digests(reader) == [reader.at]
    assert reader.got("mei", "digest")[0].text.count("bob shared") == 3
    reader.at = berlin("2026-05-08T08:30")
    something_new(reader)
    reader.deliver()
    assert len(digests(reader)) == 2


def test_what_is_late_does_not_come_at_night(reader: Village) -> None:
    something_new(reader)
    reader.at = berlin("2026-05-05T23:10")
    reader.command("mei", GENERAL, "asking", "quiet never")
    reader.deliver()
    assert digests(reader) == []
    reader.at = berlin("2026-05-06T02:00")
    reader.deliver()
    assert digests(reader) == []
    reader.at = berlin("2026-05-06T08:30")
    reader.deliver()
    assert digests(reader) == [reader.at]


def test_a_late_weekly_one_is_not_lost(reader: Village) -> None:
    reader.command("mei", GENERAL, "digest", "weekly tue 8:30")
    something_new(reader)
    reader.at = berlin("2026-05-05T23:10")
    reader.deliver()
    reader.at = berlin("2026-05-06T08:30")
    reader.deliver()
    assert digests(reader) == [reader.at]


def test_two_processes_send_one(reader: Village) -> None:
    something_new(reader)
    reader.at = berlin("2026-05-05T08:30")
    assert reader.bot.tick(reader.at) == 1
    assert reader.bot.tick(reader.at) == 0
    with reader.store.write() as unit:  # another one that had read the row before
        mei = unit.directory.account(AccountRef(UP, "mei"))
        assert mei is not None
        assert not unit.digests.claim_day(mei.person_id, "2026-05-05")
    reader.deliver()
    reader.deliver()
    assert len(digests(reader)) == 1


def test_nothing_to_say_sends_nothing(reader: Village) -> None:
    reader.later(5 * DAY)
    assert digests(reader) == []


# ── Whoever moves, leaves, hides, is forgotten ───────────────────────────────────────────────


@pytest.mark.parametrize(
    ("zone", "local"),
    [
        ("America/New_York", "2026-05-05T08:30"),
        # At 8:30 in Berlin it is afternoon there: it comes at once, and in time the next day.
        ("Asia/Tokyo", "2026-05-05T15:30"),
    ],
)
def test_whoever_moves_gets_it_by_their_new_clock(reader: Village, zone: str, local: str) -> None:
    lives_in(reader, "mei", zone)
    came = days_go_by(reader, HALF, berlin("2026-05-07T20:00"))
    seen = [f"{one.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}" for one in came]
    assert seen[:2] == [local, "2026-05-06T08:30"]
    assert len({one[:10] for one in seen}) == len(seen)


def test_moving_back_and_forth_brings_one_a_day(reader: Village) -> None:
    came: list[datetime] = []
    for number in range(12):
        lives_in(reader, "mei", ("Asia/Tokyo", "Europe/Berlin", "America/New_York")[number % 3])
        came += days_go_by(reader, HOUR, reader.at + 6 * HOUR)
    assert 2 <= len(came) <= 4


def test_whoever_left_gets_none(reader: Village) -> None:
    something_new(reader)
    reader.leaves("mei", UP)
    reader.later(2 * DAY)
    assert digests(reader) == []


def test_whoever_leaves_while_it_is_on_its_way_gets_none(reader: Village) -> None:
    something_new(reader)
    reader.at = berlin("2026-05-05T08:30")
    reader.bot.tick(reader.at)
    reader.leaves("mei", UP)
    reader.deliver()
    assert digests(reader) == []


def test_what_somebody_hides_is_in_no_digest(reader: Village) -> None:
    something_new(reader)
    mine = reader.command("bob", GENERAL, "me")
    reader.press("bob", GENERAL, button(mine, "Hide 1"))
    reader.later(DAY)
    assert digests(reader) == []


def test_what_is_hidden_while_it_is_on_its_way_is_not_in_it(reader: Village) -> None:
    something_new(reader)
    reader.says("kim", GENERAL, "rye too https://bread.example/kim")
    reader.at = berlin("2026-05-05T08:30")
    reader.bot.tick(reader.at)
    reader.press("bob", GENERAL, button(reader.command("bob", GENERAL, "me"), "Hide 1"))
    reader.deliver()
    (digest,) = reader.got("mei", "digest")
    assert "kim shared" in digest.text
    assert "bob" not in digest.text


@pytest.mark.parametrize("who", ["mei", "bob"])
def test_whoever_is_forgotten_gets_none_and_is_in_none(reader: Village, who: str) -> None:
    something_new(reader)
    asked = reader.command(who, GENERAL, "forget-me")
    reader.press(who, GENERAL, button(asked, "Forget me"))
    reader.later(2 * DAY)
    assert digests(reader) == []


def test_pausing_it_says_until_when_and_keeps_it(reader: Village) -> None:
    something_new(reader)
    said = plain(reader.command("mei", GENERAL, "digest", "pause"))
    assert said == "All right: no digest before 3 Jun."
    reader.later(20 * DAY)
    assert digests(reader) == []
    reader.at = berlin("2026-06-04T08:30")
    reader.deliver()
    assert len(digests(reader)) == 1


def test_an_hour_in_ones_quiet_hours_is_said_to_wait(village: Village) -> None:
    said = plain(village.command("kim", GENERAL, "digest", "daily 6:30"))
    assert "That is in your quiet hours, so it waits until 8:00." in said
    village.command("kim", GENERAL, "asking", "quiet never")
    assert "quiet hours" not in plain(village.command("kim", GENERAL, "digest", "daily 6:30"))


# ── The zone where a platform does not say it ────────────────────────────────────────────────


def test_a_guess_is_offered_by_when_somebody_writes(village: Village) -> None:
    for day in range(30):
        for hour in (7, 9, 12, 15, 18, 21, 23):
            there = datetime(2026, 4, 3, hour, tzinfo=ZoneInfo("Asia/Tokyo")) + day * DAY
            village.says("kim", GENERAL, "tea?", ago=village.at - there.astimezone(UTC))
    asked = village.command("kim", GENERAL, "digest", "daily 8:30")
    pressed = next(one for one in asked.sections[1].buttons if one.label.startswith("Asia/"))
    village.press("kim", GENERAL, pressed)
    village.command("kim", GENERAL, "follow", "rye")
    came = [
        f"{one.astimezone(ZoneInfo(pressed.label)):%H:%M}"
        for one in days_go_by(village, HALF, village.at + 2 * DAY)
    ]
    assert set(came) == {"08:30"}


def test_zones_of_others_here_are_offered(village: Village) -> None:
    village.command("bob", GENERAL, "asking", "zone Europe/Lisbon")
    asked = village.command("kim", GENERAL, "digest", "daily 8:30")
    assert [one.label for one in asked.sections[1].buttons] == ["Europe/Lisbon"]
