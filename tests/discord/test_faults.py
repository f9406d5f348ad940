"""Grapevine is killed, away, cut off: what people say meanwhile is kept once, and nothing grows."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import sys
from asyncio.subprocess import DEVNULL, Process
from collections import Counter
from contextlib import suppress
from typing import Any

import psutil
import pytest

from tests.discord.scene import Scene, play, scene
from tests.discord.test_connection import readings, until
from tests.platforms.discord.server import TOKEN

Json = dict[str, Any]
UP_WITHIN = 60.0


# ── Killed ───────────────────────────────────────────────────────────────────────────────────────


async def run(made: Scene, url: str) -> Process:
    """`grapevine run`, as somebody would start it; it is up when it has a session."""
    sessions = made.discord.gateway.identified
    settings = {
        "DATABASE_URL": url,
        "DISCORD_BOT_TOKEN": TOKEN,
        "DISCORD_API_URL": made.discord.url,
        "DISCORD_GATEWAY_URL": made.discord.gateway_url,
        "HEALTH_PORT": "0",
    }
    command = (sys.executable, "-m", "bot", "run")
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | settings, stdout=DEVNULL, stderr=DEVNULL
    )
    async with asyncio.timeout(UP_WITHIN):
        while made.discord.gateway.identified == sessions or not made.discord.gateway.connected:
            assert process.returncode is None
            await asyncio.sleep(0.02)
    return process


async def kill(made: Scene, process: Process) -> None:
    process.kill()
    await process.wait()
    await until(lambda: not made.discord.gateway.connected)


async def talk(made: Scene, url: str, events: int, kills: int) -> Process:
    """Say so many things, some of them while Grapevine is dead; the one that lives at the end."""
    chance, every = random.Random(7), events // (kills + 1)
    process = await run(made, url)
    for number in range(events):
        if kills and number and number % every == 0 and number // every <= kills:
            await asyncio.sleep(chance.uniform(0, 0.05))
            await kill(made, process)
            process = await run(made, url)
        where = made.kitchen if number % 3 else made.general
        await made.people.say(made.ana, where, f"message {number}")
        await asyncio.sleep(0.01)
    return process


@pytest.mark.parametrize(
    ("kills", "events"), [(2, 60), pytest.param(20, 1_000, marks=pytest.mark.soak)]
)
def test_no_kill_loses_an_event(sqlite_url: str, kills: int, events: int) -> None:
    async def whole() -> None:
        async with scene(sqlite_url, running=False) as made:
            process = await talk(made, sqlite_url, events, kills)
            try:
                async with asyncio.timeout(UP_WITHIN):
                    while len(made.kept()) < events:  # noqa: ASYNC110 - it looks into the store
                        await asyncio.sleep(0.1)
                assert Counter(made.kept()) == Counter(f"message {one}" for one in range(events))
                assert made.discord.gateway.identified == kills + 1
                assert made.discord.rest.syncs == 1
                answer = await made.people.use(made.bob, made.general, "whoknows", topic="cats")
                assert "nobody to ask about" in answer.text
                process.terminate()
                assert await process.wait() == 0
            finally:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    asyncio.run(whole())


# ── Away ─────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_said_while_we_were_down_is_there_once(sqlite_url: str) -> None:
    """300 messages in 30 channels, half of them in threads, archived some of these."""

    async def act(scene: Scene) -> None:
        world = scene.discord.world
        places = [await scene.people.open_channel(scene.guild, f"room {n}") for n in range(15)]
        threads = [world.thread(place, "talk", scene.ana) for place in places]
        await scene.people.say(scene.ana, places[0], "before")
        await scene.settled()
        await until(lambda: readings(scene))
        await scene.stop()
        for number in range(300):
            where = [*places, *threads][number % 30]
            world.message(where, (scene.bob, scene.mei)[number % 2], f"meanwhile {number}")
        for thread in threads[::3]:
            thread["thread_metadata"] |= {"archived": True, "archive_timestamp": world.stamp()}
        await scene.start()
        await until(lambda: len(scene.kept()) >= 301)
        await scene.settled()
        said = ["before", *(f"meanwhile {number}" for number in range(300))]
        assert Counter(scene.kept()) == Counter(said)

    play(sqlite_url, act)


# ── Cut off ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("times", [30, pytest.param(500, marks=pytest.mark.soak)])
def test_reconnecting_leaves_nothing_behind(sqlite_url: str, times: int) -> None:
    async def act(scene: Scene) -> None:
        gateway = scene.discord.gateway

        async def rounds(number: int) -> None:
            for one in range(number):
                before = gateway.resumed + gateway.identified
                await gateway.drop(4_000, forget=one % 10 == 9)
                await until(lambda: gateway.resumed + gateway.identified > before)  # noqa: B023
                await until(lambda: scene.service.is_connected)
            await scene.settled()
            gc.collect()

        await rounds(20)
        tasks, memory = len(asyncio.all_tasks()), psutil.Process().memory_info().rss
        await rounds(times)
        await asyncio.sleep(0.3)
        assert len(asyncio.all_tasks()) <= tasks + 4
        assert psutil.Process().memory_info().rss - memory < 20 << 20
        await scene.people.say(scene.ana, scene.kitchen, "still here")
        await until(lambda: scene.kept() == ["still here"])

    play(sqlite_url, act)


def test_a_gateway_that_falls_silent_is_noticed_and_nothing_is_lost(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is up and nothing comes through, as behind a router that forgot it."""
    monkeypatch.setattr("adapters.discord.client.SILENCE", 1.0)

    async def whole() -> None:
        async with scene(sqlite_url, running=False) as made:
            made.discord.gateway.heartbeat_ms = 300
            await made.start()
            await made.welcomed()
            await made.people.say(made.ana, made.kitchen, "before")
            await made.settled()
            made.discord.gateway.fall_silent()
            await made.people.say(made.ana, made.kitchen, "into the void")
            await until(lambda: made.discord.gateway.resumed == 1)
            await until(lambda: made.service.is_connected)
            await made.people.say(made.ana, made.kitchen, "after")
            await made.settled()
            assert made.kept() == ["before", "into the void", "after"]
            assert made.discord.gateway.identified == 1

    asyncio.run(whole())
