"""The courier: brings what is owed to one platform, never twice as far as can be known.

A claim is committed before anything is sent, and its lease is longer than a request can take to
end. Whoever takes a delivery over (after a crash, or when the outcome was unclear) looks for its
key first. What is not there is sent again, but not before as long has passed as the carrier says
one may still land. An edit may be repeated freely.

Of one destination only one delivery is in anyone's hands (`Outbox.claim`), so what is owed to it
arrives in order, and a slow or limited destination holds nobody else up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters.service.carrier import Carrier, Later, Refused, Unclear
from adapters.service.incidents import noted
from adapters.service.pacing import CourierHabits, Pace
from adapters.service.threads import Threads
from bot.deliveries import Parcel, Ref
from bot.errors import StoreError
from bot.logs import logger
from bot.queues import MOST_TRIES, Claimed

if TYPE_CHECKING:
    from adapters.service.core import Sender
    from bot.ports import Store, Unit
# Timers and the clock do not agree to the millisecond.
_A_HAIR = 0.005
UNPREPARED = "Its words could not be made; the log says why."


@dataclass(slots=True)
class Courier:
    """Drains the outbox for one carrier."""

    store: Store
    core: Sender
    carrier: Carrier
    now: Callable[[], datetime]
    habits: CourierHabits = field(default_factory=CourierHabits)
    _pace: Pace = field(init=False)
    _threads: Threads = field(init=False)
    _requests: asyncio.Semaphore = field(init=False)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _in_hand: set[asyncio.Task[None]] = field(default_factory=set)
    _paused_until: datetime | None = None
    _is_stopping: bool = False

    def __post_init__(self) -> None:
        self._pace = Pace(self.carrier.pace)
        self._threads = Threads(f"courier-{self.carrier.platform}", 2)
        self._requests = asyncio.Semaphore(self.habits.at_once)

    @property
    def quiet(self) -> timedelta:
        """How long after a request has ended it may still land."""
        within = self.carrier.lands_within
        return self.habits.quiet if within is None else within

    @property
    def lease(self) -> timedelta:
        """How long a delivery is ours; after a crash somebody else looks into it."""
        return self.habits.leeway + self.habits.timeout

    # ── Coming and going ─────────────────────────────────────────────────────────────────────

    def wake(self) -> None:
        """Look at once whether something is owed. From the event loop's thread."""
        self._woken.set()

    def stop(self) -> None:
        """Begin nothing new; `run` ends when what was begun is finished."""
        self._is_stopping = True
        self.wake()

    async def run(self) -> None:
        """Deliver what is owed until `stop`."""
        try:
            while not self._is_stopping:
                self._woken.clear()
                if not await self._begin_due():
                    await self._rest()
            if self._in_hand:
                await asyncio.wait(self._in_hand)
        finally:
            self._threads.close()

    async def _rest(self) -> None:
        """Until there is something to do, or it is time to look."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.habits.poll.total_seconds()):
                await self._woken.wait()

    async def _begin_due(self) -> int:
        """Begin to deliver what is due; how many there were."""
        room = self.habits.in_hand - len(self._in_hand)
        if room <= 0 or self._is_paused:
            return 0
        try:
            claimed = await self._threads.do(self._claim, room)
        except StoreError as error:
            logger().warning("the store is away", reason=str(error))
            return 0
        except Exception:  # noqa: BLE001 - the courier goes on, whatever happens
            noted("the courier stumbled")
            return 0
        for one in claimed:
            task = asyncio.create_task(self._deliver(one))
            self._in_hand.add(task)
            task.add_done_callback(self._put_down)
        return len(claimed)

    def _put_down(self, task: asyncio.Task[None]) -> None:
        self._in_hand.discard(task)
        self.wake()

    def _claim(self, room: int) -> list[Claimed]:
        with self.store.queue() as unit:
            where, at = self.carrier.platform, self.now()
            return unit.outbox.claim(where, at, self.lease, room, self.quiet)

    # ── One delivery ─────────────────────────────────────────────────────────────────────────

    async def _deliver(self, claimed: Claimed) -> None:
        """Bring one delivery as far as it goes now. Never raises."""
        try:
            parcel = await self._compose(claimed)
            if parcel is not None:
                await self._pace.turn(claimed.delivery.destination)
                async with self._requests:
                    await self._carry(claimed, parcel)
        except Exception:  # noqa: BLE001 - its lease runs out, and then it is looked into
            noted("a delivery was left lying", key=claimed.delivery.key)

    async def _compose(self, claimed: Claimed) -> Parcel | None:
        try:
            return await self._threads.do(self.core.compose, claimed, self.now())
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - a defect in one delivery must not stop the others
            noted("not composed", key=claimed.delivery.key, attempt=claimed.attempt)
        if claimed.attempt >= MOST_TRIES:
            await self._tell(lambda unit: unit.outbox.unknown(claimed, UNPREPARED))
        else:
            await self._retry(claimed)
        return None

    async def _carry(self, claimed: Claimed, parcel: Parcel) -> None:
        if self._may_not_begin(claimed):
            await self._give_back(claimed)
            return
        try:
            ref = await self._hand_over(claimed, parcel)
        except Refused as refused:
            logger().info("refused", key=parcel.key, reason=refused.reason)
            trouble, reason = refused.trouble, refused.reason
            await self._threads.do(self.core.bounced, claimed, trouble, reason, self.now())
        except Later as later:
            await self._put_off(claimed, parcel, later)
        except Unclear as unclear:
            logger().warning("unclear whether it arrived", key=parcel.key, reason=str(unclear))
            await self._doubt(claimed, parcel)
        except Exception:  # noqa: BLE001 - whatever it is, it may have arrived
            noted("unclear whether it arrived", key=parcel.key)
            await self._doubt(claimed, parcel)
        else:
            if ref is not None:
                await self._threads.do(self.core.arrived, claimed, ref, self.now())

    async def _hand_over(self, claimed: Claimed, parcel: Parcel) -> Ref | None:
        """Edit, find or send; where it stands. None: it cannot be known yet, and so written down.

        Raises whatever the carrier raises, and TimeoutError.
        """
        if parcel.edits is not None:
            async with self._in_time():
                await self.carrier.edit(parcel, parcel.edits)
            return parcel.edits
        async with self._in_time():  # looking included: what comes after the lease is not ours
            if claimed.needs_reconcile:
                found = await self.carrier.find(parcel)
                if found is not None or not await self._may_send_again(claimed):
                    return found
            return await self.carrier.send(parcel)

    async def _may_send_again(self, claimed: Claimed) -> bool:
        """Whether what was not found cannot arrive any more; if it can, it is looked for later."""
        if self.carrier.lands_within is None:
            await self._look_later(claimed)
            return False
        lands_until = claimed.lands_until
        if lands_until is None or lands_until <= self.now():
            return True
        await self._tell(lambda unit: unit.outbox.postpone(claimed, lands_until))
        self._wake_at(lands_until)
        return False

    def _in_time(self) -> asyncio.Timeout:
        return asyncio.timeout(self.habits.timeout.total_seconds())

    # ── What became of it ────────────────────────────────────────────────────────────────────

    @property
    def _is_paused(self) -> bool:
        return self._paused_until is not None and self.now() < self._paused_until

    def _may_not_begin(self, claimed: Claimed) -> bool:
        """Whether it is too late to begin: we stop or pause, or somebody may soon take it over."""
        too_late = claimed.lease_until - self.habits.timeout
        return self._is_stopping or self._is_paused or self.now() > too_late

    async def _give_back(self, claimed: Claimed) -> None:
        """As before the claim: nothing was tried."""
        due_at = self._paused_until if self._is_paused else None
        due_at = due_at or self.now()
        await self._tell(lambda unit: unit.outbox.postpone(claimed, due_at))
        self._wake_at(due_at)

    async def _put_off(self, claimed: Claimed, parcel: Parcel, later: Later) -> None:
        """This time it did not arrive: again when the platform allows it, or we think right."""
        if later.after is None:
            await self._retry(claimed)
            return
        due_at = self.now() + later.after
        if later.everywhere:
            self._paused_until = max(due_at, self._paused_until or due_at)
        logger().info("put off", key=parcel.key, seconds=later.after.total_seconds())
        await self._tell(lambda unit: unit.outbox.postpone(claimed, due_at))
        self._wake_at(due_at)

    async def _doubt(self, claimed: Claimed, parcel: Parcel) -> None:
        """It may have arrived: look into it, but not before it has landed. Edits are repeated."""
        if parcel.edits is None:
            await self._look_later(claimed)
        else:
            await self._retry(claimed)

    async def _look_later(self, claimed: Claimed) -> None:
        look_at = self.now() + self.quiet
        await self._tell(lambda unit: unit.outbox.unclear(claimed, look_at, look_at))
        self._wake_at(look_at)

    async def _retry(self, claimed: Claimed) -> None:
        """Again after a while. What an earlier try may have brought is looked for again as well."""
        due_at = self.now() + self.habits.wait(claimed.attempt)
        if claimed.needs_reconcile:
            lands_until = claimed.lands_until or due_at
            await self._tell(lambda unit: unit.outbox.unclear(claimed, due_at, lands_until))
        else:
            await self._tell(lambda unit: unit.outbox.retry(claimed, due_at))
        self._wake_at(due_at)

    async def _tell(self, verb: Callable[[Unit], bool]) -> None:
        def write() -> bool:
            with self.store.queue() as unit:
                return verb(unit)

        if not await self._threads.do(write):
            logger().info("somebody else has it by now, or it was forgotten")

    def _wake_at(self, at: datetime) -> None:
        delay = max(0.0, (at - self.now()).total_seconds()) + _A_HAIR
        asyncio.get_running_loop().call_later(delay, self.wake)
