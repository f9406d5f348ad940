"""Communities that agreed to share with each other."""

from __future__ import annotations

from sqlalchemy import Column, Index, String, Table, UniqueConstraint

from storage.columns import Id, Instant
from storage.tables.schema import metadata, to

# Two communities that agreed to share with each other; the one with the smaller number first.
alliance = Table(
    "alliance",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", Id, to("community.id"), nullable=False),
    Column("other_id", Id, to("community.id"), nullable=False, index=True),
    Column("offered_by", Id, to("person.id", cascade=False), index=True),
    Column("accepted_by", Id, to("person.id", cascade=False), index=True),
    Column("at", Instant, nullable=False),
    UniqueConstraint("community_id", "other_id"),
)

# A place that its admins let be found in another community.
place_grant = Table(
    "place_grant",
    metadata,
    Column("place_id", Id, to("place.id"), primary_key=True),
    Column("community_id", Id, to("community.id"), primary_key=True, index=True),
    Column("granted_by", Id, to("person.id", cascade=False), index=True),
    Column("at", Instant, nullable=False),
)

# A place in which questions of other communities are posted.
question_place = Table(
    "question_place",
    metadata,
    Column("place_id", Id, to("place.id"), primary_key=True),
    Column("at", Instant, nullable=False),
)

# One-time codes by which two sides prove that they agree; only their hashes are kept.
code = Table(
    "code",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    # "community" or "person": what is joined by it.
    Column("kind", String(16), nullable=False),
    Column("community_id", Id, to("community.id"), nullable=False, index=True),
    Column("person_id", Id, to("person.id"), nullable=False, index=True),
    Column("expires_at", Instant, nullable=False, index=True),
)

# Codes that somebody tried and that were none.
attempt = Table(
    "attempt",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, to("person.id"), nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Index("ix_attempt_person", "person_id", "at"),
)
