"""`grapevine outbox`: deliveries that a person has to look at, and what they decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.cli.output import say
from bot.errors import NotFound
from bot.events import AccountRef, PlaceRef
from bot.queues import DeliveryRecord, DeliveryState
from bot.wording import number, place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.cli.world import World
    from bot.ports import Unit
    from bot.queues import Destination

MOST, ALL = 100, "all"
NOTHING = "Nothing to look at: every delivery that is over has arrived."
WHAT_TO_DO = (
    "Look whether it is there. If not: grapevine outbox --send KEY. "
    "If it is, or need not be: grapevine outbox --drop KEY (or --drop all)."
)
_STATES = {DeliveryState.UNKNOWN: "may have arrived", DeliveryState.FAILED: "failed"}


def run(world: World, send: Sequence[str], drop: Sequence[str]) -> None:
    """Do what was decided; without a decision, list what there is to decide.

    NotFound when a key is none of those; then nothing was done.
    """
    if not send and not drop:
        _show(world)
        return
    with world.store.queue() as unit:
        for key in send:
            if not unit.outbox.send_again(key, world.now()):
                raise NotFound(f"{key} is no delivery that may have arrived; nothing was done.")
        dropped = sum(_drop(unit, key) for key in drop)
    if send:
        say(f"{number(len(send), 'delivery goes', 'deliveries go')} out again.")
    if drop:
        say(f"{number(dropped, 'delivery is', 'deliveries are')} dropped.")


def _drop(unit: Unit, key: str) -> int:
    if key == ALL:
        return unit.outbox.drop_all()
    if not unit.outbox.drop(key):
        raise NotFound(f"{key} is no delivery that waits for you; nothing was done.")
    return 1


def _show(world: World) -> None:
    with world.store.read() as unit:
        records = unit.outbox.unsettled(MOST)
        for record in records:
            say(_line(unit, record))
    if not records:
        say(NOTHING)
    elif any(record.state is DeliveryState.UNKNOWN for record in records):
        say(WHAT_TO_DO)


def _line(unit: Unit, record: DeliveryRecord) -> str:
    """One delivery, without what it says."""
    due = f"{record.due_at:%Y-%m-%d %H:%M} UTC"
    where = "a place that cannot be read any more"
    if record.destination is not None:
        where = _where(unit, record.destination)
    reason = f": {record.reason}" if record.reason else ""
    return f"{record.key}  {due}  {record.platform}, {where}  {_STATES[record.state]}{reason}"


def _where(unit: Unit, to: Destination) -> str:
    """The place's or the person's name; their id where the name is not known (any more)."""
    if to.place is not None:
        spot = unit.directory.place(PlaceRef(to.community, to.place))
        return place(to.place if spot is None else spot.name)
    who = unit.directory.account(AccountRef(to.community, str(to.account)))
    return f"to {to.account if who is None else who.name}"
