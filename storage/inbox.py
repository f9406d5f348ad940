"""The inbox: an event is stored here before the platform is told that it arrived.

`take` belongs into a transaction of the one writer. `done` belongs into the transaction that
handles the event, so that both happen or neither. `claim` and `failed` need no lock but those of
their rows; on SQLite their transaction must begin as a writing one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError
from sqlalchemy import delete, func, or_, select, update

from bot.events import Event
from bot.queues import (
    KEYS_ARE_KEPT,
    MOST_ATTEMPTS,
    EventState,
    Stored,
    backoff,
    clean,
    event_key,
    subject_of,
)
from storage.index import upsert
from storage.tables import inbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.row import Row

    from storage.ids import Ids


@cache
def _events() -> TypeAdapter[Event]:
    """How events are written down and read; built on first use, for it takes a while."""
    return TypeAdapter(Annotated[Event, Field(discriminator="kind")])


# What stands in place of an event that was handled: nothing a person said stays here.
_NOTHING: dict[str, Any] = {}


class Inbox:
    """Reads and writes the inbox within one transaction."""

    def __init__(self, connection: Connection, ids: Ids) -> None:
        self._connection = connection
        self._ids = ids

    def take(
        self,
        event_id: str,
        event: Event,
        at: datetime,
        *,
        account_hash: str | None = None,
        lease: timedelta | None = None,
    ) -> int | None:
        """Store an event that arrived at `at`; its number, or None when it is there already.

        `event_id` is the platform's id of the event, `account_hash` the hash of the account it
        came from (`Directory.hash_of`), by which forgetting finds it. With a `lease` it is claimed
        as well: whoever took it handles it, for the first time. What no database takes (NUL, lone
        surrogates) is put right on the way in.
        """
        key = event_key(event_id, event)
        state = EventState.PENDING if lease is None else EventState.WORKING
        row = {
            "id": self._ids.next(),
            "event_id": key,
            "subject": subject_of(event) or key,
            "account_hash": account_hash,
            "event": clean(_events().dump_python(event, mode="json")),
            "state": state.value,
            "attempts": 0 if lease is None else 1,
            "received_at": at,
            "lease_until": None if lease is None else at + lease,
        }
        into = upsert(self._connection, inbox).on_conflict_do_nothing().returning(inbox.c.id)
        return self._connection.execute(into, row).scalar()

    def claim(self, at: datetime, lease: timedelta, most: int) -> list[Stored]:
        """Up to `most` events to handle until `at + lease`, oldest first.

        No two processes get the same. An event whose lease ran out comes back; one that was tried
        too often, or cannot be read, is held instead.
        """
        # The ones left lying first: they are the older ones, and each look-up follows the index.
        rows = self._due(EventState.WORKING, at, most)
        rows += self._due(EventState.PENDING, at, most - len(rows))
        claimed = [stored for row in rows if (stored := _read(row)) is not None]
        taken = {stored.id for stored in claimed}
        self._move([row.id for row in rows if row.id not in taken], state=EventState.HELD.value)
        self._move(
            list(taken),
            state=EventState.WORKING.value,
            attempts=inbox.c.attempts + 1,
            lease_until=at + lease,
        )
        return claimed

    def done(self, stored: Stored) -> bool:
        """The event was handled: forget what it said, keep the keys.

        False: the lease ran out and the event is no longer ours. Roll back what was done for it;
        whoever has it now does it.
        """
        values = {"event": _NOTHING, "account_hash": None, "lease_until": None}
        if self._finish(stored, state=EventState.DONE.value, **values):
            return True
        # Gone altogether: handling it meant forgetting the person it came from.
        there = select(inbox.c.id).where(inbox.c.id == stored.id)
        return self._connection.execute(there).first() is None

    def failed(self, stored: Stored, at: datetime) -> bool:
        """Handling the event failed at `at`: try again later. True when it is held instead."""
        is_held = stored.attempt >= MOST_ATTEMPTS
        state = EventState.HELD if is_held else EventState.PENDING
        again = None if is_held else at + backoff(stored.attempt)
        return self._finish(stored, state=state.value, lease_until=again) and is_held

    def hold(self, stored: Stored) -> bool:
        """Try it no more by itself: whoever asked knows that it failed, and may have asked anew."""
        return self._finish(stored, state=EventState.HELD.value, lease_until=None)

    def release(self) -> int:
        """Let what is held be tried anew, when its cause is mended; how many there were."""
        change = update(inbox).where(inbox.c.state == EventState.HELD.value)
        values = {"state": EventState.PENDING.value, "attempts": 0, "lease_until": None}
        return self._connection.execute(change.values(values)).rowcount

    def count(self, state: EventState) -> int:
        """How many events are in a state, without looking at the others."""
        query = select(func.count()).select_from(inbox).where(inbox.c.state == state.value)
        return self._connection.execute(query).scalar_one()

    def counts(self) -> dict[EventState, int]:
        """How many events are in each state."""
        query = select(inbox.c.state, func.count()).group_by(inbox.c.state)
        found = {EventState(state): number for state, number in self._connection.execute(query)}
        return {state: found.get(state, 0) for state in EventState}

    def oldest_pending(self, at: datetime) -> timedelta | None:
        """How long the oldest event that is neither done nor held has waited at `at`."""
        states = [EventState.PENDING.value, EventState.WORKING.value]
        query = select(func.min(inbox.c.received_at)).where(inbox.c.state.in_(states))
        oldest = self._connection.execute(query).scalar()
        return None if oldest is None else at - oldest

    def sweep(self, at: datetime, keep: timedelta = KEYS_ARE_KEPT) -> int:
        """Delete the keys of events done that arrived more than `keep` ago; how many there were."""
        old = delete(inbox).where(
            inbox.c.state == EventState.DONE.value, inbox.c.received_at < at - keep
        )
        return self._connection.execute(old).rowcount

    def _due(self, state: EventState, at: datetime, most: int) -> list[Row[Any]]:
        """The first events of a state that nobody has a lease on or is claiming right now."""
        query = (
            select(inbox.c.id, inbox.c.event, inbox.c.attempts, inbox.c.received_at)
            .where(inbox.c.state == state.value)
            .where(or_(inbox.c.lease_until.is_(None), inbox.c.lease_until <= at))
            .order_by(inbox.c.id)
            .limit(most)
            # SQLite knows no row locks and needs none: whoever writes is alone.
            .with_for_update(skip_locked=True)
        )
        return list(self._connection.execute(query))

    def _move(self, numbers: Sequence[int], **values: object) -> None:
        if numbers:
            change = update(inbox).where(inbox.c.id.in_(numbers)).values(values)
            self._connection.execute(change)

    def _finish(self, stored: Stored, **values: object) -> bool:
        """Change an event that is still ours: the attempt tells an old lease from a newer one."""
        change = update(inbox).where(
            inbox.c.id == stored.id,
            inbox.c.state == EventState.WORKING.value,
            inbox.c.attempts == stored.attempt,
        )
        return self._connection.execute(change.values(values)).rowcount == 1


def _read(row: Row[Any]) -> Stored | None:
    """The event of a row; None when it was tried too often or another version wrote it."""
    if row.attempts >= MOST_ATTEMPTS:
        return None
    try:
        event = _events().validate_python(row.event)
    except ValidationError:
        return None
    return Stored(row.id, event, row.attempts + 1, row.received_at)
