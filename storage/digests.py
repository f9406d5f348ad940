"""Who wants a digest when, what they follow, and what they want less of."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, bindparam, delete, select

from bot.digest.model import Follow, Frequency, Subscription
from storage.index import upsert
from storage.tables import digest_day, follow, less, subscription

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

_PERSON = bindparam("person", type_=BigInteger)
_OF = select(subscription).where(subscription.c.person_id == _PERSON)
_FOLLOWED = (
    select(follow.c.key, follow.c.topic)
    .where(follow.c.person_id == _PERSON)
    .order_by(follow.c.at, follow.c.key)
)
_LESS = select(less.c.kind, less.c.key, less.c.at).where(less.c.person_id == _PERSON)


class Digests:
    """Reads and writes what digests need within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # ── When ─────────────────────────────────────────────────────────────────────────────────

    def of(self, person_id: int) -> Subscription | None:
        """When somebody gets their digest; None: they never said."""
        row = self._connection.execute(_OF, {"person": person_id}).first()
        return None if row is None else _subscription(row._mapping)  # noqa: SLF001

    def save(self, wanted: Subscription) -> None:
        """Write down when somebody gets their digest."""
        row = asdict(wanted)
        into = upsert(self._connection, subscription).values(row)
        key = [subscription.c.person_id]
        self._connection.execute(into.on_conflict_do_update(index_elements=key, set_=row))

    def due(self, at: datetime, most: int) -> list[Subscription]:
        """Digests that are due, the longest due first."""
        query = select(subscription).where(subscription.c.next_at <= at)
        query = query.order_by(subscription.c.next_at, subscription.c.person_id).limit(most)
        return [_subscription(row._mapping) for row in self._connection.execute(query)]  # noqa: SLF001

    def claim_day(self, person_id: int, day: str) -> bool:
        """Somebody gets a digest on a local day; whether it is their first of that day."""
        into = upsert(self._connection, digest_day).values(person_id=person_id, day=day)
        claimed = into.on_conflict_do_nothing().returning(digest_day.c.day)
        return self._connection.execute(claimed).first() is not None

    # ── Of what ──────────────────────────────────────────────────────────────────────────────

    def follow(self, person_id: int, topic: Follow, at: datetime) -> bool:
        """Somebody follows a topic; whether that is new."""
        row = {"person_id": person_id, "key": topic.key, "topic": topic.topic, "at": at}
        into = upsert(self._connection, follow).values(row).on_conflict_do_nothing()
        return self._connection.execute(into.returning(follow.c.key)).first() is not None

    def unfollow(self, person_id: int, key: str) -> bool:
        """Somebody follows a topic no more; whether they did."""
        gone = delete(follow).where(follow.c.person_id == person_id, follow.c.key == key)
        return self._connection.execute(gone).rowcount > 0

    def followed(self, person_id: int) -> list[Follow]:
        """What somebody follows, first followed first."""
        found = self._connection.execute(_FOLLOWED, {"person": person_id})
        return [Follow(*row) for row in found]

    def less_of(self, person_id: int, kind: str, key: str, at: datetime) -> None:
        """Somebody wants less of something."""
        row = {"person_id": person_id, "kind": kind, "key": key, "at": at}
        into = upsert(self._connection, less).values(row)
        columns = [less.c.person_id, less.c.kind, less.c.key]
        self._connection.execute(
            into.on_conflict_do_update(index_elements=columns, set_={"at": at})
        )

    def unwanted(self, person_id: int) -> dict[tuple[str, str], datetime]:
        """What somebody wants less of, as (kind, key), with when they said so."""
        found = self._connection.execute(_LESS, {"person": person_id})
        return {(kind, key): at for kind, key, at in found}

    def want_all(self, person_id: int) -> None:
        """Somebody wants everything again."""
        self._connection.execute(delete(less).where(less.c.person_id == person_id))


def _subscription(row: Any) -> Subscription:
    return Subscription(**dict(row) | {"frequency": Frequency(row["frequency"])})
