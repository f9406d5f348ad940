"""All figures of the README in one table, each beside its goal.

FOLDER holds communities as NAME.messages.jsonl and NAME.questions.jsonl, either maybe gzipped with
.gz behind its name. Speed is measured on the largest of them, the ranking on each.

    make bench DATA=FOLDER
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from adapters.files.records import shown
from benchmarks import import_speed, lookups, ranking, startup
from benchmarks.command import Machine, guarded, parser, whole
from bot.errors import NotFound

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

SAMPLE = 500
MESSAGES, QUESTIONS = ".messages.jsonl", ".questions.jsonl"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what it should be, and whether `goal` is the least or the most."""

    name: str
    value: float
    goal: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether it is as good as it should be."""
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    def __str__(self) -> str:
        sign = "≥" if self.at_least else "≤"
        verdict = "" if self.met else "  missed"
        return f"{self.name:58}{self.value:10,.3f}  {sign} {self.goal:,.3f}{verdict}"


@dataclass(frozen=True, slots=True)
class Community:
    """The two files of one community."""

    name: str
    messages: Path
    questions: Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; what it returns is its exit code."""
    return guarded(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    made = parser("figures", __doc__)
    made.add_argument("folder", type=Path, help="where the communities are")
    made.add_argument(
        "--sample",
        type=whole,
        default=SAMPLE,
        help=f"questions of each community at most (default {SAMPLE})",
    )
    return made


def _run(options: argparse.Namespace) -> None:
    machine = Machine()
    found: list[Figure] = []
    for figure in _figures(communities(options.folder), options.sample):
        found.append(figure)
        if not options.json:
            print(figure, flush=True)
    told = [asdict(figure) | {"met": figure.met} for figure in found]
    print(json.dumps({"figures": told, "machine": asdict(machine)}) if options.json else machine)


def communities(folder: Path) -> list[Community]:
    """The communities of a folder, the largest first. NotFound when it has none."""
    found = []
    for path in folder.glob(f"*{MESSAGES}*") if folder.is_dir() else ():
        name = path.name.partition(MESSAGES)[0]
        questions = sorted(folder.glob(f"{name}{QUESTIONS}*"))
        if questions:
            found.append(Community(name, path, questions[0]))
    if not found:
        raise NotFound(
            f"{shown(folder.name)} holds no communities: NAME{MESSAGES} with NAME{QUESTIONS}."
        )
    return sorted(found, key=lambda one: (-one.messages.stat().st_size, one.name))


def _figures(found: Sequence[Community], sample: int) -> Iterator[Figure]:
    yield from _import(found[0])
    with TemporaryDirectory(prefix="grapevine-") as folder:
        store = Path(folder, "store.db")
        yield from _lookups(found[0], store)
        yield from _startup(found[0], store)
    for one in found:
        yield from _ranking(one, sample)


def _import(one: Community) -> Iterator[Figure]:
    result = import_speed.measure(one.messages, import_speed.FIRST)
    yield Figure(
        f"{one.name}: messages imported in a second", result.whole.per_second, 3_000, at_least=True
    )
    yield Figure(f"{one.name}: time for a message, of all by first", result.growth, 1.3)


def _lookups(one: Community, store: Path) -> Iterator[Figure]:
    result = lookups.measure(one.messages, one.questions, store, lookups.TOPICS, ranking.SEED)
    yield Figure(f"{one.name}: whoknows, half within ms", result.product.p50, 15)
    yield Figure(f"{one.name}: whoknows, 99 of 100 within ms", result.product.p99, 50)
    if result.peak_memory_mib is not None:
        yield Figure(f"{one.name}: peak memory, MiB", result.peak_memory_mib, 200)


def _startup(one: Community, store: Path) -> Iterator[Figure]:
    result = startup.measure(store, None, startup.RUNS)
    yield Figure(f"{one.name}: start to first answer, ms", result.product.median, 1_000)


def _ranking(one: Community, sample: int) -> Iterator[Figure]:
    result, _ = ranking.compare(
        one.messages, one.questions, sample=sample, seed=ranking.SEED, warm=ranking.WARM
    )
    mrr = {name: figures["mrr"] for name, figures in result.rankings.items()}
    product = mrr.pop("product")
    best = max(mrr, key=lambda name: mrr[name])
    name = f"{one.name}: MRR of {result.questions:,}, by {best}"
    yield Figure(name, round(product, 3), round(mrr[best], 3), at_least=True)


if __name__ == "__main__":
    sys.exit(main())
