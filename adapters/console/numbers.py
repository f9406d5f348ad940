"""The numbers on messages and receipts: a message has one number for a whole session."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from itertools import count

from bot.events import MessagePosted, PlaceRef


@dataclass(frozen=True, slots=True)
class Numbered:
    """What a number stands for.

    `post` is how the message stands now if it was posted in this session; `gone`: it was deleted.
    """

    place: PlaceRef
    message: str
    post: MessagePosted | None = None
    gone: bool = False


class Numbers:
    """Gives out numbers from 1 and remembers the `most` last used."""

    def __init__(self, most: int = 5_000) -> None:
        self._most = most
        self._next = count(1)
        self._known: OrderedDict[int, Numbered] = OrderedDict()
        self._by_message: dict[tuple[PlaceRef, str], int] = {}

    def of(self, place: PlaceRef, message: str) -> int:
        """Return the message's number, a new one if it has none yet."""
        number = self._by_message.get((place, message))
        if number is None:
            return self._put(next(self._next), Numbered(place, message))
        self._known.move_to_end(number)
        return number

    def keep(self, post: MessagePosted) -> int:
        """Remember a message that was posted or edited in this session; returns its number."""
        return self._put(self.of(post.place, post.id), Numbered(post.place, post.id, post))

    def bury(self, number: int) -> None:
        """Remember that a message was deleted."""
        known = self._known[number]
        self._put(number, Numbered(known.place, known.message, gone=True))

    def find(self, number: int) -> Numbered | None:
        """Return what a number stands for; None for one never given or forgotten by now."""
        return self._known.get(number)

    def _put(self, number: int, numbered: Numbered) -> int:
        self._known[number] = numbered
        self._known.move_to_end(number)
        self._by_message[numbered.place, numbered.message] = number
        while len(self._known) > self._most:
            _, oldest = self._known.popitem(last=False)
            del self._by_message[oldest.place, oldest.message]
        return number
