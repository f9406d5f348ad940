"""`grapevine run` and `grapevine status`: the service, and how it is."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

from adapters.cli.output import say
from adapters.service.running import Service, stop_on_signals
from adapters.service.status import lines
from bot.wording import listed

if TYPE_CHECKING:
    from adapters.cli.world import World


def run(world: World) -> None:
    """Run every platform whose settings are there, until SIGTERM or Ctrl-C.

    SettingsError when there is none, or one of them cannot be had.
    """
    service = Service(world.settings, world.store, world.bot, world.now)
    try:
        asyncio.run(_serve(world, service))
    finally:
        world.store.close()
    say("Stopped.")


async def _serve(world: World, service: Service) -> None:
    stop = asyncio.Event()
    service.set_up(world.makers)
    stop_on_signals(stop)
    await service.run(stop, lambda: _ready(service))


def _ready(service: Service) -> None:
    # What is loaded by now stays: going through it for garbage would let people wait, 60 ms a time.
    gc.collect()
    gc.freeze()
    say(f"Running on {listed(service.names)}. Ctrl-C ends it.")


def status(world: World) -> None:
    """Print what waits, where we listen, and what the platforms have to tell."""
    with world.store.read() as unit:
        for line in lines(unit, world.now(), world.tellers):
            say(line)
