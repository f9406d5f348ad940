"""Reactions in any order, and events that a platform sends again under another id (C17)."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from bot.conversations import Limits
from bot.events import Event, MessageDeleted, ReactionChanged
from bot.queues import EventState
from tests.capture.picture import expected, kept
from tests.capture.test_any_order import happenings
from tests.capture.world import (
    GENERAL,
    PEOPLE,
    World,
    gone,
    hurry,
    minute,
    opened,
    reacted,
    said,
    who,
)

LIMITS = Limits(cap=4)
WORLDS = {"sqlite": 12, "postgres": 3}


def reactions(rnd: random.Random, number: int) -> list[Event]:
    """Messages, some deleted, and people who put reactions on them and take them away."""
    idents = [f"{number}-{name}" for name in "abc"]
    events: list[Event] = [said("ana", ident) for ident in idents]
    events += [gone(ident) for ident in idents if rnd.random() < 0.3]
    for at in range(12):
        who, ident = rnd.choice(PEOPLE), rnd.choice(idents)
        events.append(reacted(who, ident, rnd.choice(("bee", "sun")), at, added=rnd.random() < 0.6))
    return events


def standing_reactions(events: list[Event]) -> list[tuple[str, str, str]]:
    """What the latest change of each reaction says, without those on deleted messages."""
    deleted = {event.id for event in events if isinstance(event, MessageDeleted)}
    changes = [event for event in events if isinstance(event, ReactionChanged)]
    latest: dict[tuple[str, str, str], bool] = {}
    for one in sorted(changes, key=lambda change: change.at):
        latest[one.account.id.removeprefix("U-"), one.message, one.emoji] = one.added
    return sorted(key for key, added in latest.items() if added and key[1] not in deleted)


def test_reactions_end_the_same_in_any_order(backend: str, migrated_url: str) -> None:
    with opened(migrated_url) as world:
        hurry(world.store)
        events: list[Event] = []
        for number in range(WORLDS[backend]):
            rnd = random.Random(number)
            some = reactions(rnd, number)
            events += some
            shuffled = some + rnd.sample(some, 5)
            rnd.shuffle(shuffled)
            world.take_in(*shuffled)
        assert world.reactions() == standing_reactions(events)


def test_a_reaction_on_a_message_that_is_gone_is_not_kept(world: World) -> None:
    world.hear(said("ana", "1"), gone("1"), reacted("ben", "1"))
    assert world.reactions() == []


def test_a_reaction_goes_with_its_message_even_if_the_message_was_never_kept(world: World) -> None:
    world.hear(reacted("ben", "1"), gone("1"))
    assert world.reactions() == []


def test_a_reaction_that_was_taken_away_does_not_come_back_with_a_late_copy(world: World) -> None:
    world.hear(said("ana", "1"), reacted("ben", "1", added=False, at=2), reacted("ben", "1", at=1))
    assert world.reactions() == []


def test_what_was_taken_away_is_neither_counted_nor_exported(world: World) -> None:
    world.hear(said("ana", "1"), reacted("ben", "1"), reacted("ben", "1", added=False, at=1))
    with world.store.read() as unit:
        ben = unit.directory.account(who("ben"))
        assert ben is not None
        assert unit.own_data.counts([ben.id])["reactions"] == 0
        assert unit.own_data.everything([ben.id], ben.person_id)["reactions"] == []


def test_a_reaction_can_be_put_again(world: World) -> None:
    world.hear(
        said("ana", "1"),
        reacted("ben", "1", at=1),
        reacted("ben", "1", added=False, at=2),
        reacted("ben", "1", at=3),
    )
    assert world.reactions() == [("ben", "1", "bee")]


def through_the_inbox(world: World, arrivals: list[tuple[str, Event]]) -> None:
    """Store each arrival before it is handled; handle what is due, each in one transaction."""
    lease = timedelta(minutes=5)
    with world.store.write() as unit:
        for number, (event_id, event) in enumerate(arrivals):
            unit.inbox.take(event_id, event, minute(number))
    while True:
        with world.store.write() as unit:
            due = unit.inbox.claim(minute(0), lease, 50)
        if not due:
            return
        for stored in due:
            with world.store.write() as unit:
                world.bot.take_in_within(unit, [stored.event])
                assert unit.inbox.done(stored)


@pytest.mark.parametrize("seed", range(3))
def test_the_same_event_under_several_ids_changes_nothing(world: World, seed: int) -> None:
    hurry(world.store)
    rnd = random.Random(seed)
    events = happenings(rnd, GENERAL, "plain")
    arrivals = [
        (f"Ev{number}-{time}", event)
        for number, event in enumerate(events)
        for time in range(rnd.randint(1, 11))
    ]
    rnd.shuffle(arrivals)
    through_the_inbox(world, arrivals)
    assert kept(world.store, GENERAL) == expected(events, GENERAL, Limits())
    with world.store.read() as unit:
        counts = unit.inbox.counts()
    assert counts[EventState.DONE] == len(events)
    assert counts[EventState.PENDING] == counts[EventState.HELD] == 0
