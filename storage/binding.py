"""What the SELECTs of evidence have in common: values that are bound, times as whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, Integer, bindparam, literal, type_coerce

from storage.lists import Texts, among

if TYPE_CHECKING:
    from sqlalchemy.sql import ColumnElement

MOST = bindparam("most", type_=Integer)
ALWAYS = 2**62  # later than anything
HOUR = 3_600_000_000  # microseconds


def micros(column: ColumnElement[object]) -> ColumnElement[int]:
    """A time as microseconds since 1970, as it is stored."""
    return type_coerce(column, BigInteger)


def one_of(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """Whether a word is one of those that are bound to `name`."""
    return among(column, name, Texts())


def at_all(column: ColumnElement[object]) -> ColumnElement[bool]:
    """What is true of every number and time: it leads a database to the index of the column."""
    return micros(column) < literal(ALWAYS, BigInteger)
