"""One of several Grapevines on one store: it lets the clock tick and sends what is owed.

Run as `python -m tests.digest.at_once URL`. It says how far it has come and goes on when it is told
to, so that it does each thing at the same time as another: `ready` to tick, `ticked`, `claimed`,
`composed`. In the end it prints whom it sent a digest.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from secrets import token_urlsafe
from typing import TypeVar

from bot.core import Bot
from bot.deliveries import Ref
from bot.errors import StoreError
from bot.events import CommunityRef, Platform
from bot.queues import Claimed
from storage.store import Store, open_store
from tests.capture.world import hurry

HOME = CommunityRef(Platform.SLACK, "T1")
DUE = datetime(2026, 5, 4, 12, tzinfo=UTC)  # a Monday
LEASE = timedelta(minutes=5)
TRIES = 20
T = TypeVar("T")


def live(store: Store) -> list[str]:
    """Tick and send until nothing is left to do; who got a digest, as often as they did."""
    bot, sent = Bot(store, lambda: token_urlsafe(16)), list[str]()
    _wait_at("ready")
    while patiently(lambda: bot.tick(DUE)):
        pass
    _wait_at("ticked")
    claimed = patiently(lambda: _claim(store))
    _wait_at("claimed")
    while claimed:
        parcels = [(one, patiently(partial(bot.compose, one, DUE))) for one in claimed]
        if not sent:
            _wait_at("composed")
        for one, parcel in parcels:
            if parcel is not None:
                sent.append(str(parcel.destination.account))
                patiently(partial(bot.arrived, one, Ref("dm", str(one.id)), DUE))
        claimed = patiently(lambda: _claim(store))
    return sent


def _wait_at(step: str) -> None:
    sys.stdout.write(f"{step}\n")
    sys.stdout.flush()
    sys.stdin.readline()


def _claim(store: Store) -> list[Claimed]:
    with store.queue() as unit:
        return unit.outbox.claim(HOME.platform, DUE, LEASE, 3)


def patiently(do: Callable[[], T]) -> T:
    """Do it, as often as another process keeps the store too long: the service does so too."""
    for _ in range(TRIES):
        with suppress(StoreError):
            return do()
    return do()


if __name__ == "__main__":
    with closing(open_store(sys.argv[1])) as opened:
        hurry(opened)
        sys.stdout.write(json.dumps(live(opened)))
