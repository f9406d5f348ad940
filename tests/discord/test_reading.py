"""What is said in Discord is kept as it stands there: edits, deletions, threads, posts, answers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from sqlalchemy import text

from tests.discord.scene import Scene, play, scene
from tests.discord.test_connection import until
from tests.platforms.discord.world import FORUM, PRIVATE_THREAD, VIEW

Json = dict[str, Any]
BREAD = "How do I keep sourdough alive?"


def test_what_people_say_is_kept_and_what_bots_say_is_not(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        people, robot = scene.people, scene.discord.world.user("Robot", bot=True)
        scene.discord.world.member(scene.guild, robot)
        await people.say(scene.ana, scene.kitchen, BREAD)
        await people.say(robot, scene.kitchen, "I am a bot")
        await people.say(scene.bob, scene.kitchen, "by a webhook", webhook_id="77")
        await people.say(scene.bob, scene.kitchen, "Bob joined", type=7)
        await scene.settled()
        assert scene.kept() == [BREAD]

    play(sqlite_url, act)


def test_a_forward_is_nobodys_own_words(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        words: Json = {"content": "somebody else's words", "type": 0, "flags": 0}
        words |= {"timestamp": scene.discord.world.stamp(), "edited_timestamp": None}
        lists = ("mentions", "mention_roles", "attachments", "embeds", "components")
        snapshot = {"message": words | {key: [] for key in lists}}
        await scene.people.say(
            scene.bob,
            scene.kitchen,
            "",
            message_reference={"type": 1, "message_id": "1", "channel_id": "2"},
            message_snapshots=[snapshot],
        )
        await scene.settled()
        assert scene.kept() == []

    play(sqlite_url, act)


def test_an_edit_replaces_and_a_deletion_removes_also_of_what_nobody_remembers(
    sqlite_url: str,
) -> None:
    async def act(scene: Scene) -> None:
        people = scene.people
        first = await people.say(scene.ana, scene.kitchen, "my password is hunter2")
        second = await people.say(scene.bob, scene.kitchen, "never mind")
        third = await people.say(scene.mei, scene.kitchen, "nor this")
        await scene.settled()
        await people.edit(first, "nothing to see")
        await people.delete(second, third)
        await scene.settled()
        assert scene.kept() == ["nothing to see"]
        await people.delete(first)
        await scene.settled()
        assert scene.kept() == []

    play(sqlite_url, act)


def test_titles_that_discord_finds_come_with_the_link(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        url = "https://example.org/loaf"
        message = await scene.people.say(scene.ana, scene.kitchen, f"read {url}")
        await scene.settled()
        await scene.people.unfurl(message, url, "The Loaf Book")
        await scene.settled()
        answer = await scene.people.use(scene.bob, scene.kitchen, "links", topic="loaf")
        assert "[The Loaf Book](<https://example.org/loaf>) (example.org)" in answer.text

    play(sqlite_url, act)


def test_names_stand_where_ids_stood_and_hidden_places_are_not_named(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        who, where, hidden = scene.mei["id"], scene.general["id"], scene.attic["id"]
        text = f"ask <@{who}> in <#{where}> or <#{hidden}> <:loaf:123456>"
        await scene.people.say(scene.ana, scene.kitchen, text)
        await scene.settled()
        assert scene.kept() == ["ask @Mei in #general or #… :loaf:"]

    play(sqlite_url, act)


def test_a_thread_is_one_conversation_and_so_is_a_forum_post(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        people, world = scene.people, scene.discord.world
        started = await people.say(scene.ana, scene.kitchen, BREAD)
        thread = await people.open_thread(scene.ana, scene.kitchen, "bread", on=started)
        await people.say(scene.mei, thread, "Feed it every day")
        forum = await people.open_channel(scene.guild, "questions", kind=FORUM)
        post, _ = await people.post(scene.bob, forum, "Kettle", "My kettle is furred up")
        await people.say(scene.tom, post, "Boil vinegar in the kettle")
        await scene.settled()
        assert conversations(scene) == {
            (BREAD, "Feed it every day"),
            ("My kettle is furred up", "Boil vinegar in the kettle"),
        }
        answer = await people.use(scene.bob, scene.general, "whoknows", topic="kettle")
        assert "**Tom**" in answer.text
        assert f"/{post['id']}/" in answer.text
        assert world.rights(scene.bob["id"], post)

    play(sqlite_url, act)


def conversations(scene: Scene) -> set[tuple[str, ...]]:
    query = text("SELECT conversation_id, text FROM message ORDER BY at, id")
    found: dict[int, list[str]] = {}
    with scene.store.read() as unit:
        for number, said in unit.connection.execute(query):
            found.setdefault(number, []).append(said)
    return {tuple(said) for said in found.values()}


def test_a_deleted_thread_takes_what_was_said_in_it_but_not_what_it_began_with(
    sqlite_url: str,
) -> None:
    async def act(scene: Scene) -> None:
        people = scene.people
        started = await people.say(scene.ana, scene.kitchen, BREAD)
        thread = await people.open_thread(scene.ana, scene.kitchen, "bread", on=started)
        await people.say(scene.mei, thread, "Feed it every day")
        await scene.settled()
        await people.delete_channel(thread)
        await scene.settled()
        assert scene.kept() == [BREAD]

    play(sqlite_url, act)


def test_a_deleted_post_takes_all_of_it(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        forum = await scene.people.open_channel(scene.guild, "questions", kind=FORUM)
        post, _ = await scene.people.post(scene.bob, forum, "Kettle", "My kettle is furred up")
        await scene.people.say(scene.tom, post, "Boil vinegar in it")
        await scene.settled()
        assert len(scene.kept()) == 2
        await scene.people.delete_channel(post)
        await scene.settled()
        assert scene.kept() == []

    play(sqlite_url, act)


def test_a_deletion_in_a_thread_that_was_archived_when_we_came_is_understood(
    sqlite_url: str,
) -> None:
    async def act(scene: Scene) -> None:
        world, people = scene.discord.world, scene.people
        thread = world.thread(scene.kitchen, "old", scene.ana)
        thread["thread_metadata"]["archived"] = True
        said = world.message(thread, scene.mei, "Feed the sourdough every day")
        await scene.start()
        while not scene.kept():
            await scene.settled()
        scene.service.atlas.guilds[scene.guild["id"]].channels.pop(thread["id"])
        await people.delete(said)
        await scene.settled()
        assert scene.kept() == []
        await scene.stop()

    async def whole() -> None:
        async with scene(sqlite_url, running=False) as made:
            await act(made)

    asyncio.run(whole())


def test_a_channel_that_goes_takes_all_with_it(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        await scene.people.say(scene.ana, scene.kitchen, BREAD)
        await scene.settled()
        await scene.people.delete_channel(scene.kitchen)
        await scene.settled()
        assert scene.kept() == []

    play(sqlite_url, act)


def test_an_outage_of_discord_forgets_nothing_and_leaving_forgets_all(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        await scene.people.say(scene.ana, scene.kitchen, BREAD)
        await scene.people.outage(scene.guild)
        await scene.settled()
        assert scene.kept() == [BREAD]
        await scene.people.remove_bot(scene.guild)
        await scene.settled()
        assert scene.kept() == []

    play(sqlite_url, act)


def test_reactions_are_kept_by_their_short_names(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        message = await scene.people.say(scene.ana, scene.kitchen, BREAD)
        await scene.people.react(scene.bob, message, "👍")
        await scene.people.react(scene.mei, message, "❤️")
        await scene.people.react(scene.bob, message, "👍", added=False)
        await scene.settled()
        assert await reactions_of(scene, scene.mei) == ["heart"]

    play(sqlite_url, act)


async def reactions_of(scene: Scene, who: Json) -> list[str]:
    """The emoji that somebody put on messages, as they are told when they ask for it."""
    answer = await scene.people.use(who, scene.general, "grapevine export")
    kept = json.loads(next(iter(answer.files.values())))
    return [one["emoji"] for one in kept["reactions"]]


def test_reactions_that_are_taken_off_all_at_once_are_gone(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        people = scene.people
        one = await people.say(scene.ana, scene.kitchen, BREAD)
        other = await people.say(scene.ana, scene.kitchen, "and rye?")
        for message, emoji in ((one, "❤️"), (one, "🎉"), (other, "❤️")):
            await people.react(scene.mei, message, emoji)
        await people.clear_reactions(one, "🎉")
        await scene.settled()
        assert await reactions_of(scene, scene.mei) == ["heart", "heart"]
        await people.clear_reactions(one)
        await people.react(scene.mei, one, "🐝")
        await scene.settled()
        assert sorted(await reactions_of(scene, scene.mei)) == ["heart", "honeybee"]

    play(sqlite_url, act)


def test_whoever_invited_it_reads_where_it_listens_and_chooses(sqlite_url: str) -> None:
    async def whole() -> None:
        async with scene(sqlite_url, running=False) as made:
            made.guild["public_updates_channel_id"] = made.attic["id"]
            await made.start()
            await until(lambda: made.discord.rest.sent)
            (note,) = made.discord.world.history(made.attic["id"])
            refused = await made.people.press(made.mei, note, "Not yet")
            assert "Only an admin" in refused.text
            shown = await made.people.press(made.ana, note, "Choose")
            assert shown.buttons == ["#general", "#kitchen"]
            await made.people.press(made.ana, shown.message, "#kitchen")
            await made.people.say(made.bob, made.kitchen, "not for Grapevine")
            await made.people.say(made.bob, made.general, "for everybody")
            await made.settled()
            assert made.kept() == ["for everybody"]
            await made.stop()

    asyncio.run(whole())


def test_nothing_private_is_kept_by_itself(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        people = scene.people
        await people.say(scene.ana, scene.attic, "the canary sings in the attic")
        thread = await people.open_thread(scene.ana, scene.kitchen, "secret", kind=PRIVATE_THREAD)
        await people.join_thread(thread, scene.discord.world.me)
        await people.say(scene.ana, thread, "the canary sings in a thread")
        await scene.settled()
        assert scene.kept() == []

    play(sqlite_url, act)


def test_without_the_intent_nothing_is_read_and_what_is_asked_is_answered(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        people, me = scene.people, scene.discord.world.bot
        await people.say(scene.ana, scene.kitchen, BREAD)
        await people.say(scene.bob, scene.kitchen, f"<@{me}> who knows about bread?")
        await scene.settled()
        assert scene.kept() == []
        answer = await people.use(scene.bob, scene.general, "iknow", topic="bread")
        assert "you know bread" in answer.text
        link = await people.say(scene.mei, scene.kitchen, "see https://example.org/loaf")
        saved = await people.use_on_message(scene.bob, link, "Save link")
        assert "Saved: 1 link." in saved.text
        assert len(scene.discord.rest.sent) == 1

    play(sqlite_url, act, discord_message_content=False)


def test_a_place_that_becomes_private_is_not_kept_any_more(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        people = scene.people
        await people.say(scene.ana, scene.kitchen, BREAD)
        await scene.settled()
        await people.overwrite(scene.kitchen, scene.guild, deny=VIEW)
        own = scene.guild["roles"][1]
        await people.overwrite(scene.kitchen, own, allow=VIEW)
        await people.say(scene.ana, scene.kitchen, "behind closed doors")
        await scene.settled()
        assert scene.kept() == [BREAD]
        answer = await people.use(scene.bob, scene.general, "whoknows", topic="sourdough")
        assert "Ana" not in answer.text

    play(sqlite_url, act)
