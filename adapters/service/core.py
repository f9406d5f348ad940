"""What the service asks of the core (`bot/core.py`); everything is synchronous."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.deliveries import Parcel, Ref, Trouble
from bot.events import CommandUsed, Event
from bot.feeds.model import Brought, Fetched, Page
from bot.queues import Claimed, Stored
from bot.replies import Reply


class Sender(Protocol):
    """The core as the courier sees it; each verb is a transaction of its own."""

    def compose(self, claimed: Claimed, at: datetime) -> Parcel | None:
        """The words, with everything checked anew. None: owed no more, and so written down."""

    def arrived(self, claimed: Claimed, ref: Ref, at: datetime) -> None:
        """It stands at `ref`: write that down."""

    def bounced(self, claimed: Claimed, trouble: Trouble, reason: str, at: datetime) -> None:
        """It can never arrive: write that down, and tell whoever needs to know."""


class Answerer(Protocol):
    """The core as the intake sees it."""

    def handle_stored(self, stored: Stored) -> Reply | None:
        """Handle an event of the inbox and end it there. Raises `bot.queues.Overtaken`."""

    def take_in_stored(self, several: Sequence[Stored]) -> None:
        """The same for many that ask nothing, in one transaction."""

    def take_in(self, events: Sequence[Event]) -> int:
        """Take in history; how many messages were new or changed."""


class Suggester(Protocol):
    """The core as platforms see it that complete what people type."""

    def suggest(self, typed: CommandUsed) -> list[str]:
        """What somebody may mean by what they are typing; for them alone."""


class Keeper(Protocol):
    """The core as the ticker sees it."""

    def tick(self, at: datetime) -> int:
        """Do one thing that is due, if there is one; how many were done."""

    def sweep(self, at: datetime) -> None:
        """Delete what need not be kept any longer."""


class Publisher(Protocol):
    """The core as the feeds see it."""

    def feed(self, token: str, at: datetime) -> Page | None:
        """The feed behind the secret in an address; None where that leads nowhere."""


class Taker(Protocol):
    """The core as the errand of brought feeds sees it."""

    def due_feeds(self, at: datetime) -> Sequence[Brought]:
        """Some feeds that are due, put off by an hour."""

    def take_in_feed(self, place_id: int, fetched: Fetched, at: datetime) -> int:
        """Take in what stands in a feed; how many entries were new or changed."""


class ServedCore(Sender, Answerer, Suggester, Keeper, Publisher, Taker, Protocol):
    """All of it."""
