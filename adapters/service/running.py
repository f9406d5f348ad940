"""The service: every platform whose settings are there, in one process, until told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.feeds.bringing import EVERY, Errand
from adapters.feeds.fetching import FeedFetcher
from adapters.feeds.serving import FeedPages
from adapters.service.courier import Courier
from adapters.service.health import Health, Queues
from adapters.service.intake import Intake
from adapters.service.listening import Listener
from adapters.service.platforms import Hub, Maker, PlatformService
from adapters.service.threads import Threads
from adapters.service.ticker import Ticker
from bot.errors import SettingsError
from bot.logs import logger
from bot.text.secrets import carries_secret

if TYPE_CHECKING:
    from adapters.service.core import ServedCore
    from bot.ports import Store
    from bot.settings import Settings

NONE_CONFIGURED = (
    "No platform is configured. Put the tokens of Slack or Discord into the environment or .env, "
    "and start again; to try Grapevine without either: grapevine demo"
)
HEALTH, FEEDS = "/ready and /metrics", "feeds"
STARTING = "Not every platform is connected yet."


@dataclass(slots=True)
class Service:
    """Everything that runs, wired up; nothing runs before `run`."""

    settings: Settings
    store: Store
    core: ServedCore
    now: Callable[[], datetime]
    writer: Threads = field(default_factory=lambda: Threads("writer"))
    intake: Intake = field(init=False)
    platforms: list[PlatformService] = field(default_factory=list)
    couriers: list[Courier] = field(default_factory=list)
    _is_ready: bool = False

    def __post_init__(self) -> None:
        self.intake = Intake(self.store, self.core, self.writer, self.now, wake=self.wake)

    def set_up(self, makers: Sequence[Maker]) -> None:
        """Make every platform whose settings are there. SettingsError when there is none.

        Nothing is connected yet, and no event loop need run.
        """
        hub = Hub(self.settings, self.store, self.core, self.intake, self.now, self.wake)
        self.platforms = [made for make in makers if (made := make(hub)) is not None]
        if not self.platforms:
            raise SettingsError(NONE_CONFIGURED)

    @property
    def names(self) -> list[str]:
        """The platforms' names."""
        return [platform.name for platform in self.platforms]

    def wake(self) -> None:
        """Let every courier look at once for what is owed."""
        for courier in self.couriers:
            courier.wake()

    async def run(self, stop: asyncio.Event, ready: Callable[[], None]) -> None:
        """Run until `stop` is set, and end what was begun. `ready` is called when all is up.

        Whatever was started is stopped in the opposite order, also when a start fails.
        """
        self.store.clean_later()
        async with AsyncExitStack() as running:
            running.callback(self.writer.close)
            running.callback(self.intake.close)
            await self._start_pages(running)
            pump = asyncio.create_task(self.intake.run())
            running.push_async_callback(_ended, self.intake.stop, pump)
            for platform in self.platforms:
                running.push_async_callback(platform.stop)
                await platform.start()
                logger().info("platform started", platform=platform.name)
            work = [pump]
            for platform in self.platforms:
                courier = Courier(self.store, self.core, platform.carrier, self.now)
                self.couriers.append(courier)
                work.append(asyncio.create_task(courier.run()))
                running.push_async_callback(_ended, courier.stop, work[-1])
            await self._start_ticking(running)
            self._is_ready = True
            ready()
            await _until(stop, work)
            self._is_ready = False

    async def _start_pages(self, running: AsyncExitStack) -> None:
        """Listen for those who ask how we are, and for readers of feeds; maybe at one address."""
        settings = self.settings
        queues = Queues(self.store, self.now, self.intake.last_taken)
        health = Health(self.store, queues, self._trouble)
        feeds = FeedPages(self.core, self.now)
        together = [feeds.add_to] if not settings.feed_port else []
        inside = Listener(settings.health_host, settings.health_port, "HEALTH_PORT", HEALTH)
        outside = Listener(settings.feed_host, settings.feed_port, "FEED_PORT", FEEDS)
        for listener, pages in ((inside, [health.add_to, *together]), (outside, [feeds.add_to])):
            if listener.port:
                await listener.start(*pages)
                running.push_async_callback(listener.stop)

    async def _start_ticking(self, running: AsyncExitStack) -> None:
        """Do what is due; fetching the feeds that people bring, too, where that is allowed."""
        fetcher = FeedFetcher(refuse=carries_secret)
        errand = Errand(self.core, fetcher, self.writer, self.now)
        errands = ((errand.run, EVERY),) if self.settings.bring_feeds else ()
        ticker = Ticker(self.store, self.core, self.writer, self.now, self.wake, errands)
        ticker.start()
        running.push_async_callback(ticker.stop)
        running.push_async_callback(errand.stop)

    def _trouble(self) -> str | None:
        return None if self._is_ready else STARTING


async def _ended(stop: Callable[[], None], task: asyncio.Task[None]) -> None:
    stop()
    await task


async def _until(stop: asyncio.Event, work: Sequence[asyncio.Task[None]]) -> None:
    """Until `stop` is set, or some of the work ends by itself, which is a defect and raised."""
    asked = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait([asked, *work], return_when=asyncio.FIRST_COMPLETED)
    finally:
        asked.cancel()
    for task in done - {asked}:
        task.result()


def stop_on_signals(stop: asyncio.Event) -> None:
    """Set `stop` at the first SIGTERM or Ctrl-C; a second one ends the process as ever."""
    loop = asyncio.get_running_loop()

    def told() -> None:
        stop.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told)
