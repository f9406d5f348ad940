"""How many digests are built and sent in a second, and whether memory stays flat.

Imports a file of messages (JSON lines, plain or gzipped) into a SQLite file, or takes the one that
--store names. Then so many people want a digest of the last week of it: first whoever wrote there,
then people who only read. Each follows three topics, every fifth says they know one more; topics
are titles of threads of one to three words, drawn as often as there are messages in them. All
digests are due at once, and none was sent before. They go the way they go in service: the clock
ticks, the outbox is claimed, each is composed in the moment of sending, a carrier that takes all of
it says so. The bot does that in a process of its own.

    python -m benchmarks.digests MESSAGES --digests 10000
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import chain, count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from adapters.files.records import shown
from benchmarks.apart import apart
from benchmarks.command import Machine, guarded, mib, parser, table, whole
from benchmarks.community import Community, messages_of
from benchmarks.sending_digests import Readers, Sent, send
from benchmarks.taking_in import by_the_product
from bot.errors import ImportFailed
from bot.text import words

if TYPE_CHECKING:
    from collections.abc import Sequence

DIGESTS, SEED = 10_000, 1
FOLLOWED = 3
CLAIMING = 5  # one in so many
MOST_TERMS = 3


@dataclass(frozen=True, slots=True)
class Result:
    """What is printed. `told`: digests that had something to tell; `second`: digests in one.

    `cpu_second` and `built_cpu_second`: digests in one second of the processor, which a busy
    machine changes less; from the tick to the last one sent, and composed alone.
    `memory_first` and `memory_last`: what the process held after the first tenth and at the end.
    """

    messages: int
    digests: int
    told: int
    seconds: float
    second: float
    cpu_second: float
    built_cpu_second: float
    composing_ms_p50: float
    composing_ms_p99: float
    memory_first_mib: float | None
    memory_last_mib: float | None
    machine: Machine


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; what it returns is its exit code."""
    return guarded(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    made = parser("digests", __doc__)
    made.add_argument("messages", type=Path, help="messages as JSON lines, plain or gzipped")
    made.add_argument("--digests", type=whole, default=DIGESTS, help=f"so many (default {DIGESTS})")
    made.add_argument(
        "--store", type=Path, metavar="FILE", help="the store of these messages; is changed"
    )
    made.add_argument("--seed", type=int, default=SEED, help=f"of drawing (default {SEED})")
    return made


def _run(options: argparse.Namespace) -> None:
    result = measure(options.messages, options.store, options.digests, options.seed)
    print(json.dumps(asdict(result)) if options.json else _table(result))


def measure(messages: Path, store: Path | None, digests: int, seed: int) -> Result:
    """Build and send digests. ImportFailed when nobody writes about anything."""
    machine = Machine()
    readers, total = _readers(Community(messages), messages, digests, seed)
    with TemporaryDirectory(prefix="grapevine-") as name:
        database = store or Path(name, "store.db")
        if not database.exists():
            apart(by_the_product, messages, database)
        sent = apart(send, database, readers)
    return _result(total, digests, sent, machine)


def _readers(community: Community, messages: Path, digests: int, seed: int) -> tuple[Readers, int]:
    """Who wants a digest, and of what; and how many messages there are."""
    authors: dict[str, None] = {}
    titles: Counter[str] = Counter()
    last, total = None, 0
    for message in messages_of(chain.from_iterable(community.groups())):
        authors.setdefault(message.author.id)
        title = (message.thread or "").partition(" > ")[2].strip()
        if title and 0 < len(words.terms(title)) <= MOST_TERMS:
            titles[title] += 1
        last, total = message.at, total + 1
    if not titles or last is None:
        raise ImportFailed(f"No thread in {shown(messages.name)} has a title to follow.")
    draw = Random(seed)
    people = [*authors, *(f"reader-{number}" for number in range(digests))][:digests]
    drawn = iter(draw.choices(list(titles), list(titles.values()), k=digests * (FOLLOWED + 1)))
    wanted = [(who, [next(drawn) for _ in range(FOLLOWED)]) for who in people]
    claims = [(who, next(drawn)) for who, number in zip(people, count()) if not number % CLAIMING]
    noon = last.replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return Readers(community.ref, noon, tuple(wanted), tuple(claims)), total


def _result(messages: int, digests: int, sent: Sent, machine: Machine) -> Result:
    waits = sorted(sent.composing)
    return Result(
        messages=messages,
        digests=digests,
        told=sent.told,
        seconds=round(sent.seconds, 1),
        second=round(digests / sent.seconds, 1),
        cpu_second=round(digests / sent.cpu, 1),
        built_cpu_second=round(digests / sent.built, 1),
        composing_ms_p50=round(waits[len(waits) // 2] * 1_000, 1),
        composing_ms_p99=round(waits[len(waits) * 99 // 100] * 1_000, 1),
        memory_first_mib=mib(sent.memory[0]),
        memory_last_mib=mib(sent.memory[-1]),
        machine=machine,
    )


def _table(result: Result) -> str:
    rows = [
        ("messages in the store", f"{result.messages:,}"),
        ("digests", f"{result.digests:,}"),
        ("  with something to tell", f"{result.told:,}"),
        ("seconds", f"{result.seconds:,.1f}"),
        ("digests in a second", f"{result.second:,.1f}"),
        ("  of the processor", f"{result.cpu_second:,.1f}"),
        ("  of that, composed alone", f"{result.built_cpu_second:,.1f}"),
        ("composing one", f"{result.composing_ms_p50} ms (p99 {result.composing_ms_p99} ms)"),
        ("memory after a tenth", f"{result.memory_first_mib} MiB"),
        ("memory at the end", f"{result.memory_last_mib} MiB"),
    ]
    return f"{table(rows)}\n{result.machine}"


if __name__ == "__main__":
    sys.exit(main())
