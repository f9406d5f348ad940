"""`grapevine status`, in lines: what waits, where we listen, and what adapters add to that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.events import Visibility
from bot.queues import DeliveryState, EventState
from bot.wording import number

if TYPE_CHECKING:
    from bot.ports import Unit

# Something an adapter has to tell of, like how far a backfill has come; `bot/wiring.py` lists them.
Teller = Callable[["Unit", datetime], Iterable[str]]

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def lines(unit: Unit, at: datetime, tellers: Sequence[Teller]) -> Iterator[str]:
    """The whole status, a line each."""
    yield _events(unit, at)
    yield _deliveries(unit, at)
    yield from _places(unit)
    for tell in tellers:
        yield from tell(unit, at)


def _events(unit: Unit, at: datetime) -> str:
    counts = unit.inbox.counts()
    waiting = counts[EventState.PENDING] + counts[EventState.WORKING]
    held = counts[EventState.HELD]
    said = f"Events: {number(waiting, 'waits', 'wait')}{_since(unit.inbox.oldest_pending(at))}"
    return f"{said}; {number(held, 'is', 'are')} held after failing too often."


def _deliveries(unit: Unit, at: datetime) -> str:
    counts = unit.outbox.counts()
    waiting = counts[DeliveryState.PENDING] + counts[DeliveryState.SENDING]
    said = f"Deliveries: {number(waiting, 'waits', 'wait')}{_since(unit.outbox.oldest_due(at))}"
    return (
        f"{said}; {counts[DeliveryState.UNKNOWN]:,} may or may not have arrived, "
        f"{counts[DeliveryState.FAILED]:,} failed (see grapevine outbox)."
    )


def _places(unit: Unit) -> Iterator[str]:
    communities = unit.directory.communities()
    if not communities:
        yield "No community is known yet."
    for home in communities:
        places = [
            one
            for one in unit.directory.places(home.id)
            if one.visibility in {Visibility.PUBLIC, Visibility.PRIVATE}
        ]
        heard = sum(one.captured and not one.archived for one in places)
        among = number(len(places), "place")
        yield f"{home.name} ({home.ref.platform}): {heard:,} of {among} listened to."


def _since(age: timedelta | None) -> str:
    return "" if age is None else f", the oldest for {_long(age)}"


def _long(age: timedelta) -> str:
    seconds = int(age.total_seconds())
    for name, size in _UNITS:
        if seconds >= size:
            return number(seconds // size, name)
    return number(seconds, "second")
