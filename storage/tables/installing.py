"""Installations by OAuth: who installed us, and the states that wait for their browser."""

from __future__ import annotations

from sqlalchemy import Column, String, Table, Text

from storage.columns import Instant
from storage.tables.schema import metadata

# No reference to `community`: whoever installs us is not known yet, and is told apart from what
# is kept of them.
installation = Table(
    "installation",
    metadata,
    Column("platform", String(16), primary_key=True),
    Column("external_id", String(255), primary_key=True),
    Column("name", Text, nullable=False),
    # Encrypted before it comes here.
    Column("sealed", Text, nullable=False),
    Column("installed_at", Instant, nullable=False),
)

oauth_state = Table(
    "oauth_state",
    metadata,
    # Of the state itself only a hash is kept.
    Column("hash", String(64), primary_key=True),
    Column("expires_at", Instant, nullable=False, index=True),
)
