"""Who is there and where."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Table, Text, UniqueConstraint

from storage.columns import Id, Instant
from storage.tables.schema import metadata, to

community = Table(
    "community",
    metadata,
    Column("id", Id, primary_key=True),
    Column("platform", String(16), nullable=False),
    Column("external_id", String(255), nullable=False),
    Column("name", String(255), nullable=False),
    Column("url", Text),
    Column("listing", String(16), nullable=False),
    # Whether a guest or external of whom nothing may be kept reads here: then no public answer can
    # rest on who the readers are.
    Column("strangers", Boolean, nullable=False),
    UniqueConstraint("platform", "external_id"),
)

person = Table(
    "person",
    metadata,
    Column("id", Id, primary_key=True),
    Column("unlisted", Boolean, nullable=False),
)

account = Table(
    "account",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, to("person.id"), nullable=False, index=True),
    Column("platform", String(16), nullable=False),
    # The community an id belongs to; empty where ids hold on the whole platform (Discord).
    Column("scope", String(255), nullable=False),
    Column("external_id", String(255), nullable=False),
    Column("name", String(255), nullable=False),
    Column("is_bot", Boolean, nullable=False),
    Column("timezone", String(64)),
    UniqueConstraint("platform", "scope", "external_id"),
)

member = Table(
    "member",
    metadata,
    Column("community_id", Id, to("community.id"), primary_key=True),
    Column("account_id", Id, to("account.id"), primary_key=True, index=True),
    Column("role", String(16), nullable=False),
    Column("active", Boolean, nullable=False),
)

place = Table(
    "place",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", Id, to("community.id"), nullable=False, index=True),
    Column("external_id", String(255), nullable=False),
    Column("name", String(255), nullable=False),
    Column("visibility", String(16), nullable=False),
    Column("parent", String(255)),
    Column("archived", Boolean, nullable=False),
    # Public places are captured until switched off, private ones only when switched on.
    Column("captured", Boolean, nullable=False),
    # When a complete list of its members was last made.
    Column("listed_at", Instant),
    # How much is kept of it, so that sums over what an audience sees need not count rows.
    Column("conversations", Integer, nullable=False),
    Column("words", BigInteger, nullable=False),
    UniqueConstraint("community_id", "external_id"),
)

place_member = Table(
    "place_member",
    metadata,
    Column("place_id", Id, to("place.id"), primary_key=True),
    Column("account_id", Id, to("account.id"), primary_key=True, index=True),
    Column("checked_at", Instant, nullable=False),
    # Whether the account was in it then; it may have left.
    Column("inside", Boolean, nullable=False),
    # Since when it has been in it; null when it was there as long as anything is known.
    Column("since", Instant),
)
