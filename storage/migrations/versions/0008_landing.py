"""Remember until when what was tried may still arrive, and that an asker wants nobody else asked.

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
    """Add the columns. What is being tried meanwhile has a lease that counts it in already."""
    op.add_column("outbox", sa.Column("lands_until", Instant))
    stays = sa.Column("stays", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("question", stays)


def downgrade() -> None:
    """Take them away."""
    op.drop_column("question", "stays")
    op.drop_column("outbox", "lands_until")
