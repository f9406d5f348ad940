"""The smallest core the service can serve, over the real store.

A delivery's payload is `{"text": …}`, and `"edits"` names the key of what it replaces. `about` in
it is taken as a reason to owe it no more. `tick` owes `due` things, one at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from bot.core import Bot
from bot.deliveries import Parcel, Ref, Trouble
from bot.events import CommandUsed, CommunityRef, Event
from bot.feeds.model import Brought, Fetched, Page
from bot.queues import Claimed, Delivery, Destination, Stored, key_of
from bot.replies import Reply
from tests.platforms.carrier import PLATFORM

if TYPE_CHECKING:
    from bot.ports import Store

HOME = CommunityRef(PLATFORM, "T1")
START = datetime(2026, 3, 1, 12, tzinfo=UTC)  # long ago: due


@dataclass
class SmallCore:
    """A bot whose deliveries carry their words with them."""

    store: Store
    due: int = 0
    bounces: list[tuple[str, Trouble]] = field(default_factory=list)

    def __post_init__(self) -> None:
        numbers = count(1)
        self.bot = Bot(self.store, lambda: f"token-{next(numbers)}")

    def compose(self, claimed: Claimed, at: datetime) -> Parcel | None:
        payload = claimed.delivery.payload
        if payload.get("withdrawn"):
            with self.store.queue() as unit:
                unit.outbox.refused(claimed, "withdrawn")
            return None
        if payload.get("poison"):
            raise ValueError(payload["poison"])
        reply = Reply.say(str(payload["text"]), private=False)
        edits = self._stands(payload["edits"]) if "edits" in payload else None
        return Parcel(claimed.delivery.key, claimed.delivery.destination, reply, edits)

    def _stands(self, key: object) -> Ref | None:
        with self.store.read() as unit:
            record = unit.outbox.find(str(key))
        return None if record is None or record.sent_ref is None else Ref.read(record.sent_ref)

    def arrived(self, claimed: Claimed, ref: Ref, at: datetime) -> None:
        with self.store.queue() as unit:
            unit.outbox.sent(claimed, str(ref))

    def bounced(self, claimed: Claimed, trouble: Trouble, reason: str, at: datetime) -> None:
        with self.store.queue() as unit:
            unit.outbox.refused(claimed, f"{trouble}: {reason}")
        self.bounces.append((claimed.delivery.key, trouble))

    def tick(self, at: datetime) -> int:
        with self.store.write() as unit:
            for number in range(self.due):
                if unit.outbox.owe(owed(number, at=at)):
                    return 1
        return 0

    def sweep(self, at: datetime) -> None:
        """Nothing of its own."""

    def feed(self, token: str, at: datetime) -> Page | None:
        return self.bot.feed(token, at)

    def suggest(self, typed: CommandUsed) -> list[str]:
        return self.bot.suggest(typed)

    def due_feeds(self, at: datetime) -> Sequence[Brought]:
        return self.bot.due_feeds(at)

    def take_in_feed(self, place_id: int, fetched: Fetched, at: datetime) -> int:
        return self.bot.take_in_feed(place_id, fetched, at)

    def handle_stored(self, stored: Stored) -> Reply | None:
        return self.bot.handle_stored(stored)

    def take_in_stored(self, several: Sequence[Stored]) -> None:
        self.bot.take_in_stored(several)

    def take_in(self, events: Sequence[Event]) -> int:
        return self.bot.take_in(events)


def owed(number: int, place: str | None = None, at: datetime = START, **more: str) -> Delivery:
    """The delivery of that number, to one of ten places unless one is named."""
    to = Destination(HOME, place=place or f"C{number % 10}")
    return Delivery(key_of("small", number), to, {"text": f"number {number}", **more}, at)
