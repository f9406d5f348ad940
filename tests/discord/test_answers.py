"""People ask in Discord's own ways and are answered in these: commands, menus, buttons, forms."""

from __future__ import annotations

import asyncio
import time

import pytest

from adapters.discord import answers, book
from bot.core import Bot
from bot.events import (
    CommandUsed,
    Event,
    FormSubmitted,
)
from bot.queues import Stored
from bot.replies import Button, Field, Form, Reply, Section
from tests.discord.scene import Json, Scene, play
from tests.platforms.discord.people import text_of

ASKED = "Who knows how to keep sourdough alive?"


async def bread(scene: Scene) -> None:
    asked = await scene.people.say(scene.ana, scene.kitchen, ASKED)
    told = "Feed the sourdough every day, with rye"
    await scene.people.say(scene.mei, scene.kitchen, told, reply_to=asked)
    await scene.settled()


def test_a_command_is_answered_privately_with_receipts(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        await bread(scene)
        answer = await scene.people.use(scene.bob, scene.general, "whoknows", topic="sourdough")
        assert answer.is_private
        assert "**Mei**" in answer.text
        assert "answered Ana in #kitchen" in answer.text
        assert "https://discord.com/channels/" in answer.text
        assert scene.discord.interactions.pinged == []

    play(sqlite_url, act)


def test_a_mention_is_answered_for_all_who_read_along(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        await bread(scene)
        me = scene.discord.world.bot
        await scene.people.say(scene.bob, scene.general, f"<@{me}> who knows about sourdough?")
        sent = await heard(scene)
        assert "**Mei**" in text_of(sent)
        assert sent["message_reference"]["channel_id"] == scene.general["id"]
        assert scene.discord.rest.pinged == []

    play(sqlite_url, act)


async def heard(scene: Scene, count: int = 1) -> Json:
    """The newest message that the bot posted, once there are so many."""
    async with asyncio.timeout(10):
        while len(scene.discord.rest.sent) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return scene.discord.rest.sent[-1]


def test_the_role_of_the_bot_stands_for_the_bot(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        own = scene.guild["roles"][1]["id"]
        await scene.people.say(scene.bob, scene.general, f"<@&{own}> links")
        assert "shared a link" in text_of(await heard(scene))

    play(sqlite_url, act)


def test_what_is_private_waits_behind_a_button_where_others_read_along(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        await bread(scene)
        me = scene.discord.world.bot
        await scene.people.say(scene.mei, scene.general, f"<@{me}> show me")
        sent = await heard(scene)
        assert text_of(sent) == book.FOR_YOUR_EYES
        stranger = await scene.people.press(scene.bob, sent, book.SHOW)
        assert (stranger.text, stranger.is_private) == (book.NOT_YOURS, True)
        own = await scene.people.press(scene.mei, sent, book.SHOW)
        assert own.is_private
        assert "answered Ana in #kitchen" in own.text

    play(sqlite_url, act)


def test_an_answer_to_the_bot_is_talk_and_no_request(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        me = scene.discord.world.bot
        await scene.people.say(scene.bob, scene.general, f"<@{me}> help")
        sent = await heard(scene)
        await scene.people.say(scene.bob, scene.general, "thanks a lot", reply_to=sent)
        await scene.settled()
        assert scene.kept() == ["thanks a lot"]
        assert len(scene.discord.rest.sent) == 1

    play(sqlite_url, act)


def test_a_direct_message_counts_for_the_server_in_which_one_acted_last(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        await bread(scene)
        world = scene.discord.world
        other = world.guild("Hillside", scene.tom)
        world.member(other, scene.bob)
        await scene.people.invite_bot(other)
        await scene.settled()
        direct = world.direct(scene.bob)
        before = len(scene.discord.rest.sent)
        await scene.people.use(scene.bob, scene.general, "grapevine help")
        await scene.people.say(scene.bob, direct, "who knows about sourdough?")
        sent = await heard(scene, before + 1)
        assert "**Mei**" in text_of(sent)
        assert sent["channel_id"] == direct["id"]
        square = await scene.people.open_channel(other, "square")
        await scene.people.use(scene.bob, square, "grapevine help")
        await scene.people.say(scene.bob, direct, "who knows about sourdough?")
        assert "Mei" not in text_of(await heard(scene, before + 2))

    play(sqlite_url, act)


def test_whoever_shares_no_server_gets_nothing(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        stranger = scene.discord.world.user("Zed")
        await scene.people.say(stranger, scene.discord.world.direct(stranger), "help")
        await scene.settled()
        assert scene.discord.rest.sent == []
        direct = scene.discord.world.direct(stranger)
        answer = await scene.people.use(stranger, direct, "grapevine help")
        assert answer.text == answers.NO_HOME

    play(sqlite_url, act)


def test_buttons_go_on_working_after_a_restart(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        await bread(scene)
        answer = await scene.people.use(scene.mei, scene.general, "me")
        await scene.stop()
        await scene.start()
        hidden = await scene.people.press(scene.mei, answer.message, "Never for “sourdough”")
        assert hidden.text.startswith("Hidden.")
        other = await scene.people.press(scene.bob, answer.message, "Hide 1")
        assert "not yours or too old" in other.text

    play(sqlite_url, act)


def test_the_menus_of_messages_and_people(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        link = await scene.people.say(scene.mei, scene.kitchen, "see https://example.org/loaf")
        await scene.settled()
        saved = await scene.people.use_on_message(scene.bob, link, "Save link")
        assert saved.is_private
        assert "Saved: 1 link." in saved.text

    play(sqlite_url, act)


# ── A core that answers what a test wants ────────────────────────────────────────────────────────


def answering(scene: Scene, reply: Reply, *, after: float = 0.0) -> list[Event]:
    """Let the core answer commands with `reply`; the requests that it got."""
    asked: list[Event] = []
    real = scene.bot

    class Fixed(Bot):
        def handle_stored(self, stored: Stored) -> Reply | None:
            asked.append(stored.event)
            real.handle_stored(stored)
            if isinstance(stored.event, CommandUsed | FormSubmitted):
                time.sleep(after)
                return reply
            return None

    scene.intake.core = Fixed(scene.store, real.new_token)
    return asked


LONG = Reply(tuple(Section((f"Part {number} " + "word " * 300,)) for number in range(6)))


def test_a_long_answer_is_turned_page_by_page_in_the_same_message(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        answering(scene, LONG)
        answer = await scene.people.use(scene.bob, scene.general, "me")
        assert answer.buttons == [book.MORE]
        message = answer.message
        seen = [answer.text]
        while True:
            turned = await scene.people.press(scene.bob, message, book.MORE)
            assert turned.asked.messages == []
            seen.append(text_of(message))
            if book.MORE not in turned.buttons:
                break
        assert all(any(f"Part {number}" in page for page in seen) for number in range(6))
        back = await scene.people.press(scene.bob, message, book.BACK)
        assert back.text == seen[-2]
        other = await scene.people.press(scene.tom, message, book.BACK)
        assert other.text == book.NOT_YOURS

    play(sqlite_url, act)


def test_a_page_is_gone_after_a_restart_and_says_so(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        answering(scene, LONG)
        answer = await scene.people.use(scene.bob, scene.general, "me")
        await scene.stop()
        await scene.start()
        late = await scene.people.press(scene.bob, answer.message, book.MORE)
        assert late.text == book.GONE

    play(sqlite_url, act)


def test_what_takes_long_is_deferred_and_still_private(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "QUICK", 0.1)

    async def act(scene: Scene) -> None:
        answering(scene, Reply.say("Here it is."), after=0.5)
        answer = await scene.people.use(scene.bob, scene.general, "me")
        assert (answer.text, answer.is_private, answer.asked.first) == ("Here it is.", True, 5)

    play(sqlite_url, act)


def test_a_public_answer_that_took_long_comes_after_what_was_deferred(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "QUICK", 0.1)

    async def act(scene: Scene) -> None:
        answering(scene, Reply.say("For all.", private=False), after=0.5)
        asked = await scene.people.send_command(scene.bob, scene.general, "me")
        await asked.arrives(messages=2)
        assert (asked.text, asked.is_private) == ("For all.", False)
        assert asked.asked.messages[0]["flags"] & 1 << 6

    play(sqlite_url, act)


FORM = Form("Ask the network", (Field("what", "What is it about?"), Field("why", "Why?")), "form-1")


def test_a_form_opens_and_what_is_filled_in_comes_back(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        answering(scene, Reply((), form=FORM))
        opened = await scene.people.use(scene.bob, scene.general, "me")
        assert opened.form["title"] == "Ask the network"
        asked = answering(scene, Reply.say("Sent."))
        sent = await scene.people.fill(scene.bob, opened, what="Bread", why="It died")
        (submitted,) = asked
        assert isinstance(submitted, FormSubmitted)
        assert submitted.token == "form-1"
        assert submitted.fields == (("what", "Bread"), ("why", "It died"))
        assert (sent.text, sent.is_private) == ("Sent.", True)

    play(sqlite_url, act)


def test_a_form_that_comes_too_late_waits_behind_a_button(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "QUICK", 0.1)

    async def act(scene: Scene) -> None:
        answering(scene, Reply((Section(("One moment.",)),), form=FORM), after=0.5)
        late = await scene.people.use(scene.bob, scene.general, "me")
        assert late.buttons == [book.OPEN_FORM]
        opened = await scene.people.press(scene.bob, late.message, book.OPEN_FORM)
        assert opened.form["title"] == "Ask the network"

    play(sqlite_url, act)


def test_a_form_can_be_sent_after_a_restart(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        answering(scene, Reply((), form=FORM))
        opened = await scene.people.use(scene.bob, scene.general, "me")
        await scene.stop()
        await scene.start()
        asked = answering(scene, Reply.say("Sent."))
        await scene.people.fill(scene.bob, opened, what="Bread")
        assert len(asked) == 1

    play(sqlite_url, act)


def test_topics_are_completed_while_they_are_typed(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        def suggest(typed: CommandUsed) -> list[str]:
            assert (typed.account.id, typed.place.id) == (scene.bob["id"], scene.general["id"])
            assert (typed.name, typed.text) == ("whoknows", "sour")
            return ["sourdough", "sourdough", "x" * 200, " ", *map(str, range(40))]

        assert scene.service.answers is not None
        scene.service.answers.suggest = suggest
        offered = await scene.people.complete(scene.bob, scene.general, "whoknows", topic="sour")
        assert offered[0] == "sourdough"
        assert len(offered) == 25
        assert max(map(len, offered)) == 100

    play(sqlite_url, act)


def test_topics_and_people_are_offered_that_whoever_types_may_see(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        people = scene.people
        asked = await people.say(scene.mei, scene.kitchen, "who bakes with sourdough?")
        await people.say(scene.ana, scene.kitchen, "sourdough every Saturday", reply_to=asked)
        await people.use(scene.ana, scene.attic, "grapevine here", choice="on")
        await people.say(scene.mei, scene.attic, "a soursop for the canary, says Sour Sam")
        await scene.settled()

        async def offered(who: Json, line: str, **option: str) -> list[str]:
            return await people.complete(who, scene.general, line, **option)

        await scene.service.members.look()
        await scene.settled()
        inside = await offered(scene.ana, "whoknows", topic="sour")
        assert sorted(inside) == ["sour", "sourdough", "soursop"]
        assert await offered(scene.bob, "whoknows", topic="sour") == ["sourdough"]
        assert await offered(scene.bob, "whoknows", topic="@") == ["@Ana", "@Mei"]
        answer = await people.use(scene.bob, scene.general, "whoknows", topic="@Ana")
        assert "What **Ana** is found for" in answer.text
        named = f"<@{scene.ana['id']}>"
        again = await people.use(scene.bob, scene.general, "whoknows", topic=named)
        assert again.text == answer.text

    play(sqlite_url, act)


def test_completion_that_takes_long_offers_nothing(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "COMPLETED_WITHIN", 0.1)

    async def act(scene: Scene) -> None:
        def suggest(*_: object) -> list[str]:
            time.sleep(0.4)
            return ["late"]

        assert scene.service.answers is not None
        scene.service.answers.suggest = suggest
        assert await scene.people.complete(scene.bob, scene.general, "links", topic="x") == []

    play(sqlite_url, act)


def test_a_file_comes_along(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        await bread(scene)
        answer = await scene.people.use(scene.mei, scene.general, "grapevine export")
        assert answer.is_private
        (content,) = answer.files.values()
        assert b"with rye" in content

    play(sqlite_url, act)


def test_buttons_of_the_core_keep_their_own_tokens(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        buttons = tuple(Button(f"Number {number}", f"token-{number}") for number in range(12))
        answering(scene, Reply.say("Choose.", buttons=buttons))
        answer = await scene.people.use(scene.bob, scene.general, "me")
        assert answer.buttons == [f"Number {number}" for number in range(12)]

    play(sqlite_url, act)
