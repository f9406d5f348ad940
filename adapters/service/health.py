"""How the service is: for a supervisor (`/live`, `/ready`) and for Prometheus (`/metrics`).

What a supervisor should look at is how long things have been lying about: a process that runs
may be deaf. Nothing here names anybody; it listens on this machine only unless a setting says
otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from bot.errors import StoreError
from bot.queues import DeliveryState, EventState

if TYPE_CHECKING:
    from bot.events import Platform
    from bot.ports import Store

LAST_EVENT = "When an event of a platform was last taken, in seconds since 1970"


@dataclass(frozen=True, slots=True, eq=False)
class Queues(Collector):
    """What the queues and the platforms look like, read anew for each scrape."""

    store: Store
    now: Callable[[], datetime]
    last_taken: Mapping[Platform, datetime]

    def collect(self) -> Iterator[Metric]:
        """One gauge after another."""
        at = self.now()
        with self.store.read() as unit:
            due, pending = unit.outbox.oldest_due(at), unit.inbox.oldest_pending(at)
            unknown = unit.outbox.count(DeliveryState.UNKNOWN)
            failed = unit.outbox.count(DeliveryState.FAILED)
            held = unit.inbox.count(EventState.HELD)
        yield _gauge("outbox_oldest_due_seconds", "Age of the oldest due delivery", _age(due))
        yield _gauge("inbox_oldest_pending_seconds", "Age of the oldest open event", _age(pending))
        yield _gauge("outbox_unknown", "Deliveries that may or may not have arrived", unknown)
        yield _gauge("outbox_failed", "Deliveries that can never arrive", failed)
        yield _gauge("inbox_held", "Events that could not be taken in", held)
        last = GaugeMetricFamily(
            "grapevine_last_event_timestamp_seconds", LAST_EVENT, None, ["platform"]
        )
        for platform, taken_at in sorted(self.last_taken.items()):
            last.add_metric([platform.value], taken_at.timestamp())
        yield last


@dataclass(slots=True)
class Health:
    """The little pages. `trouble` says in a sentence why we are not ready; None: we are."""

    store: Store
    queues: Queues
    trouble: Callable[[], str | None]
    _registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def add_to(self, app: web.Application) -> None:
        """Serve them in a web server's application; once."""
        self._registry.register(self.queues)
        app.router.add_get("/live", self._live)
        app.router.add_get("/ready", self._ready)
        app.router.add_get("/metrics", self._metrics)

    async def _live(self, _request: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def _ready(self, _request: web.Request) -> web.Response:
        trouble = self.trouble() or await asyncio.to_thread(self._store_trouble)
        if trouble is None:
            return web.Response(text="ready\n")
        return web.Response(text=f"{trouble}\n", status=HTTPStatus.SERVICE_UNAVAILABLE)

    async def _metrics(self, _request: web.Request) -> web.Response:
        try:
            said = await asyncio.to_thread(generate_latest, self._registry)
        except StoreError as error:
            return web.Response(text=f"{error}\n", status=HTTPStatus.SERVICE_UNAVAILABLE)
        return web.Response(body=said, headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _store_trouble(self) -> str | None:
        try:
            with self.store.read() as unit:
                unit.inbox.count(EventState.HELD)
        except StoreError as error:
            return str(error)
        return None


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"grapevine_{name}", what, value)


def _age(age: timedelta | None) -> float:
    return 0.0 if age is None else age.total_seconds()
