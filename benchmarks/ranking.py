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
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.progress import track

from adapters.cli.output import err
from benchmarks.command import guarded, share, whole
from benchmarks.community import Community, Question, Stream, drawn, messages_of
from benchmarks.measures import Tally
from benchmarks.rankers import LatelyInChannel, MessageFts, MostMessages, Product, Ranker
from bot.errors import ImportFailed, StoreError
from storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from storage.store import Store

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
    parser = argparse.ArgumentParser(prog="benchmarks/ranking.py", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("messages", type=Path, help="messages as JSON lines, plain or gzipped")
    parser.add_argument("questions", type=Path, help="questions as JSON lines, plain or gzipped")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--sample", type=whole, help="measure by so many questions, drawn")
    parser.add_argument("--seed", type=int, default=1, help="of the drawing (default 1)")
    parser.add_argument(
        "--warm", type=share, default=0.3, help="share of the time that only feeds (default 0.3)"
    )
    parser.add_argument(
        "--query",
        choices=("text", "topic"),
        default="text",
        help="ask the question's text in its channel, or its topic in no place",
    )
    parser.add_argument("--database", metavar="URL", help="an empty database, instead of SQLite")
    return parser


def _run(options: argparse.Namespace) -> None:
    begun = time.perf_counter()
    topics = options.query == "topic"
    community = Community(options.messages)
    questions = community.questions(options.questions, options.warm)
    asked = drawn(questions, options.sample, options.seed, topics=topics)
    tallies = measure(community, asked, options.database, topics=topics)
    if not tallies["product"].firsts:
        raise ImportFailed("No question is left to measure by; take more of them, or less --warm.")
    result = Result(
        len(tallies["product"].firsts),
        {name: tally.figures() for name, tally in tallies.items()},
        round(time.perf_counter() - begun, 1),
    )
    print(json.dumps(asdict(result)) if options.json else _table(result))


def measure(
    community: Community, asked: Sequence[Question], database: str | None, *, topics: bool
) -> dict[str, Tally]:
    """How each ranking did at the questions, which are in order of time."""
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="grapevine-"))
        store = stack.enter_context(closing(_empty(database or f"sqlite:///{folder}/store.db")))
        fts = stack.enter_context(closing(MessageFts(f"{folder}/fts.db", topics=topics)))
        rankers: dict[str, Ranker] = {
            "product": Product(store, community.ref, topics=topics),
            "most_messages": MostMessages(),
            "lately_in_channel": LatelyInChannel(topics),
            "message_fts": fts,
        }
        return _replay(Stream(community.groups()), _watched(asked), rankers)


def _replay(
    stream: Stream, asked: Iterable[Question], rankers: dict[str, Ranker]
) -> dict[str, Tally]:
    tallies = {name: Tally() for name in rankers}
    posted: set[str] = set()
    for question in asked:
        events = stream.before(question.at)
        posted |= {message.author.id for message in messages_of(events)}
        for name, ranker in rankers.items():
            ranker.hear(events)
            if question.answerers & posted:
                tallies[name].add(ranker.rank(question), question.answerers)
    return tallies


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


def _table(result: Result) -> str:
    lines = [f"{'':18}" + "".join(f"{name:>12}" for name in COLUMNS)]
    for name, figures in result.rankings.items():
        lines.append(f"{name:18}" + "".join(f"{figures[column]:12.3f}" for column in COLUMNS))
    lines.append(f"{result.questions:,} questions in {result.seconds:.0f} seconds")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
