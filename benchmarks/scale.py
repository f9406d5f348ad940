"""How a store of a million messages behaves, and how it grew there.

Makes up a community (`benchmarks/generated.py`), takes it in on SQLite and on PostgreSQL, and at a
hundredth, a tenth and the whole of its size asks for topics (whoknows and links, through the bot's
public way in), ranks people for questions of 5 to 60 words, and builds the digests of those who
wrote last, each of whom follows five topics. Beside it, in the same run, the
obvious alternative: full-text search over single messages, summed by author. PostgreSQL is one of
the benchmark's own where its programs are installed, else the empty one that --postgres names.

    python -m benchmarks.scale --messages 100000 --json
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks import growing
from benchmarks.apart import apart
from benchmarks.command import Machine, guarded, mib, parser, whole
from benchmarks.generated import Generated
from benchmarks.growing import Grown, Wanted
from tests.databases import own_cluster, postgres_binaries

if TYPE_CHECKING:
    from collections.abc import Sequence

MESSAGES, SEED, LOOKUPS = 1_000_000, 1, 300
PER_PERSON = 200  # messages
STEPS = (100, 10, 1)  # parts of the whole
TERMS = (5, 10, 20, 40, 60)  # words of a question
# A server as its packagers set it up, but for where it listens.
SERVER = "-c listen_addresses=''"


@dataclass(frozen=True, slots=True)
class Result:
    """What is printed: each store at each size."""

    messages: int
    people: int
    stores: dict[str, list[Grown]]
    machine: Machine


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; what it returns is its exit code."""
    return guarded(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    made = parser("scale", __doc__)
    made.add_argument(
        "--messages", type=whole, default=MESSAGES, help=f"so many (default {MESSAGES:,})"
    )
    made.add_argument("--people", type=whole, help=f"so many (default one for {PER_PERSON})")
    made.add_argument(
        "--lookups", type=whole, default=LOOKUPS, help=f"of each kind (default {LOOKUPS})"
    )
    made.add_argument("--seed", type=int, default=SEED, help=f"of all chance (default {SEED})")
    made.add_argument("--postgres", metavar="URL", help="an empty PostgreSQL database")
    made.add_argument("--sqlite-only", action="store_true", help="leave PostgreSQL out")
    return made


def _run(options: argparse.Namespace) -> None:
    result = measure(options)
    print(json.dumps(asdict(result)) if options.json else _table(result))


def measure(options: argparse.Namespace) -> Result:
    """Make the community up and let each store grow."""
    machine = Machine()
    people = options.people or max(20, options.messages // PER_PERSON)
    made = Generated(people, options.seed)
    wanted = Wanted(
        tuple(max(1, options.messages // part) for part in STEPS),
        tuple(made.topic() for _ in range(options.lookups)),
        tuple(made.question(TERMS[n % len(TERMS)]) for n in range(options.lookups)),
    )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="grapevine-")))
        lines = folder / "generated.jsonl"
        made.write(options.messages, lines)
        urls = {"sqlite": f"sqlite:///{folder}/store.db"} | _postgres(options, stack)
        stores = {name: apart(growing.product, url, lines, wanted) for name, url in urls.items()}
        stores["message_fts"] = apart(growing.alternative, folder / "fts.db", lines, wanted)
    return Result(options.messages, people, stores, machine)


def _postgres(options: argparse.Namespace, stack: ExitStack) -> dict[str, str]:
    if options.sqlite_only:
        return {}
    if options.postgres:
        return {"postgres": options.postgres}
    binaries = postgres_binaries()
    if binaries is None:
        return {}
    server = stack.enter_context(own_cluster(binaries, SERVER))
    return {"postgres": server.render_as_string(hide_password=False)}


def _table(result: Result) -> str:
    columns = ("p50", "p95", "p99", "cpu_p50", "cpu_p99")
    head = f"{'milliseconds':22}{'messages':>10}" + "".join(f"{name:>9}" for name in columns)
    lines = [head]
    told = [f"{'':12}{'messages':>10}{'a second':>10}{'slowest':>9}{'MiB':>9}{'memory MiB':>12}"]
    for name, sizes in result.stores.items():
        for one in sizes:
            for kind, waits in one.waits.items():
                cells = "".join(f"{waits[p]:9.1f}" for p in columns)
                lines.append(f"{name:12}{kind:10}{one.messages:10,}{cells}")
            told.append(
                f"{name:12}{one.messages:10,}{one.per_second:10,.0f}{one.slowest:9,.0f}"
                f"{mib(one.size):9,.0f}{mib(one.peak) or 0:12,.0f}"
            )
    goals = [_goals(name, result) for name in result.stores if name != "message_fts"]
    people = f"{result.people:,} people"
    return "\n".join([*lines, "", *told, "", *goals, people, str(result.machine)])


def _goals(name: str, result: Result) -> str:
    """How a store does beside the alternative, and how it grew over the last tenfold."""
    before, last = result.stores[name][-2:]
    beside = result.stores["message_fts"][-1].waits
    parts = [
        f"{kind} p50 {waits['p50'] / before.waits[kind]['p50']:.1f} times as long"
        + (
            f", p99 1/{beside[kind]['p99'] / waits['p99']:.1f} of the alternative's"
            if kind in beside
            else ""
        )
        for kind, waits in last.waits.items()
    ]
    return f"{name}: {'; '.join(parts)}"


if __name__ == "__main__":
    sys.exit(main())
