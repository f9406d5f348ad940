"""`grapevine doctor`: is everything as it must be, and if not, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.cli.discord import discord
from adapters.cli.output import say
from adapters.cli.slack import slack
from bot.queues import DeliveryState, EventState
from bot.settings import misspelt
from bot.wording import listed, number

if TYPE_CHECKING:
    from adapters.cli.world import World


def run(world: World) -> None:
    """Check settings and store. The first thing that is wrong is raised as its one sentence."""
    settings = world.settings
    for line in misspelt() or ["Settings: in order."]:
        say(line)
    store = world.store
    with store.read() as unit:
        totals = unit.imports.totals()
        unknown = unit.outbox.counts()[DeliveryState.UNKNOWN]
        held = unit.inbox.counts()[EventState.HELD]
    store.check()
    say(f"Store: {world.store_name} is in order and holds {_kept(totals)}.")
    if not totals["messages"]:
        say("It is empty: bring a chat in with grapevine import PATH, or try grapevine demo.")
    if unknown:
        say(f"{number(unknown, 'delivery', 'deliveries')} may or may not have arrived.")
    if held:
        say(f"{number(held, 'event')} could not be taken in; kept aside to be looked at.")
    for line in (*slack(settings, store), *discord(settings)):
        say(line)
    if not settings.fetch_titles:
        say("Titles of shared pages are not fetched (FETCH_TITLES=true switches it on).")


def _kept(totals: dict[str, int]) -> str:
    return listed(
        [
            number(totals["messages"], "message"),
            number(totals["people"], "person", "people"),
            number(totals["conversations"], "conversation"),
            number(totals["links"], "link"),
        ]
    )
