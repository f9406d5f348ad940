"""Feeds: what can be read of a community from outside, and by whose wish."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from storage.columns import Id, Instant
from storage.tables.schema import metadata, to

feed = Table(
    "feed",
    metadata,
    Column("id", Id, nullable=False, unique=True),
    Column("person_id", Id, to("person.id"), primary_key=True),
    Column("community_id", Id, to("community.id"), primary_key=True, index=True),
    # The account it was made with.
    Column("account_id", Id, to("account.id"), nullable=False, index=True),
    # "person", "topic" or "place"; `key`: the topic's key, or the place's number.
    Column("subject", String(16), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("topic", String(100), nullable=False),
    Column("place_id", Id, to("place.id"), index=True),
    # Of the secret in its address.
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("made_at", Instant, nullable=False),
)

# A feed that somebody brings. What stands in it is kept in a place of its own, and goes with that.
brought = Table(
    "brought",
    metadata,
    Column("place_id", Id, to("place.id"), primary_key=True),
    Column("person_id", Id, to("person.id"), nullable=False, index=True),
    Column("account_id", Id, to("account.id"), nullable=False, index=True),
    Column("url", Text, nullable=False),
    # What its server said last, for asking whether it changed.
    Column("etag", Text),
    Column("modified", Text),
    Column("next_at", Instant, nullable=False, index=True),
    Column("read_at", Instant),
    Column("failures", Integer, nullable=False),
    Column("trouble", Text),
)
