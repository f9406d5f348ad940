"""Taking in an export: many events, in transactions of a few thousand, resumable after a kill."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeGuard

from bot.core import Bot
from bot.events import Event, PlaceSeen, Visibility

if TYPE_CHECKING:
    from bot.ports import Store, Unit

BATCH = 6_000  # events of one transaction: large enough to be fast, small enough to lose nothing


# Transactions after which garbage is looked for: what is left of them would pile up.
COLLECTED = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import changed: how many messages, people, conversations and links are new.

    `resumed_at`: how many events an interrupted import of the same input had taken in.
    """

    messages: int
    people: int
    conversations: int
    links: int
    resumed_at: int


def take_in(
    store: Store,
    bot: Bot,
    events: Iterable[Event],
    fingerprint: str,
    progress: Callable[[int], None],
) -> Outcome:
    """Take in all events. `progress` hears after each transaction how many are in the store.

    `fingerprint` names the input: what an interrupted run of the same input stored is not done
    again. Whoever exports a private place on purpose has switched it on: it is captured.
    """
    with store.read() as unit:
        before = unit.imports.totals()
        done = resumed_at = unit.imports.done(fingerprint)
    with _seldom_collecting():
        for number, batch in enumerate(_batches(islice(iter(events), done, None)), 1):
            with store.write() as writer:
                for part in _parts(batch):
                    _take_in(writer, bot, part)
                done += len(batch)
                writer.imports.save(fingerprint, done, finished=False)
            progress(done)
            if number % COLLECTED == 0:
                gc.collect()
    with store.write() as writer:
        writer.imports.save(fingerprint, done, finished=True)
    with store.read() as unit:
        after = unit.imports.totals()
    new = {name: count - before[name] for name, count in after.items()}
    return Outcome(**new, resumed_at=resumed_at)


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Look for garbage seldom: a batch is a hundred thousand small objects, all of them in use."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _take_in(unit: Unit, bot: Bot, part: list[Event]) -> None:
    """Take in events of which only the last may be a private place."""
    bot.take_in_within(unit, part)
    if _is_private(part[-1]):
        place = unit.directory.place(part[-1].place)
        if place is not None:
            unit.directory.set_captured(place.id, captured=True)


def _is_private(event: Event) -> TypeGuard[PlaceSeen]:
    return isinstance(event, PlaceSeen) and event.visibility is Visibility.PRIVATE


def _parts(batch: list[Event]) -> Iterator[list[Event]]:
    """Cut a batch behind every private place, which is switched on before anything said there."""
    part: list[Event] = []
    for event in batch:
        part.append(event)
        if _is_private(event):
            yield part
            part = []
    if part:
        yield part


def _batches(events: Iterator[Event]) -> Iterator[list[Event]]:
    while batch := list(islice(events, BATCH)):
        yield batch
