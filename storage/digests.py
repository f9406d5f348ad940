"""Who wants a digest when, what they follow, and what they want less of."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, bindparam, delete, select, update

from bot.digest.model import Follow, Frequency, Subscription
from storage.columns import Instant
from storage.index import inserting, put, upsert
from storage.tables import digest_day, follow, less, subscription

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection
    from sqlalchemy.sql.dml import ReturningInsert

    from storage.known import Known

_PERSON = bindparam("person", type_=BigInteger)
_OF = select(subscription).where(subscription.c.person_id == _PERSON)
_TOLD = (
    update(subscription)
    .where(subscription.c.person_id == bindparam("_person", type_=BigInteger))
    .values(since=bindparam("_since", type_=Instant))
)
_FOLLOWED = (
    select(follow.c.key, follow.c.topic)
    .where(follow.c.person_id == _PERSON)
    .order_by(follow.c.at, follow.c.key)
)
_LESS = select(less.c.kind, less.c.key, less.c.at).where(less.c.person_id == _PERSON)


@cache
def _claim(dialect: str) -> ReturningInsert[Any]:
    into = inserting(dialect, digest_day).on_conflict_do_nothing()
    return into.returning(digest_day.c.day)


class Digests:
    """Reads and writes what digests need within one transaction."""

    def __init__(self, connection: Connection, known: Known) -> None:
        self._connection = connection
        self._known = known

    # ── When ─────────────────────────────────────────────────────────────────────────────────

    def of(self, person_id: int) -> Subscription | None:
        """When somebody gets their digest; None: they never said."""
        return self._known.ask(_OF, {"person": person_id}, _first)

    def save(self, wanted: Subscription) -> None:
        """Write down when somebody gets their digest."""
        put(self._connection, subscription, asdict(wanted))

    def due(self, at: datetime, most: int) -> list[Subscription]:
        """Digests that are due, the longest due first."""
        query = select(subscription).where(subscription.c.next_at <= at)
        query = query.order_by(subscription.c.next_at, subscription.c.person_id).limit(most)
        return [_subscription(row._mapping) for row in self._connection.execute(query)]  # noqa: SLF001

    def claim_day(self, person_id: int, day: str) -> bool:
        """Somebody gets a digest on a local day; whether it is their first of that day."""
        claim = _claim(self._connection.dialect.name)
        row = {"person_id": person_id, "day": day}
        return self._connection.execute(claim, row).first() is not None

    def told(self, person_id: int, at: datetime) -> bool:
        """A digest told somebody what there was up to now; whether they ever wanted any."""
        values = {"_person": person_id, "_since": at}
        return self._connection.execute(_TOLD, values).rowcount > 0

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


def _first(found: Sequence[Any]) -> Subscription | None:
    return _subscription(found[0]._mapping) if found else None  # noqa: SLF001


def _subscription(row: Any) -> Subscription:
    return Subscription(**dict(row) | {"frequency": Frequency(row["frequency"])})
