"""Find who wrote the newest messages by the indexes alone.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the indexes by time hold the author, and that of all places the place."""
    _index_anew(["at", "account_id", "place_id"], ["place_id", "at", "account_id"])


def downgrade() -> None:
    """As they were."""
    _index_anew(["at"], ["place_id", "at"])


def _index_anew(everywhere: list[str], here: list[str]) -> None:
    for name, columns in (("ix_message_at", everywhere), ("ix_message_place_at", here)):
        op.drop_index(name, table_name="message")
        op.create_index(name, "message", columns)
