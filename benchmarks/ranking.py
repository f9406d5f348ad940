"""How well people are ranked: a community's past, replayed.

Streams the messages in order of time through the real capture into a throw-away store and, at each
question, ranks people with the real ranking: as the asker, in that channel, at that time, with
nothing in the store but what came strictly before. Beside it, in the same run, three simple
rankings (`benchmarks/rankers.py`). Candidates are all who had posted before, but the asker; true
are those who then answered; a question none of whose answerers is a candidate measures nothing.

    python -m benchmarks.ranking MESSAGES QUESTIONS --json
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.progress import track

from adapters.cli.output import err
from benchmarks.command import Machine, guarded, parser, share, whole
from benchmarks.community import Community, Question, Stream, drawn, messages_of
from benchmarks.measures import Tally, interval, reciprocal
from benchmarks.rankers import LatelyInChannel, MessageFts, MostMessages, Product, Ranker
from bot.errors import ImportFailed, StoreError
from storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.events import Event
    from storage.store import Store

SEED = 1
WARM = 0.3
COLUMNS = ("mrr", "hit1", "hit3", "hit5", "recall10", "findability")


@dataclass(frozen=True, slots=True)
class Result:
    """What is printed: the figures of each ranking."""

    questions: int
    rankings: dict[str, dict[str, float]]
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; what it returns is its exit code."""
    return guarded(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    made = parser("ranking", __doc__)
    made.add_argument("messages", type=Path, help="messages as JSON lines, plain or gzipped")
    made.add_argument("questions", type=Path, help="questions as JSON lines, plain or gzipped")
    made.add_argument("--sample", type=whole, help="measure by so many questions, drawn")
    made.add_argument("--seed", type=int, default=SEED, help=f"of drawing them (default {SEED})")
    made.add_argument(
        "--warm",
        type=share,
        default=WARM,
        help=f"share of the time that only feeds (default {WARM})",
    )
    made.add_argument(
        "--query",
        choices=("text", "topic"),
        default="text",
        help="ask the question's text in its channel, or its topic in no place",
    )
    made.add_argument(
        "--labels",
        action="store_true",
        help="tell the MRR by first answerer and by who was thanked, too, with 95 %% intervals",
    )
    made.add_argument("--database", metavar="URL", help="an empty database, instead of SQLite")
    return made


@dataclass(slots=True)
class Lane:
    """One ranking with how it did, and the seconds of processor time that it took."""

    ranker: Ranker
    tally: Tally = field(default_factory=Tally)
    hearing: float = 0.0
    ranking: float = 0.0
    first: list[float] = field(default_factory=list)
    thanked: list[float] = field(default_factory=list)

    def take(self, events: Sequence[Event], question: Question, *, measured: bool) -> None:
        """Hear what came before a question, and answer it if it is to be measured."""
        begun = time.thread_time()
        self.ranker.hear(events)
        heard = time.thread_time()
        if measured:
            order = self.ranker.rank(question)
            self.tally.add(order, question.answerers)
            self.first.append(reciprocal(order, {question.first or ""}))
            if question.thanked:
                self.thanked.append(reciprocal(order, question.thanked))
        self.hearing += heard - begun
        self.ranking += time.thread_time() - heard


def _run(options: argparse.Namespace) -> None:
    machine = Machine()
    result, lanes = compare(
        options.messages,
        options.questions,
        sample=options.sample,
        seed=options.seed,
        warm=options.warm,
        topics=options.query == "topic",
        database=options.database,
    )
    labels = _labels(lanes, options.seed) if options.labels else {}
    if options.json:
        print(json.dumps(asdict(result) | ({"labels": labels} if labels else {})))
        return
    print(_table(result, lanes, machine))
    for name, told in labels.items():
        print(f"{name:18}" + "  ".join(f"{label} {_span(one)}" for label, one in told.items()))


def _labels(lanes: dict[str, Lane], seed: int) -> dict[str, dict[str, list[float]]]:
    """For each ranking the MRR by each label, with the bounds of its interval."""
    return {
        name: {
            label: [round(fmean(values), 4), *(round(one, 4) for one in interval(values, seed))]
            for label, values in (
                ("any answerer", lane.tally.firsts),
                ("first answerer", lane.first),
                ("thanked", lane.thanked),
            )
            if values
        }
        for name, lane in lanes.items()
    }


def _span(one: Sequence[float]) -> str:
    return f"{one[0]:.3f} [{one[1]:.3f}, {one[2]:.3f}]"


def compare(
    messages: Path,
    questions: Path,
    *,
    sample: int | None,
    seed: int,
    warm: float,
    topics: bool = False,
    database: str | None = None,
) -> tuple[Result, dict[str, Lane]]:
    """Measure the rankings over a community. ImportFailed when there is nothing to measure by."""
    begun = time.perf_counter()
    community = Community(messages)
    asked = drawn(community.questions(questions, warm), sample, seed, topics=topics)
    lanes = measure(community, asked, database, topics=topics)
    if not lanes["product"].tally.firsts:
        raise ImportFailed("No question is left to measure by; take more of them, or less --warm.")
    result = Result(
        len(lanes["product"].tally.firsts),
        {name: lane.tally.figures() for name, lane in lanes.items()},
        round(time.perf_counter() - begun, 1),
    )
    return result, lanes


def measure(
    community: Community, asked: Sequence[Question], database: str | None, *, topics: bool
) -> dict[str, Lane]:
    """How each ranking did at the questions, which are in order of time."""
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="grapevine-"))
        store = stack.enter_context(closing(_empty(database or f"sqlite:///{folder}/store.db")))
        fts = stack.enter_context(closing(MessageFts(f"{folder}/fts.db", topics=topics)))
        lanes = {
            "product": Lane(Product(store, community.ref, topics=topics)),
            "most_messages": Lane(MostMessages()),
            "lately_in_channel": Lane(LatelyInChannel(topics)),
            "message_fts": Lane(fts),
        }
        _replay(Stream(community.groups()), _watched(asked), lanes)
        return lanes


def _replay(stream: Stream, asked: Iterable[Question], lanes: dict[str, Lane]) -> None:
    """Let each lane take each question.

    The simple rankings do so in a thread beside the product's, at most a question behind: SQLite
    lets go of the interpreter while it searches, so with two cores they cost the run no time.
    """
    posted: set[str] = set()
    behind: list[Future[None]] = []
    product, *simple = lanes.values()
    with ThreadPoolExecutor(max_workers=1) as beside:
        for question in asked:
            events = stream.before(question.at)
            posted |= {message.author.id for message in messages_of(events)}
            measured = bool(question.answerers & posted)
            _await(behind)
            behind = [
                beside.submit(lane.take, events, question, measured=measured) for lane in simple
            ]
            product.take(events, question, measured=measured)
        _await(behind)


def _await(futures: Iterable[Future[None]]) -> None:
    for future in futures:
        future.result()


def _empty(url: str) -> Store:
    store = open_store(url)
    with store.read() as unit:
        if any(unit.imports.totals().values()):
            name = store.name
            store.close()
            raise StoreError(f"The store {name} is in use; give the benchmark an empty one.")
    return store


def _watched(asked: Sequence[Question]) -> Iterable[Question]:
    """The questions, with a bar where somebody is watching."""
    if not err.is_terminal:
        return asked
    return track(asked, "Asking", console=err, transient=True)


def _table(result: Result, lanes: dict[str, Lane], machine: Machine) -> str:
    columns = (*COLUMNS, "hear s", "rank s")
    lines = [f"{'':18}" + "".join(f"{name:>12}" for name in columns)]
    for name, figures in result.rankings.items():
        took = f"{lanes[name].hearing:12.1f}{lanes[name].ranking:12.1f}"
        lines.append(f"{name:18}" + "".join(f"{figures[one]:12.3f}" for one in COLUMNS) + took)
    lines.append(
        f"{result.questions:,} questions in {result.seconds:.0f} seconds "
        "(to hear and to rank: of a processor's time)"
    )
    return "\n".join([*lines, str(machine)])


if __name__ == "__main__":
    sys.exit(main())
