"""Posts of a forum: what is solved there is asked no further, and what helped is marked there."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.asking.model import Question
from bot.queues import DeliveryState
from tests.discord.scene import Json, Scene, now, play
from tests.discord.test_connection import until
from tests.platforms.discord.world import FORUM, MANAGE_THREADS

KETTLE = "How do I get the lime out of my kettle?"


async def deliver(scene: Scene) -> None:
    """Bring everything that is owed to where it belongs."""
    courier = scene.courier()
    work = asyncio.create_task(courier.run())
    await until(lambda: not owed(scene))
    courier.stop()
    await work
    await scene.settled()


def owed(scene: Scene) -> int:
    with scene.store.read() as unit:
        counts = unit.outbox.counts()
    return counts[DeliveryState.PENDING] + counts[DeliveryState.SENDING]


async def asked(scene: Scene) -> tuple[Json, Json, Json]:
    """Bob's post in a forum, asked further; the post, its first message, and the forum's tag."""
    people, world = scene.people, scene.discord.world
    forum = await people.open_channel(scene.guild, "questions", kind=FORUM)
    world.tag(forum, "Kitchen")
    tag = world.tag(forum, "✅ Solved", moderated=True)
    await people.gateway_tells(forum)
    post, message = await people.post(scene.bob, forum, "Kettle", KETTLE)
    await scene.settled()
    found = await people.use_on_message(scene.bob, message, "Ask the network")
    await people.press(scene.bob, found.message, "Ask the network")
    await deliver(scene)
    return post, message, tag


def widening(scene: Scene) -> list[Question]:
    """The questions that go on to more people some day."""
    with scene.store.read() as unit:
        return unit.questions.widening(now() + timedelta(days=30), 9)


def test_what_is_marked_as_solved_is_asked_no_further(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        post, _, tag = await asked(scene)
        assert len(widening(scene)) == 1
        await scene.people.tag(post, tag)
        await scene.settled()
        assert widening(scene) == []
        await scene.people.tag(post)
        await scene.settled()
        assert len(widening(scene)) == 1

    play(sqlite_url, act)


def test_what_was_marked_while_we_were_away_is_noticed(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        post, _, tag = await asked(scene)
        await scene.stop()
        post["applied_tags"] = [tag["id"]]
        await scene.start()
        assert widening(scene) == []

    play(sqlite_url, act)


@pytest.mark.parametrize("allowed", [True, False])
def test_what_helped_is_marked_as_solved_where_we_may(sqlite_url: str, *, allowed: bool) -> None:
    async def act(scene: Scene) -> None:
        people, own = scene.people, scene.guild["roles"][1]
        if allowed:
            rights = int(own["permissions"]) | MANAGE_THREADS
            await people.change_role(scene.guild, own, rights)
        post, _, tag = await asked(scene)
        await people.say(scene.mei, post, "Boil vinegar in it, then rinse")
        await scene.settled()
        assert post["applied_tags"] == []
        await people.say(scene.bob, post, "thank you, that helped!")
        await scene.settled()
        await deliver(scene)
        assert post["applied_tags"] == ([tag["id"]] if allowed else [])
        assert scene.discord.statuses[403] == 0

    play(sqlite_url, act)


def test_other_tags_stay_and_none_is_set_where_there_is_no_room(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        people, own, world = scene.people, scene.guild["roles"][1], scene.discord.world
        await people.change_role(scene.guild, own, int(own["permissions"]) | MANAGE_THREADS)
        post, _, _ = await asked(scene)
        forum = world.channels[post["parent_id"]]
        full = [world.tag(forum, f"Topic {number}") for number in range(5)]
        await people.gateway_tells(forum)
        await people.tag(post, *full)
        await people.say(scene.mei, post, "Boil vinegar in it, then rinse")
        await people.say(scene.bob, post, "thank you, that helped!")
        await scene.settled()
        await deliver(scene)
        assert post["applied_tags"] == [tag["id"] for tag in full]
        assert scene.discord.statuses[400] == 0

    play(sqlite_url, act)
