"""What people said about themselves, and how they want to be approached."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table, UniqueConstraint

from storage.columns import Id, Instant, Word
from storage.tables.schema import metadata, to

claim = Table(
    "claim",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", Id, to("community.id"), nullable=False),
    Column("account_id", Id, to("account.id"), nullable=False, index=True),
    Column("topic", String(100), nullable=False),
    # The topic's index terms in order, joined by blanks: what two spellings have in common.
    Column("key", String(200), nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("community_id", "account_id", "key"),
)

claim_term = Table(
    "claim_term",
    metadata,
    Column("term", Word, primary_key=True),
    Column("claim_id", Id, to("claim.id"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

hidden = Table(
    "hidden",
    metadata,
    Column("person_id", Id, to("person.id"), primary_key=True),
    # "conversation", "share", "topic": what `key` names (an id, or a topic's key).
    Column("kind", String(16), primary_key=True),
    Column("key", String(200), primary_key=True),
)

confirmed = Table(
    "confirmed",
    metadata,
    Column("person_id", Id, to("person.id"), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("topic", String(100), nullable=False),
)

# How a person wants to be approached; without a row as `bot.asking.model.Manners` says.
manners = Table(
    "manners",
    metadata,
    Column("person_id", Id, to("person.id"), primary_key=True),
    # When they first turned to Grapevine themselves: only then may it write to them.
    Column("met_at", Instant),
    # Whether they may be asked; null: they were not asked about that yet.
    Column("agreed", Boolean),
    Column("offered", Boolean, nullable=False),
    Column("weekly", Integer, nullable=False),
    # Minutes after midnight in their own time; the same twice: no quiet hours.
    Column("quiet_from", Integer, nullable=False),
    Column("quiet_to", Integer, nullable=False),
    # Days of the week without questions, 0 for Monday, as digits.
    Column("quiet_days", String(7), nullable=False),
    Column("timezone", String(64)),
    Column("paused_until", Instant),
)

# Kinds of messages that a person wants no more.
muted = Table(
    "muted",
    metadata,
    Column("person_id", Id, to("person.id"), primary_key=True),
    Column("kind", String(16), primary_key=True),
)

forgotten = Table(
    "forgotten",
    metadata,
    # A keyed hash of platform, scope and id: enough to recognise, not enough to identify.
    Column("account_hash", String(64), primary_key=True),
)
