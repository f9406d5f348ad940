"""Remember how far the history of each place was read, so that a killed reading goes on.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Id, Instant, Name

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "backfill",
        sa.Column("place_id", Id, nullable=False),
        sa.Column("before", Name),
        sa.Column("messages", sa.Integer, nullable=False),
        sa.Column("begun_at", Instant, nullable=False),
        sa.Column("finished_at", Instant),
        sa.Column("seen_until", Instant, nullable=False),
        sa.PrimaryKeyConstraint("place_id", name="pk_backfill"),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name="fk_backfill_place_id_place", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("backfill")
