"""The network: communities agree with one another first, and share place by place after that.

An agreement about a place becomes one of its communities, and a grant of the place.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go to this version."""
    _make_tables()
    _agree_first()


def _agree_first() -> None:
    """Make agreements about places agreements of communities, and grants of the places."""
    connection = op.get_bind()
    agreed = connection.execute(
        sa.text(
            "SELECT g.id, g.place_id, p.community_id AS home_id, g.community_id, g.offered_by,"
            " g.accepted_by, g.accepted_at FROM place_grant g JOIN place p ON p.id = g.place_id"
            " WHERE g.accepted_at IS NOT NULL ORDER BY g.id"
        )
    ).all()
    op.drop_table("place_grant")
    _make_grants()
    allied: set[tuple[int, int]] = set()
    granted: set[tuple[int, int]] = set()
    for row in agreed:
        pair = (min(row.home_id, row.community_id), max(row.home_id, row.community_id))
        if pair not in allied:
            allied.add(pair)
            connection.execute(
                sa.text("INSERT INTO alliance VALUES (:id, :one, :other, :by, :to, :at)"),
                {
                    "id": row.id,
                    "one": pair[0],
                    "other": pair[1],
                    "by": row.offered_by,
                    "to": row.accepted_by,
                    "at": row.accepted_at,
                },
            )
        if (row.place_id, row.community_id) not in granted:
            granted.add((row.place_id, row.community_id))
            connection.execute(
                sa.text("INSERT INTO place_grant VALUES (:place, :community, :by, :at)"),
                {
                    "place": row.place_id,
                    "community": row.community_id,
                    "by": row.offered_by,
                    "at": row.accepted_at,
                },
            )
    op.execute("ALTER TABLE community DROP COLUMN network")


def _make_grants() -> None:
    op.create_table(
        "place_grant",
        sa.Column("place_id", ID, nullable=False),
        sa.Column("community_id", ID, nullable=False),
        sa.Column("granted_by", ID, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["place_id"],
            ["place.id"],
            name=op.f("fk_place_grant_place_id_place"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["community.id"],
            name=op.f("fk_place_grant_community_id_community"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["granted_by"],
            ["person.id"],
            name=op.f("fk_place_grant_granted_by_person"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("place_id", "community_id", name=op.f("pk_place_grant")),
    )
    op.create_index(op.f("ix_place_grant_community_id"), "place_grant", ["community_id"])
    op.create_index(op.f("ix_place_grant_granted_by"), "place_grant", ["granted_by"])


def _make_tables() -> None:
    op.create_table(
        "alliance",
        sa.Column("id", ID, nullable=False),
        sa.Column("community_id", ID, nullable=False),
        sa.Column("other_id", ID, nullable=False),
        sa.Column("offered_by", ID, nullable=True),
        sa.Column("accepted_by", ID, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["accepted_by"],
            ["person.id"],
            name=op.f("fk_alliance_accepted_by_person"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["community.id"],
            name=op.f("fk_alliance_community_id_community"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["offered_by"],
            ["person.id"],
            name=op.f("fk_alliance_offered_by_person"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["other_id"],
            ["community.id"],
            name=op.f("fk_alliance_other_id_community"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alliance")),
        sa.UniqueConstraint(
            "community_id", "other_id", name=op.f("uq_alliance_community_id_other_id")
        ),
    )
    op.create_index(op.f("ix_alliance_accepted_by"), "alliance", ["accepted_by"], unique=False)
    op.create_index(op.f("ix_alliance_offered_by"), "alliance", ["offered_by"], unique=False)
    op.create_index(op.f("ix_alliance_other_id"), "alliance", ["other_id"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_attempt_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index(op.f("ix_attempt_at"), "attempt", ["at"], unique=False)
    op.create_index("ix_attempt_person", "attempt", ["person_id", "at"], unique=False)
    op.create_table(
        "code",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("community_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["community.id"],
            name=op.f("fk_code_community_id_community"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_code_person_id_person"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_code")),
    )
    op.create_index(op.f("ix_code_community_id"), "code", ["community_id"], unique=False)
    op.create_index(op.f("ix_code_expires_at"), "code", ["expires_at"], unique=False)
    op.create_index(op.f("ix_code_person_id"), "code", ["person_id"], unique=False)
    op.create_table(
        "question_place",
        sa.Column("place_id", ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["place_id"],
            ["place.id"],
            name=op.f("fk_question_place_place_id_place"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("place_id", name=op.f("pk_question_place")),
    )


def downgrade() -> None:
    """Go back; agreements are not taken along, for then nothing is shared that was not before."""
    for table in ("attempt", "code", "question_place", "alliance", "place_grant"):
        op.drop_table(table)
    op.create_table(
        "place_grant",
        sa.Column("id", ID, nullable=False),
        sa.Column("place_id", ID, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("offered_by", ID, nullable=True),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.Column("community_id", ID, nullable=True),
        sa.Column("accepted_by", ID, nullable=True),
        sa.Column("accepted_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_grant")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_place_grant_code_hash")),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=op.f(f"fk_place_grant_{column}_{table}"),
                ondelete=then,
            )
            for column, table, then in (
                ("place_id", "place", "CASCADE"),
                ("offered_by", "person", "SET NULL"),
                ("community_id", "community", "CASCADE"),
                ("accepted_by", "person", "SET NULL"),
            )
        ),
    )
    for column in ("place_id", "offered_by", "community_id", "accepted_by"):
        op.create_index(op.f(f"ix_place_grant_{column}"), "place_grant", [column])
    network = sa.Column("network", ID, nullable=False, server_default="0")
    op.add_column("community", network)
    op.execute("UPDATE community SET network = id")
