"""One-time codes that join two communities, or two accounts of one person.

Only hashes are kept. Who tries too many that are none must wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, func, insert, select

from storage.tables import attempt, code

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from storage.ids import Ids


class Offer(NamedTuple):
    """Who made a code, and in which community."""

    community_id: int
    person_id: int


class Codes:
    """Reads and writes codes within one transaction."""

    def __init__(self, connection: Connection, ids: Ids) -> None:
        self._connection = connection
        self._ids = ids

    def make(
        self, code_hash: str, kind: str, community_id: int, person_id: int, expires_at: datetime
    ) -> None:
        """Keep a new code; an older one of the same kind and person counts no more."""
        self._connection.execute(
            delete(code).where(code.c.kind == kind, code.c.person_id == person_id)
        )
        row = {"code_hash": code_hash, "kind": kind, "community_id": community_id}
        row |= {"person_id": person_id, "expires_at": expires_at}
        self._connection.execute(insert(code), row)

    def find(self, code_hash: str, kind: str, at: datetime) -> Offer | None:
        """Who made a code. None: there is none, or it came too late."""
        query = select(code.c.community_id, code.c.person_id).where(
            code.c.code_hash == code_hash, code.c.kind == kind, code.c.expires_at > at
        )
        row = self._connection.execute(query).first()
        return None if row is None else Offer(row.community_id, row.person_id)

    def spend(self, code_hash: str) -> None:
        """A code has done its work: it works once."""
        self._connection.execute(delete(code).where(code.c.code_hash == code_hash))

    def missed(self, person_id: int, at: datetime) -> None:
        """Note that somebody tried a code that is none."""
        row = {"id": self._ids.next(), "person_id": person_id, "at": at}
        self._connection.execute(insert(attempt), row)

    def misses(self, person_id: int, since: datetime) -> int:
        """How many codes that are none somebody tried since then."""
        query = select(func.count()).select_from(attempt)
        query = query.where(attempt.c.person_id == person_id, attempt.c.at > since)
        return int(self._connection.execute(query).scalar_one())

    def sweep(self, at: datetime, since: datetime) -> None:
        """Drop what expired before `at`, and tries before `since`."""
        self._connection.execute(delete(code).where(code.c.expires_at <= at))
        self._connection.execute(delete(attempt).where(attempt.c.at <= since))
