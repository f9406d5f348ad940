"""Thanks for answers, the one reminder, and what is looked back at."""

from __future__ import annotations

import pytest

from bot.events import (
    AccountRef,
    ReactionChanged,
)
from bot.replies import plain
from tests.asking.sourdough import BREAD, asked_mei, posted
from tests.asking.village import (
    ATTIC,
    DAY,
    GENERAL,
    HOUR,
    KITCHEN,
    UP,
    Village,
    button,
    labels,
)

# ── Thanks ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "is_thanks"),
    [
        ("thanks!", True),
        ("Thank you so much, that worked", True),
        ("danke dir", True),
        ("it works now", True),
        ("no thanks", False),
        ("still does not work, thanks", False),
        ("thanks, but which flour?", False),
        ("hm", False),
    ],
)
def test_the_word_itself_in_reply_is_a_thanks(
    village: Village, said: str, *, is_thanks: bool
) -> None:
    village.command("bob", GENERAL, "asking", "on")
    post = posted(village)
    village.says("bob", GENERAL, "Feed it rye", thread=post.ref.message)
    village.deliver()
    village.says("ana", GENERAL, said, thread=post.ref.message)
    village.later(2 * DAY)
    assert bool(village.got("bob", "thanks")) is is_thanks


def test_a_thanks_in_reply_to_one_answer_is_for_that_one(village: Village) -> None:
    for who in ("bob", "mei"):
        village.command(who, GENERAL, "asking", "on")
    post = posted(village)
    first = village.says("bob", GENERAL, "Feed it rye", thread=post.ref.message)
    village.says("mei", GENERAL, "Or wheat", thread=post.ref.message)
    village.says("ana", GENERAL, "thank you!", thread=post.ref.message, reply_to=first)
    village.later(2 * DAY)
    assert village.got("mei", "thanks") == []
    assert len(village.got("bob", "thanks")) == 1


@pytest.mark.parametrize(
    ("who", "emoji", "is_thanks"),
    [("ana", "tada", True), ("ana", "eyes", False), ("kim", "tada", False)],
)
def test_the_asker_s_emoji_on_an_answer_is_a_thanks(
    village: Village, who: str, emoji: str, *, is_thanks: bool
) -> None:
    village.command("bob", GENERAL, "asking", "on")
    post = posted(village)
    said = village.says("bob", GENERAL, "Feed it rye", thread=post.ref.message)
    village.reacts(who, GENERAL, said, emoji)
    village.later(2 * DAY)
    assert bool(village.got("bob", "thanks")) is is_thanks


def test_the_asker_s_emoji_on_an_answer_that_was_brought_is_a_thanks(village: Village) -> None:
    ask = asked_mei(village, openly=True)
    village.answers("mei", ask, "Feed it rye")
    village.deliver()
    (brought,) = village.posted(KITCHEN, "answer")
    event = ReactionChanged(
        KITCHEN, brought.ref.message, AccountRef(UP, "ana"), "pray", added=True, at=village.at
    )
    village.bot.handle(event)
    village.later(2 * DAY)
    assert len(village.got("mei", "thanks")) == 1


def test_thanks_are_told_once_and_of_a_day_together(village: Village) -> None:
    village.command("bob", GENERAL, "asking", "on")
    for text in (BREAD, "Who paints fences?"):
        village.asks("ana", text)
    village.deliver()
    for post in village.posted(GENERAL):
        village.answers("bob", post, "I do")
    village.deliver()
    for answer in village.got("ana", "answer") * 2:
        village.press("ana", GENERAL, button(answer.reply, "That helped"))
        village.deliver()
    village.later(10 * DAY)
    (told,) = village.got("bob", "thanks")
    assert told.text.count("says thank you") == 2


def test_whoever_passed_it_on_and_whoever_shared_the_link_first_are_thanked_too(
    village: Village,
) -> None:
    for who in ("mei", "bob"):
        village.command(who, GENERAL, "asking", "on")
    village.command("kim", GENERAL, "iknow", "chess")
    village.says("kim", KITCHEN, "a good one: https://bread.example/rye", ago=2 * DAY)
    village.says("tom", KITCHEN, "again https://bread.example/rye", ago=DAY)
    post = posted(village)
    passing = village.press("mei", GENERAL, button(post.reply, "I know who would"))
    village.fill("mei", GENERAL, passing, "bob")
    village.deliver()
    village.answers("bob", village.got("bob", "ask")[0], "read https://bread.example/rye")
    village.deliver()
    (answer,) = village.got("ana", "answer")
    village.press("ana", GENERAL, button(answer.reply, "That helped"))
    village.later(2 * DAY)
    assert "for your answer to" in village.got("bob", "thanks")[0].text
    assert "for passing on" in village.got("mei", "thanks")[0].text
    assert "Your May link bread.example/rye" in village.got("kim", "thanks")[0].text
    assert village.got("tom", "thanks") == []


def test_whoever_never_turned_to_grapevine_is_not_written_to(village: Village) -> None:
    post = posted(village)
    said = village.says("bob", GENERAL, "Feed it rye", thread=post.ref.message)
    village.reacts("ana", GENERAL, said)
    village.later(10 * DAY)
    assert village.got("bob") == []
    assert "says thank you" in plain(village.command("bob", GENERAL, "me"))


# ── The reminder, and later ──────────────────────────────────────────────────────────────────


def test_the_reminder_comes_once_and_only_without_thanks(village: Village) -> None:
    post = posted(village)
    village.says("bob", GENERAL, "Feed it rye", thread=post.ref.message)
    village.later(4 * DAY)
    village.says("mei", GENERAL, "Or wheat", thread=post.ref.message)
    village.later(30 * DAY)
    assert len(village.got("ana", "reminder")) == 1


def test_who_said_thanks_is_not_reminded(village: Village) -> None:
    post = posted(village)
    said = village.says("bob", GENERAL, "Feed it rye", thread=post.ref.message)
    village.reacts("ana", GENERAL, said)
    village.says("mei", GENERAL, "Or wheat", thread=post.ref.message)
    village.later(30 * DAY)
    assert village.got("ana", "reminder") == []


def test_what_was_brought_already_is_not_found_again(village: Village) -> None:
    """The thread under one's own post matches one's question best of all."""
    village.asks("ana", "Which flour feeds a sourdough starter in winter?", KITCHEN, openly=True)
    village.deliver()
    (post,) = village.posted(KITCHEN)
    village.at += HOUR
    village.says(
        "bob", KITCHEN, "rye flour feeds a sourdough starter in winter", thread=post.ref.message
    )
    for _ in range(10):
        village.later(DAY)
    assert village.got("ana", "found") == []
    village.at += HOUR
    village.says(
        "mei", GENERAL, "flour that feeds a sourdough starter in winter https://flour.example/rye"
    )
    for _ in range(10):
        village.later(DAY)
    (found,) = village.got("ana", "found")
    assert "flour.example/rye" in found.text, "what is new still is"


# ── Looking back ─────────────────────────────────────────────────────────────────────────────


def test_a_question_of_one_s_own_that_was_closed_is_shown_with_its_answers(
    village: Village,
) -> None:
    post = posted(village)
    village.answers("bob", post, "Feed it rye")
    village.deliver()
    (answer,) = village.got("ana", "answer")
    village.press("ana", GENERAL, button(answer.reply, "Close the question"))
    again = village.command("ana", GENERAL, "ask", BREAD)
    assert "You asked this on 4 May, and closed it: 1 answer." in plain(again)
    shown = village.press("ana", GENERAL, button(again, "Show the answers"))
    assert "Feed it rye" in plain(shown)
    assert "Close the question" not in labels(shown)


@pytest.mark.parametrize("secret", [False, True])
def test_looking_back_reads_the_same_with_and_without_what_is_hidden(
    village: Village, *, secret: bool
) -> None:
    village.says("kim", KITCHEN, "how do I feed a sourdough starter?", ago=3 * DAY)
    village.says("tom", KITCHEN, "with rye, every day", ago=3 * DAY)
    if secret:
        village.says("ana", ATTIC, "how do I feed a sourdough starter?", ago=2 * DAY)
        village.says("mei", ATTIC, "a sourdough starter wants canary-9", ago=2 * DAY)
    said = plain(village.command("bob", GENERAL, "ask", "how to feed a sourdough starter"))
    assert said == LOOKED_BACK


LOOKED_BACK = """\
how to feed a sourdough starter
This was shared before:
tom in #kitchen, 1 May ↗ with rye, every day
Who might know:
tom
answered kim in #kitchen, 1 May ↗
Shall I ask people?"""
