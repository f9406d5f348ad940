"""Feeds: what can be read of a community from outside, and by whose wish.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NAME = sa.String(length=255, collation="C").with_variant(sa.String(length=255), "sqlite")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go to this version."""
    _make_feeds()
    _make_brought()
    _make_notes()


def _make_feeds() -> None:
    op.create_table(
        "feed",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("community_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("subject", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("topic", sa.String(length=100), nullable=False),
        sa.Column("place_id", ID, nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        *(
            _to("feed", column, target)
            for column, target in (
                ("person_id", "person"),
                ("community_id", "community"),
                ("account_id", "account"),
                ("place_id", "place"),
            )
        ),
        sa.PrimaryKeyConstraint("person_id", "community_id", "subject", "key", name="pk_feed"),
        sa.UniqueConstraint("id", name="uq_feed_id"),
        sa.UniqueConstraint("token_hash", name="uq_feed_token_hash"),
    )
    for column in ("account_id", "community_id", "place_id"):
        op.create_index(f"ix_feed_{column}", "feed", [column])


def _make_brought() -> None:
    op.create_table(
        "brought",
        sa.Column("place_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("modified", sa.Text(), nullable=True),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        *(_to("brought", f"{target}_id", target) for target in ("place", "person", "account")),
        sa.PrimaryKeyConstraint("place_id", name="pk_brought"),
    )
    for column in ("account_id", "next_at", "person_id"):
        op.create_index(f"ix_brought_{column}", "brought", [column])


def _make_notes() -> None:
    op.create_table(
        "note",
        sa.Column("id", ID, nullable=False),
        sa.Column("answer_id", ID, nullable=True),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("kept_by", ID, nullable=False),
        sa.Column("place_id", ID, nullable=False),
        sa.Column("message", NAME, nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        _to("note", "answer_id", "answer", gone="SET NULL"),
        _to("note", "account_id", "account"),
        _to("note", "kept_by", "account"),
        _to("note", "place_id", "place"),
        sa.PrimaryKeyConstraint("id", name="pk_note"),
        sa.UniqueConstraint("answer_id", name="uq_note_answer_id"),
        sa.UniqueConstraint("place_id", "message", name="uq_note_place_id_message"),
    )
    for column in ("account_id", "kept_by"):
        op.create_index(f"ix_note_{column}", "note", [column])


def _to(table: str, column: str, target: str, gone: str = "CASCADE") -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}_{target}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=gone)


def downgrade() -> None:
    """Go back, without anybody's feeds."""
    op.execute("DELETE FROM place WHERE visibility = 'shelf'")
    op.drop_table("note")
    op.drop_table("brought")
    op.drop_table("feed")
