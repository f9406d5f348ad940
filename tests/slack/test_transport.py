"""Sockets and HTTP: nothing is lost or taken twice, whatever happens to the connection."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from adapters.slack.sockets import SocketHabits
from bot.errors import StoreError
from storage.store import Store
from tests.platforms.slack.outward import Sent
from tests.platforms.slack.payloads import payload
from tests.slack.house import House, open_house, play
from tests.slack.scenes import Scripted, person, place, village

HASTY = SocketHabits(ping_every=0.2, deaf_after=0.5, look_every=0.05)


def messages(house: House) -> int:
    with house.store.read() as unit:
        return unit.imports.totals()["messages"]


async def until(true: Callable[[], object]) -> None:
    while not true():  # noqa: ASYNC110 - it looks at the other side
        await asyncio.sleep(0.01)


# ── Sockets ──────────────────────────────────────────────────────────────────────────────────


def test_there_are_two_sockets_and_each_event_comes_over_one(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            assert len(house.slack.sockets.connections) == 2
            ana, general = person(house.team, "ana"), place(house.team, "general")
            for number in range(10):
                house.slack.post(house.team, ana, general, f"message {number}")
            await house.settled()
            assert messages(house) == 10
            assert house.slack.sockets.given_up == []

    play(scene())


def test_while_one_socket_is_refreshed_the_other_hears(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village, sockets=HASTY) as house:
            ana, general = person(house.team, "ana"), place(house.team, "general")
            house.slack.sockets.waits = (0.0, 0.05, 0.2)
            house.slack.sockets.patience = 0.3
            for number in range(20):
                if number % 5 == 0:
                    await house.slack.sockets.refresh()
                await house.say(ana, general, f"message {number}")
            assert messages(house) == 20
            assert house.slack.sockets.given_up == []

    play(scene())


def test_a_deaf_socket_is_replaced_and_what_was_missed_is_read(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village, sockets=HASTY) as house:
            ana, general = person(house.team, "ana"), place(house.team, "general")
            await house.say(ana, general, "before")
            await house.service.arrivals.watch(house.service.offices.open[0])
            await house.service.arrivals.settled()
            slack = house.slack.sockets
            slack.waits, slack.patience = (), 0.01
            slack.deafen()
            house.slack.post(house.team, ana, general, "nobody hears this")
            await until(lambda: len([c for c in slack.connections if not c.deaf]) >= 2)
            await until(lambda: messages(house) == 2)
            assert slack.given_up

    play(scene())


def test_after_a_cut_everything_said_meanwhile_is_there(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village, sockets=HASTY) as house:
            ana, bob = person(house.team, "ana"), person(house.team, "bob")
            general = place(house.team, "general")
            ts = await house.say(ana, general, "before")
            await house.service.arrivals.watch(house.service.offices.open[0])
            await house.service.arrivals.settled()
            house.slack.sockets.waits, house.slack.sockets.patience = (), 0.01
            await house.slack.sockets.cut()
            for number in range(30):
                house.slack.post(house.team, bob, general, f"meanwhile {number}")
                house.slack.post(house.team, bob, general, f"answer {number}", thread=ts)
            await until(lambda: messages(house) == 61)

    play(scene())


def test_each_event_however_often_and_under_whatever_id_counts_once(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            ana, general = person(house.team, "ana"), place(house.team, "general")
            for number in range(1, 12):
                ts = house.slack.post(house.team, ana, general, f"message {number}")
                message = general.find(ts)
                assert message is not None
                house.slack.tell_of_message(house.team, general, message, times=number - 1)
            await house.settled()
            assert messages(house) == 11

    play(scene())


def test_what_cannot_be_stored_is_not_acknowledged_and_comes_again(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            ana, general = person(house.team, "ana"), place(house.team, "general")
            house.slack.sockets.waits, house.slack.sockets.patience = (0.05,), 0.2
            real, failures = house.intake.take, [1]

            async def take(event_id: str, event: Any) -> Any:
                if failures:
                    failures.pop()
                    raise StoreError("The disk is full.")
                return await real(event_id, event)

            house.service.inbound.intake = _Failing(take, house.intake)  # type: ignore[assignment]
            await house.say(ana, general, "twice")
            assert failures == []
            assert messages(house) == 1

    play(scene())


class _Failing:
    """The intake, but for one verb."""

    def __init__(self, take: Any, real: Any) -> None:
        self.take = take
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def test_what_is_unknown_is_acknowledged_and_left(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            for kind in ("block_suggestion", "view_closed", "nonsense"):
                body = {"type": kind, "team": {"id": house.team.id}}
                answer = await house.slack.deliver("interactive", body, again=False)
                assert answer == {}
            unknown = payload("unknown_event")
            assert await house.slack.deliver("events_api", unknown) == {}

    play(scene())


@pytest.mark.parametrize("times", [20, pytest.param(200, marks=pytest.mark.soak)])
def test_reconnecting_leaves_nothing_behind(sqlite_url: str, times: int) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village, sockets=HASTY) as house:
            ana, general = person(house.team, "ana"), place(house.team, "general")

            opened: list[int] = []

            async def round_of(number: int) -> None:
                for one in range(number):
                    await until(lambda: len(house.slack.sockets.connections) == 2)
                    opened.append(house.slack.sockets.opened)
                    await house.slack.sockets.refresh(one % 2)
                    await until(lambda: house.slack.sockets.opened > opened[-1])
                await until(lambda: len(house.slack.sockets.connections) == 2)
                await house.say(ana, general, f"after {number}")

            await round_of(5)
            gc.collect()
            tasks, memory = len(asyncio.all_tasks()), psutil.Process().memory_info().rss
            await round_of(times)
            gc.collect()
            await asyncio.sleep(0.3)
            assert len(asyncio.all_tasks()) <= tasks + 4
            assert psutil.Process().memory_info().rss - memory < 20 << 20
            assert messages(house) == 2

    play(scene(), patience=120)


# ── HTTP ─────────────────────────────────────────────────────────────────────────────────────


async def at_http(scene: Callable[[House], Any], url: str) -> None:
    async with open_house(url, prepare=village, http=True) as house:
        await scene(house)


def test_over_http_it_is_all_the_same(sqlite_url: str) -> None:
    async def scene(house: House) -> None:
        ana, bob = person(house.team, "ana"), person(house.team, "bob")
        general = place(house.team, "general")
        ts = await house.say(ana, general, "how do I keep bees?")
        await house.say(bob, general, "bees want quiet", thread=ts)
        await house.command(ana, general, "/whoknows bees")
        assert "bob" in house.seen(ana, general)[0]
        assert set(house.slack.outward.statuses) == {200}

    play(at_http(scene, sqlite_url))


def test_what_slack_did_not_sign_is_refused_whatever_it_is(sqlite_url: str) -> None:
    async def scene(house: House) -> None:
        good = house.slack.outward.signed("events_api", payload("message"), {})
        old = {**good.headers, "X-Slack-Request-Timestamp": "1500000000"}
        bare = {"Content-Type": "application/json"}
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for sent in (
            Sent(good.body + b" ", good.headers),
            Sent(good.body, old),
            Sent(b"\xff\xfe", good.headers),
            Sent(b"{", bare),
            Sent(b"payload=%7B", form),
            Sent(b"", {}),
        ):
            assert await house.slack.outward.send(sent) == 401
        assert messages(house) == 0

    play(at_http(scene, sqlite_url))


def test_what_is_signed_but_makes_no_sense_is_no_fault_of_ours(sqlite_url: str) -> None:
    async def scene(house: House) -> None:
        for body in ({}, {"type": "event_callback"}, {"type": "event_callback", "event": 7}):
            sent = house.slack.outward.signed("events_api", body, {})
            assert await house.slack.outward.send(sent) < 500

    play(at_http(scene, sqlite_url))


def test_the_url_is_verified_as_slack_asks(sqlite_url: str) -> None:
    async def scene(house: House) -> None:
        body = {"type": "url_verification", "challenge": "3eZbrw1a", "token": "x"}
        assert await house.slack.outward.deliver("events_api", body) == {"challenge": "3eZbrw1a"}

    play(at_http(scene, sqlite_url))


def test_a_replay_does_nothing_again(sqlite_url: str) -> None:
    made: list[Scripted] = []

    def core(store: Store) -> Scripted:
        made.append(Scripted(store))
        return made[0]

    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village, http=True, core=core) as house:
            ana, general = person(house.team, "ana"), place(house.team, "general")
            await house.command(ana, general, "/iknow rust")
            asked = len(made[0].asked)
            for _ in range(3):
                assert await house.slack.outward.send(house.slack.outward.sent[-1]) == 200
            await house.settled()
            assert len(made[0].asked) == asked
            assert len(house.whispers(ana, general)) == 1

    play(scene())
