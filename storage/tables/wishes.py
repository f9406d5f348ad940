"""What the admins of a community want of Grapevine in its places."""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from storage.columns import Id, Instant
from storage.tables.schema import metadata, to

# A place in which a link that is posted again gets a note of who shared it before.
credit_place = Table(
    "credit_place",
    metadata,
    Column("place_id", Id, to("place.id"), primary_key=True),
    Column("at", Instant, nullable=False),
)

# Whom such a note names, and where it stands once it was sent: forgetting them takes it back.
credit_note = Table(
    "credit_note",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("person_id", Id, to("person.id"), primary_key=True, index=True),
    Column("place_id", Id, to("place.id"), nullable=False, index=True),
    Column("ref", String(255)),
)

# Where a community has its pulse posted, and when the next is due.
pulse = Table(
    "pulse",
    metadata,
    Column("community_id", Id, to("community.id"), primary_key=True),
    Column("place_id", Id, to("place.id"), nullable=False, index=True),
    # An IANA time zone: it comes in the morning there.
    Column("zone", String(64), nullable=False),
    Column("next_at", Instant, nullable=False, index=True),
)
