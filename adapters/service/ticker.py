"""The ticker: wakes the core, the courier and the upkeep from time to time.

It holds no truth. What is due stands in the store, and the core's transaction that does it makes
it undone no longer; so a tick may be missed, late or made by two processes at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from adapters.service.incidents import noted
from bot.errors import StoreError
from bot.logs import logger

if TYPE_CHECKING:
    from adapters.service.core import Keeper
    from adapters.service.threads import Threads
    from bot.ports import Store

# How long the key of a delivery that is over is kept, and where it stands, so that it can still be
# edited: an answer may come a year later.
DELIVERIES_ARE_KEPT = timedelta(days=400)
# A defect in the core must not keep a tick busy for ever.
_MOST = 10_000

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TickerHabits:
    """How often the ticker does what."""

    tick: timedelta = timedelta(seconds=10)
    # Now and then this writes the whole SQLite file anew, a second for 80 MB: nobody else writes.
    scrub: timedelta = timedelta(minutes=5)
    sweep: timedelta = timedelta(hours=1)


@dataclass(slots=True)
class Ticker:
    """Ticks between `start` and `stop`; `wake` lets the couriers look for what is owed.

    `errands` are what else is to be done, and how often.
    """

    store: Store
    core: Keeper
    writer: Threads
    now: Callable[[], datetime]
    wake: Callable[[], None]
    errands: Sequence[tuple[Callable[[], Awaitable[None]], timedelta]] = ()
    habits: TickerHabits = field(default_factory=TickerHabits)
    _scheduler: AsyncIOScheduler = field(init=False)
    _at_work: set[asyncio.Task[object]] = field(default_factory=set)
    _is_stopping: bool = False

    def start(self) -> None:
        """Begin to tick; the first tick is at once."""
        # What was missed is done once, however often and long ago it was missed.
        rules = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=rules)
        jobs = (
            (self.tick, self.habits.tick),
            (self.scrub, self.habits.scrub),
            (self.sweep, self.habits.sweep),
            *self.errands,
        )
        for job, every in jobs:
            self._scheduler.add_job(
                self._guarded(job),
                "interval",
                seconds=every.total_seconds(),
                next_run_time=datetime.now(UTC),
            )
        self._scheduler.start()

    async def stop(self) -> None:
        """Tick no more, and finish what is being done."""
        self._is_stopping = True
        self._scheduler.pause()
        await asyncio.sleep(0)  # what is just beginning begins
        if self._at_work:
            await asyncio.wait(self._at_work)
        self._scheduler.shutdown(wait=False)

    async def tick(self) -> int:
        """Let the core do all that is due, one thing after another; how many there were."""
        done = 0
        while done < _MOST and not self._is_stopping:
            some = await self.writer.do(self.core.tick, self.now())
            if not some:
                break
            done += some
        self.wake()
        return done

    async def scrub(self) -> None:
        """Leave nothing of what was deleted in the database's file."""
        await asyncio.to_thread(self.store.scrub)

    async def sweep(self) -> None:
        """Delete what need not be kept any longer."""
        await self.writer.do(self.core.sweep, self.now())
        await self.writer.do(self._sweep_queues)

    def _sweep_queues(self) -> None:
        at = self.now()
        with self.store.queue() as unit:
            unit.inbox.sweep(at)
            unit.outbox.sweep(at - DELIVERIES_ARE_KEPT)

    def _guarded(self, job: Callable[[], Awaitable[T]]) -> Callable[[], Awaitable[None]]:
        """The job, such that a failure is noted and the next tick tries again."""

        async def run() -> None:
            task = asyncio.current_task()
            assert task is not None
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)
            try:
                await job()
            except StoreError as error:
                logger().warning("the store is away", reason=str(error))
            except Exception:  # noqa: BLE001 - the ticker goes on, whatever happens
                noted("a tick stumbled")

        return run
