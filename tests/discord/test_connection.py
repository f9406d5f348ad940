"""The gateway breaks, Discord fails: nothing is lost, nothing comes twice, no limit is touched."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from pydantic import SecretStr

from adapters.discord import portal
from adapters.discord.client import IdentifyPace
from adapters.discord.service import NO_INTENTS
from bot.errors import SettingsError, StoreError
from tests.discord.scene import PATIENCE, Scene, play, scene

Json = dict[str, Any]


async def until(holds: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def test_what_was_missed_while_the_line_was_cut_is_replayed_once(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        await scene.people.say(scene.ana, scene.kitchen, "before")
        await scene.discord.gateway.drop(4_000)
        await scene.people.say(scene.ana, scene.kitchen, "during")
        await until(lambda: scene.discord.gateway.resumed == 1)
        await scene.people.say(scene.ana, scene.kitchen, "after")
        await scene.settled()
        assert scene.kept() == ["before", "during", "after"]
        assert scene.discord.gateway.identified == 1

    play(sqlite_url, act)


@pytest.mark.parametrize("how", ["invalid session", "asked to reconnect"])
def test_a_session_that_cannot_be_resumed_is_caught_up_from_history(
    sqlite_url: str, how: str
) -> None:
    async def act(scene: Scene) -> None:
        people, gateway = scene.people, scene.discord.gateway
        thread = await people.open_thread(scene.ana, scene.kitchen, "bread")
        await people.say(scene.ana, scene.kitchen, "before")
        await scene.settled()
        await until(lambda: readings(scene))
        if how == "invalid session":
            await gateway.drop(4_000, forget=True)
        else:
            await gateway.ask_to_reconnect()
            gateway.sessions.clear()
        world = scene.discord.world
        for number in range(5):
            world.message(scene.general, scene.bob, f"missed {number}")
        world.message(thread, scene.bob, "missed in a thread")
        await until(lambda: gateway.identified == 2 and gateway.connected)
        await until(lambda: len(scene.kept()) == 7)
        await scene.settled()
        assert sorted(scene.kept()) == sorted(
            ["before", *(f"missed {number}" for number in range(5)), "missed in a thread"]
        )

    play(sqlite_url, act)


def readings(scene: Scene) -> bool:
    """Whether every place that is listened to was read to its beginning."""
    with scene.store.read() as unit:
        several = [
            one for home in unit.directory.communities() for one in unit.cursors.progress(home.id)
        ]
    return bool(several) and all(one.reading and one.reading.finished_at for one in several)


def test_five_hundred_broken_lines_cost_few_sessions_and_no_new_registration(
    sqlite_url: str,
) -> None:
    """The short form: fifty in a row, some of which end their session."""

    async def act(scene: Scene) -> None:
        await break_lines(scene, 50)

    play(sqlite_url, act)


@pytest.mark.soak
def test_the_long_form_of_that(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        await break_lines(scene, 500)

    play(sqlite_url, act)


async def break_lines(scene: Scene, times: int) -> None:
    gateway = scene.discord.gateway
    for number in range(times):
        await scene.people.say(scene.ana, scene.kitchen, f"message {number}")
        forgets = number % 25 == 24
        sessions = gateway.identified + gateway.resumed
        await gateway.drop(4_000, forget=forgets)
        await until(lambda: gateway.identified + gateway.resumed > sessions)  # noqa: B023
        await until(lambda: gateway.connected)
    await scene.settled()
    await until(lambda: len(scene.kept()) == times)
    assert sorted(scene.kept()) == sorted(f"message {number}" for number in range(times))
    assert gateway.identified <= 30
    assert scene.discord.rest.syncs == 1


def test_sessions_begin_ever_slower() -> None:
    """Lines that can never be resumed, for a day: far from the thousand that are allowed."""
    clock = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal clock
        clock += seconds

    async def whole() -> list[float]:
        pace = IdentifyPace(lambda: clock, sleep)
        begun = []
        while clock < 3_600 * 24:
            await pace.wait(0, initial=False)
            begun.append(clock)
        return begun

    begun = asyncio.run(whole())
    assert sum(at < 3_600 for at in begun) <= 30
    assert len(begun) < 500


def test_commands_are_registered_when_they_changed_and_only_then(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(scene: Scene) -> None:
        for _ in range(3):
            await scene.stop()
            await scene.start()
        assert scene.discord.rest.syncs == 1
        await scene.stop()
        monkeypatch.setattr("adapters.discord.service.registrations", list)
        await scene.start()
        assert scene.discord.rest.syncs == 2

    play(sqlite_url, act)


def test_several_shards_share_the_servers(sqlite_url: str) -> None:
    async def whole() -> None:
        async with scene(sqlite_url, running=False) as made:
            world, gateway = made.discord.world, made.discord.gateway
            gateway.shards = 2
            await asyncio.sleep(0.01)
            others = [world.guild(f"Town {number}", made.tom) for number in range(8)]
            squares = [world.channel(town, "square") for town in others]
            await made.start()
            assert len(gateway.sessions) == 2
            for number, square in enumerate(squares):
                await made.people.say(made.tom, square, f"said in {number}")
            await made.settled()
            assert sorted(made.kept()) == [f"said in {number}" for number in range(8)]
            await made.stop()

    asyncio.run(whole())


def test_an_unknown_token_is_said_in_one_sentence_after_few_requests(sqlite_url: str) -> None:
    async def whole() -> None:
        async with scene(sqlite_url, running=False) as made:
            made.settings = made.settings.model_copy(update={"discord_bot_token": wrong()})
            with pytest.raises(SettingsError, match="does not know DISCORD_BOT_TOKEN"):
                await made.start()
            assert made.discord.invalid <= 5
            await made.stop()

    asyncio.run(whole())


def wrong() -> Any:
    return SecretStr("not-the-token")


@pytest.mark.parametrize("patience", [20.0, 0.05])
def test_while_discord_is_not_there_it_is_waited_for(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, patience: float
) -> None:
    monkeypatch.setattr("adapters.discord.service.PATIENCE", patience)

    async def whole() -> None:
        async with scene(sqlite_url, running=False) as made:
            made.discord.faults.fail("GET /users/@me", 503, times=2)
            monkeypatch.setattr("adapters.discord.service.LONGEST_WAIT", 0.1)
            made.open_up()
            await made.service.start()
            assert made.service.is_connected is (patience > 1)
            await until(lambda: made.service.is_connected)
            await made.settled()
            await made.people.say(made.ana, made.kitchen, "here we are")
            await until(lambda: made.kept() == ["here we are"])
            await made.stop()

    asyncio.run(whole())


def test_intents_that_are_not_granted_are_not_asked_for(sqlite_url: str) -> None:
    async def whole() -> None:
        async with scene(sqlite_url, running=False) as made:
            made.discord.gateway.portal = 0
            await made.start()
            assert made.discord.gateway.closed_with == []
            answer = await made.people.use(made.bob, made.general, "grapevine help")
            assert "help you find who knows" in answer.text
            await made.stop()

    asyncio.run(whole())


def test_intents_that_are_refused_all_the_same_are_named(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def granted(_settings: object) -> portal.Application:
        return portal.Application("1", "Grapevine", members=True, content=True)

    monkeypatch.setattr(portal, "application", granted)

    async def whole() -> None:
        async with scene(sqlite_url, running=False) as made:
            made.discord.gateway.portal = 0
            with pytest.raises(SettingsError) as raised:
                await made.start()
            assert str(raised.value) == NO_INTENTS
            await made.stop()

    asyncio.run(whole())


def test_what_the_store_cannot_take_waits_and_is_not_lost(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(scene: Scene) -> None:
        monkeypatch.setattr("adapters.discord.inlet.REST", 0.05)
        real, failures = scene.intake.store, 3

        class Away:
            def __getattr__(self, name: str) -> Any:
                return getattr(real, name)

            def write(self) -> Any:
                nonlocal failures
                failures -= 1
                if failures >= 0:
                    raise StoreError("The disk is full.")
                return real.write()

        scene.intake.store = Away()
        for number in range(5):
            await scene.people.say(scene.ana, scene.kitchen, f"message {number}")
        await until(lambda: len(scene.kept()) == 5)
        assert scene.kept() == [f"message {number}" for number in range(5)]

    play(sqlite_url, act)


def test_members_are_asked_for_again_until_they_are_told(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.discord.service.LIST_AGAIN_AFTER", 0.05)

    async def act(scene: Scene) -> None:
        guild = scene.service.atlas.guilds[scene.guild["id"]]
        assert guild.is_listed
        guild.is_listed = False  # as if what was asked for had got lost
        scene.service._came(guild.id)
        await until(lambda: guild.is_listed)

    play(sqlite_url, act)


def test_an_odd_payload_stops_nothing(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        odd: Json = {"id": "5", "guild_id": scene.guild["id"], "channel_id": scene.kitchen["id"]}
        frame = {"op": 0, "t": "GUILD_ROLE_UPDATE", "s": 1, "d": {"guild_id": scene.guild["id"]}}
        scene.service.inlet.heard(json.dumps(frame))
        await scene.discord.gateway.dispatch("MESSAGE_DELETE_BULK", odd, scene.kitchen)
        await scene.people.say(scene.ana, scene.kitchen, "still here")
        await scene.settled()
        assert scene.kept() == ["still here"]

    play(sqlite_url, act)
