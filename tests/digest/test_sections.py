"""What a digest tells, in what order, to whom; and how it reads on each platform.

The golden texts stand in `golden/`; after a change in what Grapevine says, have them written anew
with GRAPEVINE_UPDATE=1 and read them as the person who gets them would.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.console.shown import Answer, Marks
from adapters.console.view import plain_lines
from adapters.discord.render import Words
from adapters.discord.render import pages as discord_pages
from adapters.slack.render import one_page
from bot.events import MembersSeen
from bot.replies import Reply, plain
from tests.asking.village import ATTIC, DAY, GENERAL, HOUR, KITCHEN, Village, button, labels
from tests.platforms.slack.reading import read

UPDATE = os.environ.get("GRAPEVINE_UPDATE") == "1"
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def reader(village: Village) -> Village:
    """Mei gets a digest every day at nine; now it is half past noon."""
    village.command("mei", GENERAL, "digest", "daily 9:00")
    village.at += timedelta(minutes=30)
    return village


def digest(village: Village) -> Reply:
    """Let a night go by; the digest of the morning."""
    village.later(DAY)
    found = village.got("mei", "digest")
    assert found, "no digest came"
    return found[-1].reply


def lively(village: Village) -> Reply:
    """Everything a digest may hold has happened."""
    village.command("tom", GENERAL, "listing", "confirmed")
    for number in range(3):
        village.says(
            "mei",
            GENERAL,
            f"compost heaps, part {number} https://heap.example/{number}",
            ago=9 * DAY,
        )
    village.command("mei", GENERAL, "follow", "sourdough")
    village.command("mei", GENERAL, "iknow", "kilns")
    village.asks("mei", "Who has a spare bicycle pump?")
    village.deliver()
    post = village.posted(GENERAL)[-1]
    village.says("bob", GENERAL, "I do, take it", thread=post.ref.message)
    village.asks("ana", "Where can I fire a kiln?")
    talk = village.says("tom", KITCHEN, "my sourdough does not rise")
    village.says("kim", KITCHEN, "feed your sourdough rye", reply_to=talk)
    village.says("bob", KITCHEN, "sourdough for beginners https://bread.example/sourdough")
    village.says("tom", KITCHEN, "which glue holds felt? https://glue.example/felt")
    village.says("kim", GENERAL, "again https://heap.example/1")
    thanked = village.command("kim", GENERAL, "ask", "compost heaps, part 2?")
    village.press("kim", GENERAL, button(thanked, "That helped"))
    return digest(village)


# ── Golden texts ─────────────────────────────────────────────────────────────────────────────


def console(reply: Reply) -> str:
    lines = plain_lines(Answer(reply, Marks(), private=False, number=1))
    return "\n".join(line.rstrip() for line in lines)


def slack(reply: Reply) -> str:
    page = one_page(reply)
    return read({"text": page.text, "blocks": page.blocks})


def discord(reply: Reply) -> str:
    blocks = [block for page in discord_pages(reply) for block in page.blocks]
    return "\n".join(
        block.text if isinstance(block, Words) else " ".join(f"[{b.label}]" for b in block.buttons)
        for block in blocks
    )


@pytest.mark.parametrize("shown", [console, slack, discord], ids=lambda one: one.__name__)
def test_it_reads_well(reader: Village, shown: Callable[[Reply], str], backend: str) -> None:
    said = shown(lively(reader)) + "\n"
    file = GOLDEN / f"{shown.__name__}.txt"
    if UPDATE and backend == "sqlite":
        file.write_text(said, encoding="utf-8")
    assert said == file.read_text(encoding="utf-8")


# ── The parts ────────────────────────────────────────────────────────────────────────────────


def test_every_item_has_a_way_to_have_less_of_it(reader: Village) -> None:
    whole = lively(reader)
    quiet = {"Not me", "Later"}  # an offer to help, or to be listed, says it in its own words
    for section in whole.sections[:-1]:
        if section.lines:
            offered = {one.label for one in section.buttons}
            assert "Less like this" in offered or offered & quiet, section
    assert labels(Reply(whole.sections[-1:])) == ["Every week", "Pause a month", "Off"]


@pytest.mark.parametrize(
    ("about", "gone"),
    [
        ("bob shared bread.example/sourdough", "sourdough"),
        ("From elsewhere:", "From elsewhere:"),
        ("shared your link", "shared your link"),
        ("says thank you", "says thank you"),
        ("1 new answer", "1 new answer"),
    ],
)
def test_less_of_something_is_less_of_it(reader: Village, about: str, gone: str) -> None:
    whole = lively(reader)
    section = next(
        one for one in whole.sections if about in plain(Reply((one,))) and len(one.buttons)
    )
    reader.press("mei", GENERAL, button(Reply((section,)), "Less like this"))
    now = plain(reader.command("mei", GENERAL, "digest", "now"))
    assert gone not in now


def test_not_this_month_ends_the_questions_and_not_the_digest(reader: Village) -> None:
    whole = lively(reader)
    said = plain(reader.press("mei", GENERAL, button(whole, "Not this month")))
    assert said.startswith("All right: you are asked nothing until")
    reader.at += timedelta(minutes=1)
    reader.asks("bob", "Is there another kiln?")
    reader.says("kim", KITCHEN, "more sourdough https://bread.example/more")
    again = plain(digest(reader))
    assert "kim shared bread.example/more" in again
    assert "Could you help?" not in again


def test_a_thing_is_told_once_though_two_topics_fit(reader: Village) -> None:
    for topic in ("rye", "bread", "rye bread"):
        reader.command("mei", GENERAL, "follow", topic)
    reader.says("bob", KITCHEN, "rye bread https://bread.example/rye")
    assert plain(digest(reader)).count("bread.example/rye") == 1


def test_the_newest_five_of_all_topics_are_told(reader: Village) -> None:
    for topic in ("rye", "oats"):
        reader.command("mei", GENERAL, "follow", topic)
    for number in range(4):
        reader.at += timedelta(minutes=1)
        reader.says("bob", KITCHEN, f"rye https://rye.example/{number}")
        reader.says("kim", KITCHEN, f"oats https://oats.example/{number}")
    said = plain(digest(reader))
    told = [line for line in said.splitlines() if "shared" in line][:5]
    assert sum("rye" in line for line in told) in {2, 3}
    assert "rye.example/0" not in said.partition("From elsewhere")[0]


def test_new_talk_is_found_among_hundreds_of_old_ones(reader: Village) -> None:
    reader.command("mei", GENERAL, "follow", "rye")
    for number in range(130):
        reader.says("tom", KITCHEN, "rye rye rye?", ago=30 * DAY - number * HOUR)
    asked = reader.says("tom", KITCHEN, "does rye keep long in a bag or in a box, or at all?")
    reader.says("bob", KITCHEN, "in a box", reply_to=asked)
    assert "bob answered tom in #kitchen" in plain(digest(reader))


def test_a_link_that_came_before_is_no_news(reader: Village) -> None:
    reader.command("mei", GENERAL, "follow", "rye")
    reader.says("kim", KITCHEN, "rye https://bread.example/rye", ago=20 * DAY)
    reader.says("bob", KITCHEN, "rye https://bread.example/rye")
    reader.says("bob", KITCHEN, "rye https://bread.example/other")
    said = plain(digest(reader)).partition("From elsewhere")[0]
    assert "bread.example/other" in said
    assert "bread.example/rye" not in said


def test_only_the_first_sharer_hears_that_a_link_was_used(reader: Village) -> None:
    reader.says("kim", KITCHEN, "https://heap.example/old", ago=20 * DAY)
    reader.says("mei", KITCHEN, "https://heap.example/old", ago=10 * DAY)
    reader.says("bob", GENERAL, "https://heap.example/old")
    reader.says("mei", KITCHEN, "https://heap.example/mine", ago=10 * DAY)
    reader.says("bob", GENERAL, "https://heap.example/mine")
    said = plain(digest(reader))
    assert "bob shared your link heap.example/mine again" in said
    assert "your link heap.example/old" not in said


def test_what_turned_up_for_an_own_question_is_told(reader: Village) -> None:
    reader.asks("mei", "Who has a very tall ladder for apple trees?")
    reader.deliver()
    reader.at += DAY
    reader.says("bob", KITCHEN, "a very tall ladder for apple trees https://ladder.example/tall")
    reader.at -= HOUR  # the digest comes before the next look at what is new would write by itself
    said = [one.text for one in reader.later(2 * DAY) if one.kind == "digest"]
    assert any("something turned up" in one and "ladder.example/tall" in one for one in said)


# ── Whose eyes it is for ─────────────────────────────────────────────────────────────────────


def test_a_private_place_is_told_to_those_in_it_alone(reader: Village) -> None:
    reader.command("mei", GENERAL, "follow", "rye")
    reader.says("ana", ATTIC, "rye https://attic.example/rye")
    assert "attic.example" in plain(digest(reader))


def test_with_or_without_a_hidden_place_a_digest_is_the_same(reader: Village) -> None:
    reader.command("kim", GENERAL, "follow", "rye")
    reader.says("bob", KITCHEN, "rye https://bread.example/rye")
    before = plain(reader.command("kim", GENERAL, "digest", "now"))
    reader.says("ana", ATTIC, "rye https://attic.example/rye")
    reader.says("ana", ATTIC, "rye https://bread.example/rye", ago=DAY)
    assert plain(reader.command("kim", GENERAL, "digest", "now")) == before


def test_whoever_came_to_a_private_place_meanwhile_is_told_nothing_of_it(reader: Village) -> None:
    reader.command("mei", GENERAL, "follow", "rye")
    reader.members[ATTIC].remove("mei")
    reader.keep_lists_fresh()
    reader.says("ana", ATTIC, "rye before https://attic.example/before")
    reader.at += HOUR
    reader.members[ATTIC].append("mei")
    reader.keep_lists_fresh()
    reader.says("ana", ATTIC, "rye after https://attic.example/after")
    reader.later(DAY)
    assert reader.got("mei", "digest") == []
    reader.at += timedelta(minutes=1)
    reader.says("ana", ATTIC, "rye next https://attic.example/next")
    # The next one begins after she came.
    assert "attic.example/next" in plain(digest(reader))


def test_staying_in_a_place_through_many_lists_is_no_change(reader: Village) -> None:
    reader.command("mei", GENERAL, "follow", "rye")
    for _ in range(5):
        reader.at += timedelta(minutes=10)
        reader.bot.take_in([MembersSeen(ATTIC, tuple(reader.members[ATTIC]), reader.at)])
    reader.says("ana", ATTIC, "rye https://attic.example/rye")
    assert "attic.example/rye" in plain(digest(reader))
