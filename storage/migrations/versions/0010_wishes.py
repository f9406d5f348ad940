"""Notes of credit, the pulse, and since when somebody has been in a place.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Id, Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _to(table: str, column: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}_{column.removesuffix('_id')}"
    target = f"{column.removesuffix('_id')}.id"
    return sa.ForeignKeyConstraint([column], [target], name=name, ondelete="CASCADE")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "credit_place",
        sa.Column("place_id", Id, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("place_id", name="pk_credit_place"),
        _to("credit_place", "place_id"),
    )
    op.create_table(
        "credit_note",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("place_id", Id, nullable=False),
        sa.Column("ref", sa.String(255)),
        sa.PrimaryKeyConstraint("key", "person_id", name="pk_credit_note"),
        _to("credit_note", "person_id"),
        _to("credit_note", "place_id"),
    )
    op.create_index("ix_credit_note_person_id", "credit_note", ["person_id"])
    op.create_index("ix_credit_note_place_id", "credit_note", ["place_id"])
    op.create_table(
        "pulse",
        sa.Column("community_id", Id, nullable=False),
        sa.Column("place_id", Id, nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("next_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("community_id", name="pk_pulse"),
        _to("pulse", "community_id"),
        _to("pulse", "place_id"),
    )
    op.create_index("ix_pulse_place_id", "pulse", ["place_id"])
    op.create_index("ix_pulse_next_at", "pulse", ["next_at"])

    op.add_column("place_member", sa.Column("since", Instant))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("place_member", "since")
    op.drop_table("pulse")
    op.drop_table("credit_note")
    op.drop_table("credit_place")
