"""Several processes on one store: everybody gets one digest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

from bot.core import Bot
from bot.events import (
    AccountRef,
    AccountSeen,
    CommandUsed,
    CommunitySeen,
    MessagePosted,
    PlaceRef,
    PlaceSeen,
    Visibility,
)
from bot.queues import DeliveryState
from storage.store import open_store
from tests.capture.world import hurry
from tests.digest.at_once import DUE, HOME

ROOT = Path(__file__).parents[2]
HALL = PlaceRef(HOME, "hall")
READERS = [f"reader-{number}" for number in range(16)]


def everybody_wants_a_digest(bot: Bot) -> None:
    """All readers follow rye and have their digest at noon; then bob shares something about it."""
    yesterday = DUE - timedelta(days=1)
    people = [AccountSeen(AccountRef(HOME, name), name) for name in ("bob", *READERS)]
    bot.take_in([CommunitySeen(HOME, "Bakers"), PlaceSeen(HALL, "hall", Visibility.PUBLIC)])
    bot.take_in(people)
    for who in people[1:]:
        bot.handle(CommandUsed(HALL, who.account, "follow", "rye", yesterday))
        bot.handle(CommandUsed(HALL, who.account, "digest", "daily 12:00", yesterday))
    said = "a good rye https://bread.example/rye"
    bot.take_in([MessagePosted(HALL, people[0].account, "1", said, DUE - timedelta(hours=1))])


@contextmanager
def another(url: str) -> Iterator[subprocess.Popen[str]]:
    """A Grapevine in a process of its own, ready to begin."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.digest.at_once", url],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


def let_both_go_on(both: list[subprocess.Popen[str]], step: str) -> None:
    """Wait until both have come so far."""
    for one in both:
        assert one.stdout is not None
        assert one.stdout.readline() == f"{step}\n"
    for one in both:
        assert one.stdin is not None
        one.stdin.write("go on\n")
        one.stdin.flush()


def test_two_processes_send_one(migrated_url: str) -> None:
    numbers = count()
    with closing(open_store(migrated_url)) as store, ExitStack() as stack:
        hurry(store)
        both = [stack.enter_context(another(migrated_url)) for _ in range(2)]
        everybody_wants_a_digest(Bot(store, lambda: f"token-{next(numbers)}"))
        for step in ("ready", "ticked", "claimed", "composed"):
            let_both_go_on(both, step)
        sent = [json.loads(one.communicate()[0]) for one in both]
        assert sorted(sent[0] + sent[1]) == sorted(READERS)
        with store.read() as unit:
            assert unit.outbox.counts()[DeliveryState.SENT] == len(READERS)
