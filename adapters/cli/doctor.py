"""`grapevine doctor`: is everything as it must be, and if not, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.cli.output import out
from bot.wording import number

if TYPE_CHECKING:
    from adapters.cli.world import World


def run(world: World) -> None:
    """Check settings and store. The first thing that is wrong is raised as its one sentence."""
    settings = world.settings
    out.print("Settings: in order.")
    store = world.store
    with store.read() as unit:
        totals = unit.imports.totals()
        unknown = unit.outbox.counts().get("unknown", 0)
        held = unit.inbox.counts().get("held", 0)
    store.check()
    kept = ", ".join(f"{count:,} {name}" for name, count in totals.items())
    out.print(f"Store: {world.store_name} is in order and holds {kept}.")
    if not totals["messages"]:
        out.print("It is empty: bring a chat in with grapevine import PATH, or try grapevine demo.")
    if unknown:
        out.print(f"{number(unknown, 'delivery', 'deliveries')} may or may not have arrived.")
    if held:
        out.print(f"{number(held, 'event')} could not be taken in and waits to be looked at.")
    if not settings.fetch_titles:
        out.print("Titles of shared pages are not fetched (FETCH_TITLES=true switches it on).")
