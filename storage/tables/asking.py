"""Asking the network."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint, false

from storage.columns import Id, Instant, Name, Word
from storage.tables.schema import metadata, to

question = Table(
    "question",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", Id, to("community.id"), nullable=False),
    Column("account_id", Id, to("account.id"), nullable=False),
    # Where it is posted in the second ring, and in which thread; none: only people are asked.
    Column("place_id", Id, to("place.id", cascade=False), index=True),
    Column("thread", Name),
    # Whether the answers come to the asker alone.
    Column("private", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    # Whether other communities see who asks.
    Column("named", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    # Whether an admin ended it.
    Column("stopped", Boolean, nullable=False),
    Column("asked_at", Instant, nullable=False),
    # The last ring that was reached, and when the next is due; none: it widens no more.
    Column("ring", Integer, nullable=False),
    Column("widens_at", Instant, index=True),
    Column("reminds_at", Instant, index=True),
    # When it is next held against what was said since `looked_at`.
    Column("looks_at", Instant, index=True),
    Column("looked_at", Instant, nullable=False),
    # Whether the asker wants no more people asked.
    Column("stays", Boolean, nullable=False, server_default=false()),
    Index("ix_question_account", "account_id", "asked_at"),
    Index("ix_question_community", "community_id", "asked_at"),
)

question_term = Table(
    "question_term",
    metadata,
    Column("term", Word, primary_key=True),
    Column("question_id", Id, to("question.id"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

# Somebody who is asked in person.
ask = Table(
    "ask",
    metadata,
    Column("id", Id, primary_key=True),
    # Null when the question is gone: that somebody was asked counts for their week all the same.
    Column("question_id", Id, to("question.id", cascade=False)),
    Column("account_id", Id, to("account.id"), nullable=False),
    Column("passed_by", Id, to("account.id", cascade=False), index=True),
    Column("state", String(16), nullable=False),
    # When they get it, quiet hours counted in.
    Column("at", Instant, nullable=False),
    Column("message", Name),
    UniqueConstraint("question_id", "account_id"),
    Index("ix_ask_account", "account_id", "at"),
)

# A place in which a question is posted.
post = Table(
    "post",
    metadata,
    Column("id", Id, primary_key=True),
    Column("question_id", Id, to("question.id"), nullable=False),
    Column("place_id", Id, to("place.id"), nullable=False),
    Column("thread", Name),
    Column("message", Name),
    # Taken down by an admin of the community in which it stands.
    Column("withdrawn", Boolean, nullable=False),
    UniqueConstraint("question_id", "place_id"),
    Index("ix_post_message", "place_id", "message"),
)

answer = Table(
    "answer",
    metadata,
    Column("id", Id, primary_key=True),
    Column("question_id", Id, to("question.id"), nullable=False, index=True),
    Column("account_id", Id, to("account.id"), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("edited_at", Instant),
    # The message that it is; none when it was given to Grapevine itself.
    Column("place_id", Id, to("place.id")),
    Column("message", Name),
    Column("permalink", Text),
    Column("helped_at", Instant),
    UniqueConstraint("place_id", "message"),
)

# What somebody is thanked for, and whether they heard of it.
thanks = Table(
    "thanks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, to("account.id"), nullable=False),
    Column("given_by", Id, to("account.id"), nullable=False, index=True),
    # "answer", "passing" or "link".
    Column("kind", String(16), nullable=False),
    Column("question_id", Id, to("question.id"), index=True),
    # The message that helped, where it is one.
    Column("place_id", Id, to("place.id")),
    Column("message", Name),
    Column("at", Instant, nullable=False),
    Column("told_at", Instant),
    Index("ix_thanks_message", "place_id", "message"),
    Index("ix_thanks_account", "account_id", "told_at"),
)

# What turned up later and was offered to a question's asker; never twice.
finding = Table(
    "finding",
    metadata,
    Column("question_id", Id, to("question.id"), primary_key=True),
    # "conversation", "share" or "claim".
    Column("kind", String(16), primary_key=True),
    Column("key", Id, primary_key=True),
    Column("at", Instant, nullable=False),
)
