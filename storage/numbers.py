"""Numbers of accounts, which do not tell when an account was first met.

They decide who comes first among equals. Counted up like those of all other rows
(`storage/ids.py`), they would let whoever asks see that somebody had been met before, in a place
that is none of theirs.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from storage.forgotten import scope_of
from storage.tables import account

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from bot.events import AccountRef

BYTES = 4  # of which one bit is dropped: SQLite then keeps a number in four bytes


def number_for(connection: Connection, ref: AccountRef) -> int:
    """The number for a new account, and for the person behind it: the next free to its hash."""
    name = "\0".join((ref.community.platform.value, scope_of(ref), ref.id))
    digest = hashlib.sha256(name.encode("utf-8", "replace")).digest()
    number = int.from_bytes(digest[:BYTES]) >> 1 or 1
    while _is_taken(connection, number):
        number += 1
    return number


def _is_taken(connection: Connection, number: int) -> bool:
    query = select(account.c.id).where(or_(account.c.id == number, account.c.person_id == number))
    return connection.execute(query).first() is not None
