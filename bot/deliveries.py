"""What the courier and the core say to one another about a delivery.

A delivery holds no words, only what it is about (`Delivery.payload`); the core composes the words
in the moment of sending, with audience and agreement checked anew. So nothing that was deleted,
hidden or forgotten meanwhile is ever sent.

The courier's turn with one delivery: claim it (committed), `Bot.compose` it, hand the parcel to
the platform's carrier, tell the outcome: `Bot.arrived`, `Bot.bounced`, or one of the outbox's
verbs for "again later" and "nobody knows".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.queues import Destination
from bot.replies import Reply


@dataclass(frozen=True, slots=True)
class Ref:
    """Where a delivery stands: the platform's ids of the place (also of a direct one) and message.

    Written as one text, `place message`; neither id holds a blank.
    """

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place} {self.message}"

    @classmethod
    def read(cls, text: str) -> Ref:
        """The ref that was written as `text`."""
        place, _, message = text.partition(" ")
        return cls(place, message)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery with its words: what a carrier takes.

    `key` is what the platform keeps with it; `edits` is what it replaces, if it is an edit.
    `solved`: what it says in a thread settles that thread, which a platform may be able to show.
    """

    key: str
    destination: Destination
    reply: Reply
    edits: Ref | None = None
    solved: bool = False


class Trouble(StrEnum):
    """Why a delivery can never arrive."""

    GONE = "gone"  # the place is deleted or archived, or we are not in it any more
    CLOSED = "closed"  # the person takes no direct messages from us
    LEFT = "left"  # the person is not there any more
    REVOKED = "revoked"  # the community took our access back
    REJECTED = "rejected"  # the platform does not take what it says
