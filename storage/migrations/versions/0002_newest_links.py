"""Find the newest links without sorting all of them.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_share_at", "share", ["at", "id"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_share_at", table_name="share")
