"""The index of words, which BM25 reads.

Derived rows without foreign keys, which would cost a look-up for every word of every message;
they go with the messages they were counted from (storage/archive.py, storage/removal.py).
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table

from storage.columns import Id, Instant, Word
from storage.tables.schema import metadata, to

participant = Table(
    "participant",
    metadata,
    Column("conversation_id", Id, to("conversation.id"), primary_key=True),
    Column("account_id", Id, to("account.id"), primary_key=True, index=True),
    Column("place_id", Id, to("place.id"), nullable=False),
    Column("messages", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    # When an account other than the opener first spoke up in it; null for the opener.
    Column("answered_at", Instant),
    sqlite_with_rowid=False,
)
for _columns in ((participant.c.place_id, participant.c.answered_at), (participant.c.answered_at,)):
    Index(
        None,
        *_columns,
        participant.c.account_id,
        sqlite_where=participant.c.answered_at.is_not(None),
        postgresql_where=participant.c.answered_at.is_not(None),
    )

posting = Table(
    "posting",
    metadata,
    Column("term", Word, primary_key=True),
    Column("place_id", Id, primary_key=True),
    Column("conversation_id", Id, primary_key=True),
    Column("account_id", Id, primary_key=True),
    Column("tf", Integer, nullable=False),
    sqlite_with_rowid=False,
)

vocabulary = Table(
    "vocabulary",
    metadata,
    Column("term", Word, primary_key=True),
    Column("place_id", Id, primary_key=True),
    Column("conversations", Integer, nullable=False),
    sqlite_with_rowid=False,
)

share_term = Table(
    "share_term",
    metadata,
    Column("term", Word, primary_key=True),
    Column("place_id", Id, primary_key=True),
    Column("share_id", Id, to("share.id"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)
