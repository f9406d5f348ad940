"""Every table, in one place.

A column that holds an account or a person is named `account_id`, `person_id`, `opener_id`,
`about_id`, `…_by` or `account_hash`: `storage/removal.py` is held against those names by a test.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.columns import Id, Instant, Name, Word

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _to(target: str, *, cascade: bool = True) -> ForeignKey:
    return ForeignKey(target, ondelete="CASCADE" if cascade else "SET NULL")


# ── Who and where ────────────────────────────────────────────────────────────────────────────

community = Table(
    "community",
    metadata,
    Column("id", Id, primary_key=True),
    Column("platform", String(16), nullable=False),
    Column("external_id", String(255), nullable=False),
    Column("name", String(255), nullable=False),
    Column("url", Text),
    # Communities that linked with each other carry the same number, at first their own.
    Column("network", Id, nullable=False),
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
    Column("person_id", Id, _to("person.id"), nullable=False, index=True),
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
    Column("community_id", Id, _to("community.id"), primary_key=True),
    Column("account_id", Id, _to("account.id"), primary_key=True, index=True),
    Column("role", String(16), nullable=False),
    Column("active", Boolean, nullable=False),
)

place = Table(
    "place",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", Id, _to("community.id"), nullable=False, index=True),
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
    Column("place_id", Id, _to("place.id"), primary_key=True),
    Column("account_id", Id, _to("account.id"), primary_key=True, index=True),
    Column("checked_at", Instant, nullable=False),
    # Whether the account was in it then; it may have left.
    Column("inside", Boolean, nullable=False),
)

place_grant = Table(
    "place_grant",
    metadata,
    Column("id", Id, primary_key=True),
    Column("place_id", Id, _to("place.id"), nullable=False, index=True),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("offered_by", Id, _to("person.id", cascade=False), index=True),
    Column("offered_at", Instant, nullable=False),
    Column("community_id", Id, _to("community.id"), index=True),
    Column("accepted_by", Id, _to("person.id", cascade=False), index=True),
    Column("accepted_at", Instant),
)

# ── What was said ────────────────────────────────────────────────────────────────────────────

conversation = Table(
    "conversation",
    metadata,
    Column("id", Id, primary_key=True),
    Column("place_id", Id, _to("place.id"), nullable=False),
    # What belongs together: a thread, the place's open floor, or replies to one lost message.
    Column("strand", String(300), nullable=False),
    Column("opener_id", Id, _to("account.id"), nullable=False, index=True),
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
    Column("place_id", Id, _to("place.id"), nullable=False),
    Column("external_id", Name, nullable=False),
    Column("conversation_id", Id, _to("conversation.id"), nullable=False, index=True),
    Column("account_id", Id, _to("account.id"), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("thread", Name),
    Column("reply_to", Name),
    Column("permalink", Text),
    Column("edited_at", Instant),
    UniqueConstraint("place_id", "external_id"),
    Index("ix_message_place_at", "place_id", "at"),
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
    Column("place_id", Id, _to("place.id"), primary_key=True),
    Column("external_id", Name, primary_key=True),
    Column("at", Instant, nullable=False),
)

reaction = Table(
    "reaction",
    metadata,
    Column("place_id", Id, _to("place.id"), primary_key=True),
    Column("message", Name, primary_key=True),
    Column("account_id", Id, _to("account.id"), primary_key=True, index=True),
    Column("emoji", String(100), primary_key=True),
    # When it was put there or taken away; the later of the two counts, whichever comes first.
    Column("at", Instant, nullable=False),
    Column("taken_away", Boolean, nullable=False),
)

share = Table(
    "share",
    metadata,
    Column("id", Id, primary_key=True),
    Column("message_id", Id, _to("message.id"), nullable=False, index=True),
    Column("place_id", Id, _to("place.id"), nullable=False),
    Column("account_id", Id, _to("account.id"), nullable=False, index=True),
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

# ── The index of words (what BM25 reads) ─────────────────────────────────────────────────────
# Derived rows without foreign keys, which would cost a look-up for every word of every message;
# they go with the messages they were counted from (storage/archive.py, storage/removal.py).

participant = Table(
    "participant",
    metadata,
    Column("conversation_id", Id, _to("conversation.id"), primary_key=True),
    Column("account_id", Id, _to("account.id"), primary_key=True, index=True),
    Column("place_id", Id, _to("place.id"), nullable=False),
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
    Column("share_id", Id, _to("share.id"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

# ── What people said about themselves ────────────────────────────────────────────────────────

claim = Table(
    "claim",
    metadata,
    Column("id", Id, primary_key=True),
    Column("community_id", Id, _to("community.id"), nullable=False),
    Column("account_id", Id, _to("account.id"), nullable=False, index=True),
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
    Column("claim_id", Id, _to("claim.id"), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

hidden = Table(
    "hidden",
    metadata,
    Column("person_id", Id, _to("person.id"), primary_key=True),
    # "conversation", "share", "topic": what `key` names (an id, or a topic's key).
    Column("kind", String(16), primary_key=True),
    Column("key", String(200), primary_key=True),
)

confirmed = Table(
    "confirmed",
    metadata,
    Column("person_id", Id, _to("person.id"), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("topic", String(100), nullable=False),
)

forgotten = Table(
    "forgotten",
    metadata,
    # A keyed hash of platform, scope and id: enough to recognise, not enough to identify.
    Column("account_hash", String(64), primary_key=True),
)

# ── The machinery ────────────────────────────────────────────────────────────────────────────

button = Table(
    "button",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("person_id", Id, _to("person.id"), nullable=False, index=True),
    Column("action", String(64), nullable=False),
    Column("argument", JSON, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

backfill = Table(
    "backfill",
    metadata,
    Column("place_id", Id, _to("place.id"), primary_key=True),
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
    Column("person_id", Id, _to("person.id"), index=True),
    Column("about_id", Id, _to("person.id"), index=True),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("lease_until", Instant),
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
