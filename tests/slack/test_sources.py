"""What was deleted while nobody listened is not quoted."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from adapters.service import sources
from adapters.service.carrier import Later
from adapters.service.sources import CANNOT_CHECK
from adapters.slack.manifest import manifest
from adapters.slack.sockets import SocketHabits
from adapters.slack.sources import SlackFinder
from bot.core import Bot
from bot.deliveries import Parcel
from bot.events import CommunityRef, PlaceRef, Platform
from bot.queues import Destination
from bot.replies import Reply, Section, Source
from storage.store import Store
from tests.platforms.slack import Slack
from tests.platforms.slack.reading import labels, read
from tests.platforms.slack.state import Channel, Json, Team
from tests.slack.house import House, open_house, play
from tests.slack.scenes import Scripted, person, place, village

LOOKS = ("conversations.history", "conversations.replies")
HASTY = SocketHabits(ping_every=0.2, deaf_after=0.5, look_every=0.05)


def told(scene: Callable[[Slack, Team], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        slack = await Slack.start()
        team = slack.install(manifest())
        village(team)
        try:
            await scene(slack, team)
        finally:
            await slack.close()

    play(whole())


@asynccontextmanager
async def at_home(url: str, slack: Slack, **more: Any) -> AsyncIterator[House]:
    """The house, when it has read all there is to read."""
    async with open_house(url, slack, **more) as house:
        await house.met()
        await house.service.arrivals.watch(house.service.offices.open[0])
        await house.settled()
        yield house


async def talk(slack: Slack, team: Team) -> tuple[str, str, str]:
    """ana asks about bees, bob answers in the thread and says a word about ladders elsewhere."""
    ana, bob, general = person(team, "ana"), person(team, "bob"), place(team, "general")
    for where in (general, place(team, "market")):
        await slack.say(team, ana, where, "good morning")
    asked = await slack.say(team, ana, general, "how do I keep bees calm?")
    answered = await slack.say(team, bob, general, "smoke calms bees", thread=asked)
    link = await slack.say(team, bob, place(team, "market"), "see https://example.org/ladders")
    return asked, answered, link


def vanish(channel: Channel, ts: str) -> None:
    """Somebody deletes a message, and nobody is told."""
    message = channel.find(ts)
    assert message is not None
    channel.messages.remove(message)


def kept(house: House) -> int:
    with house.store.read() as unit:
        return unit.imports.totals()["messages"]


def looks(slack: Slack) -> int:
    return sum(slack.faults.called[method] for method in LOOKS)


async def asked(house: House, line: str) -> str:
    ana, general = person(house.team, "ana"), place(house.team, "general")
    await house.command(ana, general, line)
    return house.seen(ana, general)[-1]


def test_what_a_plan_hides_is_not_gone(sqlite_url: str) -> None:
    async def scene(slack: Slack, team: Team) -> None:
        async with at_home(sqlite_url, slack) as house:
            await talk(slack, team)
            await house.settled()
            for name in ("general", "market"):
                place(team, name).messages.clear()
            house.service.finder.gap()
            assert "answered ana" in await asked(house, "/whoknows bees")
            assert "example.org" in await asked(house, "/links ladder")
            await house.settled()
            assert kept(house) == 5

    told(scene)


@pytest.mark.parametrize("which", ["in-thread", "in-channel"])
def test_what_was_deleted_while_we_were_away_is_not_quoted(sqlite_url: str, which: str) -> None:
    async def scene(slack: Slack, team: Team) -> None:
        async with at_home(sqlite_url, slack) as house:
            _, answered, link = await talk(slack, team)
            await house.settled()
            assert "answered ana" in await asked(house, "/whoknows bees")
            assert "example.org/ladders" in await asked(house, "/links ladders")
        gone = answered if which == "in-thread" else link
        vanish(place(team, "general" if gone == answered else "market"), gone)
        async with at_home(sqlite_url, slack, core=unlike_before) as house:
            house.service.finder.gap()
            people = await asked(house, "/whoknows bees")
            links = await asked(house, "/links ladder")
            if gone == answered:
                assert people.startswith("I know of nobody to ask about “bees” yet.")
                assert "example.org/ladders" in links
            else:
                assert "answered ana" in people
                assert "example.org" not in links
            await house.settled()
            assert kept(house) == 4

    told(scene)


def unlike_before(store: Store) -> Bot:
    """Its tokens differ from those before a restart."""
    return Bot(store, lambda: secrets.token_urlsafe(8))


def test_a_tombstone_in_a_thread_is_no_message(sqlite_url: str) -> None:
    async def scene(slack: Slack, team: Team) -> None:
        async with at_home(sqlite_url, slack) as house:
            ts, _, _ = await talk(slack, team)
            await house.settled()
            finder, home = house.service.finder, house.service.offices.open[0].workspace
            general = home.place(place(team, "general").id)
            source = Source(general, ts, None)
            answer = Source(general, place(team, "general").messages[-1]["ts"], None)
            finder.gap()
            assert await finder.missing([source, answer]) == set()
            message = place(team, "general").find(ts)
            assert message is not None
            message |= {"subtype": "tombstone", "user": "USLACKBOT", "hidden": True}
            finder.gap()
            assert await finder.missing([source]) == {source}

    told(scene)


def test_many_messages_of_a_place_are_looked_at_together_and_only_once(sqlite_url: str) -> None:
    async def scene(slack: Slack, team: Team) -> None:
        bob, general = person(team, "bob"), place(team, "general")
        said = [slack.post(team, bob, general, f"word {n}", quiet=True) for n in range(500)]
        async with at_home(sqlite_url, slack) as house:
            finder, home = house.service.finder, house.service.offices.open[0].workspace
            where = home.place(general.id)
            wanted = [Source(where, ts, "https://upstream.slack.com/") for ts in said[::25]]
            for one in (said[25], said[475]):
                vanish(general, one)
            finder.gap()
            before = looks(slack)
            gone = await finder.missing(wanted)
            assert {one.message for one in gone} == {said[25], said[475]}
            assert looks(slack) - before == 4
            assert await finder.missing([one for one in wanted if one not in gone]) == set()
            assert looks(slack) - before == 4

    told(scene)


def test_what_cannot_be_checked_is_not_quoted_either(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(slack: Slack, team: Team) -> None:
        async with at_home(sqlite_url, slack) as house:
            await talk(slack, team)
            await house.settled()
            house.service.finder.gap()
            monkeypatch.setattr(sources, "PATIENCE", 0.2)
            for method in LOOKS:
                slack.faults.plan(method, "broken", times=99)
            assert await asked(house, "/whoknows bees") == CANNOT_CHECK

    told(scene)


def test_where_we_may_not_look_what_is_kept_is_taken_for_there(sqlite_url: str) -> None:
    async def scene(slack: Slack, team: Team) -> None:
        async with at_home(sqlite_url, slack) as house:
            await talk(slack, team)
            await house.settled()
            house.service.finder.gap()
            for method in LOOKS:
                slack.faults.plan(method, "denied", times=99, error="not_in_channel")
            assert "answered ana" in await asked(house, "/whoknows bees")

    told(scene)


def test_what_was_heard_is_not_looked_at(sqlite_url: str) -> None:
    async def scene(slack: Slack, team: Team) -> None:
        async with at_home(sqlite_url, slack) as house:
            await talk(slack, team)
            await house.settled()
            before = looks(slack)
            assert "answered ana" in await asked(house, "/whoknows bees")
            assert looks(slack) == before

    told(scene)


def test_a_cut_is_a_gap(sqlite_url: str) -> None:
    async def scene(slack: Slack, team: Team) -> None:
        async with at_home(sqlite_url, slack, sockets=HASTY) as house:
            gaps = house.service.finder._gaps
            await slack.sockets.cut()
            while house.service.finder._gaps == gaps:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.01)

    told(scene)


def test_while_nothing_is_heard_a_message_is_looked_at_once_a_minute(sqlite_url: str) -> None:
    async def scene(slack: Slack, team: Team) -> None:
        async with at_home(sqlite_url, slack) as house:
            ts, _, _ = await talk(slack, team)
            where = house.service.offices.open[0].workspace.place(place(team, "general").id)
            now = {"heard": True, "seconds": 0.0}
            finder = SlackFinder(
                house.service.offices, lambda: bool(now["heard"]), lambda: now["seconds"]
            )

            async def looked(*, heard: bool, seconds: float) -> int:
                now.update(heard=heard, seconds=seconds)
                assert await finder.missing([Source(where, ts, None)]) == set()
                return looks(slack)

            first = await looked(heard=True, seconds=0)
            assert await looked(heard=True, seconds=900) == first
            assert await looked(heard=False, seconds=901) == first + 1
            assert await looked(heard=False, seconds=960) == first + 1
            assert await looked(heard=False, seconds=962) == first + 2

    told(scene)


def test_a_page_does_not_show_what_was_deleted_meanwhile(sqlite_url: str) -> None:
    found: list[Source] = []

    def long(_event: Any) -> Reply:
        some = [Section((f"person {n}",), (("a",), ("b",))) for n in range(60)]
        return Reply((*some, Section(("Found:",), (("the last one", found[0]),))))

    async def scene(slack: Slack, team: Team) -> None:
        ana, general = person(team, "ana"), place(team, "general")

        def core(store: Store) -> Scripted:
            return Scripted(store, command_used=long)

        async with at_home(sqlite_url, slack, core=core) as house:
            ts, _, _ = await talk(slack, team)
            home = CommunityRef(Platform.SLACK, team.id)
            found.append(Source(PlaceRef(home, general.id), ts, None))
            await house.command(ana, general, "/whoknows bees")
            (shown,) = house.whispers(ana, general)
            await house.press(ana, shown, "More")
            assert labels(shown) == ["Back", "More"]
            await slack.delete(team, general, ts)
            await house.press(ana, shown, "More")
            said: list[Json] = house.whispers(ana, general)
            assert "the last one" not in "".join(map(read, said))

    told(scene)


def test_a_delivery_that_quotes_what_is_gone_is_composed_anew(sqlite_url: str) -> None:
    async def scene(slack: Slack, team: Team) -> None:
        general = place(team, "general")
        async with at_home(sqlite_url, slack) as house:
            ts, _, _ = await talk(slack, team)
            await house.settled()
            home = CommunityRef(Platform.SLACK, team.id)
            source = Source(PlaceRef(home, general.id), ts, None)
            reply = Reply.say("somebody wrote ", source)
            parcel = Parcel("key", Destination(home, place=general.id), reply, None)
            await house.service.carrier.send(parcel)
            vanish(general, ts)
            house.service.finder.gap()
            with pytest.raises(Later):
                await house.service.carrier.send(parcel)
            assert len(house.said(general)) == 1

    told(scene)
