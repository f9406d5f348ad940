"""What is deleted or edited leaves the database's files as soon as the bot is done with it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.events import CommunityLeft, Event, LinkSaved, MessagePosted, PlaceDeleted, Unfurl
from tests.capture.world import (
    GENERAL,
    HOME,
    PEOPLE,
    World,
    edited,
    gone,
    hurry,
    minute,
    opened,
    said,
    who,
)
from tests.forgetting.traces import left_in

UNFURL = Unfurl("https://ex.org/flumphered", "Snollygoster")
FIRST = said("ana", "1", "zanzibarium Quokkologies https://ex.org/flumphered", unfurls=(UNFURL,))
MANY, CHANGES = 600, 60
CANARIES = ("zanzibarium", "quokkolog", "flumphered", "snollygoster")
WITHOUT = edited(replace(FIRST, unfurls=()), "other words", 1)


def told(url: str, *events: Event) -> set[tuple[str, str]]:
    """Which canaries are left right after the last event, among others' talk."""
    with opened(url) as world:
        world.hear(said("ben", "7", "kettle", at=-60), FIRST, said("cy", "8", "ladder", at=1))
        assert {word for _, word in left_in(url, world.store, CANARIES)} == set(CANARIES)
        world.hear(*events)
        return left_in(url, world.store, CANARIES)


@pytest.mark.parametrize(
    "events",
    [
        [gone("1")],
        [WITHOUT],
        [edited(FIRST, "more zanzibarium", 0.5), WITHOUT],
        [PlaceDeleted(GENERAL)],
        [CommunityLeft(HOME)],
        [LinkSaved(replace(WITHOUT, text="https://ex.org/soil"), who("ben"), minute(3))],
    ],
    ids=["deleted", "edited", "edited twice", "place deleted", "community left", "saved anew"],
)
def test_it_is_gone_from_rows_and_files_at_once(migrated_url: str, events: list[Event]) -> None:
    assert told(migrated_url, *events) == set()


def test_an_emptied_place_is_empty_to_the_byte(migrated_url: str) -> None:
    with opened(migrated_url) as world:
        world.hear(FIRST)
        world.press("ana", world.ask("ana", "here", "off"), "Delete")
        assert left_in(migrated_url, world.store, CANARIES) == set()


def test_a_topic_taken_back_is_gone_from_rows_and_files_at_once(migrated_url: str) -> None:
    with opened(migrated_url) as world:
        world.ask("ana", "iknow", "zanzibarium")
        assert left_in(migrated_url, world.store, CANARIES)
        world.ask("ana", "iknow", "-zanzibarium")
        assert left_in(migrated_url, world.store, CANARIES) == set()


# ── Among many messages ──────────────────────────────────────────────────────────────────────────
# A database page that was once rearranged can hold a second, stale copy of a row: overwriting
# the row when it is deleted does not reach it. It takes some hundreds of messages to see that.


@pytest.fixture
def crowd(sqlite_url: str) -> Iterator[World]:
    """Some hundreds of messages of all lengths, each with a word of its own."""
    with opened(sqlite_url) as world:
        hurry(world.store)
        rnd = random.Random(1)
        for start in range(0, MANY, 200):
            world.take_in(*(_message(rnd, number) for number in range(start, start + 200)))
        yield world


def _message(rnd: random.Random, number: int) -> MessagePosted:
    filling = " ".join(f"w{rnd.randrange(400)}" for _ in range(rnd.choice([1, 3, 10, 60, 200])))
    text = f"{_own(number)} {filling} https://ex.org/{_own(number)}"
    return said(PEOPLE[number % 3], f"m{number}", text, rnd.randrange(20_000))


def _own(number: int) -> str:
    return f"zq{number:04}canary"


def test_one_person_of_a_crowd_is_forgotten_to_the_byte(crowd: World, sqlite_url: str) -> None:
    crowd.press("ben", crowd.ask("ben", "forget-me"), "Forget me")
    hers = [_own(number) for number in range(MANY) if PEOPLE[number % 3] == "ben"]
    assert left_in(sqlite_url, crowd.store, hers) == set()


def test_messages_of_a_crowd_are_edited_and_deleted_to_the_byte(
    crowd: World, sqlite_url: str
) -> None:
    rnd = random.Random(2)
    changed = rnd.sample(range(MANY), CHANGES)
    for number in changed:
        post = _message(rnd, number)
        if rnd.random() < 0.5:
            crowd.hear(edited(post, "other words " * rnd.choice([1, 30]), 90_000))
        else:
            crowd.hear(gone(post.id))
    words = [_own(number) for number in changed]
    assert left_in(sqlite_url, crowd.store, words) == set()
