"""What was said before Grapevine came is read once, also if the reading is killed on the way."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.service.status import lines
from bot import logs
from bot.wiring import Wiring
from tests.discord.scene import Scene, now, play, scene
from tests.discord.test_connection import readings, until
from tests.platforms.discord.world import FORUM, HISTORY, PRIVATE_THREAD, VIEW

Json = dict[str, Any]
LAST_YEAR = datetime.now(UTC) - timedelta(days=365)


def old(scene: Scene, channel: Json, count: int, word: str) -> list[str]:
    """Messages of last year in a channel."""
    said = [f"{word} {number}" for number in range(count)]
    for number, text in enumerate(said):
        at = LAST_YEAR + timedelta(minutes=number)
        scene.discord.world.message(channel, scene.bob, text, at=at)
    return said


def test_a_channel_its_threads_and_a_forum_are_read(sqlite_url: str) -> None:
    async def whole() -> None:
        async with scene(sqlite_url, running=False) as made:
            world = made.discord.world
            said = old(made, made.kitchen, 250, "in the kitchen")
            active = world.thread(made.kitchen, "active", made.ana)
            said += old(made, active, 3, "in a thread")
            archived = world.thread(made.kitchen, "archived", made.ana)
            archived["thread_metadata"]["archived"] = True
            said += old(made, archived, 3, "in an old thread")
            forum = world.channel(made.guild, "questions", FORUM)
            post = world.thread(forum, "post", made.ana)
            said += old(made, post, 2, "in a post")
            hidden = world.thread(made.kitchen, "hidden", made.ana, PRIVATE_THREAD)
            old(made, hidden, 2, "in a private thread")
            old(made, made.attic, 2, "in the attic")
            await made.start()
            await until(lambda: readings(made))
            assert sorted(made.kept()) == sorted(said)
            await made.stop()

    asyncio.run(whole())


def test_a_reading_that_is_killed_goes_on_where_it_was(sqlite_url: str) -> None:
    async def whole() -> None:
        async with scene(sqlite_url, running=False) as made:
            said = old(made, made.kitchen, 750, "long ago")
            history = rf"GET /channels/{made.kitchen['id']}/messages"
            made.discord.faults.delay(history, 0.0, times=6)
            made.discord.faults.delay(history, 60.0)
            await made.start()
            await until(lambda: made.discord.count(history) == 7)
            await made.stop()
            assert len(made.kept()) == 500
            await made.start()
            await until(lambda: readings(made))
            assert sorted(made.kept()) == sorted(said)
            # The rest, and maybe what was said in between.
            assert made.discord.count(history) - 7 in {3, 4}
            await made.stop()

    asyncio.run(whole())


def test_who_wrote_it_and_left_since_is_nobody_to_be_named(sqlite_url: str) -> None:
    async def whole() -> None:
        async with scene(sqlite_url, running=False) as made:
            world = made.discord.world
            gone = world.user("Gone")
            asked = LAST_YEAR
            world.message(made.kitchen, made.ana, "who knows about kettles?", at=asked)
            later = asked + timedelta(minutes=1)
            world.message(made.kitchen, gone, "I know all about kettles", at=later)
            latest = asked + timedelta(minutes=2)
            world.message(made.kitchen, made.mei, "boil vinegar in your kettle", at=latest)
            await made.start()
            await until(lambda: readings(made))
            answer = await made.people.use(made.bob, made.general, "whoknows", topic="kettles")
            assert "**Mei**" in answer.text
            assert "Gone" not in answer.text
            await made.stop()

    asyncio.run(whole())


def test_where_the_bot_may_not_read_it_does_not_ask(sqlite_url: str) -> None:
    async def whole() -> None:
        async with scene(sqlite_url, running=False) as made:
            own = made.guild["roles"][1]["id"]
            for channel, right in ((made.general, VIEW), (made.kitchen, HISTORY)):
                shut = {"id": own, "type": 0, "allow": "0", "deny": str(right)}
                channel["permission_overwrites"] = [shut]
            old(made, made.general, 3, "hidden")
            await made.start()
            await made.settled()
            assert made.discord.count(r"GET /channels/\d+/messages") == 0
            assert made.discord.statuses[403] == 0
            await made.stop()

    asyncio.run(whole())


def test_the_log_and_the_status_tell_how_far_it_is(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("adapters.discord.history.TOLD_EVERY", 500)

    def status(made: Scene) -> list[str]:
        with made.store.read() as unit:
            return [one for one in lines(unit, now(), Wiring().tellers) if "history" in one]

    async def whole() -> None:
        async with scene(sqlite_url, running=False) as made:
            old(made, made.kitchen, 600, "long ago")
            history = rf"GET /channels/{made.kitchen['id']}/messages"
            made.discord.faults.delay(history, 0.0, times=5)
            made.discord.faults.delay(history, 3.0)
            await made.start()
            await until(lambda: status(made))
            assert status(made) == [
                "#kitchen (Riverbend): its history is being read, 500 messages so far."
            ]
            await until(lambda: readings(made))
            assert status(made) == [
                "#kitchen (Riverbend): its history is read, 600 messages so far."
            ]
            await made.stop()

    logs.configure("info")
    try:
        asyncio.run(whole())
    finally:
        logs.configure("warning")
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines() if "history" in line]
    about = [(one["event"], one["messages"]) for one in told if one["messages"]]
    assert about == [("reading a history", 500), ("a history was read", 600)]


def test_a_place_that_is_switched_on_later_is_read_from_then_on(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        said = old(scene, scene.attic, 3, "in the attic")
        await scene.people.use(scene.ana, scene.attic, "grapevine here", choice="on")
        scene.service.histories.wake()
        await until(lambda: len(scene.kept()) == 3)
        assert scene.kept() == said

    play(sqlite_url, act)


def test_without_the_intent_no_history_is_read(sqlite_url: str) -> None:
    async def whole() -> None:
        async with scene(sqlite_url, running=False, discord_message_content=False) as made:
            old(made, made.general, 3, "hidden")
            await made.start()
            await made.settled()
            assert made.discord.count(r"GET /channels/\d+/messages") == 0
            await made.stop()

    asyncio.run(whole())
