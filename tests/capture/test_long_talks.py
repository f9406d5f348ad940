"""Long talks read out of order: grouped as if they had come in order, however far that goes."""

from __future__ import annotations

import random

import pytest

from bot.events import Event, PlaceRef, PlaceSeen, Visibility
from bot.features import regrouping
from tests.capture.picture import expected, kept
from tests.capture.test_any_order import LIMITS
from tests.capture.world import HOME, gone, hurry, opened, said

MESSAGES = 150


def talk(rnd: random.Random, place: PlaceRef) -> list[Event]:
    """People talk with pauses of one length or another, sometimes in threads."""
    at, events = 0.0, list[Event]()
    for number in range(MESSAGES):
        at += rnd.choice([1, 1, 2, 5, 16, 40])
        thread = f"m{number - 3:03}" if number > 3 and rnd.random() < 0.2 else None
        who = rnd.choice(["ana", "ben", "cy"])
        events.append(said(who, f"m{number:03}", "bread", at=at, place=place, thread=thread))
    return events


def pages(rnd: random.Random, events: list[Event]) -> list[list[Event]]:
    """The newest first, a page at a time, some of it in disorder."""
    size = rnd.choice([3, 10, 40])
    found = [events[start : start + size] for start in range(0, len(events), size)][::-1]
    for page in found:
        if rnd.random() < 0.5:
            rnd.shuffle(page)
    if rnd.random() < 0.5:
        rnd.shuffle(found)
    return found


@pytest.mark.parametrize("few", [2, regrouping.FEW])
@pytest.mark.parametrize("seed", range(4))
def test_a_long_talk_read_in_pages_is_grouped_as_it_was_said(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, seed: int, few: int
) -> None:
    monkeypatch.setattr(regrouping, "FEW", few)
    rnd = random.Random(seed)
    place = PlaceRef(HOME, "long")
    events = talk(rnd, place)
    with opened(sqlite_url, LIMITS) as world:
        hurry(world.store)
        world.take_in(PlaceSeen(place, "long", Visibility.PUBLIC))
        so_far: list[Event] = []
        for page in pages(rnd, events):
            world.take_in(*page)
            so_far += page
        assert kept(world.store, place) == expected(so_far, place, LIMITS)
        lost = [gone(f"m{number:03}", place, 10_000) for number in rnd.sample(range(MESSAGES), 20)]
        world.take_in(*lost)
        assert kept(world.store, place) == expected([*so_far, *lost], place, LIMITS)
