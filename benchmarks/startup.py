"""How long a fresh process takes to its first answer.

Runs `python -m bot whoknows TOPIC` over a SQLite store, from the start of the process to its end,
after one run that warms the disk's memory and leaves compiled bytecode. Without --topic it asks for
a word that was said lately in the store. Beside it, in turn with it, what Python itself takes, and
what it takes to load SQLAlchemy.

    python -m benchmarks.startup STORE --json
"""

from __future__ import annotations

import argparse
import compileall
import json
import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.command import Machine, guarded, parser, whole
from bot.errors import GrapevineError, NotFound
from bot.text import words
from bot.wording import short
from storage.room import StoreRoom
from storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model import Community

RUNS = 9
LATELY = 200  # messages of a place from which the word is taken
ROOT = Path(__file__).parent.parent
# Settings of whoever measures; nor shall Python leave out what it compiled.
UNWANTED = ("CONVERSATION_", "FETCH_TITLES", "LOG_LEVEL", "PYTHONDONTWRITEBYTECODE", "COVERAGE_")


class NoAnswer(GrapevineError):
    """The process said something else than an answer."""


@dataclass(frozen=True, slots=True)
class Starts:
    """Milliseconds of several runs."""

    median: float
    worst: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Starts:
        """The median and the worst."""
        return cls(round(median(seconds) * 1000, 1), round(max(seconds) * 1000, 1))


@dataclass(frozen=True, slots=True)
class Result:
    """What is printed."""

    topic: str
    runs: int
    product: Starts
    python: Starts
    sqlalchemy: Starts
    machine: Machine


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; what it returns is its exit code."""
    return guarded(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    made = parser("startup", __doc__)
    made.add_argument("store", type=Path, help="a SQLite file that `grapevine import` filled")
    made.add_argument("--topic", help="what to ask for")
    made.add_argument("--runs", type=whole, default=RUNS, help=f"so many (default {RUNS})")
    return made


def _run(options: argparse.Namespace) -> None:
    result = measure(options.store, options.topic, options.runs)
    print(json.dumps(asdict(result)) if options.json else _table(result))


def measure(store: Path, topic: str | None, runs: int) -> Result:
    """Start processes over a store. NotFound when it is missing or empty, NoAnswer if they fail."""
    machine = Machine()
    if not store.is_file():
        raise NotFound(f"There is no store {store.name}; make one with grapevine import.")
    community, asked = _what_to_ask(store, topic)
    for part in ("bot", "adapters", "storage"):
        compileall.compile_dir(ROOT / part, quiet=2)
    ask = ("-m", "bot", "whoknows", "--community", community.ref.id, "--", asked)
    commands = {"product": ask, "python": ("-c", "pass"), "sqlalchemy": ("-c", "import sqlalchemy")}
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for run in range(runs + 1):
        for name, command in commands.items():
            seconds = _took(command, store.absolute())
            if run:
                taken[name].append(seconds)
    starts = {name: Starts.of(seconds) for name, seconds in taken.items()}
    return Result(asked, runs, **starts, machine=machine)


def _what_to_ask(store: Path, topic: str | None) -> tuple[Community, str]:
    """The first community, and the topic or a word that is common in one of its places."""
    with closing(open_store(f"sqlite:///{store}")) as opened:
        room = StoreRoom(opened)
        homes = room.communities()
        if not homes:
            raise NotFound(f"The store {store.name} is empty; fill it with grapevine import.")
        return homes[0], topic or _common_word(room, homes[0])


def _common_word(room: StoreRoom, home: Community) -> str:
    viewer = next(iter(room.people(home.ref)), None)
    said = Counter[str]()
    for place in room.places(home.ref):
        if viewer is None or said:
            break
        for heard in room.recent(place.ref, viewer.ref, datetime.now(UTC), LATELY):
            said.update(words.count(heard.text).spellings.values())
    if not said:
        raise NotFound("Nobody says anything in that store; name a topic with --topic.")
    return said.most_common(1)[0][0]


def _took(command: Sequence[str], store: Path) -> float:
    """Seconds from the start of a Python process to its end, in a folder without settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(UNWANTED)}
    with TemporaryDirectory(prefix="grapevine-") as folder:
        begun = time.perf_counter()
        done = subprocess.run(
            [sys.executable, *command],
            env=kept | {"DATABASE_URL": f"sqlite:///{store}"},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        seconds = time.perf_counter() - begun
    if done.returncode:
        said = short(done.stderr.decode(errors="replace"))
        raise NoAnswer(f"A process failed that should have answered; it said: {said}")
    return seconds


def _table(result: Result) -> str:
    lines = [f"{'milliseconds':14}{'median':>9}{'worst':>9}"]
    for name, starts in (
        ("product", result.product),
        ("python", result.python),
        ("sqlalchemy", result.sqlalchemy),
    ):
        lines.append(f"{name:14}{starts.median:9.0f}{starts.worst:9.0f}")
    told = f"{result.runs} starts each; the product was asked: whoknows {result.topic}"
    return "\n".join([*lines, told, str(result.machine)])


if __name__ == "__main__":
    sys.exit(main())
