"""How fast a community is taken in, and whether it gets slower as the store grows.

Takes a file of messages (JSON lines, plain or gzipped) through the real reader and the real import
into a new SQLite file; then its first lines alone, into another, so that the time for a message
can be compared; then, to show what the machine could do, all of it as bare rows with a full-text
index ("floor"). Each in a process of its own, whose peak memory is told.

    python -m benchmarks.import_speed MESSAGES --json
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.apart import apart
from benchmarks.command import Machine, guarded, mib, parser, table, whole
from benchmarks.taking_in import TakenIn, beginning, by_the_floor, by_the_product

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST = 20_000


@dataclass(frozen=True, slots=True)
class Pace:
    """One import. `us`: microseconds a message; `cpu_us`: those that the processor worked."""

    messages: int
    seconds: float
    per_second: float
    us: float
    cpu_us: float
    file_mib: float | None
    peak_memory_mib: float | None

    @classmethod
    def of(cls, taken: TakenIn) -> Pace:
        """The pace of an import of at least one message."""
        return cls(
            messages=taken.messages,
            seconds=round(taken.seconds, 2),
            per_second=round(taken.messages / taken.seconds, 1),
            us=round(taken.seconds / taken.messages * 1e6, 1),
            cpu_us=round(taken.cpu / taken.messages * 1e6, 1),
            file_mib=mib(taken.size),
            peak_memory_mib=mib(taken.peak),
        )


@dataclass(frozen=True, slots=True)
class Marginal:
    """Within the whole import: microseconds for each of its first and of its last messages."""

    messages: int
    first_us: float
    last_us: float
    growth: float


@dataclass(frozen=True, slots=True)
class Result:
    """What is printed. `growth`: the whole's time for a message by that of the first alone."""

    whole: Pace
    first: Pace
    growth: float
    cpu_growth: float
    marginal: Marginal
    floor: Pace
    machine: Machine


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; what it returns is its exit code."""
    return guarded(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    made = parser("import_speed", __doc__)
    made.add_argument("messages", type=Path, help="messages as JSON lines, plain or gzipped")
    made.add_argument(
        "--first", type=whole, default=FIRST, help=f"lines of the small import (default {FIRST:,})"
    )
    return made


def _run(options: argparse.Namespace) -> None:
    result = measure(options.messages, options.first)
    print(json.dumps(asdict(result)) if options.json else _table(result))


def measure(messages: Path, first: int) -> Result:
    """Import a file and its first lines. ImportFailed when it is no file of messages."""
    machine = Machine()
    with TemporaryDirectory(prefix="grapevine-") as name:
        folder = Path(name)
        everything = apart(by_the_product, messages, folder / "whole.db")
        beginning(messages, first, folder / messages.name)
        small = apart(by_the_product, folder / messages.name, folder / "first.db")
        floor = apart(by_the_floor, messages, folder / "floor.db")
    whole_pace, first_pace = Pace.of(everything), Pace.of(small)
    return Result(
        whole=whole_pace,
        first=first_pace,
        growth=round(whole_pace.us / first_pace.us, 3),
        cpu_growth=round(whole_pace.cpu_us / first_pace.cpu_us, 3),
        marginal=marginal(everything, small.messages),
        floor=Pace.of(floor),
        machine=machine,
    )


def marginal(taken: TakenIn, messages: int) -> Marginal:
    """Compare the first and the last `messages` of an import."""
    early = _when(taken.marks, messages)
    late = taken.marks[-1][1] - _when(taken.marks, taken.messages - messages)
    return Marginal(
        messages=messages,
        first_us=round(early / messages * 1e6, 1),
        last_us=round(late / messages * 1e6, 1),
        growth=round(late / early, 3),
    )


def _when(marks: Sequence[tuple[int, float]], messages: int) -> float:
    """The second at which so many messages were in; between two marks they came evenly."""
    before, since = 0, 0.0
    for count, second in marks:
        if count >= messages > before:
            return since + (second - since) * (messages - before) / (count - before)
        before, since = count, second
    return 0.0


def _table(result: Result) -> str:
    lines = [f"{'':12}{'messages':>10}{'seconds':>9}{'a second':>10}{'us each':>9}"]
    lines[0] += f"{'cpu us':>9}{'file MiB':>10}{'memory MiB':>12}"
    for name, one in (("import", result.whole), ("its first", result.first)):
        lines.append(_row(name, one))
    lines.append(_row("floor", result.floor))
    within = result.marginal
    told = [
        ("a message of all by one of the first", f"{result.growth:.2f} times as long"),
        ("the same in processor time", f"{result.cpu_growth:.2f} times"),
        (
            f"the last {within.messages:,} of all by the first",
            f"{within.growth:.2f} times ({within.first_us:.0f} us, then {within.last_us:.0f} us)",
        ),
    ]
    return "\n".join([*lines, table(told), str(result.machine)])


def _row(name: str, one: Pace) -> str:
    memory = "?" if one.peak_memory_mib is None else f"{one.peak_memory_mib:.0f}"
    return (
        f"{name:12}{one.messages:>10,}{one.seconds:>9.1f}{one.per_second:>10,.0f}{one.us:>9.0f}"
        f"{one.cpu_us:>9.0f}{one.file_mib:>10.1f}{memory:>12}"
    )


if __name__ == "__main__":
    sys.exit(main())
