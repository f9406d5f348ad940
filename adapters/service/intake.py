"""The way in: stored before it is acknowledged, handled once, answered if somebody asked.

An adapter takes each event (`take`), acknowledges it, and answers what `take` gave back
(`answer`). All the rest, what people say and how their places change, is handled by the pump
(`run`), in order and many at a time; so is what a process that died had taken and not answered.

What arrives at the same time is stored in one transaction. Whoever asks is answered from what
arrived before, if that takes no longer than a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from adapters.service.incidents import noted
from adapters.service.sources import Sources
from adapters.service.threads import Threads
from bot.core import apology
from bot.errors import GrapevineError, StoreError
from bot.events import Event, Platform
from bot.logs import logger
from bot.queues import Overtaken, Stored, account_of, community_of
from bot.replies import Reply
from bot.taking_in import is_lookup, is_request

if TYPE_CHECKING:
    from adapters.service.core import Answerer
    from bot.ports import Store, Unit

TellLate = Callable[[Stored, Reply], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class IntakeHabits:
    """How the intake goes about it."""

    # How long whoever took an event may work on it.
    lease: timedelta = timedelta(minutes=2)
    # How many events the pump handles in one transaction: what arrives meanwhile waits for it.
    at_once: int = 25
    # How often the pump looks for what others left, and how long it rests when the store is away.
    poll: timedelta = timedelta(seconds=1)
    # How long an answer waits for what arrived before the question.
    patience: timedelta = timedelta(seconds=0.5)
    # Threads for lookups, which change nothing.
    readers: int = 4


@dataclass(frozen=True, slots=True)
class _Arrival:
    event_id: str
    event: Event
    at: datetime
    outcome: asyncio.Future[Stored | None]


@dataclass(slots=True)
class Intake:
    """Takes events in, for all platforms of a process; `writer` is the one thread that writes."""

    store: Store
    core: Answerer
    writer: Threads
    now: Callable[[], datetime]
    habits: IntakeHabits = field(default_factory=IntakeHabits)
    # Called when something was handled, which may owe deliveries.
    wake: Callable[[], None] = lambda: None
    # Looks whether what a reply quotes is still there.
    sources: Sources = field(init=False)
    # When an event of each platform was last taken.
    last_taken: dict[Platform, datetime] = field(default_factory=dict)
    _arrivals: list[_Arrival] = field(default_factory=list)
    _storing: asyncio.Task[None] | None = None
    _tellers: dict[Platform, TellLate] = field(default_factory=dict)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    # How many batches with something for the pump were taken, and how many it is done with.
    _taken: int = 0
    _handled: int = 0
    _progress: asyncio.Condition = field(default_factory=asyncio.Condition)
    _is_running: bool = False
    _is_stopping: bool = False
    _readers: Threads | None = None

    def __post_init__(self) -> None:
        self.sources = Sources(self.take, self.now)

    # ── For adapters ─────────────────────────────────────────────────────────────────────────

    async def take(self, event_id: str, event: Event) -> Stored | None:
        """Store an event; when this returns it may be acknowledged.

        `event_id` is the platform's id of it. What comes back is to be answered with `answer`;
        None: it is known already, or nobody asked and the pump sees to it. Raises StoreError when
        it cannot be stored: do not acknowledge it, and the platform sends it again.
        """
        loop = asyncio.get_running_loop()
        arrival = _Arrival(event_id, event, self.now(), loop.create_future())
        self._arrivals.append(arrival)
        if self._storing is None or self._storing.done():
            self._storing = loop.create_task(self._store_arrivals())
        return await arrival.outcome

    async def answer(self, stored: Stored) -> Reply | None:
        """Let the core handle what `take` gave; what to say, if anything.

        Never raises: whoever asked gets a sentence or an apology, with the number of the incident.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(self.habits.patience.total_seconds()):
                await self.caught_up()
        try:
            return await self._handle(stored)
        except Overtaken:
            return None
        except GrapevineError as error:
            if not isinstance(error, StoreError):
                await self._settle(stored, _done)
                return Reply.say(str(error))
            incident = noted("not answered", event_kind=stored.event.kind)
        except Exception:  # noqa: BLE001 - nobody in a chat shall ever see a traceback
            incident = noted("not answered", event_kind=stored.event.kind)
        await self._settle(stored, _hold)
        return apology(incident)

    async def take_in(self, events: Sequence[Event]) -> int:
        """Take in history, which the platform can tell again; how much was new or changed.

        Not through the inbox. Give some hundred at a time: what arrives meanwhile waits for it.
        """
        return await self.writer.do(self.core.take_in, events)

    async def caught_up(self) -> None:
        """Wait until the pump has handled all that was taken before now."""
        taken = self._taken
        if self._is_running:
            async with self._progress:
                await self._progress.wait_for(lambda: self._handled >= taken)

    def tell_late(self, platform: Platform, tell: TellLate) -> None:
        """Let `tell` have replies to what a process that died had not answered any more."""
        self._tellers[platform] = tell

    # ── Storing ──────────────────────────────────────────────────────────────────────────────

    async def _store_arrivals(self) -> None:
        while self._arrivals:
            batch = self._arrivals[:]
            self._arrivals.clear()
            await self._store_all(batch)

    async def _store_all(self, batch: list[_Arrival]) -> None:
        try:
            found = await self.writer.do(self._keep, batch)
        except Exception as error:  # noqa: BLE001 - each of them learns of it
            if len(batch) == 1 or isinstance(error, StoreError):
                for arrival in batch:
                    if not arrival.outcome.done():
                        arrival.outcome.set_exception(error)
                return
            for arrival in batch:
                await self._store_all([arrival])
            return
        for arrival, stored in zip(batch, found, strict=True):
            self.last_taken[community_of(arrival.event).platform] = arrival.at
            if not arrival.outcome.done():
                arrival.outcome.set_result(stored)
        if any(not is_request(arrival.event) for arrival in batch):
            self._taken += 1
            self._wake.set()

    def _keep(self, batch: list[_Arrival]) -> list[Stored | None]:
        """Store what arrived; what of it is to be answered."""
        with self.store.write() as unit:
            return [self._keep_one(unit, arrival) for arrival in batch]

    def _keep_one(self, unit: Unit, arrival: _Arrival) -> Stored | None:
        event, who = arrival.event, account_of(arrival.event)
        lease = self.habits.lease if is_request(event) else None
        number = unit.inbox.take(
            arrival.event_id,
            event,
            arrival.at,
            account_hash=None if who is None else unit.directory.hash_of(who),
            lease=lease,
        )
        if number is None or lease is None:
            return None
        return Stored(number, event, 1, arrival.at)

    # ── Handling ─────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Handle what nobody waits for, until `stop`."""
        self._is_running = True
        try:
            while not self._is_stopping:
                await self._pump()
        finally:
            self._is_running = False

    def stop(self) -> None:
        """Finish what is being handled, and begin nothing new."""
        self._is_stopping = True
        self._wake.set()

    def close(self) -> None:
        """Let the threads go."""
        if self._readers is not None:
            self._readers.close()

    async def _pump(self) -> None:
        """Handle what is due; else wait until something may be."""
        self._wake.clear()
        try:
            if await self._catch_up():
                return
        except StoreError as error:
            logger().warning("the store is away", reason=str(error))
        except Exception:  # noqa: BLE001 - the pump goes on, whatever happens
            noted("the pump stumbled")
        with suppress(TimeoutError):
            async with asyncio.timeout(self.habits.poll.total_seconds()):
                await self._wake.wait()

    async def _catch_up(self) -> int:
        """Handle some of what is due, and let those who wait for it know; how many there were."""
        taken = self._taken
        number = await self.handle_due()
        if number < self.habits.at_once:  # that was all there had been
            async with self._progress:
                self._handled = taken
                self._progress.notify_all()
        return number

    async def handle_due(self) -> int:
        """Handle some of what is due, oldest first; how many there were."""
        claimed = await self.writer.do(self._claim)
        for asks, some in groupby(claimed, key=lambda stored: is_request(stored.event)):
            several = list(some)
            if asks or not await self._handle_together(several):
                for stored in several:
                    await self._handle_alone(stored)
        return len(claimed)

    def _claim(self) -> list[Stored]:
        with self.store.queue() as unit:
            return unit.inbox.claim(self.now(), self.habits.lease, self.habits.at_once)

    async def _handle_together(self, several: list[Stored]) -> bool:
        """Whether it went well; if not, nothing happened and each is to be handled alone."""
        try:
            await self.writer.do(self.core.take_in_stored, several)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - it comes again below, alone and with its number
            return False
        self.wake()
        return True

    async def _handle_alone(self, stored: Stored) -> None:
        try:
            reply = await self._handle(stored)
        except Overtaken:
            return
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - what is poisonous must not stop the others
            noted("not taken in", event_kind=stored.event.kind, attempt=stored.attempt)
            await self._settle(stored, self._fail)
            return
        teller = self._tellers.get(community_of(stored.event).platform)
        if reply is not None and teller is not None:
            await self._tell(teller, stored, reply)

    async def _tell(self, teller: TellLate, stored: Stored, reply: Reply) -> None:
        try:
            await teller(stored, reply)
        except Exception:  # noqa: BLE001 - the pump goes on
            noted("a late answer was not told", event_kind=stored.event.kind)

    async def _handle(self, stored: Stored) -> Reply | None:
        if is_lookup(stored.event):
            self._readers = self._readers or Threads("reader", self.habits.readers)
            return await self._readers.do(self.core.handle_stored, stored)
        reply = await self.writer.do(self.core.handle_stored, stored)
        self.wake()
        return reply

    def _fail(self, unit: Unit, stored: Stored) -> None:
        if unit.inbox.failed(stored, self.now()):
            logger().error("held after too many tries", event_kind=stored.event.kind)

    async def _settle(self, stored: Stored, verb: Callable[[Unit, Stored], object]) -> None:
        """Write down what became of an event; if even that fails, its lease runs out."""

        def write() -> None:
            with self.store.queue() as unit:
                verb(unit, stored)

        try:
            await self.writer.do(write)
        except Exception:  # noqa: BLE001 - whoever asked is answered all the same
            noted("not written down", event_kind=stored.event.kind)


def _done(unit: Unit, stored: Stored) -> None:
    unit.inbox.done(stored)


def _hold(unit: Unit, stored: Stored) -> None:
    unit.inbox.hold(stored)
