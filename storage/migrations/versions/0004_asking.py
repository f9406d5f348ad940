"""Asking the network: questions, who was asked, answers, thanks; how people want to be approached.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.String(collation="C").with_variant(sa.String(), "sqlite")
NAME = sa.String(length=255, collation="C").with_variant(sa.String(length=255), "sqlite")


def upgrade() -> None:
    """Go to this version."""
    _make_manners()
    _make_questions()
    _make_answers()
    _make_buttons(anybody=True)


def _make_manners() -> None:
    op.create_table(
        "manners",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("met_at", sa.BigInteger(), nullable=True),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.Column("weekly", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_to", sa.Integer(), nullable=False),
        sa.Column("quiet_days", sa.String(length=7), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=True),
        sa.Column("paused_until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_manners_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_manners")),
    )
    op.create_table(
        "muted",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_muted_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "kind", name=op.f("pk_muted")),
    )


def _make_questions() -> None:
    op.create_table(
        "question",
        sa.Column("id", ID, nullable=False),
        sa.Column("community_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("place_id", ID, nullable=True),
        sa.Column("thread", NAME, nullable=True),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("stopped", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("ring", sa.Integer(), nullable=False),
        sa.Column("widens_at", sa.BigInteger(), nullable=True),
        sa.Column("reminds_at", sa.BigInteger(), nullable=True),
        sa.Column("looks_at", sa.BigInteger(), nullable=True),
        sa.Column("looked_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_question_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["community.id"],
            name=op.f("fk_question_community_id_community"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_question_place_id_place"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    op.create_index("ix_question_account", "question", ["account_id", "asked_at"], unique=False)
    op.create_index("ix_question_community", "question", ["community_id", "asked_at"], unique=False)
    op.create_index(op.f("ix_question_looks_at"), "question", ["looks_at"], unique=False)
    op.create_index(op.f("ix_question_place_id"), "question", ["place_id"], unique=False)
    op.create_index(op.f("ix_question_reminds_at"), "question", ["reminds_at"], unique=False)
    op.create_index(op.f("ix_question_widens_at"), "question", ["widens_at"], unique=False)
    op.create_table(
        "question_term",
        sa.Column("term", WORD, nullable=False),
        sa.Column("question_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["question.id"],
            name=op.f("fk_question_term_question_id_question"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("term", "question_id", name=op.f("pk_question_term")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_question_term_question_id"), "question_term", ["question_id"], unique=False
    )
    op.create_table(
        "ask",
        sa.Column("id", ID, nullable=False),
        sa.Column("question_id", ID, nullable=True),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("passed_by", ID, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("message", NAME, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_ask_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["passed_by"],
            ["account.id"],
            name=op.f("fk_ask_passed_by_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["question.id"],
            name=op.f("fk_ask_question_id_question"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ask")),
        sa.UniqueConstraint(
            "question_id", "account_id", name=op.f("uq_ask_question_id_account_id")
        ),
    )
    op.create_index("ix_ask_account", "ask", ["account_id", "at"], unique=False)
    op.create_index(op.f("ix_ask_passed_by"), "ask", ["passed_by"], unique=False)
    op.create_table(
        "post",
        sa.Column("id", ID, nullable=False),
        sa.Column("question_id", ID, nullable=False),
        sa.Column("place_id", ID, nullable=False),
        sa.Column("thread", NAME, nullable=True),
        sa.Column("message", NAME, nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_post_place_id_place"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["question.id"],
            name=op.f("fk_post_question_id_question"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("question_id", "place_id", name=op.f("uq_post_question_id_place_id")),
    )
    op.create_index("ix_post_message", "post", ["place_id", "message"], unique=False)


def _make_answers() -> None:
    op.create_table(
        "answer",
        sa.Column("id", ID, nullable=False),
        sa.Column("question_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("edited_at", sa.BigInteger(), nullable=True),
        sa.Column("place_id", ID, nullable=True),
        sa.Column("message", NAME, nullable=True),
        sa.Column("permalink", sa.Text(), nullable=True),
        sa.Column("helped_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_answer_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_answer_place_id_place"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["question.id"],
            name=op.f("fk_answer_question_id_question"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint("place_id", "message", name=op.f("uq_answer_place_id_message")),
    )
    op.create_index(op.f("ix_answer_account_id"), "answer", ["account_id"], unique=False)
    op.create_index(op.f("ix_answer_question_id"), "answer", ["question_id"], unique=False)
    op.create_table(
        "thanks",
        sa.Column("id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("given_by", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("question_id", ID, nullable=True),
        sa.Column("place_id", ID, nullable=True),
        sa.Column("message", NAME, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_thanks_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["given_by"],
            ["account.id"],
            name=op.f("fk_thanks_given_by_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name=op.f("fk_thanks_place_id_place"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["question.id"],
            name=op.f("fk_thanks_question_id_question"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thanks")),
    )
    op.create_index("ix_thanks_account", "thanks", ["account_id", "told_at"], unique=False)
    op.create_index(op.f("ix_thanks_given_by"), "thanks", ["given_by"], unique=False)
    op.create_index("ix_thanks_message", "thanks", ["place_id", "message"], unique=False)
    op.create_index(op.f("ix_thanks_question_id"), "thanks", ["question_id"], unique=False)
    op.create_table(
        "finding",
        sa.Column("question_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["question.id"],
            name=op.f("fk_finding_question_id_question"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("question_id", "kind", "key", name=op.f("pk_finding")),
    )


def _make_buttons(*, anybody: bool) -> None:
    """Make the buttons anew, which are short-lived: an old one says that it is too old."""
    op.drop_table("button")
    op.create_table(
        "button",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("person_id", ID, nullable=anybody),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("argument", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_button_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_button")),
    )
    op.create_index(op.f("ix_button_expires_at"), "button", ["expires_at"], unique=False)
    op.create_index(op.f("ix_button_person_id"), "button", ["person_id"], unique=False)


def downgrade() -> None:
    """Go back, without what was asked."""
    _make_buttons(anybody=False)
    for table in ("finding", "thanks", "answer", "post", "ask", "question_term", "question"):
        op.drop_table(table)
    op.drop_table("muted")
    op.drop_table("manners")
