"""The outbox: what Grapevine owes to somebody, written down with what caused it.

`owe` belongs into a transaction of the one writer. Everything else needs no lock but those of its
rows; on SQLite its transaction must begin as a writing one. A claim is committed before anything
is sent, and its lease must be longer than a request can take to end. It may land even later:
`lands_until` says until when, and before that nothing is sent again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import BigInteger, and_, bindparam, delete, exists, func, or_, select, true, update

from bot.events import Platform
from bot.queues import (
    MOST_TRIES,
    Claimed,
    Delivery,
    DeliveryRecord,
    DeliveryState,
    Destination,
    clean,
)
from storage.index import inserting
from storage.tables import outbox

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.row import Row
    from sqlalchemy.sql import ColumnElement
    from sqlalchemy.sql.dml import ReturningInsert

    from storage.ids import Ids

RESTORED = "A backup was restored: it may have been sent before."
NO_ANSWER = f"No answer in {MOST_TRIES} tries."
UNREADABLE = "Another version of Grapevine wrote it."


@cache
def _destinations() -> TypeAdapter[Destination]:
    """How destinations are written down and read; built on first use, for it takes a while."""
    return TypeAdapter(Destination)


_OPEN = (DeliveryState.PENDING.value, DeliveryState.SENDING.value)
_UNSETTLED = (DeliveryState.FAILED.value, DeliveryState.UNKNOWN.value)
_FINAL = (DeliveryState.SENT.value, DeliveryState.DROPPED.value, *_UNSETTLED)
# What stands in place of the payload of a delivery that is over.
_NOTHING: dict[str, Any] = {}
_MOST_CHARACTERS = 255

_SENT = (
    update(outbox)
    .where(
        outbox.c.id == bindparam("_id", type_=BigInteger),
        outbox.c.state != DeliveryState.SENT.value,
    )
    .values(
        state=DeliveryState.SENT.value,
        sent_ref=bindparam("_ref"),
        reason=None,
        lease_until=None,
        payload=_NOTHING,
    )
)


@cache
def _owing(dialect: str) -> ReturningInsert[Any]:
    into = inserting(dialect, outbox).on_conflict_do_nothing(index_elements=["key"])
    return into.returning(outbox.c.id)


class Outbox:
    """Reads and writes the outbox within one transaction."""

    def __init__(self, connection: Connection, ids: Ids) -> None:
        self._connection = connection
        self._ids = ids

    # ── What is owed ─────────────────────────────────────────────────────────────────────────

    def owe(self, delivery: Delivery) -> bool:
        """Write down a delivery. False: one with its key was owed before; nothing changed."""
        destination = delivery.destination
        row = {
            "id": self._ids.next(),
            "key": delivery.key,
            "platform": destination.community.platform.value,
            "lane": destination.lane,
            "destination": clean(_destinations().dump_python(destination, mode="json")),
            "payload": clean(delivery.payload),
            "person_id": delivery.person_id,
            "about_id": delivery.about_id,
            "state": DeliveryState.PENDING.value,
            "attempts": 0,
            "due_at": delivery.due_at,
        }
        into = _owing(self._connection.dialect.name)
        return self._connection.execute(into, row).first() is not None

    def cancel(self, key: str) -> bool:
        """Take back a delivery that nobody began to send. False: too late, or none there."""
        waiting = delete(outbox).where(
            outbox.c.key == key, outbox.c.state == DeliveryState.PENDING.value
        )
        return self._connection.execute(waiting).rowcount == 1

    # ── Sending ──────────────────────────────────────────────────────────────────────────────

    def claim(
        self,
        platform: Platform,
        at: datetime,
        lease: timedelta,
        most: int,
        quiet: timedelta = timedelta(0),
    ) -> list[Claimed]:
        """Up to `most` deliveries to send until `at + lease`, the longest due first.

        What is sent by then may land until `quiet` after it.

        No two processes get the same. Of one destination only the first comes, and the next when
        that one is over: what was retried or is due holds up what was owed after it. A delivery
        whose lease ran out comes back to be reconciled, and is given up as `unknown` when that
        happened too often.
        """
        rows = self._due(platform, _lease_is_over(at), most)
        rows += self._due(platform, _is_free(at), most - len(rows))
        claimed: list[Claimed] = []
        for row in rows:
            match _read(row, at + lease):
                case Claimed() as one:
                    claimed.append(one)
                case reason:
                    self._give_up(row.id, reason)
        change = (
            update(outbox)
            .where(outbox.c.id.in_([one.id for one in claimed]))
            .values(
                state=DeliveryState.SENDING.value,
                attempts=outbox.c.attempts + 1,
                lease_until=at + lease,
                lands_until=at + lease + quiet,
            )
        )
        if claimed:
            self._connection.execute(change)
        return claimed

    def sent(self, claimed: Claimed, ref: str) -> bool:
        """It arrived, as the message `ref`: true whoever holds it now. What it said is deleted.

        False: nothing to write, it is known already or was forgotten meanwhile.
        """
        values = {"_id": claimed.id, "_ref": _short(ref)}
        return self._connection.execute(_SENT, values).rowcount == 1

    def retry(self, claimed: Claimed, due_at: datetime) -> bool:
        """It certainly did not arrive: send it again at `due_at`."""
        pending = DeliveryState.PENDING.value
        return self._finish(claimed, state=pending, due_at=due_at, lease_until=None)

    def unclear(self, claimed: Claimed, look_at: datetime, lands_until: datetime) -> bool:
        """Nobody knows whether it arrived: at `look_at` it comes back to be reconciled.

        `lands_until`: before that it may still arrive, and is not sent again.
        """
        return self._finish(claimed, lease_until=look_at, lands_until=lands_until)

    def postpone(self, claimed: Claimed, due_at: datetime) -> bool:
        """It was not tried now (a rate limit): as before the claim, but later.

        What goes to the same destination still waits for it.
        """
        if claimed.needs_reconcile:
            return self._finish(
                claimed,
                attempts=claimed.attempt - 1,
                lease_until=due_at,
                lands_until=claimed.lands_until,
            )
        return self._finish(
            claimed,
            state=DeliveryState.PENDING.value,
            attempts=claimed.attempt - 1,
            due_at=due_at,
            lease_until=due_at,  # tells it from one that nobody began
        )

    def rest(self, claimed: Claimed, due_at: datetime) -> bool:
        """Its reader rests: later, and what comes after it need not wait, if it was never tried."""
        if claimed.needs_reconcile or claimed.attempt > 1:
            return self.postpone(claimed, due_at)
        pending = DeliveryState.PENDING.value
        return self._finish(claimed, state=pending, attempts=0, due_at=due_at, lease_until=None)

    def refused(self, claimed: Claimed, reason: str) -> bool:
        """It can never arrive. What it said is deleted."""
        return self._finish(
            claimed,
            state=DeliveryState.FAILED.value,
            reason=_short(reason),
            lease_until=None,
            payload=_NOTHING,
        )

    def unknown(self, claimed: Claimed, reason: str) -> bool:
        """Whether it arrived cannot be found out: show it, never send it again."""
        return self._finish(
            claimed, state=DeliveryState.UNKNOWN.value, reason=_short(reason), lease_until=None
        )

    # ── Looking after it ─────────────────────────────────────────────────────────────────────

    def review(self) -> int:
        """After a restore: nothing that was open is sent by itself; how many there were.

        The copy does not know what was sent after it was made.
        """
        change = update(outbox).where(outbox.c.state.in_(_OPEN))
        values = {
            "state": DeliveryState.UNKNOWN.value,
            "reason": RESTORED,
            "lease_until": None,
        }
        return self._connection.execute(change.values(values)).rowcount

    def find(self, key: str) -> DeliveryRecord | None:
        """What became of a delivery."""
        row = self._connection.execute(select(outbox).where(outbox.c.key == key)).first()
        return None if row is None else _record(row)

    def about(self, person_id: int) -> list[DeliveryRecord]:
        """What arrived in somebody's direct messages and speaks of another person."""
        theirs = and_(outbox.c.about_id == person_id, outbox.c.person_id.is_not(None))
        query = select(outbox).where(theirs, outbox.c.state == DeliveryState.SENT.value)
        return [_record(row) for row in self._connection.execute(query.order_by(outbox.c.id))]

    def unsettled(self, most: int = 100) -> list[DeliveryRecord]:
        """Deliveries that failed or may not have arrived, for a person to see, newest first."""
        query = (
            select(outbox)
            .where(outbox.c.state.in_(_UNSETTLED))
            .order_by(outbox.c.id.desc())
            .limit(most)
        )
        return [_record(row) for row in self._connection.execute(query)]

    def send_again(self, key: str, at: datetime) -> bool:
        """A person decided to send what may have arrived before. False: it is not `unknown`."""
        again = {
            "state": DeliveryState.PENDING.value,
            "attempts": 0,
            "due_at": at,
            "reason": None,
            "lease_until": None,
        }
        change = update(outbox).where(
            outbox.c.key == key, outbox.c.state == DeliveryState.UNKNOWN.value
        )
        return self._connection.execute(change.values(again)).rowcount == 1

    def drop(self, key: str) -> bool:
        """A person decided to leave it at that. False: it is neither `failed` nor `unknown`."""
        return self._drop(outbox.c.key == key) == 1

    def drop_all(self) -> int:
        """A person decided to leave everything `failed` or `unknown` at that; how many it were."""
        return self._drop(true())

    def _drop(self, which: ColumnElement[bool]) -> int:
        change = update(outbox).where(which, outbox.c.state.in_(_UNSETTLED))
        values = {"state": DeliveryState.DROPPED.value, "payload": _NOTHING}
        return self._connection.execute(change.values(values)).rowcount

    def count(self, state: DeliveryState) -> int:
        """How many deliveries are in a state, without looking at the others."""
        query = select(func.count()).select_from(outbox).where(outbox.c.state == state.value)
        return self._connection.execute(query).scalar_one()

    def counts(self) -> dict[DeliveryState, int]:
        """How many deliveries are in each state."""
        query = select(outbox.c.state, func.count()).group_by(outbox.c.state)
        found = {DeliveryState(state): number for state, number in self._connection.execute(query)}
        return {state: found.get(state, 0) for state in DeliveryState}

    def oldest_due(self, at: datetime) -> timedelta | None:
        """How long the delivery that is due longest, and not over, has been due at `at`."""
        query = select(func.min(outbox.c.due_at)).where(
            outbox.c.state.in_(_OPEN), outbox.c.due_at <= at
        )
        oldest = self._connection.execute(query).scalar()
        return None if oldest is None else at - oldest

    def sweep(self, before: datetime) -> int:
        """Delete deliveries that are over and were due before `before`; how many there were.

        Their keys and the ids of their messages go too: what was owed long ago could be owed
        again, and what was sent could no longer be edited.
        """
        old = delete(outbox).where(outbox.c.state.in_(_FINAL), outbox.c.due_at < before)
        return self._connection.execute(old).rowcount

    def _due(self, platform: Platform, which: ColumnElement[bool], most: int) -> list[Row[Any]]:
        query = (
            select(outbox)
            .where(outbox.c.platform == platform.value, which)
            .order_by(outbox.c.due_at, outbox.c.id)
            .limit(most)
            # SQLite knows no row locks and needs none: whoever writes is alone.
            .with_for_update(skip_locked=True, of=outbox)
        )
        return list(self._connection.execute(query))

    def _give_up(self, number: int, reason: str) -> None:
        change = update(outbox).where(outbox.c.id == number)
        values = {
            "state": DeliveryState.UNKNOWN.value,
            "reason": reason,
            "lease_until": None,
        }
        self._connection.execute(change.values(values))

    def _finish(self, claimed: Claimed, **values: object) -> bool:
        """Change a delivery that is still ours: the attempt tells an old lease from a newer one."""
        change = update(outbox).where(
            outbox.c.id == claimed.id,
            outbox.c.state == DeliveryState.SENDING.value,
            outbox.c.attempts == claimed.attempt,
        )
        return self._connection.execute(change.values(values)).rowcount == 1


def _lease_is_over(at: datetime) -> ColumnElement[bool]:
    return and_(outbox.c.state == DeliveryState.SENDING.value, outbox.c.lease_until <= at)


def _is_free(at: datetime) -> ColumnElement[bool]:
    """Due, and nothing before it to the same destination: begun, put off or due itself."""
    earlier = outbox.alias("earlier")
    before_it = exists().where(
        earlier.c.lane == outbox.c.lane,
        earlier.c.state.in_(_OPEN),
        earlier.c.id < outbox.c.id,
        or_(
            earlier.c.attempts > 0,
            earlier.c.lease_until.is_not(None),
            earlier.c.due_at <= at,
        ),
    )
    is_due = and_(outbox.c.state == DeliveryState.PENDING.value, outbox.c.due_at <= at)
    return and_(is_due, ~before_it)


def _read(row: Row[Any], lease_until: datetime) -> Claimed | str:
    """What a process gets of a row, or the reason why nobody gets it any more."""
    needs_reconcile = row.state == DeliveryState.SENDING.value
    destination = _destination(row)
    if destination is None:
        return UNREADABLE
    if needs_reconcile and row.attempts >= MOST_TRIES:
        return NO_ANSWER
    delivery = Delivery(row.key, destination, row.payload, row.due_at, row.person_id, row.about_id)
    lands_until = (row.lands_until or row.lease_until) if needs_reconcile else None
    return Claimed(row.id, delivery, row.attempts + 1, lease_until, needs_reconcile, lands_until)


def _record(row: Row[Any]) -> DeliveryRecord:
    return DeliveryRecord(
        key=row.key,
        platform=Platform(row.platform),
        destination=_destination(row),
        state=DeliveryState(row.state),
        attempts=row.attempts,
        due_at=row.due_at,
        person_id=row.person_id,
        about_id=row.about_id,
        sent_ref=row.sent_ref,
        reason=row.reason,
    )


def _destination(row: Row[Any]) -> Destination | None:
    try:
        return _destinations().validate_python(row.destination)
    except ValidationError:
        return None


def _short(text: str) -> str:
    """As much of a text as its column takes: a receipt cut short beats one that is lost."""
    return str(clean(text))[:_MOST_CHARACTERS]
