"""One store as it grows: how fast it takes messages in, and how long it lets people wait.

Each of these runs in a process of its own (`benchmarks/apart.py`), whose memory is told.
"""

from __future__ import annotations

import gc
import math
import time
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, TypeVar

from benchmarks.apart import peak_memory
from benchmarks.community import lines_export, messages_of
from benchmarks.rankers import MICROS, MessageFts, order
from bot.core import Bot
from bot.events import AccountRef, CommandUsed, Event, MessagePosted, PlaceRef
from bot.importing import BATCH, take_in
from bot.model import Audience
from bot.ranking.people import ASK, rank
from storage.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

T = TypeVar("T")

WARMING = 20
READERS, FOLLOWED = 50, 5  # people who read a digest, topics that each of them follows
PERCENTS = (50, 95, 99)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked at each size: topics, and questions of many words."""

    sizes: tuple[int, ...]
    topics: tuple[str, ...]
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grown:
    """A store of one size: how fast the messages since the last size came in, and the waits.

    `waits`: of each kind of lookup the percentiles in milliseconds, of the clock and (`cpu_`) of
    the processor, which a busy machine changes less; bytes otherwise.
    """

    messages: int
    per_second: float
    slowest: float
    waits: dict[str, dict[str, float]]
    size: int
    peak: int | None

    def told(self) -> dict[str, Any]:
        """The same for JSON."""
        return asdict(self)


@dataclass(slots=True)
class _Heard:
    """The events of a file, handed out up to one size after another."""

    events: Iterator[Event]
    messages: int = 0
    newest: dict[AccountRef, MessagePosted] = field(default_factory=dict)

    @property
    def last(self) -> MessagePosted:
        """The message heard last, of which there is one."""
        return self.readers(1)[0]

    def readers(self, most: int) -> list[MessagePosted]:
        """The last message of each of those who wrote last, the newest first."""
        return sorted(self.newest.values(), key=lambda one: one.at, reverse=True)[:most]

    def up_to(self, messages: int) -> Iterator[Event]:
        while self.messages < messages and (event := next(self.events, None)) is not None:
            if isinstance(event, MessagePosted):
                self.messages += 1
                self.newest[event.author] = event
            yield event


def product(url: str, messages: Path, wanted: Wanted) -> list[Grown]:
    """Grapevine over the database at `url`."""
    grown: list[Grown] = []
    heard = _Heard(lines_export(messages).events())
    with closing(open_store(url)) as store:
        bot = Bot(store, lambda: token_urlsafe(18))
        gc.freeze()  # as the service does when it is ready
        for size in wanted.sizes:
            paces = _take_in(store, bot, heard, size)
            waits = _waits(store, bot, heard.last, wanted)
            waits |= {"digest": _digests(bot, heard, wanted.topics)}
            size_now = _size(store)
            grown.append(
                Grown(heard.messages, paces[0], min(paces[1]), waits, size_now, peak_memory())
            )
    return grown


def _take_in(store: Store, bot: Bot, heard: _Heard, size: int) -> tuple[float, list[float]]:
    """Messages a second of all and of each transaction."""
    begun = before = time.perf_counter()
    first = last = heard.messages
    paces: list[float] = []

    def mark(_done: int) -> None:
        nonlocal before, last
        now = time.perf_counter()
        paces.append((heard.messages - last) / (now - before))
        before, last = now, heard.messages

    take_in(store, bot, heard.up_to(size), f"scale-{size}", mark)
    whole = (heard.messages - first) / (time.perf_counter() - begun)
    # What is left over for the last transaction may be a handful.
    return whole, paces[:-1] or paces


def _waits(
    store: Store, bot: Bot, last: MessagePosted, wanted: Wanted
) -> dict[str, dict[str, float]]:
    """Ask as the author of the last message, where it stands."""

    def whoknows(topic: str) -> None:
        bot.handle(CommandUsed(last.place, last.author, "whoknows", topic, last.at))

    def links(topic: str) -> None:
        bot.handle(CommandUsed(last.place, last.author, "links", topic, last.at))

    def ask(question: str) -> None:
        _ask(store, last.author, last.place, question, last.at)

    return {
        "whoknows": _timed(whoknows, wanted.topics),
        "ask": _timed(ask, wanted.questions),
        "links": _timed(links, wanted.topics),
    }


def _digests(bot: Bot, heard: _Heard, topics: Sequence[str]) -> dict[str, float]:
    """What those who wrote last wait for their digest of a month, each following some topics."""
    readers, at = heard.readers(READERS), heard.last.at
    for number, one in enumerate(readers):
        for step in range(FOLLOWED):
            topic = topics[(number * FOLLOWED + step) % len(topics)]
            bot.handle(CommandUsed(one.place, one.author, "follow", topic, at))

    def digest(one: MessagePosted) -> None:
        bot.handle(CommandUsed(one.place, one.author, "digest", "now", at))

    return _timed(digest, readers)


def _ask(store: Store, who: AccountRef, where: PlaceRef, question: str, at: datetime) -> None:
    with store.read() as unit:
        asker, place = unit.directory.account(who), unit.directory.place(where)
        assert asker is not None
        assert place is not None
        own = unit.directory.accounts_of(asker.person_id)
        rank(
            question,
            Audience(at, place.community_id, own),
            unit.evidence,
            int(at.timestamp() * MICROS),
            place_id=place.id,
            without=frozenset(own),
            aim=ASK,
        )


def _timed(ask: Callable[[T], object], wanted: Sequence[T]) -> dict[str, float]:
    """The percentiles of asking for each, in milliseconds; some are asked before."""
    for one in wanted[:WARMING]:
        ask(one)
    seconds: list[float] = []
    worked: list[float] = []
    for one in wanted:
        begun, working = time.perf_counter(), time.thread_time()
        ask(one)
        worked.append(time.thread_time() - working)
        seconds.append(time.perf_counter() - begun)
    return _percentiles("", seconds) | _percentiles("cpu_", worked)


def _percentiles(kind: str, seconds: list[float]) -> dict[str, float]:
    """By their nearest rank, in milliseconds."""
    ordered = sorted(seconds)
    return {
        f"{kind}p{percent}": round(ordered[math.ceil(len(ordered) * percent / 100) - 1] * 1000, 2)
        for percent in PERCENTS
    }


def _size(store: Store) -> int:
    """Bytes of the database."""
    with store.read() as unit:
        if store.backend == "sqlite":
            return Path(store.name).stat().st_size
        query = "SELECT pg_database_size(current_database())"
        return int(unit.connection.exec_driver_sql(query).scalar_one())


def alternative(file: Path, messages: Path, wanted: Wanted) -> list[Grown]:
    """Full-text search over single messages, summed by author, in an SQLite file."""
    grown: list[Grown] = []
    heard = _Heard(lines_export(messages).events())
    with closing(MessageFts(str(file), topics=True)) as fts:
        for size in wanted.sizes:
            begun, first = time.perf_counter(), heard.messages
            events = heard.up_to(size)
            while batch := list(islice(events, BATCH)):
                fts.hear(list(messages_of(batch)))
            pace = (heard.messages - first) / (time.perf_counter() - begun)

            def ask(text: str) -> None:
                order(fts.search(text), "")

            waits = {
                "whoknows": _timed(ask, wanted.topics),
                "ask": _timed(ask, wanted.questions),
            }
            size_now = file.stat().st_size
            grown.append(Grown(heard.messages, pace, pace, waits, size_now, peak_memory()))
    return grown
