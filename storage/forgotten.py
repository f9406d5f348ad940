"""Who asked to be forgotten: enough to know them again, not enough to tell who it was."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from bot.events import Platform
from storage.index import upsert
from storage.tables import forgotten, meta

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from bot.events import AccountRef

KEY = "forget_key"
# Where a user id holds on the whole platform and not only in one community (platform.md 6.2).
_GLOBAL_IDS = {Platform.DISCORD}


def scope_of(ref: AccountRef) -> str:
    """The community a user id belongs to; empty where it holds on the whole platform."""
    return "" if ref.community.platform in _GLOBAL_IDS else ref.community.id


class Forgotten:
    """Reads and writes the keyed hashes of forgotten accounts within one transaction.

    `key`: another store's, to know again whom that has forgotten.
    """

    def __init__(self, connection: Connection, key: bytes | None = None) -> None:
        self._connection = connection
        self._key = key

    def hash_of(self, ref: AccountRef) -> str:
        """What is kept of a forgotten account."""
        name = "\0".join((ref.community.platform.value, scope_of(ref), ref.id))
        return hmac.new(self._secret(), name.encode(), hashlib.sha256).hexdigest()

    def _secret(self) -> bytes:
        """This store's own key, made when it is first needed."""
        if self._key is None:
            query = select(meta.c.value).where(meta.c.key == KEY)
            kept = self._connection.execute(query).scalar()
            if kept is None:
                kept = secrets.token_hex(32)
                self._connection.execute(insert(meta), {"key": KEY, "value": kept})
            self._key = bytes.fromhex(kept)
        return self._key

    def holds(self, ref: AccountRef) -> bool:
        """Whether this account asked to be forgotten."""
        query = select(forgotten.c.account_hash).where(
            forgotten.c.account_hash == self.hash_of(ref)
        )
        return self._connection.execute(query).first() is not None

    def add(self, ref: AccountRef) -> None:
        """Forget an account from now on."""
        row = {"account_hash": self.hash_of(ref)}
        into = upsert(self._connection, forgotten).values(row)
        self._connection.execute(into.on_conflict_do_nothing())

    def drop(self, ref: AccountRef) -> None:
        """Know an account again."""
        gone = delete(forgotten).where(forgotten.c.account_hash == self.hash_of(ref))
        self._connection.execute(gone)
