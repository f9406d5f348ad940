"""What all tables share: their names for constraints, and how they refer to one another."""

from __future__ import annotations

from sqlalchemy import ForeignKey, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def to(target: str, *, cascade: bool = True) -> ForeignKey:
    """A reference that goes with what it refers to, or else is emptied."""
    return ForeignKey(target, ondelete="CASCADE" if cascade else "SET NULL")
