"""Who is asked, how often, and what comes next when nobody answers."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from bot.deliveries import Trouble
from bot.events import AccountRef, AccountSeen
from bot.replies import plain
from tests.asking.village import DAY, GENERAL, HOUR, MARKET, UP, Village, button

BREAD = "Who can help with sourdough bread?"


def asked(village: Village) -> list[str | None]:
    """Who got a question, in order."""
    return [one.to for one in village.mail if one.kind == "ask" and not one.is_edit]


# ── Agreement ────────────────────────────────────────────────────────────────────────────────


def test_whoever_only_says_what_they_know_is_not_asked(village: Village) -> None:
    village.command("mei", GENERAL, "iknow", "sourdough bread")
    village.asks("ana", BREAD)
    village.deliver()
    assert asked(village) == []
    assert len(village.posted(GENERAL)) == 1, "with nobody to ask it is posted at once"


@pytest.mark.parametrize(
    "change",
    ["asking off", "asking pause", "asking quiet mon tue wed thu fri sat sun"],
)
def test_whoever_takes_it_back_is_not_asked(village: Village, change: str) -> None:
    village.knows("mei", "sourdough bread")
    village.command("mei", GENERAL, *change.split(" ", 1))
    village.asks("ana", BREAD)
    village.deliver()
    assert len(village.posted(GENERAL)) == 1
    village.later(14 * DAY)
    assert asked(village) == []


def test_a_pause_ends_by_itself(village: Village) -> None:
    village.knows("mei", "sourdough bread")
    village.command("mei", GENERAL, "asking", "pause")
    village.later(31 * DAY)
    village.asks("ana", BREAD)
    village.deliver()
    assert asked(village) == ["mei"]


def test_nobody_is_asked_their_own_question(village: Village) -> None:
    village.knows("ana", "sourdough bread")
    village.asks("ana", BREAD)
    village.later(30 * DAY)
    assert "ana" not in asked(village)


def test_an_account_that_is_the_same_person_is_asked_once_in_all(village: Village) -> None:
    village.bot.take_in([AccountSeen(AccountRef(UP, "mei-too"), "mei-too")])
    village.knows("mei", "sourdough bread")
    village.command("mei-too", GENERAL, "iknow", "bread baking")
    village.command("mei", GENERAL, "accounts", "code")
    village.command("mei-too", GENERAL, "accounts", village.last_token())
    village.asks("ana", BREAD)
    village.deliver()
    village.press("mei", GENERAL, button(village.got("mei", "ask")[0].reply, "Not me"))
    village.later(8 * DAY)
    assert len(asked(village)) == 1


# ── Turns and caps ───────────────────────────────────────────────────────────────────────────


def test_it_is_not_always_the_same_two(village: Village) -> None:
    people = ("mei", "bob", "kim", "tom")
    for who in people:
        village.knows(who, "sourdough bread")
    for number in range(2):
        village.asks("ana", f"{BREAD} Loaf {number}")
        village.deliver()
    assert Counter(asked(village)) == dict.fromkeys(people, 1)


def test_the_weekly_cap_counts_any_seven_days(village: Village) -> None:
    village.knows("mei", "sourdough bread")
    for number in range(4):
        village.asks("ana", f"{BREAD} Loaf {number}")
        village.later(DAY)
    assert asked(village) == ["mei", "mei"]
    village.later(5 * DAY)
    village.asks("ana", f"{BREAD} Loaf 5")
    village.deliver()
    assert asked(village) == ["mei"] * 3


def test_everybody_chooses_their_own_cap(village: Village) -> None:
    village.knows("mei", "sourdough bread")
    village.command("mei", GENERAL, "asking", "1 a week")
    for number in range(3):
        village.asks("ana", f"{BREAD} Loaf {number}")
        village.later(HOUR)
    assert asked(village) == ["mei"]


def test_a_lower_cap_holds_for_what_is_on_its_way(village: Village) -> None:
    village.later(11 * HOUR)  # it is night: both would come in the morning
    village.knows("mei", "sourdough bread")
    village.asks("ana", f"{BREAD} Loaf 1")
    village.asks("ana", f"{BREAD} Loaf 2")
    village.command("mei", GENERAL, "asking", "1 a week")
    village.later(12 * HOUR)
    assert asked(village) == ["mei"]


def test_what_waited_long_to_be_sent_counts_from_when_it_came(village: Village) -> None:
    village.knows("mei", "sourdough bread")
    for number in range(2):
        village.asks("ana", f"{BREAD} Loaf {number}")
    # Grapevine was switched off for a week: ticks go by, nothing is brought.
    village.at += 8 * DAY
    village.asks("ana", f"{BREAD} Loaf 3")
    village.deliver()
    village.asks("ana", f"{BREAD} Loaf 4")
    village.deliver()
    assert len(asked(village)) <= 2


# ── Declining, passing over ──────────────────────────────────────────────────────────────────


def test_whoever_declines_is_not_asked_again_and_the_next_best_is_at_once(
    village: Village,
) -> None:
    for who in ("mei", "bob", "kim"):
        village.knows(who, "sourdough bread")
    village.asks("ana", BREAD)
    village.deliver()
    first, second = asked(village)
    assert first
    village.press(first, GENERAL, button(village.got(first, "ask")[0].reply, "Not me"))
    village.deliver()
    third = asked(village)[2]
    assert {first, second, third} == {"mei", "bob", "kim"}
    village.later(9 * DAY)
    assert len(asked(village)) == 3


def test_declining_twice_asks_only_one_more(village: Village) -> None:
    for who in ("mei", "bob", "kim", "tom"):
        village.knows(who, "sourdough bread")
    village.asks("ana", BREAD)
    village.deliver()
    first = asked(village)[0]
    assert first
    ask = village.got(first, "ask")[0]
    for _ in range(2):
        village.press(first, GENERAL, button(ask.reply, "Not me"))
        village.deliver()
    assert len(asked(village)) == 3


def test_what_cannot_be_delivered_goes_to_the_next_best(village: Village) -> None:
    for who in ("mei", "bob", "kim"):
        village.knows(who, "sourdough bread")
    village.trouble = lambda parcel: (
        Trouble.CLOSED if parcel.destination.account in {"mei", "bob"} else None
    )
    village.asks("ana", BREAD)
    village.deliver()
    assert asked(village) == ["kim"]


def test_whoever_changes_their_mind_overnight_is_replaced(village: Village) -> None:
    village.later(11 * HOUR)
    for who in ("mei", "bob", "kim"):
        village.knows(who, "sourdough bread")
    village.command("kim", GENERAL, "asking", "quiet never")
    village.command("kim", GENERAL, "asking", "off")
    village.asks("ana", BREAD)
    village.command("kim", GENERAL, "asking", "on")
    village.command("mei", GENERAL, "asking", "off")
    village.later(10 * HOUR)
    assert set(asked(village)) == {"bob", "kim"}


def test_when_the_last_one_cannot_be_reached_it_is_posted_at_once(village: Village) -> None:
    village.knows("mei", "sourdough bread")
    village.trouble = lambda parcel: Trouble.LEFT if parcel.destination.account == "mei" else None
    village.asks("ana", BREAD)
    village.deliver()
    assert asked(village) == []
    assert len(village.posted(GENERAL)) == 1


# ── Rings ────────────────────────────────────────────────────────────────────────────────────


def test_the_rings_follow_one_another(village: Village) -> None:
    village.knows("mei", "sourdough bread")
    village.asks("ana", BREAD)
    village.deliver()
    village.later(3 * HOUR)
    assert village.posted(GENERAL) == []
    village.later(HOUR)
    assert len(village.posted(GENERAL)) == 1
    assert village.posted(MARKET) == []
    village.later(24 * HOUR)
    assert len(village.posted(MARKET)) == 1
    village.later(73 * HOUR)
    village.later(30 * DAY)
    notes = village.got("ana", "note")
    assert len(notes) == 1
    assert "Nobody has answered" in notes[0].text
    assert len(village.posted(GENERAL)) == len(village.posted(MARKET)) == 1


def test_an_answer_stops_the_rings(village: Village) -> None:
    village.knows("mei", "sourdough bread")
    village.asks("ana", BREAD)
    village.deliver()
    village.answers("mei", village.got("mei", "ask")[0], "Feed it rye")
    village.later(30 * DAY)
    assert village.posted(GENERAL) == []
    assert village.posted(MARKET) == []


def test_widening_by_hand_after_an_answer_goes_one_step_and_no_further(village: Village) -> None:
    village.knows("mei", "sourdough bread")
    asking = village.asks("ana", BREAD)
    village.deliver()
    village.answers("mei", village.got("mei", "ask")[0], "Feed it rye")
    village.press("ana", GENERAL, button(asking, "Widen now"))
    village.later(30 * DAY)
    assert len(village.posted(GENERAL)) == 1
    assert village.posted(MARKET) == []


def test_stop_here_means_that_nobody_else_is_asked(village: Village) -> None:
    for who in ("mei", "bob", "kim"):
        village.knows(who, "sourdough bread")
    asking = village.asks("ana", BREAD)
    village.deliver()
    village.press("ana", GENERAL, button(asking, "Stop here"))
    first = asked(village)[0]
    assert first
    village.press(first, GENERAL, button(village.got(first, "ask")[0].reply, "Not me"))
    village.later(30 * DAY)
    assert len(asked(village)) == 2
    assert village.posted(GENERAL) == []


def test_stop_here_holds_also_when_the_only_answer_is_taken_back(village: Village) -> None:
    village.knows("mei", "sourdough bread")
    asking = village.asks("ana", BREAD)
    village.deliver()
    village.press("ana", GENERAL, button(asking, "Stop here"))
    said = village.answers("mei", village.got("mei", "ask")[0], "Feed it rye")
    village.press("mei", GENERAL, button(said, "Take it back"))
    village.later(30 * DAY)
    assert village.posted(GENERAL) == []


def test_pressing_twice_asks_once(village: Village) -> None:
    looked = village.command("ana", GENERAL, "ask", BREAD)
    for _ in range(2):
        village.press("ana", GENERAL, button(looked, "Ask the network"))
    village.later(5 * HOUR)
    assert len(village.posted(GENERAL)) == 1


def test_a_closed_question_asks_nobody_any_more(village: Village) -> None:
    village.later(11 * HOUR)
    village.knows("mei", "sourdough bread")
    asking = village.asks("ana", BREAD)
    village.press("ana", GENERAL, button(asking, "Close the question"))
    village.later(30 * DAY)
    assert [one for one in village.mail if one.kind in {"ask", "post"}] == []


def test_an_asker_who_left_asks_nobody_any_more(village: Village) -> None:
    village.later(11 * HOUR)
    village.knows("mei", "sourdough bread")
    village.asks("ana", BREAD)
    village.leaves("ana", UP)
    village.later(30 * DAY)
    assert [one for one in village.mail if one.kind in {"ask", "post"}] == []


def test_what_never_came_is_no_reason_to_be_left_alone(village: Village) -> None:
    """An ask that was not sent because the question was answered overnight uses up no turn."""
    village.later(11 * HOUR)
    village.knows("mei", "sourdough bread")
    village.command("mei", GENERAL, "asking", "1 a week")
    asking = village.asks("ana", BREAD)
    village.press("ana", GENERAL, button(asking, "Close the question"))
    village.later(12 * HOUR)
    village.asks("ana", f"{BREAD} Again?")
    village.deliver()
    assert asked(village) == ["mei"]


# ── How much may be asked ────────────────────────────────────────────────────────────────────


def test_three_questions_a_day_are_enough(village: Village) -> None:
    for number in range(3):
        village.asks("ana", f"{BREAD} Loaf {number}")
    assert "Ask again tomorrow" in plain(village.asks("ana", f"{BREAD} Loaf 3"))
    village.later(25 * HOUR)
    assert "posted" in plain(village.asks("ana", f"{BREAD} Loaf 3"))


def test_a_community_can_have_enough_questions_for_a_day(village: Village) -> None:
    village.bot.rules = type(village.bot.rules)(per_community=2)
    village.asks("ana", f"{BREAD} Loaf 1")
    village.asks("bob", f"{BREAD} Loaf 2")
    assert "tomorrow" in plain(village.asks("mei", f"{BREAD} Loaf 3"))
    village.later(timedelta(hours=25))
    assert "tomorrow" not in plain(village.asks("mei", f"{BREAD} Loaf 3"))
