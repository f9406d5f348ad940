"""Credit travels back: to whoever shared what helped, and to a link that comes again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.asking.model import Kind
from bot.events import AccountRef, MessagePosted
from bot.replies import plain
from tests.asking.village import (
    ATTIC,
    DAY,
    GENERAL,
    HOUR,
    KITCHEN,
    MARKET,
    UP,
    Sent,
    Village,
    button,
)

RYE = "https://bread.example/rye"
NOTE = "bob shared this on 23 Apr in #kitchen ↗"


@pytest.fixture
def crediting(village: Village) -> Village:
    """In #general a link that comes again gets a note; bob shared one in #kitchen long ago."""
    village.says("bob", KITCHEN, f"for patient people: {RYE}", ago=11 * DAY)
    village.command("tom", GENERAL, "credit", "on")
    return village


def notes(village: Village) -> list[str]:
    village.deliver()
    return [one.text for one in village.posted(GENERAL, "credit")]


# ── A link that comes again ──────────────────────────────────────────────────────────────────


def test_the_note_stands_in_the_thread_of_the_message(crediting: Village) -> None:
    said = crediting.says("mei", GENERAL, f"good: {RYE}")
    crediting.deliver()
    (note,) = crediting.posted(GENERAL, "credit")
    assert (note.text, note.thread, note.reply.private) == (NOTE, said, False)


def test_in_a_thread_it_stays_in_that_thread(crediting: Village) -> None:
    root = crediting.says("ana", GENERAL, "Who bakes?")
    crediting.says("mei", GENERAL, f"good: {RYE}", thread=root)
    crediting.deliver()
    assert [one.thread for one in crediting.posted(GENERAL, "credit")] == [root]


def test_nobody_hears_of_a_link_that_is_new(crediting: Village) -> None:
    crediting.says("mei", GENERAL, "https://bread.example/wheat")
    assert notes(crediting) == []


def test_elsewhere_it_is_off(crediting: Village) -> None:
    crediting.says("mei", KITCHEN, f"again {RYE}")
    crediting.deliver()
    assert crediting.posted(KITCHEN, "credit") == []


def test_an_edit_needs_no_note(crediting: Village) -> None:
    said = crediting.says("mei", GENERAL, "good one")
    crediting.edits("mei", GENERAL, said, f"good one {RYE}")
    assert notes(crediting) == []


def test_history_needs_no_note(crediting: Village) -> None:
    who = AccountRef(UP, "mei")
    crediting.bot.take_in([MessagePosted(GENERAL, who, "old", f"look: {RYE}", crediting.at)])
    assert notes(crediting) == []


def test_after_an_hour_it_is_too_late(crediting: Village) -> None:
    crediting.says("mei", GENERAL, f"good: {RYE}")
    crediting.at += HOUR + timedelta(minutes=1)
    assert notes(crediting) == []


def test_several_links_are_told_apart(crediting: Village) -> None:
    crediting.says("kim", KITCHEN, "https://bread.example/wheat", ago=10 * DAY)
    crediting.says("mei", GENERAL, f"both: {RYE} https://bread.example/wheat")
    assert notes(crediting) == [
        "bob shared bread.example/rye on 23 Apr in #kitchen ↗\n"
        "kim shared bread.example/wheat on 24 Apr in #kitchen ↗"
    ]


def test_who_talked_about_it_is_named_too(crediting: Village) -> None:
    crediting.says("bob", KITCHEN, "https://bread.example/oven", ago=10 * DAY)
    crediting.says("kim", KITCHEN, "mine is older", ago=10 * DAY - timedelta(minutes=1))
    crediting.says("mei", GENERAL, "https://bread.example/oven")
    assert notes(crediting) == ["bob shared this on 24 Apr in #kitchen ↗. kim talked about it."]


# ── What everybody there may see ─────────────────────────────────────────────────────────────


def test_what_was_shared_in_private_is_not_known_here(crediting: Village) -> None:
    crediting.says("ana", ATTIC, "secret https://bread.example/cellar", ago=DAY)
    crediting.says("mei", GENERAL, "https://bread.example/cellar")
    assert notes(crediting) == []


def test_with_or_without_an_older_private_share_it_says_the_same(crediting: Village) -> None:
    crediting.says("ana", ATTIC, f"much earlier {RYE}", ago=20 * DAY)
    crediting.says("mei", GENERAL, f"good: {RYE}")
    assert notes(crediting) == [NOTE]


def test_what_another_community_shares_with_this_one_counts(crediting: Village) -> None:
    crediting.says("finn", MARKET, "https://stall.example/cheese", ago=9 * DAY)
    crediting.says("mei", GENERAL, "https://stall.example/cheese")
    assert notes(crediting) == []
    crediting.command("olga", MARKET, "share", "on")
    crediting.says("kim", GENERAL, "https://stall.example/cheese", ago=-8 * DAY)
    crediting.at += 8 * DAY
    crediting.deliver()
    assert notes(crediting) == ["finn shared this on 25 Apr in #market of Downstream ↗"]


def test_whoever_hid_that_link_is_not_named(crediting: Village) -> None:
    mine = crediting.command("bob", GENERAL, "me")
    crediting.press("bob", GENERAL, button(mine, "Hide 1"))
    crediting.says("mei", GENERAL, f"good: {RYE}")
    assert notes(crediting) == []


def test_whoever_is_in_no_list_is_not_named(crediting: Village) -> None:
    mine = crediting.command("bob", GENERAL, "me")
    crediting.press("bob", GENERAL, button(mine, "Take me off all lists"))
    crediting.says("mei", GENERAL, f"good: {RYE}")
    assert notes(crediting) == []


def test_what_is_hidden_while_the_note_is_on_its_way_stays_hidden(crediting: Village) -> None:
    crediting.says("mei", GENERAL, f"good: {RYE}")
    mine = crediting.command("bob", GENERAL, "me")
    crediting.press("bob", GENERAL, button(mine, "Hide 1"))
    assert notes(crediting) == []


def test_switched_off_while_the_note_is_on_its_way_nothing_is_said(crediting: Village) -> None:
    crediting.says("mei", GENERAL, f"good: {RYE}")
    crediting.command("tom", GENERAL, "credit", "off")
    assert notes(crediting) == []


# ── Forgetting ───────────────────────────────────────────────────────────────────────────────


def forgets(village: Village, who: str) -> None:
    asked = village.command(who, GENERAL, "forget-me")
    village.press(who, GENERAL, button(asked, "Forget me"))


def on_screen(village: Village) -> list[Sent]:
    village.deliver()
    return [one for one in village.on_screen().values() if one.kind == Kind.CREDIT]


@pytest.mark.parametrize("who", ["bob", "kim"])
def test_a_note_that_names_somebody_forgotten_is_taken_back(crediting: Village, who: str) -> None:
    crediting.says("bob", KITCHEN, "https://bread.example/oven", ago=10 * DAY)
    crediting.says("kim", KITCHEN, "mine is older", ago=10 * DAY - timedelta(minutes=1))
    crediting.says("mei", GENERAL, "https://bread.example/oven")
    assert len(notes(crediting)) == 1
    forgets(crediting, who)
    assert [one.text for one in on_screen(crediting)] == ["A note that stood here was taken back."]


def test_a_note_about_somebody_forgotten_is_never_sent(crediting: Village) -> None:
    crediting.says("mei", GENERAL, f"good: {RYE}")
    forgets(crediting, "bob")
    assert notes(crediting) == []


# ── Thanks for a link ────────────────────────────────────────────────────────────────────────


def test_the_first_sharer_hears_which_link_it_was(village: Village) -> None:
    village.command("bob", GENERAL, "iknow", "chess")  # so that he may be written to
    village.says("bob", KITCHEN, f"for patient people: {RYE}", ago=70 * DAY)
    village.asks("ana", "How do I keep rye bread moist?", place=GENERAL)
    village.deliver()
    (post,) = village.posted(GENERAL)
    village.answers("mei", post, f"read {RYE}")
    village.deliver()
    thanked(village)
    assert village.got("bob", "thanks")[0].text == (
        "What you shared was of use:\n"
        "Your February link bread.example/rye answered How do I keep rye bread moist?. "
        "ana says thank you."
    )
    village.later(10 * DAY)
    assert len(village.got("bob", "thanks")) == 1


def test_the_words_of_a_question_that_was_asked_in_person_stay_there(village: Village) -> None:
    village.command("bob", GENERAL, "iknow", "chess")
    village.says("bob", KITCHEN, f"for patient people: {RYE}", ago=3 * DAY)
    village.knows("mei", "rye bread")
    village.asks("ana", "How do I keep rye bread moist?")
    village.deliver()
    (ask,) = village.got("mei", "ask")
    village.answers("mei", ask, f"read {RYE}")
    village.deliver()
    thanked(village)
    assert "Your May link bread.example/rye answered a question. ana says thank you." in (
        village.got("bob", "thanks")[0].text
    )


def thanked(village: Village) -> None:
    """Whoever asked says that it helped, and a night goes by."""
    answer = next(one for one in village.mail if one.kind == "answer")
    village.press("ana", GENERAL, button(answer.reply, "That helped"))
    village.later(DAY)


def test_a_link_of_another_year_says_so(village: Village) -> None:
    village.command("bob", GENERAL, "iknow", "chess")
    village.says("bob", KITCHEN, f"rye bread for patient people {RYE}", ago=400 * DAY)
    asked = village.command("ana", GENERAL, "ask", "rye bread for patient people?")
    village.press("ana", GENERAL, button(asked, "That helped"))
    village.later(DAY)
    told = village.got("bob", "thanks")[0].text
    assert "Your link of March 2025, bread.example/rye, helped ana, who says thank you." in told
    assert plain(village.command("bob", GENERAL, "me")).count("of use") == 0
