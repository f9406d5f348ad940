"""How long people wait for "who knows about X", and how much memory the process takes.

Imports a file of messages (JSON lines, plain or gzipped) into a SQLite file, or takes the one that
--store names. The topics are those of the file of questions: what it says a question is about,
else the title of the question's thread, else the rarest three of its words that other questions
have too. Each is asked once, as the member and in the channel of its question, through the bot's
public way in; then the same in full-text search over messages, summed by author. A few other
topics are asked before, so that both are warm. The bot asks in a process of its own, whose peak
memory is told.

    python -m benchmarks.lookups MESSAGES QUESTIONS --json
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from adapters.files.records import shown
from benchmarks.apart import apart
from benchmarks.asking import Asked, Lookup, ask
from benchmarks.command import Machine, guarded, mib, parser, whole
from benchmarks.community import Community, Question, drawn, messages_of
from benchmarks.rankers import MessageFts, order
from benchmarks.taking_in import by_the_product
from bot.errors import ImportFailed
from bot.importing import BATCH
from bot.text import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.events import AccountRef, Event

TOPICS = 200
WARMING = 20
TERMS = 3  # of a question that has no topic
COLUMNS = ("p50", "p90", "p99", "max", "answered")
_START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Waits:
    """Milliseconds until the answer; `answered`: how many of the topics somebody was named for."""

    p50: float
    p90: float
    p99: float
    max: float
    answered: int

    @classmethod
    def of(cls, seconds: Sequence[float], answered: int) -> Waits:
        """The waits by their nearest rank."""
        ordered = sorted(seconds)

        def at(percent: int) -> float:
            return round(ordered[math.ceil(len(ordered) * percent / 100) - 1] * 1000, 2)

        return cls(at(50), at(90), at(99), at(100), answered)


@dataclass(frozen=True, slots=True)
class Result:
    """What is printed."""

    topics: int
    product: Waits
    message_fts: Waits
    peak_memory_mib: float | None
    machine: Machine


@dataclass(slots=True)
class Past:
    """What must be known of a community to ask in it: who spoke, and when it ended."""

    authors: set[AccountRef] = field(default_factory=set)
    end: datetime = _START

    def hear(self, events: Sequence[Event]) -> None:
        """Take in what happened."""
        for message in messages_of(events):
            self.authors.add(message.author)
            self.end = max(self.end, message.at)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; what it returns is its exit code."""
    return guarded(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    made = parser("lookups", __doc__)
    made.add_argument("messages", type=Path, help="messages as JSON lines, plain or gzipped")
    made.add_argument("questions", type=Path, help="questions as JSON lines, plain or gzipped")
    made.add_argument(
        "--store", type=Path, metavar="FILE", help="the store of these messages; made if missing"
    )
    made.add_argument(
        "--topics", type=whole, default=TOPICS, help=f"so many at most (default {TOPICS})"
    )
    made.add_argument("--seed", type=int, default=1, help="of drawing them (default 1)")
    return made


def _run(options: argparse.Namespace) -> None:
    result = measure(
        options.messages, options.questions, options.store, options.topics, options.seed
    )
    print(json.dumps(asdict(result)) if options.json else _table(result))


def measure(messages: Path, questions: Path, store: Path | None, most: int, seed: int) -> Result:
    """Ask for topics of the questions. ImportFailed when there are none."""
    machine = Machine()
    with TemporaryDirectory(prefix="grapevine-") as name:
        community = Community(messages)
        asked = community.questions(questions, warm=0)
        with closing(MessageFts(f"{name}/fts.db", topics=True)) as fts:
            past = _heard(community, fts)
            lookups = _lookups(asked, past, most + WARMING, seed)
            if not lookups:
                raise ImportFailed(f"No question in {shown(questions.name)} has a topic to ask.")
            measured, warming = lookups[:most], lookups[most:] or lookups[:WARMING]
            database = _store(messages, store or Path(name, "store.db"))
            product = apart(ask, database, warming, measured, past.end)
            compared = _searched(fts, warming, measured)
    return Result(
        len(measured),
        Waits.of(product.seconds, product.answered),
        Waits.of(compared.seconds, compared.answered),
        mib(product.peak),
        machine,
    )


def _heard(community: Community, fts: MessageFts) -> Past:
    past = Past()
    events = chain.from_iterable(community.groups())
    while batch := list(islice(events, BATCH)):
        past.hear(batch)
        fts.hear(batch)
    return past


def _store(messages: Path, database: Path) -> Path:
    """The store, made if it is missing; it gets its name when it is whole.

    One that is there is taken as it is: whether it holds the messages is seen when it is asked.
    """
    if not database.exists():
        with TemporaryDirectory(prefix="grapevine-", dir=database.parent) as name:
            apart(by_the_product, messages, Path(name, "store.db"))
            Path(name, "store.db").rename(database)
    return database


def _lookups(questions: Sequence[Question], past: Past, most: int, seed: int) -> list[Lookup]:
    """Different topics of answered questions by people who spoke, drawn with `seed`."""
    known = [one for one in questions if one.asker in past.authors]
    titled = [one for one in known if one.topic] or _cut(known)
    found: dict[str, Lookup] = {}
    for one in drawn(titled, None, seed, topics=True):
        topic = one.topic or ""
        if words.terms(topic):
            found.setdefault(words.key(topic), Lookup(one.place, one.asker, topic))
    lookups = list(found.values())
    return Random(seed).sample(lookups, min(most, len(lookups)))


def _cut(questions: Sequence[Question]) -> list[Question]:
    """The questions with their rarest words as topics, those left out that have none in common."""
    counted = [words.count(one.text) for one in questions]
    used = Counter(term for each in counted for term in each.terms)
    cut: list[Question] = []
    for question, each in zip(questions, counted, strict=True):
        shared = [term for term in each.terms if used[term] > 1]
        rarest = sorted(shared, key=lambda term: (used[term], term))[:TERMS]
        topic = " ".join(each.spellings[term] for term in each.terms if term in rarest)
        cut.append(replace(question, topic=topic or None))
    return cut


def _searched(fts: MessageFts, warming: Sequence[Lookup], measured: Sequence[Lookup]) -> Asked:
    """The same asked of the simple search, in this process."""
    seconds: list[float] = []
    answered = 0
    for one in warming:
        order(fts.search(one.topic), one.asker.id)
    for one in measured:
        begun = time.perf_counter()
        people = order(fts.search(one.topic), one.asker.id)
        seconds.append(time.perf_counter() - begun)
        answered += bool(people)
    return Asked(tuple(seconds), answered, peak=None)


def _table(result: Result) -> str:
    lines = [f"{'milliseconds':14}" + "".join(f"{name:>9}" for name in COLUMNS)]
    for name, waits in (("product", result.product), ("message_fts", result.message_fts)):
        figures = (waits.p50, waits.p90, waits.p99, waits.max)
        cells = "".join(f"{figure:9.1f}" for figure in figures)
        lines.append(f"{name:14}{cells}{waits.answered:9,}")
    memory = "unknown" if result.peak_memory_mib is None else f"{result.peak_memory_mib:.0f} MiB"
    told = f"{result.topics:,} topics; peak memory of the product's process: {memory}"
    return "\n".join([*lines, told, str(result.machine)])


if __name__ == "__main__":
    sys.exit(main())
