"""Remember until when what was tried may still arrive, so that it is looked into before.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.columns import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. What is being tried meanwhile has a lease that counts it in already."""
    op.add_column("outbox", sa.Column("lands_until", Instant))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("outbox", "lands_until")
