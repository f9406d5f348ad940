"""A small Grapevine that is killed again and again, and a platform it talks to, kept in files.

The platform wants `EVENTS` messages acknowledged and repeats each, under a new event id, until it
is. Grapevine owes one echo for every message. One life takes, handles and sends, and ends with
SIGKILL at its n-th step; the last one is left alone until nothing is open. Each life starts
an hour after the one before, so that all its predecessor's leases are over.

Run as `python -m tests.storage.doomed URL FOLDER STEP…`; prints how many were killed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from bot.events import AccountRef, CommunityRef, MessagePosted, PlaceRef, Platform
from bot.queues import Claimed, Delivery, Destination, Stored, key_of
from tests.storage.queues_at import claiming, opened, writing

EVENTS = 40
BATCH = 3
START = datetime(2027, 3, 1, 12, tzinfo=UTC)
LEASE = timedelta(minutes=5)
HOME = CommunityRef(Platform.SLACK, "T1")
MOST_LIVES = 100

Step = Callable[[], None]


class FilePlatform:
    """What the platform knows: which events were acknowledged, which messages were posted."""

    def __init__(self, folder: Path) -> None:
        self._acknowledged = folder / "acknowledged"
        self._posted = folder / "posted"

    def acknowledge(self, number: int) -> None:
        self._append(self._acknowledged, str(number))

    def waiting(self) -> list[int]:
        known = set(self._lines(self._acknowledged))
        return [number for number in range(EVENTS) if str(number) not in known]

    def post(self, key: str) -> None:
        self._append(self._posted, key)

    def posted(self) -> list[str]:
        return self._lines(self._posted)

    @staticmethod
    def _append(file: Path, line: str) -> None:
        with file.open("a") as stream:
            stream.write(f"{line}\n")

    @staticmethod
    def _lines(file: Path) -> list[str]:
        return file.read_text().splitlines() if file.exists() else []


def message(number: int) -> MessagePosted:
    place = PlaceRef(HOME, f"C{number % 5}")
    return MessagePosted(place, AccountRef(HOME, "U1"), str(number), "Hello?", START)


def echo(number: str) -> str:
    return key_of("echo", number)


class Life:
    """One process of Grapevine; `step` is called wherever it may be killed."""

    def __init__(self, engine: Engine, platform: FilePlatform, at: datetime, step: Step) -> None:
        self._engine = engine
        self._platform = platform
        self._at = at
        self._step = step

    def live(self) -> None:
        while any([self._take(), self._handle(), self._send()]):
            pass

    def _take(self) -> bool:
        waiting = self._platform.waiting()[:BATCH]
        for number in waiting:
            self._step()
            with writing(self._engine) as queues:
                queues.inbox.take(f"Ev{number}-{self._at}", message(number), self._at)
                self._step()
            self._step()
            self._platform.acknowledge(number)
        return bool(waiting)

    def _handle(self) -> bool:
        with claiming(self._engine) as queues:
            claimed = queues.inbox.claim(self._at, LEASE, BATCH)
        self._step()
        for stored in claimed:
            self._handle_one(stored)
            self._step()
        return bool(claimed)

    def _handle_one(self, stored: Stored) -> None:
        assert isinstance(stored.event, MessagePosted)
        key = echo(stored.event.id)
        destination = Destination(HOME, place=stored.event.place.id)
        with writing(self._engine) as queues:
            queues.outbox.owe(Delivery(key, destination, {}, self._at))
            self._step()
            assert queues.inbox.done(stored)
            self._step()

    def _send(self) -> bool:
        with claiming(self._engine) as queues:
            claimed = queues.outbox.claim(Platform.SLACK, self._at, LEASE, BATCH)
        self._step()
        for one in claimed:
            self._send_one(one)
            self._step()
        return bool(claimed)

    def _send_one(self, one: Claimed) -> None:
        key = one.delivery.key
        if not (one.needs_reconcile and key in self._platform.posted()):
            self._platform.post(key)
        self._step()
        with claiming(self._engine) as queues:
            queues.outbox.sent(one, key)
            self._step()

    def is_over(self) -> bool:
        with claiming(self._engine) as queues:
            oldest = queues.inbox.oldest_pending(self._at), queues.outbox.oldest_due(self._at)
        return oldest == (None, None) and not self._platform.waiting()


def killed_at(number: int) -> Step:
    """A step that is the last one when it is the `number`-th."""
    left = number

    def step() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


def in_a_process_of_its_own(life: Callable[[], bool]) -> int:
    """Return how it ended: 0 if nothing is left to do, 1 if there is, or minus the signal."""
    child = os.fork()
    if child == 0:
        os._exit(0 if life() else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(url: str, folder: Path, kills: list[int]) -> None:
    killed = 0
    for number in range(MOST_LIVES):
        at = START + timedelta(hours=number)
        step = killed_at(kills[number] if number < len(kills) else 0)

        def life(at: datetime = at, step: Step = step) -> bool:
            with opened(url) as engine:
                one = Life(engine, FilePlatform(folder), at, step)
                one.live()
                return one.is_over()

        ending = in_a_process_of_its_own(life)
        killed += ending == -signal.SIGKILL
        if ending == 0:
            break
    sys.stdout.write(str(killed))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), [int(word) for word in sys.argv[3:]])
