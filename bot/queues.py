"""The records of the two queues: events that wait to be handled, deliveries that wait to be sent.

    an event     pending → working (lease) → done | held
    a delivery   pending → sending (lease, attempt, key) → sent (ref) | failed | unknown | dropped

A lease is how long a process may work on what it claimed; then another one may take over. What is
`held` failed too often and waits for a person. What is `unknown` may or may not have arrived: it
is shown and never sent again by itself (DESIGN section 5, rule 2); a person sends it or drops it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from bot.events import (
    AccountRef,
    AccountSeen,
    Arrived,
    ButtonPressed,
    CommandUsed,
    CommunityLeft,
    CommunityRef,
    CommunitySeen,
    Event,
    FormSubmitted,
    LinkSaved,
    MembershipChanged,
    MembersSeen,
    MessageDeleted,
    MessagePosted,
    PersonLookedUp,
    Platform,
    QuestionRaised,
    ReactionChanged,
)

# After so many tries an event is held: a poisonous one must not stop the others.
MOST_ATTEMPTS = 5
FIRST_WAIT = timedelta(seconds=15)
# After so many tries without any answer it is not known what became of a delivery.
MOST_TRIES = 8
# A platform repeats an event within the hour, a catch-up within days.
KEYS_ARE_KEPT = timedelta(days=30)

# Discord takes a nonce of 25 characters, so that a key can be one. 96 bits are enough: with a
# hundred million keys the odds that any two are the same are one in ten million million.
KEY_LENGTH = 24

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


class EventState(StrEnum):
    """How far an event of the inbox has come."""

    PENDING = "pending"
    WORKING = "working"
    DONE = "done"
    HELD = "held"


class DeliveryState(StrEnum):
    """How far a delivery of the outbox has come."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DROPPED = "dropped"


class Overtaken(Exception):
    """Another process has the event by now: what was done for it here is rolled back."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An event of the inbox in the hands of one process, for the `attempt`-th time."""

    id: int
    event: Event
    attempt: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a delivery goes, by the platform's ids.

    `place` alone: everyone there. `account` alone: a direct message. Both: in that place, but only
    that account sees it. `thread` puts it into a thread of the place.
    """

    community: CommunityRef
    place: str | None = None
    account: str | None = None
    thread: str | None = None

    @property
    def lane(self) -> str:
        """What deliveries to one destination have in common, whatever the thread."""
        home = self.community
        return key_of("lane", home.platform.value, home.id, self.place, self.account)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message that Grapevine owes to one destination.

    `key` says which one it is: make it with `key_of` from what caused it, so that it is owed only
    once. `payload` is for whoever renders it; name things by their numbers there rather than by
    their words, so that what was deleted meanwhile is not sent. `person_id` is whom it goes to
    and `about_id` of whom it speaks: when either is forgotten it is gone.
    """

    key: str
    destination: Destination
    payload: dict[str, Json]
    due_at: datetime
    person_id: int | None = None
    about_id: int | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery in the hands of one process until `lease_until`, for the `attempt`-th time.

    `needs_reconcile`: an earlier try may have arrived, or still arrive before `lands_until`. Ask
    the platform for the key first, and send only if it is not there and cannot come any more.
    """

    id: int
    delivery: Delivery
    attempt: int
    lease_until: datetime
    needs_reconcile: bool
    lands_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """What became of a delivery, without what it says.

    `destination` is None when another version of Grapevine wrote it and this one cannot read it;
    `sent_ref` is the platform's id of the message that it became.
    """

    key: str
    platform: Platform
    destination: Destination | None
    state: DeliveryState
    attempts: int
    due_at: datetime
    person_id: int | None
    about_id: int | None
    sent_ref: str | None
    reason: str | None


def key_of(*parts: object) -> str:
    """A short key for some plain values: the same for the same ones, everywhere and always."""
    return hashlib.sha256(ascii(parts).encode()).hexdigest()[:KEY_LENGTH]


def event_key(event_id: str, event: Event) -> str:
    """The first key of an event: the platform's own id of it."""
    home = community_of(event)
    return key_of("event", home.platform.value, home.id, event_id)


def subject_of(event: Event) -> str | None:
    """The second key of an event: what happened, for platforms that say it under several ids.

    None where two events that look alike may both be meant: a command typed twice, a place
    renamed there and back. A message counts anew with each edit, and when its links get titles
    (Slack tells of these without calling it an edit).
    """
    about: tuple[object, ...]
    match event:
        case MessagePosted():
            titles = tuple((unfurl.url, unfurl.title) for unfurl in event.unfurls)
            about = (event.id, event.edited_at and _moment(event.edited_at), titles)
        case MessageDeleted():
            about = (event.id,)
        case ReactionChanged():
            what = (event.message, event.account.id, event.emoji)
            about = (*what, event.added, _moment(event.at))
        case MembershipChanged():
            about = (event.account.id, event.joined, _moment(event.at))
        case MembersSeen():
            about = (event.members, _moment(event.at))
        case _:
            return None
    home = event.place.community
    return key_of(event.kind, home.platform.value, home.id, event.place.id, *about)


def community_of(event: Event) -> CommunityRef:
    """Where an event happened."""
    match event:
        case CommunitySeen() | CommunityLeft():
            return event.community
        case AccountSeen():
            return event.account.community
        case LinkSaved() | QuestionRaised():
            return event.message.place.community
        case _:
            return event.place.community


def account_of(event: Event) -> AccountRef | None:
    """Whose words or deed an event holds; None for structure."""
    match event:
        case MessagePosted():
            return event.author
        case LinkSaved() | QuestionRaised():
            return event.message.author
        case Arrived():
            return event.by
        case (
            AccountSeen()
            | MembershipChanged()
            | ReactionChanged()
            | CommandUsed()
            | ButtonPressed()
            | FormSubmitted()
            | PersonLookedUp()
        ):
            return event.account
        case _:
            return None


def backoff(tries: int) -> timedelta:
    """How long to wait after `tries` failures, at least one: 15 seconds, then always double."""
    return FIRST_WAIT * (1 << (tries - 1))


def clean(value: Json) -> Json:
    """The same value in characters that every database takes.

    NUL goes (PostgreSQL refuses it); two surrogates that belong together become their character,
    and a lone one, which UTF-8 cannot say, becomes U+FFFD.
    """
    match value:
        case str():
            return _clean_text(value)
        case list():
            return [clean(item) for item in value]
        case dict():
            return {_clean_text(name): clean(item) for name, item in value.items()}
        case _:
            return value


def _clean_text(text: str) -> str:
    units = text.replace("\0", "").encode("utf-16-le", "surrogatepass")
    return units.decode("utf-16-le", "replace")


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
