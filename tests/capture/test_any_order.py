"""Whatever the order, the batches and the repeats: the same is kept (reliability.md C17, C18).

Every world is small and full of trouble: threads whose beginning comes late or never, replies to
what is lost, late messages, caps, edits and deletions that overtake what they change. It is taken
in shuffled, with repeats, and after each batch the store must hold exactly what `picture.expected`
works out from the events so far.

`GRAPEVINE_TEST_SEEDS=5000 pytest tests/capture/test_any_order.py` tries that many worlds of each
kind.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.conversations import Limits
from bot.events import (
    Event,
    MessageDeleted,
    MessagePosted,
    PlaceRef,
    PlaceSeen,
    Unfurl,
    Visibility,
)
from tests.capture.picture import expected, kept
from tests.capture.world import HOME, PEOPLE, World, edited, gone, hurry, opened, said

MANY = int(os.environ.get("GRAPEVINE_TEST_SEEDS", "0"))
LIMITS = Limits(cap=4, thread_gap=timedelta(minutes=25))
WORDS = (
    "compost worms bread oven kettle ladder https://ex.org/soil https://ex.org/bread?utm_source=x"
    " www.ex.org/tools"
).split()
# How many worlds of each kind are tried, on SQLite and on PostgreSQL.
KINDS = {
    "plain": (70, 10),
    "two places": (15, 2),
    "simultaneous": (15, 2),
    "opened threads": (20, 2),
    "taken back": (15, 2),
    "titled": (15, 2),
    "chained": (20, 2),
    "requests": (15, 2),
    "everything": (25, 3),
}


def happenings(rnd: random.Random, place: PlaceRef, kind: str) -> list[Event]:
    """What happens in a place, as a list of events in order of time.

    "two places": both call their messages by the same ids. "simultaneous": some messages are
    posted at the same moment. "opened threads": the platform names a thread in the message that it
    hangs under. "taken back": an edit is undone by another. "titled": links get titles, with some
    version or later. "chained": most messages are replies. "requests": an edit speaks to the bot.
    "everything": all of that in a longer world.
    """
    events: list[Event] = []
    many = 14 if kind == "everything" else 8
    idents = [f"m{number:02}" for number in rnd.sample(range(100), many)]
    steps = [0, 0, 3, 20] if kind in {"simultaneous", "everything"} else [1, 3, 9, 20]
    at = 0.0
    for number, ident in enumerate(idents):
        at += rnd.choice(steps)
        # A clock may be behind, so that an answer seems older than what it answers.
        behind = rnd.choice([0, 0, 2, 12]) if kind in {"chained", "everything"} else 0
        before = [*idents[:number], "never"]
        thread, reply_to = _where(rnd, before, 0.7 if kind == "chained" else 0.25)
        if kind in {"opened threads", "everything"} and thread is None and rnd.random() < 0.4:
            thread = ident
        where = {"thread": thread, "reply_to": reply_to}
        post = said(rnd.choice(PEOPLE), ident, _words(rnd), at - behind, place, **where)
        events += [post, *_changes(rnd, post, at, kind)]
        if rnd.random() < 0.2:
            events.append(gone(ident, place, at + 30))
    return events


def _where(rnd: random.Random, others: list[str], likely: float) -> tuple[str | None, str | None]:
    """A thread, a message to reply to, now and then both, mostly neither."""
    thread = rnd.choice([*others[:3], "never"]) if rnd.random() < 0.25 else None
    return thread, rnd.choice(others) if rnd.random() < likely else None


def _words(rnd: random.Random) -> str:
    return " ".join(rnd.choices(WORDS, k=3))


def _changes(rnd: random.Random, post: MessagePosted, at: float, kind: str) -> Iterator[Event]:
    newest = post
    if rnd.random() < 0.25:
        newest = edited(post, _words(rnd), at + 1)
        yield newest
        if kind in {"taken back", "everything"}:
            newest = edited(post, post.text, at + 2)
            yield newest
        if kind in {"requests", "everything"} and rnd.random() < 0.5:
            yield edited(post, _words(rnd), at + rnd.choice([0.5, 3]), to_bot=True)
    if kind in {"titled", "everything"} and rnd.random() < 0.5:
        titled = rnd.choice([post, newest]) if kind == "titled" else newest
        if "https://ex.org/soil" in titled.text:
            yield replace(titled, unfurls=(Unfurl("https://ex.org/soil", "Living soil"),))


def batches(rnd: random.Random, events: list[Event]) -> list[list[Event]]:
    """The events shuffled, some of them twice, in batches of one size or another."""
    shuffled = events + rnd.sample(events, 3)
    rnd.shuffle(shuffled)
    size = rnd.choice([1, 2, 5, len(shuffled)])
    return [shuffled[start : start + size] for start in range(0, len(shuffled), size)]


def check(world: World, kind: str, seed: int) -> None:
    """Take one world in, in places of its own."""
    rnd = random.Random(f"{kind} {seed}")
    many = 2 if kind == "two places" else 1
    places = [PlaceRef(HOME, f"{kind}-{seed}-{number}") for number in range(many)]
    world.take_in(*(PlaceSeen(place, place.id, Visibility.PUBLIC) for place in places))
    events = [event for place in places for event in happenings(rnd, place, kind)]
    so_far: list[Event] = []
    for batch in batches(rnd, events):
        world.take_in(*batch)
        so_far += batch
        is_over = len(so_far) > len(events)
        if is_over or rnd.random() < 0.2:
            for place in places:
                assert kept(world.store, place) == expected(so_far, place, LIMITS), (
                    f"{kind} {seed} after\n{story(so_far, place)}"
                )


def story(events: list[Event], place: PlaceRef) -> str:
    """What came of a place, a line an event: for reading why a world went wrong."""
    return "\n".join(
        f"{event.kind} {event.id} {event.at:%H:%M} "
        + (
            f"{event.author.id} {event.text!r} thread {event.thread} reply {event.reply_to}"
            f" edited {event.edited_at}"
            if isinstance(event, MessagePosted)
            else ""
        )
        for event in events
        if isinstance(event, MessagePosted | MessageDeleted) and event.place == place
    )


@pytest.mark.parametrize("kind", KINDS)
def test_any_order_any_batches_and_any_repeats_leave_the_same(
    kind: str, backend: str, migrated_url: str
) -> None:
    seeds = MANY or KINDS[kind][backend == "postgres"]
    with opened(migrated_url, LIMITS) as world:
        hurry(world.store)
        for seed in range(seeds):
            check(world, kind, seed)
