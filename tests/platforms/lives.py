"""Couriers and intakes in processes of their own, which are killed at random moments.

Run as `python -m tests.platforms.lives PLAN`, where PLAN is a `Plan` as JSON; prints what became
of it as JSON. Each life is a fork of this process, so that it begins at once; whoever is killed
gets SIGKILL, in the middle of whatever it is doing.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from adapters.service.courier import Courier
from adapters.service.intake import Intake, IntakeHabits
from adapters.service.threads import Threads
from adapters.service.ticker import Ticker
from bot.events import AccountRef, MessagePosted, PlaceRef
from bot.queues import EventState
from storage.store import Store, open_store
from tests.platforms.carrier import StrictCarrier
from tests.platforms.office import HASTY, OPEN, now
from tests.platforms.small_core import HOME, START, SmallCore

ROOT = Path(__file__).parents[2]
PLACE = PlaceRef(HOME, "C1")
INTAKE = IntakeHabits(lease=timedelta(seconds=0.3), poll=timedelta(seconds=0.05))


@dataclass(frozen=True)
class Plan:
    """What lives there are and how they end."""

    kind: Literal["courier", "intake", "ticker"]
    store: str
    platform: str = ""  # the address of the strict platform
    seed: int = 0
    kills: int = 0
    processes: int = 1
    between: tuple[float, float] = (0.02, 0.3)  # how long each of those to be killed lives
    lands_within: float | None = 0.4
    events: int = 0  # how many events come in, or how many things are due
    pause: float = 0  # between five events and the next, so that no machine is done too soon
    log: str = ""  # where what was acknowledged is written down


@dataclass(frozen=True)
class Outcome:
    """How many were killed, and how long it took from the last kill to the end."""

    kills: int
    seconds: float


def live(plan: Plan) -> Outcome:
    """Run a plan in a process of its own, until all is done."""
    said = subprocess.run(
        [sys.executable, "-m", "tests.platforms.lives", json.dumps(asdict(plan))],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    return Outcome(**json.loads(said.stdout))


# ── In that process ──────────────────────────────────────────────────────────────────────────


async def carry(plan: Plan, store: Store, begun: Callable[[], None]) -> None:
    """A courier, until nothing is open."""
    within = None if plan.lands_within is None else timedelta(seconds=plan.lands_within)
    async with StrictCarrier(plan.platform, lands_within=within) as carrier:
        courier = Courier(store, SmallCore(store), carrier, now, HASTY)
        working = asyncio.create_task(courier.run())
        begun()
        while _open(store):  # noqa: ASYNC110 - others may be at work too
            await asyncio.sleep(0.05)
        courier.stop()
        await working


def _open(store: Store) -> int:
    with store.read() as unit:
        counts = unit.outbox.counts()
    return sum(counts[state] for state in OPEN)


async def take_in(plan: Plan, store: Store, begun: Callable[[], None]) -> None:
    """An intake, until every event is acknowledged and handled.

    The platform repeats, under new event ids, what was not acknowledged: `plan.log` remembers
    what was.
    """
    log = Path(plan.log)
    acknowledged = _acknowledged(log)
    intake = Intake(store, SmallCore(store), Threads("writer"), now, INTAKE)
    working = asyncio.create_task(intake.run())
    begun()
    waiting = [number for number in range(plan.events) if str(number) not in acknowledged]
    for start in range(0, len(waiting), 5):
        await asyncio.gather(*(_arrive(intake, log, one) for one in waiting[start : start + 5]))
        await asyncio.sleep(plan.pause)
    while _pending(store):  # noqa: ASYNC110 - others may be at work too
        await asyncio.sleep(0.05)
    intake.stop()
    await working


def _acknowledged(log: Path) -> set[str]:
    return set(log.read_text().split()) if log.exists() else set()


async def _arrive(intake: Intake, log: Path, number: int) -> None:
    author = AccountRef(HOME, f"U{number % 7}")
    event = MessagePosted(PLACE, author, f"m{number}", f"word{number} compost", START)
    await intake.take(f"Ev{number}-{os.getpid()}", event)
    with log.open("a") as stream:
        stream.write(f"{number}\n")


def _pending(store: Store) -> int:
    with store.read() as unit:
        counts = unit.inbox.counts()
    return counts[EventState.PENDING] + counts[EventState.WORKING]


async def tick(plan: Plan, store: Store, begun: Callable[[], None]) -> None:
    """A ticker, until there is nothing left to do."""
    ticker = Ticker(store, SmallCore(store, due=plan.events), Threads("writer"), now, _nobody)
    begun()
    await ticker.tick()


def _nobody() -> None:
    """Wake nobody."""


KINDS: dict[str, Callable[[Plan, Store, Callable[[], None]], Coroutine[Any, Any, None]]] = {
    "courier": carry,
    "intake": take_in,
    "ticker": tick,
}


def spawn(plan: Plan) -> tuple[int, int]:
    """Begin a life; its process id, and what can be read from when it has begun to work."""
    reads, writes = os.pipe()
    child = os.fork()
    if child:
        os.close(writes)
        return child, reads
    code = 1
    try:
        store = open_store(plan.store)
        asyncio.run(KINDS[plan.kind](plan, store, lambda: os.close(writes)))
        store.close()
        code = 0
    finally:
        os._exit(code)


def ended(child: int) -> int:
    """How a life ended: 0, or minus the signal. It must not have failed."""
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code not in {0, -signal.SIGKILL}:
        raise SystemExit(f"a life failed with {code}")
    return code


def main(plan: Plan) -> Outcome:
    """Kill one after another, each beside others if the plan wants that; let the last ones live."""
    chance = random.Random(plan.seed)
    killed = 0
    others = [spawn(plan) for _ in range(plan.processes - 1)]
    for _ in range(plan.kills):
        child, begun = spawn(plan)
        os.read(begun, 1)
        os.close(begun)
        time.sleep(chance.uniform(*plan.between))
        os.kill(child, signal.SIGKILL)
        killed += ended(child) != 0
    since = time.monotonic()
    for child, _ in [*others, *([] if others and plan.kills else [spawn(plan)])]:
        ended(child)
    return Outcome(killed, time.monotonic() - since)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(main(Plan(**json.loads(sys.argv[1]))))))
