"""What was said."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from storage.columns import Id, Instant, Name
from storage.tables.schema import metadata, to

conversation = Table(
    "conversation",
    metadata,
    Column("id", Id, primary_key=True),
    Column("place_id", Id, to("place.id"), nullable=False),
    # What belongs together: a thread, the place's open floor, or replies to one lost message.
    Column("strand", String(300), nullable=False),
    Column("opener_id", Id, to("account.id"), nullable=False, index=True),
    Column("started_at", Instant, nullable=False),
    # The last message of the strand itself, and the last of all, attached replies included.
    Column("tail_at", Instant, nullable=False),
    Column("tail", Name, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("messages", Integer, nullable=False),
    # Length of the whole text in index words, for BM25.
    Column("words", Integer, nullable=False),
    Index("ix_conversation_strand", "place_id", "strand", "tail_at"),
)

message = Table(
    "message",
    metadata,
    Column("id", Id, primary_key=True),
    Column("place_id", Id, to("place.id"), nullable=False),
    Column("external_id", Name, nullable=False),
    Column("conversation_id", Id, to("conversation.id"), nullable=False, index=True),
    Column("account_id", Id, to("account.id"), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("thread", Name),
    Column("reply_to", Name),
    Column("permalink", Text),
    Column("edited_at", Instant),
    UniqueConstraint("place_id", "external_id"),
    # With what is asked of the newest thousands, so that none of them need be looked up.
    Index("ix_message_at", "at", "account_id", "place_id"),
    Index("ix_message_place_at", "place_id", "at", "account_id"),
)
Index(
    "ix_message_reply_to",
    message.c.place_id,
    message.c.reply_to,
    sqlite_where=message.c.reply_to.is_not(None),
    postgresql_where=message.c.reply_to.is_not(None),
)

tombstone = Table(
    "tombstone",
    metadata,
    Column("place_id", Id, to("place.id"), primary_key=True),
    Column("external_id", Name, primary_key=True),
    Column("at", Instant, nullable=False),
)

reaction = Table(
    "reaction",
    metadata,
    Column("place_id", Id, to("place.id"), primary_key=True),
    Column("message", Name, primary_key=True),
    Column("account_id", Id, to("account.id"), primary_key=True, index=True),
    Column("emoji", String(100), primary_key=True),
    # When it was put there or taken away; the later of the two counts, whichever comes first.
    Column("at", Instant, nullable=False),
    Column("taken_away", Boolean, nullable=False),
)

share = Table(
    "share",
    metadata,
    Column("id", Id, primary_key=True),
    Column("message_id", Id, to("message.id"), nullable=False, index=True),
    Column("place_id", Id, to("place.id"), nullable=False),
    Column("account_id", Id, to("account.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("url", Text, nullable=False),
    Column("canonical", Text, nullable=False),
    Column("title", Text),
    # Whether its page was asked for a title, with or without success.
    Column("looked_up", Boolean, nullable=False),
    Index("ix_share_place_at", "place_id", "at"),
    Index("ix_share_canonical", "canonical"),
    Index("ix_share_at", "at", "id"),
)
