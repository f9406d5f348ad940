"""Reading the history of places: when we are invited, after a gap, and through every kill."""

from __future__ import annotations

import asyncio
import time

from adapters.slack.make import histories
from bot.reading import Reading
from tests.platforms.slack import Slack
from tests.platforms.slack.reading import read
from tests.platforms.slack.state import Channel, Team
from tests.slack.house import House, open_house, play
from tests.slack.scenes import person, place, village


def messages(house: House) -> int:
    with house.store.read() as unit:
        return unit.imports.totals()["messages"]


def told(house: House) -> list[str]:
    with house.store.read() as unit:
        return list(histories(unit, house.clock()))


def reading_of(house: House, channel: Channel) -> Reading:
    with house.store.read() as unit:
        home = unit.directory.communities()[0]
        found = next(
            one for one in unit.cursors.progress(home.id) if one.place.ref.id == channel.id
        )
    assert found.reading is not None
    return found.reading


def past(slack: Slack, team: Team, name: str, count: int, threads: int = 0) -> Channel:
    """A channel that we are not in, with a history: `threads` of its messages have two answers."""
    ana, bob = person(team, "ana"), person(team, "bob")
    made = team.channel(name, ana, bob, bot=False)
    for number in range(count):
        ts = slack.post(team, ana, made, f"old {number} about topic{number}")
        if number < threads:
            for answer in range(2):
                slack.post(team, bob, made, f"answer {answer} to {number}", thread=ts)
    return made


async def at_home(house: House) -> None:
    """Until the history of every place we are in was read."""
    await house.service.arrivals.watch(house.service.offices.open[0])
    await house.settled()


async def invite(house: House, channel: Channel) -> None:
    ana = person(house.team, "ana")
    await house.slack.join(house.team, house.team.bot_user, channel, inviter=ana.id)
    await house.settled()


def test_where_we_are_invited_the_history_is_read_with_its_threads(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            await at_home(house)
            before = house.slack.faults.called["conversations.history"]
            bakery = past(house.slack, house.team, "bakery", 130, threads=4)
            house.service.arrivals.page = 50
            await invite(house, bakery)
            assert messages(house) == 130 + 8
            ana, general = person(house.team, "ana"), place(house.team, "general")
            await house.command(ana, general, "/whoknows topic129")
            assert house.slack.faults.called["conversations.history"] - before == 3
            assert house.slack.faults.called["conversations.replies"] == 4
            assert any("#bakery (Upstream)" in line and "138" in line for line in told(house))

    play(scene())


def test_we_say_once_that_we_arrived(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            bakery = past(house.slack, house.team, "bakery", 1)
            await invite(house, bakery)
            (greeting,) = house.said(bakery)
            assert "#bakery" in read(greeting)
            assert bakery.id not in read(greeting)
            await house.slack.join(house.team, house.team.bot_user, bakery)
            await house.settled()
            assert len(house.said(bakery)) <= 2

    play(scene())


def test_slack_may_ask_for_patience(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            await at_home(house)
            bakery = past(house.slack, house.team, "bakery", 30)
            house.slack.faults.plan("conversations.history", "limited", seconds=1)
            house.slack.faults.plan("conversations.history", "broken")
            house.slack.faults.plan("conversations.history", "dropped")
            began = time.monotonic()
            await invite(house, bakery)
            assert messages(house) == 30
            assert time.monotonic() - began >= 1

    play(scene(), patience=60)


def test_a_reading_that_is_stopped_goes_on_where_it_was(sqlite_url: str) -> None:
    async def scene() -> None:
        slack = await Slack.start()
        try:
            async with open_house(sqlite_url, slack, prepare=village) as house:
                await at_home(house)
                bakery = past(slack, house.team, "bakery", 100)
                house.service.arrivals.page = house.service.arrivals.held = 5
                slack.faults.plan("conversations.history", "slow", times=1_000, seconds=0.05)
                await slack.join(house.team, house.team.bot_user, bakery)
                while messages(house) < 25:  # noqa: ASYNC110 - it looks into the store
                    await asyncio.sleep(0.01)
            slack.faults.planned.clear()
            async with open_house(sqlite_url, slack) as house:
                kept = messages(house)
                assert kept < 100
                reading = reading_of(house, bakery)
                assert reading.finished_at is None
                assert reading.before is not None
                house.service.arrivals.page = 5
                await at_home(house)
                assert messages(house) == 100
                # It counts each message once: it did not begin again.
                assert reading_of(house, bakery).messages == 100
        finally:
            await slack.close()

    play(scene(), patience=60)


def test_of_a_private_place_nothing_is_read_that_was_said_before(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            ana, attic = person(house.team, "ana"), place(house.team, "attic")
            for number in range(5):
                await house.say(ana, attic, f"before {number}")
            await house.command(ana, attic, "/grapevine here on")
            await at_home(house)
            assert messages(house) == 0
            await house.say(ana, attic, "after")
            assert messages(house) == 1

    play(scene())


def test_three_hundred_messages_while_we_were_down_are_there_once(sqlite_url: str) -> None:
    async def scene() -> None:
        slack = await Slack.start()
        try:
            async with open_house(sqlite_url, slack, prepare=village) as house:
                ana, bob = person(house.team, "ana"), person(house.team, "bob")
                general = place(house.team, "general")
                root = await house.say(ana, general, "an old thread")
                await at_home(house)
                await house.service.arrivals.seen(house.service.offices.open[0], house.clock())
                team = house.team
            slack.sockets.waits = ()
            for number in range(200):
                slack.post(team, ana, general, f"meanwhile {number}")
            for number in range(100):
                slack.post(team, bob, general, f"answer {number}", thread=root)
            slack.post(team, ana, general, f"<@{team.bot_user}> who knows about bees?")
            await slack.settled()
            async with open_house(sqlite_url, slack) as house:
                while messages(house) < 301:  # noqa: ASYNC110 - it looks into the store
                    await asyncio.sleep(0.01)
                await house.settled()
                assert messages(house) == 301
                (answer,) = house.said(general)
                assert "bees" in read(answer)
            async with open_house(sqlite_url, slack) as house:
                await house.settled()
                await asyncio.sleep(0.2)
                assert messages(house) == 301
                assert len(house.said(general)) == 1
        finally:
            await slack.close()

    play(scene(), patience=60)


def test_where_we_are_not_let_in_we_do_not_knock_again_and_again(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            await at_home(house)
            bakery = past(house.slack, house.team, "bakery", 3)
            house.slack.faults.plan("conversations.history", "denied", error="not_in_channel")
            await invite(house, bakery)
            office = house.service.offices.open[0]
            called = house.slack.faults.called["conversations.history"]
            for _ in range(5):
                await house.service.arrivals.watch(office)
                await house.settled()
            assert bakery.id not in office.workspace.inside
            others = {c.id for c in house.team.channels.values()} - {bakery.id}
            assert house.slack.faults.called["conversations.history"] - called <= len(others)

    play(scene())
