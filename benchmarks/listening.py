"""Grapevine listening to a replayed community: its real capture into a throw-away store."""

from __future__ import annotations

from itertools import count, islice
from typing import TYPE_CHECKING

from bot.core import Bot
from bot.events import AccountRef, AccountSeen, Event, PlaceRef, PlaceSeen, Visibility
from bot.importing import BATCH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.community import Question
    from bot.ports import Store


class Listener:
    """Captures what happens, and knows which people and places a platform has told of."""

    def __init__(self, store: Store) -> None:
        tokens = count(1)
        self.bot = Bot(store, lambda: f"token-{next(tokens)}")
        self._known: set[AccountRef | PlaceRef] = set()

    def hear(self, events: Sequence[Event]) -> set[AccountRef]:
        """Capture, in transactions as an import has them; the people who are new."""
        new: set[AccountRef] = set()
        stream = iter(events)
        while batch := list(islice(stream, BATCH)):
            self.bot.take_in(batch)
            accounts = {one.account for one in batch if isinstance(one, AccountSeen)}
            new |= accounts - self._known
            self._known |= accounts
            self._known |= {one.place for one in batch if isinstance(one, PlaceSeen)}
        return new

    def meet(self, question: Question) -> set[AccountRef]:
        """A platform says who asks and where before their first message is in."""
        seen: list[Event] = []
        if question.place not in self._known:
            seen.append(PlaceSeen(question.place, question.place.id, Visibility.PUBLIC))
        if question.asker not in self._known:
            seen.append(AccountSeen(question.asker, question.asker.id))
        return self.hear(seen)
