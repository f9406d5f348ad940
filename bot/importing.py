"""Taking in an export: many events, in transactions of a few thousand, resumable after a kill."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from bot.core import Bot
from bot.events import Event

if TYPE_CHECKING:
    from bot.ports import Store

BATCH = 4_000  # events of one transaction: large enough to be fast, small enough to lose nothing


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import changed: how many messages, people, conversations and links are new."""

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
    again.
    """
    with store.read() as unit:
        before = unit.imports.totals()
        done = resumed_at = unit.imports.done(fingerprint)
    stream = iter(events)
    for batch in _batches(islice(stream, done, None)):
        with store.write() as writer:
            bot.take_in_within(writer, batch)
            done += len(batch)
            writer.imports.save(fingerprint, done, finished=False)
        progress(done)
    with store.write() as writer:
        writer.imports.save(fingerprint, done, finished=True)
    with store.read() as unit:
        after = unit.imports.totals()
    new = {name: count - before[name] for name, count in after.items()}
    return Outcome(**new, resumed_at=resumed_at)


def _batches(events: Iterator[Event]) -> Iterator[list[Event]]:
    while batch := list(islice(events, BATCH)):
        yield batch
