"""Digests: who wants them when, what each follows, what each wants less of."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table

from storage.columns import Id, Instant
from storage.tables.schema import metadata, to

subscription = Table(
    "subscription",
    metadata,
    Column("person_id", Id, to("person.id"), primary_key=True),
    # The account that gets it.
    Column("account_id", Id, to("account.id"), nullable=False, index=True),
    # "daily", "weekly" or "off".
    Column("frequency", String(16), nullable=False),
    # 0 for Monday; and minutes after midnight, both in the person's own time.
    Column("weekday", Integer, nullable=False),
    Column("minute", Integer, nullable=False),
    Column("next_at", Instant, index=True),
    # What was said up to then was in the last one.
    Column("since", Instant, nullable=False),
)

# The local days on which somebody got a digest: one a day at most.
digest_day = Table(
    "digest_day",
    metadata,
    Column("person_id", Id, to("person.id"), primary_key=True),
    Column("day", String(10), primary_key=True),
)

follow = Table(
    "follow",
    metadata,
    Column("person_id", Id, to("person.id"), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("topic", String(100), nullable=False),
    Column("at", Instant, nullable=False),
)

# What somebody wants less of in their digest: a topic, a place, a question, being asked to list.
less = Table(
    "less",
    metadata,
    Column("person_id", Id, to("person.id"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("at", Instant, nullable=False),
)
