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

    `id` is an URN that stays the same; `via` the message itself, where it has an address.
    """

    id: str
    url: str
    title: str
    author: str
    place: str
    words: str
    via: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """A feed as its readers get it, newest first; `updated_at` is when it last got longer."""

    id: str
    title: str
    updated_at: datetime
    items: tuple[Item, ...]


def hash_of(token: str) -> str:
    """What is kept of the secret in an address: enough to recognise it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
