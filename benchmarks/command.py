"""What every benchmark's command line has in common."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import GrapevineError

if TYPE_CHECKING:
    from collections.abc import Callable

TROUBLE = 2
STOPPED = 130  # what a shell makes of Ctrl-C
# What may go wrong without a mistake of ours.
EXPECTED = (GrapevineError, OSError, sqlite3.OperationalError)
_CPU_INFO = Path("/proc/cpuinfo")


def guarded(run: Callable[[], None]) -> int:
    """Run; every expected trouble is one sentence on standard error and the exit code 2."""
    try:
        run()
    except EXPECTED as error:
        print(_sentence(error), file=sys.stderr)
        return TROUBLE
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return STOPPED
    return 0


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"The system refused: {error.strerror or 'unknown reason'}."
    if isinstance(error, sqlite3.Error):
        return f"The system refused a throw-away database: {error}."
    return str(error)


def parser(name: str, about: str | None) -> argparse.ArgumentParser:
    """The beginning of a command line: `benchmarks/<name>.py`, told about by its docstring."""
    made = argparse.ArgumentParser(prog=f"benchmarks/{name}.py", description=about)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return made


def whole(text: str) -> int:
    """A number of things, at least one, for argparse."""
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"should be a whole number from 1 on, not {text}")
    return int(text)


def share(text: str) -> float:
    """A share from 0 up to, but not including, 1, for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"should be a share from 0 to 0.99, not {text}")
    return value


def _processor() -> str:
    lines = _CPU_INFO.read_text().splitlines() if _CPU_INFO.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


@dataclass(frozen=True, slots=True)
class Machine:
    """What a figure was measured on, and when.

    `load`: how many processes wanted a core in the last minute, when the measuring began; above
    `cores` they had to share.
    """

    processor: str = field(default_factory=_processor)
    cores: int = field(default_factory=lambda: os.cpu_count() or 1)
    load: float = field(default_factory=lambda: round(os.getloadavg()[0], 2))
    python: str = field(default_factory=platform.python_version)
    sqlite: str = sqlite3.sqlite_version
    date: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())

    def __str__(self) -> str:
        return (
            f"{self.date}, {self.cores} cores of {self.processor} (load {self.load}), "
            f"Python {self.python}, SQLite {self.sqlite}"
        )


def table(rows: list[tuple[str, str]]) -> str:
    """Names and values in two columns."""
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:{width}}  {value}".rstrip() for name, value in rows)


def mib(size: int | None) -> float | None:
    """Bytes as mebibytes, for printing."""
    return None if size is None else round(size / 2**20, 1)
