"""How people want to be approached."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, bindparam, delete, or_, select, update

from bot.asking.model import Manners
from storage.index import put, upsert
from storage.lists import among
from storage.tables import manners, muted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from bot.asking.model import Kind
    from storage.known import Known

_MUTED = select(muted.c.kind).where(muted.c.person_id == bindparam("person", type_=BigInteger))
_OF = select(manners).where(manners.c.person_id == bindparam("person", type_=BigInteger))


class ManyManners:
    """Reads and writes manners within one transaction."""

    def __init__(self, connection: Connection, known: Known) -> None:
        self._connection = connection
        self._known = known

    def of(self, person_id: int) -> Manners:
        """A person's manners; the usual ones if they never said."""
        said = self._known.ask(_OF, {"person": person_id}, _first)
        return Manners(person_id) if said is None else said

    def save(self, theirs: Manners) -> None:
        """Write down what somebody wants."""
        row = asdict(theirs) | {"quiet_days": "".join(map(str, sorted(theirs.quiet_days)))}
        put(self._connection, manners, row)

    def meet(self, person_id: int, at: datetime) -> None:
        """Somebody turned to Grapevine themselves."""
        known = self.of(person_id)
        if known.met_at is None:
            self.save(known)
            change = update(manners).where(manners.c.person_id == person_id)
            self._connection.execute(change.values(met_at=at))

    def agreed(self, person_ids: Collection[int], at: datetime) -> list[Manners]:
        """Those of some people who may be asked and make no pause, with their manners."""
        is_there = or_(manners.c.paused_until.is_(None), manners.c.paused_until <= at)
        query = select(manners).where(among(manners.c.person_id, "people"), manners.c.agreed)
        found = self._connection.execute(query.where(is_there), {"people": person_ids})
        return [_manners(row._mapping) for row in found]  # noqa: SLF001

    def zones(self, person_ids: Collection[int]) -> list[str]:
        """The time zones that some people said."""
        query = select(manners.c.timezone).where(
            among(manners.c.person_id, "people"), manners.c.timezone.is_not(None)
        )
        return list(self._connection.scalars(query, {"people": person_ids}))

    def mute(self, person_id: int, kind: Kind) -> None:
        """Somebody wants no more messages of a kind."""
        row = {"person_id": person_id, "kind": kind.value}
        into = upsert(self._connection, muted).values(row)
        self._connection.execute(into.on_conflict_do_nothing())

    def unmute(self, person_id: int) -> int:
        """They want all kinds again; how many they had muted."""
        gone = delete(muted).where(muted.c.person_id == person_id)
        return self._connection.execute(gone).rowcount

    def is_muted(self, person_id: int, kind: Kind) -> bool:
        """Whether somebody wants no more messages of a kind."""
        return kind.value in self._known.ask(_MUTED, {"person": person_id}, _kinds)


def _first(found: Sequence[Any]) -> Manners | None:
    return _manners(found[0]._mapping) if found else None  # noqa: SLF001


def _kinds(found: Sequence[Any]) -> frozenset[str]:
    return frozenset(kind for (kind,) in found)


def _manners(row: Any) -> Manners:
    return Manners(**dict(row) | {"quiet_days": frozenset(map(int, row["quiet_days"]))})
