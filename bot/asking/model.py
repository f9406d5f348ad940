"""The nouns of asking (DESIGN section 2): frozen values, as the store hands them out.

a question   open → answered → closed (by its asker, or stopped by an admin)
an ask       asked → answered | passed | declined | unreachable
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum


class State(StrEnum):
    """How far a question has come; only `closed` ends it."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Ring(IntEnum):
    """How far a question reaches."""

    NOBODY = 0
    EXPERTS = 1
    PLACE = 2
    NETWORK = 3


class AskState(StrEnum):
    """What became of asking one person."""

    ASKED = "asked"
    ANSWERED = "answered"
    PASSED = "passed"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"


class Kind(StrEnum):
    """The kinds of messages that Grapevine sends of its own accord.

    A person can mute each of those in `MUTABLE`. Posts stand in places, and who wants no more
    answers closes their question.
    """

    ASK = "ask"
    POST = "post"
    ANSWER = "answer"
    THANKS = "thanks"
    REMINDER = "reminder"
    FOUND = "found"
    NOTE = "note"
    DIGEST = "digest"
    KEPT = "kept"
    CREDIT = "credit"
    PULSE = "pulse"


MUTABLE = (Kind.ASK, Kind.THANKS, Kind.REMINDER, Kind.FOUND, Kind.NOTE)


@dataclass(frozen=True, slots=True)
class Rules:
    """What whoever runs Grapevine decides about what people may do.

    `waits`: how long each ring waits for an answer before the next (the last: before the asker
    hears that nobody answered). `per_person`, `per_community`: questions in 24 hours.
    `remind_after`: how long after an answer the asker is asked whether it helped. `feeds_url`:
    the beginning of the addresses of feeds; None: there are none.
    `brings_feeds`: whether those of people's own may be fetched.
    """

    waits: tuple[timedelta, timedelta, timedelta] = (
        timedelta(hours=4),
        timedelta(hours=24),
        timedelta(hours=72),
    )
    per_person: int = 3
    per_community: int = 20
    remind_after: timedelta = timedelta(days=3)
    feeds_url: str | None = None
    brings_feeds: bool = False

    def wait(self, ring: Ring) -> timedelta:
        """How long a ring waits."""
        return self.waits[ring - 1]


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asked the network.

    `place_id` and `thread`: where it is posted in the second ring; None: only people are asked.
    `private`: the answers come to the asker alone. `named`: other communities see who asks.
    `stopped`: an admin ended it. `stays`: the asker wants no more people asked.
    """

    id: int
    community_id: int
    account_id: int
    place_id: int | None
    thread: str | None
    private: bool
    text: str
    named: bool
    state: State
    stopped: bool
    asked_at: datetime
    ring: Ring
    widens_at: datetime | None
    reminds_at: datetime | None
    looks_at: datetime | None
    looked_at: datetime
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """A person who is asked; `at`: when they get it; `message`: the platform's id, once sent."""

    id: int
    question_id: int
    account_id: int
    passed_by: int | None
    state: AskState
    at: datetime
    message: str | None


@dataclass(frozen=True, slots=True)
class Post:
    """A question in a place, maybe in a thread; `message`: the platform's id, once sent."""

    id: int
    question_id: int
    place_id: int
    thread: str | None
    message: str | None
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Given:
    """An answer; `place_id` and `message` where it is a message in a place."""

    id: int
    question_id: int
    account_id: int
    text: str
    at: datetime
    edited_at: datetime | None
    place_id: int | None
    message: str | None
    permalink: str | None
    helped_at: datetime | None


@dataclass(frozen=True, slots=True)
class Thanks:
    """What somebody is thanked for: `kind` is `answer`, `passing` or `link`."""

    id: int
    account_id: int
    given_by: int
    kind: str
    question_id: int | None
    place_id: int | None
    message: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Note:
    """An answer that its asker (`kept_by`) keeps so that others find it.

    `message` is what it is called in its place. Once it is `shown` there, its words are that
    message's and no more here.
    """

    id: int
    answer_id: int | None
    account_id: int
    kept_by: int
    place_id: int
    message: str
    title: str
    words: str
    at: datetime
    shown: bool


@dataclass(frozen=True, slots=True)
class Manners:
    """How a person wants to be approached.

    `met_at`: when they first turned to Grapevine; before, it never writes to them. `agreed`:
    whether they may be asked (None: they have not said), `offered`: they were asked about
    that. `weekly`: how often in seven days.
    Quiet hours are minutes after midnight in `timezone`; both the same means none. `quiet_days`
    are days of the week, 0 for Monday.
    """

    person_id: int
    met_at: datetime | None = None
    agreed: bool | None = None
    offered: bool = False
    weekly: int = 2
    quiet_from: int = 22 * 60
    quiet_to: int = 8 * 60
    quiet_days: frozenset[int] = frozenset()
    timezone: str | None = None
    paused_until: datetime | None = None
