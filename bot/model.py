"""The nouns of Grapevine (DESIGN section 2), as the store hands them to the features.

All are frozen values; ids are the store's own numbers, times are aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.events import AccountRef, CommunityRef, PlaceRef, Role, Visibility

MEMBERSHIP_IS_FRESH = timedelta(minutes=15)


class Listing(StrEnum):
    """How people come to be listed in a community (DESIGN section 3)."""

    OPEN = "open"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Community:
    """One workspace, guild or console community."""

    id: int
    ref: CommunityRef
    name: str
    url: str | None
    listing: Listing


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, private thread or direct message; `captured` says whether it is listened to."""

    id: int
    ref: PlaceRef
    community_id: int
    name: str
    visibility: Visibility
    archived: bool
    captured: bool


@dataclass(frozen=True, slots=True)
class Account:
    """One user id and the person behind it."""

    id: int
    ref: AccountRef
    person_id: int
    name: str
    is_bot: bool
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """What an account is in a community."""

    role: Role
    active: bool


@dataclass(frozen=True, slots=True)
class Message:
    """What an account posted in a place, as it stands now."""

    id: int
    place_id: int
    external_id: str
    conversation_id: int
    account_id: int
    text: str
    at: datetime
    thread: str | None = None
    reply_to: str | None = None
    permalink: str | None = None
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages that belong together: the unit of evidence.

    `messages` counts those of its strand (not the replies attached to them); `tail_at` and `tail`
    are the time and the platform's id of the last of these. `last_at` is the last of all. `words`
    is the length of its text in index words.
    """

    id: int
    place_id: int
    strand: str
    opener_id: int
    started_at: datetime
    tail_at: datetime
    tail: str
    last_at: datetime
    messages: int
    words: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some conversations of a strand, from `first` on (None: from the beginning), by their numbers.

    What was said before `horizon` is all in them; None: there is nothing behind them.
    """

    conversations: tuple[int, ...]
    first: int | None
    horizon: datetime | None


@dataclass(frozen=True, slots=True)
class Share:
    """One message in which one person posted a link; `words` is that message's text.

    `elsewhere`: the name of its community, where that is not the audience's own.
    A note is a share without a link (`url` is empty), `kept_by` the account that kept it.
    """

    id: int
    account_id: int
    place: PlaceRef
    place_name: str
    elsewhere: str | None
    message: str
    permalink: str | None
    at: datetime
    url: str
    canonical: str
    title: str | None
    words: str
    kept_by: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A topic that a person says they know, in one community."""

    id: int
    account_id: int
    community_id: int
    topic: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Audience:
    """Who will read an answer; every read of evidence takes one (`storage/audience.py`).

    With `place_id`, everyone who can read that place (a public reply). Else the one person behind
    `account_ids`, as a member of `community_id`. With neither, an outsider who sees what is
    public; `community_id` then narrows to one community. `at` is the moment of asking: membership
    seen more than 15 minutes before it counts as none, and so does one that began after
    `settled`, if that is given: a summary of some time tells whoever came meanwhile nothing of it.
    """

    at: datetime
    community_id: int | None = None
    account_ids: tuple[int, ...] = ()
    place_id: int | None = None
    settled: datetime | None = None
