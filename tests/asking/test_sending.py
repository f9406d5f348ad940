"""What is decided in the moment of sending, and what happens when nothing can be sent."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from bot.core import EXPIRED
from bot.deliveries import Parcel, Ref, Trouble
from bot.events import PlaceSeen, Platform, Visibility
from bot.queues import Claimed
from bot.replies import plain
from storage.store import Store
from tests.asking.village import (
    ATTIC,
    DAY,
    GENERAL,
    HOUR,
    KITCHEN,
    MARKET,
    NOON,
    UP,
    Sent,
    Village,
    button,
)

BREAD = "Who can help with sourdough bread?"


def tonight(village: Village) -> None:
    """Mei may be asked, and it is night: what is owed to her waits for the morning."""
    village.later(11 * HOUR)
    village.knows("mei", "sourdough bread")
    village.asks("ana", BREAD)
    village.deliver()
    assert village.got("mei") == []


# ── Looked at again ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("said", ["off", "pause"])
def test_agreement_is_looked_at_again(village: Village, said: str) -> None:
    tonight(village)
    village.command("mei", GENERAL, "asking", said)
    village.later(10 * HOUR)
    assert village.got("mei") == []
    assert len(village.posted(GENERAL)) == 1


def test_quiet_hours_are_looked_at_again(village: Village) -> None:
    tonight(village)
    village.command("mei", GENERAL, "asking", "quiet 22-12")
    village.later(10 * HOUR)
    assert village.got("mei") == []
    village.later(3 * HOUR)
    assert len(village.got("mei", "ask")) == 1


def test_muting_is_looked_at_again(village: Village) -> None:
    for text in (BREAD, "Who paints fences?"):
        village.asks("ana", text)
        village.later(25 * HOUR)
    village.later(48 * HOUR)
    (note,) = village.got("ana", "note")
    village.at += 24 * HOUR
    village.bot.tick(village.at)
    village.press("ana", GENERAL, button(note.reply, "No more of these"))
    village.deliver()
    assert village.got("ana", "note") == [note]


def test_whoever_left_the_community_is_not_asked_elsewhere(village: Village) -> None:
    """Ana is in both communities; Upstream's question is not for her after she left it."""
    village.later(11 * HOUR)
    village.knows("ana", "sourdough bread")
    village.asks("bob", BREAD)
    village.leaves("ana", UP)
    village.later(10 * HOUR)
    assert village.got("ana") == []


def test_an_ask_passed_to_the_other_side_ends_with_the_agreement(village: Village) -> None:
    village.asks("ana", BREAD, how="Ask without my name")
    village.later(25 * HOUR)
    post = village.posted(MARKET)[0]
    village.command("finn", MARKET, "asking", "on")
    village.later(10 * HOUR)
    passing = village.press("lee", MARKET, button(post.reply, "I know who would"))
    village.fill("lee", MARKET, passing, "finn")
    village.command("olga", MARKET, "link", "end")
    village.later(12 * HOUR)
    assert village.got("finn") == []


def test_a_private_place_gets_no_question_of_whoever_left_it(village: Village) -> None:
    """Mei asks in #attic and leaves it before the question is posted there."""
    village.knows("bob", "sourdough bread")
    village.asks("mei", BREAD, ATTIC)
    village.deliver()
    village.members[ATTIC].remove("mei")
    village.later(5 * HOUR)
    assert village.posted(ATTIC) == []


def test_an_answer_from_a_private_place_does_not_follow_whoever_left_it(village: Village) -> None:
    village.asks("mei", BREAD, ATTIC)
    village.deliver()
    post = village.posted(ATTIC)[0]
    village.members[ATTIC].remove("mei")
    village.keep_lists_fresh()
    village.says("ana", ATTIC, "the code is canary-42", thread=post.ref.message)
    village.deliver()
    assert "canary-42" not in str(village.got("mei"))


# ── Refused ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("trouble", Trouble)
def test_an_ask_that_cannot_arrive_never_turns_public_as_such(
    village: Village, trouble: Trouble
) -> None:
    village.knows("mei", "sourdough bread")
    village.trouble = lambda parcel: trouble if parcel.destination.account == "mei" else None
    village.asks("ana", BREAD)
    village.deliver()
    assert village.got("mei") == []
    (post,) = village.posted(GENERAL)
    assert "thought of you" not in post.text
    assert "You said that you may be asked" not in post.text


@pytest.mark.parametrize("trouble", Trouble)
def test_an_answer_to_a_closed_door_stays_behind_it(village: Village, trouble: Trouble) -> None:
    village.knows("mei", "sourdough bread")
    village.asks("ana", BREAD)
    village.deliver()
    village.trouble = lambda parcel: trouble if parcel.destination.account == "ana" else None
    village.answers("mei", village.got("mei", "ask")[0], "only for you")
    village.later(30 * DAY)
    assert "only for you" not in str([one.text for one in village.mail])


@pytest.mark.parametrize("trouble", Trouble)
def test_an_answer_whose_place_is_gone_comes_to_its_asker_alone(
    village: Village, trouble: Trouble
) -> None:
    village.knows("mei", "sourdough bread")
    village.asks("ana", BREAD, KITCHEN, openly=True)
    village.deliver()
    village.trouble = lambda parcel: trouble if parcel.destination.place == "kitchen" else None
    said = village.answers("mei", village.got("mei", "ask")[0], "Feed it rye")
    village.deliver()
    (answer,) = village.got("ana", "answer")
    assert "Feed it rye" in answer.text
    # What becomes of it follows there.
    changing = village.press("mei", GENERAL, button(said, "Change it"))
    village.fill("mei", GENERAL, changing, "Feed it wheat")
    village.deliver()
    now = village.on_screen()[answer.ref.place, answer.ref.message]
    assert "Feed it wheat" in now.text
    village.press("mei", GENERAL, button(said, "Take it back"))
    village.deliver()
    now = village.on_screen()[answer.ref.place, answer.ref.message]
    assert "taken back" in now.text


@pytest.mark.parametrize("trouble", Trouble)
def test_a_place_that_takes_no_post_is_passed_over(village: Village, trouble: Trouble) -> None:
    village.trouble = lambda parcel: trouble if parcel.destination.place == "general" else None
    village.asks("ana", BREAD)
    village.deliver()
    assert ["I could not post" in one.text for one in village.got("ana", "note")] == [True]
    assert len(village.posted(MARKET)) == 1, "the next ring comes at once"


def shut(village: Village, how: str) -> list[Sent]:
    """Ana takes no direct messages and asks; bob answers. What is then said in #general."""
    village.trouble = lambda parcel: Trouble.CLOSED if parcel.destination.account else None
    village.asks("ana", BREAD, how=how)
    village.deliver()
    village.answers("bob", village.posted(GENERAL)[0], "Feed it rye")
    village.deliver()
    return [one for one in village.mail if one.place == "general" and one.kind == "note"]


def test_who_takes_no_direct_messages_opens_the_answer_where_they_asked(village: Village) -> None:
    (waits,) = shut(village, "Ask the network")
    assert "ana, an answer to Who can help" in waits.text
    assert "rye" not in waits.text
    assert waits.thread == village.posted(GENERAL)[0].ref.message
    show = button(waits.reply, "Show me")
    assert "rye" in plain(village.press("ana", GENERAL, show))
    assert plain(village.press("bob", GENERAL, show)) == EXPIRED


def test_who_asked_without_their_name_is_not_called_to_it_by_name(village: Village) -> None:
    assert shut(village, "Ask without my name") == []


def test_an_ask_that_was_passed_on_and_bounced_hurries_no_ring(village: Village) -> None:
    village.asks("ana", BREAD)
    village.deliver()
    village.command("mei", GENERAL, "asking", "on")
    village.trouble = lambda parcel: Trouble.CLOSED if parcel.destination.account else None
    post = village.posted(GENERAL)[0]
    passing = village.press("bob", GENERAL, button(post.reply, "I know who would"))
    village.fill("bob", GENERAL, passing, "mei")
    village.deliver()
    assert village.posted(MARKET) == []


def test_a_place_that_is_archived_gets_no_answers(village: Village) -> None:
    village.knows("mei", "sourdough bread")
    village.asks("ana", BREAD, KITCHEN, openly=True)
    village.deliver()
    village.bot.take_in([PlaceSeen(KITCHEN, "kitchen", Visibility.PUBLIC, archived=True)])
    village.answers("mei", village.got("mei", "ask")[0], "Feed it rye")
    village.deliver()
    assert len(village.got("ana", "answer")) == 1


# ── At the same moment ───────────────────────────────────────────────────────────────────────


def together(*deeds: Callable[[], object]) -> None:
    """Do several things at once, each in a thread of its own."""
    gate = threading.Barrier(len(deeds))
    failed: list[BaseException] = []

    def run(deed: Callable[[], object]) -> None:
        gate.wait()
        try:
            deed()
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            failed.append(error)

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    if failed:
        raise failed[0]


def test_two_ticks_at_once_do_a_thing_once(asking_store: Store) -> None:
    village = Village(asking_store)
    village.link()
    village.knows("mei", "sourdough bread")
    village.asks("ana", BREAD)
    village.deliver()
    village.at += 5 * HOUR
    village.keep_lists_fresh()
    together(*[lambda: village.bot.tick(village.at)] * 4)
    village.deliver()
    assert len(village.posted(GENERAL)) == 1
    village.at += 200 * HOUR
    village.keep_lists_fresh()
    together(*[lambda: village.bot.tick(village.at)] * 4)
    village.deliver()
    assert len(village.posted(MARKET)) == 1


def test_two_people_who_answer_at_the_same_second_both_arrive(asking_store: Store) -> None:
    village = Village(asking_store)
    village.asks("ana", BREAD)
    village.deliver()
    post = village.posted(GENERAL)[0]
    forms = {
        who: village.press(who, GENERAL, button(post.reply, "Answer")) for who in ("mei", "bob")
    }
    together(
        lambda: village.fill("mei", GENERAL, forms["mei"], "rye"),
        lambda: village.fill("bob", GENERAL, forms["bob"], "wheat"),
    )
    village.deliver()
    said = [one.text.splitlines()[-1] for one in village.got("ana", "answer")]
    assert sorted(said) == ["rye", "wheat"]
    now = village.on_screen()[post.ref.place, post.ref.message]
    assert "Answered by mei" in now.text
    assert "Answered by bob" in now.text


def test_an_answer_while_a_ring_widens_loses_neither(asking_store: Store) -> None:
    village = Village(asking_store)
    village.link()
    village.asks("ana", BREAD)
    village.deliver()
    post = village.posted(GENERAL)[0]
    form = village.press("mei", GENERAL, button(post.reply, "Answer"))
    village.at = NOON + 25 * HOUR
    together(
        lambda: village.fill("mei", GENERAL, form, "rye"),
        lambda: village.bot.tick(village.at),
    )
    village.deliver()
    assert len(village.got("ana", "answer")) == 1
    village.later(30 * DAY)
    assert village.got("ana", "note") == []


def test_what_is_composed_twice_arrives_once(village: Village) -> None:
    """A courier that died after sending: the second one finds it there and says so."""
    village.knows("mei", "sourdough bread")
    village.asks("ana", BREAD)
    with village.store.queue() as unit:
        (claimed,) = unit.outbox.claim(Platform.DISCORD, village.at, HOUR, 20)
    assert isinstance(village.bot.compose(claimed, village.at), Parcel)
    village.at += 2 * HOUR
    again: list[Claimed]
    with village.store.queue() as unit:
        again = unit.outbox.claim(Platform.DISCORD, village.at, HOUR, 20)
    assert [one.needs_reconcile for one in again] == [True]
    village.bot.arrived(again[0], Ref("dm-mei", "bot-77"), village.at)
    assert village.deliver() == []
    village.writes("mei", "Feed it rye", to="bot-77")
    village.deliver()
    assert len(village.got("ana", "answer")) == 1
