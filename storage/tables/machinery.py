"""Buttons, queues, and what the store keeps of itself."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, Text

from storage.columns import Id, Instant, Name
from storage.tables.schema import metadata, to

button = Table(
    "button",
    metadata,
    Column("token", String(64), primary_key=True),
    # Whose it is; null: whoever sees it may press it.
    Column("person_id", Id, to("person.id"), index=True),
    Column("action", String(64), nullable=False),
    Column("argument", JSON, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

# How far the history of a place was read, on platforms that have one.
backfill = Table(
    "backfill",
    metadata,
    Column("place_id", Id, to("place.id"), primary_key=True),
    # The platform's id of the oldest message that was read; null before the first page.
    Column("before", Name),
    Column("messages", Integer, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("finished_at", Instant),
    # Up to when what is said there is known to have arrived, but for what `finished_at` lacks.
    Column("seen_until", Instant, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("event_id", String(255), nullable=False, unique=True),
    # What the event is about, for platforms that send one thing under several event ids.
    Column("subject", String(700), nullable=False, unique=True),
    # The account it came from, so that forgetting finds it; none for structure.
    Column("account_hash", String(64), index=True),
    Column("event", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("lease_until", Instant),
    Index("ix_inbox_state", "state", "id"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", String(64), nullable=False, unique=True),
    Column("platform", String(16), nullable=False),
    # Deliveries of one lane (one destination) go out one after another, in order.
    Column("lane", String(24), nullable=False),
    Column("destination", JSON, nullable=False),
    Column("payload", JSON, nullable=False),
    # Whom it goes to and whom it speaks of: forgetting either removes it.
    Column("person_id", Id, to("person.id"), index=True),
    Column("about_id", Id, to("person.id"), index=True),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("lease_until", Instant),
    # Until when what was tried may still arrive.
    Column("lands_until", Instant),
    Column("sent_ref", String(255)),
    Column("reason", String(255)),
    Index("ix_outbox_due", "platform", "state", "due_at"),
    Index("ix_outbox_lane", "lane", "state", "id"),
)

import_run = Table(
    "import_run",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("events", Integer, nullable=False),
    Column("finished", Boolean, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
