"""The nouns of feeds: frozen values, as the store hands them out and the pages are made of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Subject(StrEnum):
    """What a feed is of: one's own links, those about a topic, or those of a place."""

    PERSON = "person"
    TOPIC = "topic"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that somebody made; `account_id` is the account that they made it with.

    `key` is what two spellings of a topic have in common, `topic` as they wrote it. Of the secret
    in its address only the hash is kept.
    """

    id: int
    community_id: int
    person_id: int
    account_id: int
    subject: Subject
    key: str
    topic: str
    place_id: int | None
    token_hash: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One link of a feed: where it leads, who shared it, where, when, and with which words.

    `id` is an URN that stays the same; `via` the message itself, where it has an address. Of a
    note, `url` is empty and `kept_by` is who kept it.
    """

    id: str
    url: str
    title: str
    author: str
    place: str
    words: str
    via: str | None
    kept_by: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """A feed as its readers get it, newest first; `updated_at` is when it last got longer."""

    id: str
    title: str
    updated_at: datetime
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Brought:
    """A feed that somebody brings; what stands in it is kept in the place `place_id`.

    `etag` and `modified` are what its server said last, for asking whether it changed. `failures`
    counts those since it was last read, `trouble` says what the last was.
    """

    place_id: int
    person_id: int
    account_id: int
    url: str
    etag: str | None
    modified: str | None
    next_at: datetime
    read_at: datetime | None
    failures: int
    trouble: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a brought feed; times are None where it gives none that can be read."""

    id: str
    url: str
    title: str
    summary: str
    at: datetime | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of fetching a feed: its entries (None: those of before), or the trouble."""

    entries: tuple[Entry, ...] | None = None
    etag: str | None = None
    modified: str | None = None
    trouble: str | None = None


def hash_of(token: str) -> str:
    """What is kept of the secret in an address: enough to recognise it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
