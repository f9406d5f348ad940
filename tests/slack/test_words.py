"""What people say to Grapevine in Slack, and where the answer stands."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from adapters.slack.manifest import manifest
from bot.events import CommandUsed
from bot.replies import Button, Reply, Section
from storage.store import Store
from tests.platforms.slack import Slack
from tests.platforms.slack.reading import labels, read
from tests.platforms.slack.state import Channel, Team
from tests.slack.house import House, open_house, play
from tests.slack.scenes import Scripted, person, place, village


async def bees(house: House) -> str:
    """ana asks about bees, and bob answers in the thread."""
    ana, bob, general = cast(house)
    ts = await house.say(ana, general, "how do I keep bees calm?")
    await house.say(bob, general, "smoke calms bees, a little of it", thread=ts)
    return ts


def cast(house: House) -> tuple[Any, Any, Any]:
    return person(house.team, "ana"), person(house.team, "bob"), place(house.team, "general")


def test_a_command_is_answered_where_only_its_person_sees_it(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            ana, bob, general = cast(house)
            await bees(house)
            await house.command(ana, general, "/whoknows bees")
            assert house.seen(ana, general)[0].startswith("People here who know about bees:\nbob\n")
            assert house.seen(bob, general) == house.heard(general) == []
            assert house.slack.hands.timeouts == 0

    play(scene())


def test_a_mention_is_answered_in_its_thread_by_what_all_may_read(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            ana, _bob, general = cast(house)
            await bees(house)
            bot = house.team.bot_user
            ts = await house.say(ana, general, f"<@{bot}> who knows about bees?")
            (answer,) = house.said(general)
            assert answer["thread_ts"] == ts
            assert "bob" in read(answer)
            assert answer["unfurl_links"] is answer["unfurl_media"] is False
            await house.say(ana, general, f"<@{bot}> links about bees", thread=ts)
            assert [one["thread_ts"] for one in house.said(general)] == [ts, ts]

    play(scene())


@pytest.mark.parametrize("heard", [True, False], ids=["heard", "read-from-its-history"])
def test_whoever_answers_in_a_thread_weeks_later_answered_its_question(
    sqlite_url: str, *, heard: bool
) -> None:
    clock = [1_780_000_000.0]

    async def scene() -> None:
        slack = await Slack.start(lambda: clock[0])
        team = slack.install(manifest())
        village(team)
        ana, bob, general = person(team, "ana"), person(team, "bob"), place(team, "general")

        async def weeks_apart() -> str:
            ts = await slack.say(team, ana, general, "how do I keep bees calm?")
            clock[0] += 15 * 86_400
            await slack.say(team, bob, general, "with smoke, a little of it", thread=ts)
            return ts

        ts = "" if heard else await unheard(weeks_apart, general, team)
        async with open_house(sqlite_url, slack, lambda: clock[0]) as house:
            await house.met()
            ts = ts or await weeks_apart()
            await house.service.arrivals.watch(house.service.offices.open[0])
            await house.settled()
            await house.command(ana, general, "/whoknows bees")
            assert "bob\n• answered ana in #general" in house.seen(ana, general)[0]
            asked = f"<@{team.bot_user}> who knows about bees?"
            await house.say(ana, general, asked, thread=ts)
            assert [one["thread_ts"] for one in house.said(general)] == [ts]
        await slack.close()

    play(scene())


async def unheard(talk: Callable[[], Coroutine[Any, Any, str]], where: Channel, team: Team) -> str:
    """Let people talk where we are not yet; we come afterwards."""
    where.members.remove(team.bot_user)
    ts = await talk()
    where.members.append(team.bot_user)
    return ts


def test_a_mention_comes_as_two_events_and_is_answered_once(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            ana, _bob, general = cast(house)
            ts = house.slack.post(
                house.team, ana, general, f"<@{house.team.bot_user}> who knows about bees?"
            )
            message = general.find(ts)
            assert message is not None
            house.slack.tell_of_message(house.team, general, message, times=5)
            await house.settled()
            assert len(house.said(general)) == 1

    play(scene())


def test_help_stays_between_us_also_in_public(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            ana, bob, general = cast(house)
            await house.say(ana, general, f"<@{house.team.bot_user}>")
            assert "whoknows" in house.seen(ana, general)[0]
            assert house.heard(general) == house.seen(bob, general) == []

    play(scene())


def test_in_a_direct_message_every_sentence_is_for_us_and_stays(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            ana, _bob, _general = cast(house)
            await bees(house)
            alone = house.team.direct(ana.id)
            await house.say(ana, alone, "who knows about bees?")
            (answer,) = house.said(alone)
            assert "bob" in read(answer)
            assert "thread_ts" not in answer
            await house.command(ana, alone, "/me")
            assert len(house.said(alone)) == 2
            assert house.whispers(ana, alone) == []
            with house.store.read() as unit:
                assert unit.imports.totals()["messages"] == 2

    play(scene())


def test_what_may_be_said_to_all_is_said_in_the_channel(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            ana, _bob, general = cast(house)
            await house.command(ana, general, "/grapevine here on")
            assert "I keep what is said in #general" in house.heard(general)[0]

    play(scene())


def test_a_file_lasts_in_the_direct_message(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            ana, _bob, general = cast(house)
            await bees(house)
            await house.command(ana, general, "/grapevine export")
            (file,) = house.team.files
            assert b"how do I keep bees calm?" in file["content"]
            assert house.said(house.team.direct(ana.id))[0]["files"] == ["grapevine-export.json"]
            assert house.heard(general) == []

    play(scene())


def test_saving_a_link_by_the_shortcut(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            ana, bob, general = cast(house)
            ts = await house.say(bob, general, "read <https://bees.example.org/>")
            await house.slack.hands.on_message(house.team, ana, general, ts, "save_link")
            await house.settled()
            assert len(house.seen(ana, general)) == 1
            await house.command(ana, general, "/links bees")
            assert "bob in #general" in house.seen(ana, general)[-1]

    play(scene())


def long(_event: object) -> Reply:
    return Reply(tuple(Section((f"person {number}",), (("a",), ("b",))) for number in range(60)))


def test_a_long_answer_is_turned_page_by_page_in_the_same_message(sqlite_url: str) -> None:
    def core(store: Store) -> Scripted:
        return Scripted(store, command_used=long)

    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village, core=core) as house:
            ana, _bob, general = cast(house)
            await house.command(ana, general, "/links")
            (message,) = house.whispers(ana, general)
            assert "Page 1 of 5" in read(message)
            await house.press(ana, message, "More", general)
            await house.press(ana, message, "More", general)
            assert house.whispers(ana, general) == [message]
            assert "Page 3 of 5" in read(message)
            await house.press(ana, message, "Back", general)
            assert "Page 2 of 5" in read(message)

    play(scene())


def test_a_page_that_waited_too_long_is_not_turned(sqlite_url: str) -> None:
    clock = [1_800_000_000.0]

    def core(store: Store) -> Scripted:
        return Scripted(store, command_used=long)

    async def scene() -> None:
        async with open_house(
            sqlite_url, now=lambda: clock[0], prepare=village, core=core
        ) as house:
            ana, _bob, general = cast(house)
            await house.command(ana, general, "/links")
            clock[0] += 16 * 60
            await house.press(ana, house.whispers(ana, general)[0], "More", general)
            assert "Page 1 of 5" in house.seen(ana, general)[0]
            assert "too old" in house.seen(ana, general)[1]

    play(scene())


def test_a_button_that_does_something_is_pressed_once_and_answered(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            ana, _bob, general = cast(house)
            await house.command(ana, general, "/grapevine forget-me")
            (asked,) = house.whispers(ana, general)
            assert labels(asked) == ["Forget me"]
            await house.press(ana, asked, "Forget me", general)
            assert "I have forgotten you" in house.seen(ana, general)[1]

    play(scene())


def button(_event: object) -> Reply:
    return Reply.say("May I?", buttons=(Button("Yes", "token-of-ana"),), private=False)


def test_anybody_may_press_what_stands_in_public_and_the_core_decides(sqlite_url: str) -> None:
    made: list[Scripted] = []

    def core(store: Store) -> Scripted:
        made.append(Scripted(store, command_used=button))
        return made[0]

    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village, core=core) as house:
            ana, bob, general = cast(house)
            await house.command(ana, general, "/links")
            (message,) = house.said(general)
            await house.press(bob, message, "Yes", general)
            assert "not yours" in house.seen(bob, general)[0]

    play(scene())


def test_names_that_are_taken_get_a_prefix(sqlite_url: str) -> None:
    asked: list[str] = []

    def note(event: CommandUsed) -> Reply:
        asked.append(event.name)
        return Reply.say("noted")

    async def scene() -> None:
        async with open_house(
            sqlite_url,
            prepare=village,
            core=lambda store: Scripted(store, command_used=note),
            prefix="gv-",
        ) as house:
            ana, _bob, general = cast(house)
            await house.command(ana, general, "/gv-whoknows bees")
            await house.command(ana, general, "/gv-grapevine help")
            assert asked == ["whoknows", "grapevine"]

    play(scene())


def test_where_slack_shows_nothing_the_answer_comes_as_a_message(sqlite_url: str) -> None:
    """A `response_url` that is used up, and a channel that takes no messages of ours."""

    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            ana, _bob, general = cast(house)
            house.slack.faults.plan("chat.postEphemeral", "denied", error="user_not_in_channel")
            await house.say(ana, general, f"<@{house.team.bot_user}> help")
            assert "whoknows" in house.heard(house.team.direct(ana.id))[0]

    play(scene())


def test_an_error_is_an_apology_with_a_number(sqlite_url: str) -> None:
    def fail(_event: object) -> Reply:
        raise ZeroDivisionError("a defect")

    async def scene() -> None:
        async with open_house(
            sqlite_url, prepare=village, core=lambda store: Scripted(store, command_used=fail)
        ) as house:
            ana, _bob, general = cast(house)
            await house.command(ana, general, "/links")
            (said,) = house.seen(ana, general)
            assert "Something went wrong on my side" in said
            assert "defect" not in said

    play(scene())
