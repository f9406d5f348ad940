"""Notes: answers that somebody kept so that others find them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, String, Table, Text, UniqueConstraint

from storage.columns import Id, Instant, Name
from storage.tables.schema import metadata, to

note = Table(
    "note",
    metadata,
    Column("id", Id, primary_key=True),
    # The answer, while it is there.
    Column("answer_id", Id, to("answer.id", cascade=False), unique=True),
    # Whose words they are, and who kept them.
    Column("account_id", Id, to("account.id"), nullable=False, index=True),
    Column("kept_by", Id, to("account.id"), nullable=False, index=True),
    # Where it is found, and as which message; until it is shown there, its words.
    Column("place_id", Id, to("place.id"), nullable=False),
    Column("message", Name, nullable=False),
    Column("title", String(100), nullable=False),
    Column("words", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("shown", Boolean, nullable=False),
    UniqueConstraint("place_id", "message"),
)
