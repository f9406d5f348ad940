"""What turns up later for a question that nobody answered: how much of it, and is it apt?

Streams the messages in order of time through the real capture into a throw-away store. A sample of
the questions is asked of the network where they were asked, and stays open; every day at noon the
clock ticks as it does in service, and what is offered to the askers is taken from the outbox.
A question is followed for a year or to the end of the messages. What stands in its own thread is
left out: there people answer it, which is no later find.

With --look-back, what `ask` shows at once instead: what was shared before the question.
With --show N, N of the finds beside their questions, to judge by eye.

    python -m benchmarks.later MESSAGES QUESTIONS --sample 100 --show 40
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.command import Machine, guarded, parser, share, table, whole
from benchmarks.community import Community, drawn
from benchmarks.finding import Find, LookingBack, RightOnTime
from bot.errors import ImportFailed
from storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.community import Question

SAMPLE, SEED = 200, 1
WARM, UNTIL = 0.1, 0.6


@dataclass(frozen=True, slots=True)
class Result:
    """What is printed. `share_with_finds`: of the questions, those that drew one at least."""

    questions: int
    question_years: float
    finds: int
    finds_per_question_year: float
    share_with_finds: float
    by_kind: dict[str, int]
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; what it returns is its exit code."""
    return guarded(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    made = parser("later", __doc__)
    made.add_argument("messages", type=Path, help="messages as JSON lines, plain or gzipped")
    made.add_argument("questions", type=Path, help="questions as JSON lines, plain or gzipped")
    made.add_argument(
        "--sample", type=whole, default=SAMPLE, help=f"questions to ask (default {SAMPLE})"
    )
    made.add_argument("--seed", type=int, default=SEED, help=f"of drawing (default {SEED})")
    made.add_argument(
        "--after",
        type=share,
        default=WARM,
        help=f"share of the time before which nothing is asked (default {WARM})",
    )
    made.add_argument(
        "--until",
        type=share,
        default=UNTIL,
        help=f"share of the time after which nothing is asked (default {UNTIL})",
    )
    made.add_argument("--look-back", action="store_true", help="what is shown when it is asked")
    made.add_argument("--show", type=whole, default=0, metavar="N", help="print N of the finds")
    return made


def _run(options: argparse.Namespace) -> None:
    machine, begun = Machine(), time.perf_counter()
    community = Community(options.messages)
    asked = _asked(community, options)
    if not asked:
        raise ImportFailed("No question is left to ask; take more of them, or a greater --until.")
    finds, years = _replay(community, asked, back=options.look_back)
    result = _result(asked, finds, years, time.perf_counter() - begun)
    if options.json:
        print(json.dumps(asdict(result)))
        return
    chosen = Random(options.seed).sample(finds, min(options.show, len(finds)))
    for number, one in enumerate(chosen, 1):
        print(f"── {number} {'─' * 90}\n{one}\n")
    print(_table(result, back=options.look_back))
    print(machine)


def _asked(community: Community, options: argparse.Namespace) -> list[Question]:
    """A sample of the questions that have time behind them."""
    late = {one.at for one in community.questions(options.questions, options.until)}
    asked = community.questions(options.questions, options.after)
    early = [one for one in asked if one.at not in late]
    return drawn(early, options.sample, options.seed, topics=False)


def _replay(
    community: Community, asked: Sequence[Question], *, back: bool
) -> tuple[list[Find], float]:
    with (
        TemporaryDirectory(prefix="grapevine-") as folder,
        closing(open_store(f"sqlite:///{folder}/store.db")) as store,
    ):
        way = LookingBack if back else RightOnTime
        return way(store, community).follow(asked)


def _result(
    asked: Sequence[Question], finds: Sequence[Find], years: float, seconds: float
) -> Result:
    return Result(
        questions=len(asked),
        question_years=round(years, 1),
        finds=len(finds),
        finds_per_question_year=round(len(finds) / years, 3) if years else 0.0,
        share_with_finds=round(len({id(one.question) for one in finds}) / len(asked), 3),
        by_kind=dict(sorted(Counter(one.kind for one in finds).items())),
        seconds=round(seconds, 1),
    )


def _table(result: Result, *, back: bool) -> str:
    rows = [
        ("questions", f"{result.questions:,}"),
        ("drew a find at least", f"{result.share_with_finds:.1%}"),
        ("finds", f"{result.finds:,}"),
        *((f"  {kind}", f"{count:,}") for kind, count in result.by_kind.items()),
    ]
    if not back:
        rows.insert(1, ("years they were open", f"{result.question_years:,.1f}"))
        rows.append(("finds in a question's year", f"{result.finds_per_question_year:.3f}"))
    return table([*rows, ("seconds", f"{result.seconds:,.1f}")])


if __name__ == "__main__":
    sys.exit(main())
