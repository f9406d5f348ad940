"""Other ways to rank, each beside the product: what a view is worth, and how to put views together.

Replays a community as `benchmarks/ranking.py` does, looks the views of each question up once, and
puts them together in many ways: as the product does; without each of the views; each alone; by
reciprocal ranks (w / (10 + rank)) instead of shares; all with the same weight; with conversations
that fade sooner or later; and with weights that the community teaches (`benchmarks/learned.py`),
from those of its earlier questions that were asked two days before at least. Told is each one's
MRR, also that of the earlier and the later half of the questions (what is chosen by the one is to
be judged by the other), the difference to the product's with its 95 % interval (bootstrap over
questions), and findability.

    python -m benchmarks.roads MESSAGES QUESTIONS --sample 500 --json
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from itertools import chain
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks import learned
from benchmarks.command import Machine, guarded, parser, share, whole
from benchmarks.community import Community, Stream, drawn, messages_of
from benchmarks.learned import Example
from benchmarks.measures import Tally, interval
from benchmarks.rankers import Product
from benchmarks.ranking import SEED, WARM
from bot.ranking.people import find
from bot.ranking.pooling import best_first, pool
from bot.ranking.views import Aim, Found, views
from storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from benchmarks.community import Question
    from bot.ports import Evidence
    from bot.ranking.pooling import View
    from bot.ranking.views import Asking
    from storage.store import Store

CONVERSATIONS = Aim({"conversations": 1.0})
K = 10
ANSWERED = timedelta(days=2)  # after a question its answers are in
FADING = (3, 10, 100, 365)  # days
EXAMPLES, RELEARNT = 300, 25  # questions: as many are learned from, and behind so many anew


@dataclass(frozen=True, slots=True)
class Road:
    """How one way did; `low` and `high` bound its difference to the product's MRR."""

    mrr: float
    earlier: float
    later: float
    low: float
    high: float
    findability: float


@dataclass(frozen=True, slots=True)
class Result:
    """What is printed."""

    questions: int
    roads: dict[str, Road]
    weights: dict[str, float]
    machine: Machine


@dataclass(slots=True)
class _Teaching:
    """The weights that the questions so far teach."""

    start: dict[str, float]
    weights: dict[str, float]
    known: list[tuple[datetime, Example]] = field(default_factory=list)
    asked: int = 0

    def at(self, moment: datetime) -> dict[str, float]:
        """The weights at a moment, learned now and then."""
        if self.asked % RELEARNT == 0:
            ready = [example for at, example in self.known if at <= moment - ANSWERED]
            self.weights = learned.fit(ready[-EXAMPLES:], self.start)
        self.asked += 1
        return self.weights


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; what it returns is its exit code."""
    return guarded(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    made = parser("roads", __doc__)
    made.add_argument("messages", type=Path, help="messages as JSON lines, plain or gzipped")
    made.add_argument("questions", type=Path, help="questions as JSON lines, plain or gzipped")
    made.add_argument("--sample", type=whole, help="measure by so many questions, drawn")
    made.add_argument("--seed", type=int, default=SEED, help=f"of all chance (default {SEED})")
    made.add_argument("--warm", type=share, default=WARM, help=f"as for ranking (default {WARM})")
    made.add_argument("--query", choices=("text", "topic"), default="text", help="as for ranking")
    return made


def _run(options: argparse.Namespace) -> None:
    result = measure(options)
    print(json.dumps(asdict(result)) if options.json else _table(result))


def measure(options: argparse.Namespace) -> Result:
    """Measure every road over a community. ImportFailed when there is nothing to measure by."""
    machine = Machine()
    topics = options.query == "topic"
    community = Community(options.messages)
    asked = community.questions(options.questions, options.warm)
    asked = drawn(asked, options.sample, options.seed, topics=topics)
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="grapevine-"))
        store = stack.enter_context(closing(open_store(f"sqlite:///{folder}/store.db")))
        product = Product(store, community.ref, topics=topics)
        teaching = _Teaching(dict(product.aim.weights), dict(product.aim.weights))
        for question, seen, faded in _asked(Stream(community.groups()), asked, product, store):
            ways = chain(
                _roads(seen, product, teaching, question), _fading(seen, faded, product.aim.weights)
            )
            for name, scores in ways:
                tallies[name].add(product.named(best_first(scores)), question.answerers)
            known = list(pool(seen, product.aim.weights))
            names = zip(known, product.named(known), strict=True)
            answered = frozenset(who for who, name in names if name in question.answerers)
            teaching.known.append((question.at, Example(seen, answered)))
    first = tallies["product"].firsts
    roads = {name: _road(tally, first, options.seed) for name, tally in tallies.items()}
    return Result(len(first), roads, teaching.weights, machine)


def _asked(
    stream: Stream, asked: Sequence[Question], product: Product, store: Store
) -> Iterator[tuple[Question, dict[str, View], dict[int, View]]]:
    """Each question that measures something, with the views at its time.

    And with that of the conversations were they to fade over so many days.
    """
    posted: set[str] = set()
    for question in asked:
        events = stream.before(question.at)
        product.hear(events)
        posted |= {message.author.id for message in messages_of(events)}
        if not question.answerers & posted:
            continue
        product.meet(question)
        with store.read() as unit:
            asking = product.asking(unit, question)
            found = find(product.text(question), asking, unit.evidence)
            seen = views(found, product.aim, asking, unit.evidence)
            faded = {days: _faded(found, days, asking, unit.evidence) for days in FADING}
            product.learn_names(unit)
        yield question, seen, faded


def _faded(found: Found, days: int, asking: Asking, evidence: Evidence) -> View:
    other = Found.of(found.query, found.matches, found.parts, asking.now, days)
    return views(other, CONVERSATIONS, asking, evidence)["conversations"]


def _fading(
    seen: Mapping[str, View], faded: Mapping[int, View], weights: Mapping[str, float]
) -> Iterator[tuple[str, dict[int, float]]]:
    """The product, did conversations fade over so many days."""
    for days, view in faded.items():
        yield f"fading {days} days", pool({**seen, "conversations": view}, weights)


def _roads(
    seen: Mapping[str, View], product: Product, teaching: _Teaching, question: Question
) -> Iterator[tuple[str, dict[int, float]]]:
    """Each road's scores of people."""
    weights = product.aim.weights
    yield "product", pool(seen, weights)
    yield "learned", pool(seen, teaching.at(question.at))
    yield "by ranks", _by_ranks(seen, weights)
    yield "equal weights", pool(seen, dict.fromkeys(weights, 1.0))
    for name in weights:
        yield f"without {name}", pool(seen, {**weights, name: 0.0})
    for name in weights:
        yield f"only {name}", pool({name: seen[name]}, weights)


def _by_ranks(seen: Mapping[str, View], weights: Mapping[str, float]) -> dict[int, float]:
    total: defaultdict[int, float] = defaultdict(float)
    for name, view in seen.items():
        for place, who in enumerate(best_first(view), 1):
            total[who] += weights[name] / (K + place)
    return dict(total)


def _road(tally: Tally, beside: Sequence[float], seed: int) -> Road:
    apart = [one - other for one, other in zip(tally.firsts, beside, strict=True)]
    low, high = interval(apart, seed)
    found = tally.figures()["findability"]
    half = len(tally.firsts) // 2
    earlier, later = tally.firsts[:half] or tally.firsts, tally.firsts[half:]
    figures = (fmean(tally.firsts), fmean(earlier), fmean(later), low, high, found)
    return Road(*(round(one, 4) for one in figures))


def _table(result: Result) -> str:
    head = f"{'mrr':>8}{'earlier':>9}{'later':>8}{'beside the product':>20}{'findability':>13}"
    lines = [f"{'':20}{head}"]
    for name, road in result.roads.items():
        span = f"[{road.low:+.3f}, {road.high:+.3f}]"
        halves = f"{road.earlier:9.3f}{road.later:8.3f}"
        lines.append(f"{name:20}{road.mrr:8.3f}{halves}{span:>20}{road.findability:13.3f}")
    weights = ", ".join(f"{name} {weight:.2f}" for name, weight in result.weights.items())
    told = f"{result.questions:,} questions; learned at last: {weights}"
    return "\n".join([*lines, told, str(result.machine)])


if __name__ == "__main__":
    sys.exit(main())
