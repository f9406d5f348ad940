"""How soon an event is stored, so that its platform may be told, while people ask for things.

Imports the beginning of a file of messages (JSON lines, plain or gzipped) into a SQLite file; the
rest of it arrives through the intake, so many a second, as new messages, edits, deletions and
reactions. Meanwhile some people ask "who knows about X" one after another, as commands that are
taken and answered. Told in milliseconds: from an event's arrival to its being stored, and from a
command's arrival to its answer.

    python -m benchmarks.acknowledging MESSAGES --json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from secrets import token_urlsafe
from tempfile import TemporaryDirectory

from adapters.service.intake import Intake
from adapters.service.threads import Threads
from adapters.service.ticker import TickerHabits
from benchmarks.command import Machine, guarded, parser, table, whole
from benchmarks.community import lines_export
from bot.core import Bot
from bot.errors import ImportFailed
from bot.events import CommandUsed, Event, MessageDeleted, MessagePosted, ReactionChanged
from bot.importing import take_in
from bot.text import words
from storage.store import Store, open_store

# Of a hundred events so many are edits, deletions and reactions to one that came before.
EDITS, DELETIONS, REACTIONS = 4, 2, 10
PAUSE = 0.2  # seconds that somebody thinks before asking again


@dataclass(frozen=True, slots=True)
class Waits:
    """Milliseconds, and how many were waited for."""

    p50: float
    p99: float
    max: float
    number: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Waits:
        """The figures of some waits."""
        waits = sorted(1000 * one for one in seconds)
        last = len(waits) - 1
        return cls(waits[last // 2], waits[int(last * 0.99)], waits[last], len(waits))


@dataclass(frozen=True, slots=True)
class Result:
    """`behind`: seconds after the last arrival until all of it was taken in."""

    stored: Waits
    answered: Waits
    behind: float
    history: int
    machine: Machine


@dataclass(slots=True)
class _Street:
    """What arrives, and how long it waited."""

    intake: Intake
    store: Store
    rate: int
    stored: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    _is_over: bool = False

    async def run(self, arriving: Sequence[Event], topics: Sequence[str], askers: int) -> float:
        pump = asyncio.create_task(self.intake.run())
        scrubbing = asyncio.create_task(self._scrub())
        asking = [asyncio.create_task(self._ask(arriving, topics, one)) for one in range(askers)]
        await self._arrive(arriving)
        self._is_over = True
        ended = time.perf_counter()
        await asyncio.gather(*asking)
        while await asyncio.to_thread(self._is_behind):  # noqa: ASYNC110 - the pump does not say
            await asyncio.sleep(0.05)
        behind = time.perf_counter() - ended
        self.intake.stop()
        await pump
        scrubbing.cancel()
        return behind

    async def _scrub(self) -> None:
        """Clean up after deletions, as often as the service does."""
        while True:
            await asyncio.sleep(TickerHabits().scrub.total_seconds())
            await asyncio.to_thread(self.store.scrub)

    async def _arrive(self, arriving: Sequence[Event]) -> None:
        """Each event at its own time, whether those before it are stored or not."""
        begun = time.perf_counter()
        taking = []
        for number, event in enumerate(arriving):
            await asyncio.sleep(max(0.0, begun + number / self.rate - time.perf_counter()))
            taking.append(asyncio.create_task(self._take(f"Ev{number}", event)))
        await asyncio.gather(*taking)

    async def _take(self, event_id: str, event: Event) -> None:
        begun = time.perf_counter()
        await self.intake.take(event_id, event)
        self.stored.append(time.perf_counter() - begun)

    async def _ask(self, arriving: Sequence[Event], topics: Sequence[str], seed: int) -> None:
        chance = Random(seed)
        posts = [event for event in arriving if isinstance(event, MessagePosted)]
        while not self._is_over:
            post = chance.choice(posts)
            asked = CommandUsed(
                post.place, post.author, "whoknows", chance.choice(topics), datetime.now(UTC)
            )
            begun = time.perf_counter()
            stored = await self.intake.take(f"Ask{seed}-{begun}", asked)
            assert stored is not None
            await self.intake.answer(stored)
            self.answered.append(time.perf_counter() - begun)
            await asyncio.sleep(PAUSE)

    def _is_behind(self) -> bool:
        with self.store.read() as unit:
            return unit.inbox.oldest_pending(datetime.now(UTC)) is not None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; what it returns is its exit code."""
    return guarded(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    made = parser("acknowledging", __doc__)
    made.add_argument("messages", type=Path, help="messages as JSON lines, plain or gzipped")
    made.add_argument("--rate", type=whole, default=50, help="events a second (default 50)")
    made.add_argument("--seconds", type=whole, default=120, help="for so long (default 120)")
    made.add_argument("--askers", type=whole, default=2, help="people who ask (default 2)")
    made.add_argument("--most", type=whole, default=10**9, help="use so many messages at most")
    return made


def _run(options: argparse.Namespace) -> None:
    result = measure(options.messages, options.rate, options.seconds, options.askers, options.most)
    print(json.dumps(asdict(result)) if options.json else _table(result))


def measure(messages: Path, rate: int, seconds: int, askers: int, most: int) -> Result:
    """Let events arrive. ImportFailed when there are not enough messages."""
    machine = Machine()
    export = lines_export(messages)
    everything = list(export.events())
    posts = [event for event in everything if isinstance(event, MessagePosted)][:most]
    history, fresh = posts[: -rate * seconds], posts[-rate * seconds :]
    if len(fresh) < rate * seconds or not history:
        raise ImportFailed("There are not enough messages for so many seconds.")
    setting = [event for event in everything if not isinstance(event, MessagePosted)]
    with TemporaryDirectory(prefix="grapevine-") as name, _store(name) as store:
        bot = Bot(store, lambda: token_urlsafe(18))
        take_in(store, bot, [*setting, *history], export.fingerprint, lambda _: None)
        street, behind = _let_arrive(store, bot, fresh, rate, askers)
    stored, answered = Waits.of(street.stored), Waits.of(street.answered)
    return Result(stored, answered, behind, len(history), machine)


@contextmanager
def _store(folder: str) -> Iterator[Store]:
    """A store that cleans up as that of a service does."""
    with closing(open_store(f"sqlite:///{folder}/store.db")) as store:
        store.clean_later()
        yield store


def _let_arrive(
    store: Store, bot: Bot, fresh: Sequence[MessagePosted], rate: int, askers: int
) -> tuple[_Street, float]:
    writer = Threads("writer")
    street = _Street(Intake(store, bot, writer, lambda: datetime.now(UTC)), store, rate)
    behind = asyncio.run(street.run(list(_mixed(fresh)), list(_topics(fresh)), askers))
    street.intake.close()
    writer.close()
    return street, behind


def _mixed(fresh: Sequence[MessagePosted]) -> Iterator[Event]:
    """The messages, some of them replaced by what happens to earlier ones."""
    chance = Random(1)
    for number, post in enumerate(fresh):
        draw = chance.randrange(100)
        earlier = fresh[chance.randrange(max(1, number))]
        at = post.at + timedelta(seconds=1)
        if draw < EDITS:
            yield replace(earlier, text=f"{earlier.text} (edited)", edited_at=at)
        elif draw < EDITS + DELETIONS:
            yield MessageDeleted(earlier.place, earlier.id, at)
        elif draw < EDITS + DELETIONS + REACTIONS:
            yield ReactionChanged(earlier.place, earlier.id, post.author, "tada", added=True, at=at)
        else:
            yield post


def _topics(posts: Sequence[MessagePosted]) -> Iterator[str]:
    """A longer word of each message."""
    for post in posts:
        found = [one for one in words.count(post.text).spellings.values() if len(one) > 4]
        if found:
            yield max(found, key=len)


def _table(result: Result) -> str:
    stored, answered = result.stored, result.answered
    return table(
        [
            ("history", f"{result.history:,} messages"),
            ("stored p50, p99, max", f"{stored.p50:.1f}, {stored.p99:.1f}, {stored.max:.1f} ms"),
            ("events", f"{stored.number:,}"),
            (
                "answered p50, p99, max",
                f"{answered.p50:.0f}, {answered.p99:.0f}, {answered.max:.0f} ms",
            ),
            ("lookups", f"{answered.number:,}"),
            ("behind at the end", f"{result.behind:.1f} s"),
            ("machine", str(result.machine)),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
