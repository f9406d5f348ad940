"""A courier in this process, between a real store and the strict platform."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.service.courier import Courier
from adapters.service.pacing import CourierHabits
from bot.queues import Delivery, DeliveryRecord, DeliveryState
from storage.store import Store, open_store
from tests.platforms.carrier import StrictCarrier
from tests.platforms.small_core import SmallCore
from tests.platforms.strict import Faults, StrictPlatform

# Everything a courier waits for, a hundred times as fast as it really is.
HASTY = CourierHabits(
    timeout=timedelta(seconds=0.3),
    leeway=timedelta(seconds=0.3),
    quiet=timedelta(seconds=0.4),
    poll=timedelta(seconds=0.05),
    first_wait=timedelta(seconds=0.05),
    longest_wait=timedelta(seconds=0.2),
)
OPEN = (DeliveryState.PENDING, DeliveryState.SENDING)
PATIENCE = 30.0


@dataclass
class Office:
    """A store, a platform, and couriers between them as a test wants."""

    store: Store
    platform: StrictPlatform
    habits: CourierHabits = HASTY
    core: SmallCore = field(init=False)

    def __post_init__(self) -> None:
        self.core = SmallCore(self.store)

    def owe(self, *deliveries: Delivery) -> None:
        with self.store.write() as unit:
            for delivery in deliveries:
                assert unit.outbox.owe(delivery)

    def deliver(self, until: Callable[[], bool] | None = None, **carrier: Any) -> None:
        """Let a courier work until nothing is open any more, or `until` says so; then stop it."""
        asyncio.run(self._deliver(until or self.is_over, carrier))

    async def _deliver(self, until: Callable[[], bool], carrier: dict[str, Any]) -> None:
        async with StrictCarrier(self.platform.url, **carrier) as strict:
            courier = Courier(self.store, self.core, strict, now, self.habits)
            working = asyncio.create_task(courier.run())
            async with asyncio.timeout(PATIENCE):
                while not until():  # noqa: ASYNC110 - it looks into the store and the platform
                    await asyncio.sleep(0.01)
            courier.stop()
            await working

    def is_over(self) -> bool:
        counts = self.counts()
        return not any(counts[state] for state in OPEN)

    def counts(self) -> dict[DeliveryState, int]:
        with self.store.read() as unit:
            return unit.outbox.counts()

    def record(self, delivery: Delivery) -> DeliveryRecord:
        with self.store.read() as unit:
            found = unit.outbox.find(delivery.key)
        assert found is not None
        return found

    def states(self) -> dict[str, int]:
        """How many deliveries are in each state, without those where there are none."""
        return {state.value: number for state, number in self.counts().items() if number}


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def open_office(url: str, **faults: Any) -> Iterator[Office]:
    """An office over the database at `url`, with a platform that has these faults."""
    store = open_store(url)
    try:
        with StrictPlatform(faults=Faults(**faults)).running() as platform:
            yield Office(store, platform)
    finally:
        store.close()
