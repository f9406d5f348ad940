"""Running `grapevine` as people do, and looking at what it left in the store."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine

from storage.tables import metadata

ROOT = Path(__file__).parents[2]
COMMUNITY = ROOT / "demo" / "community"
# Different in every store: the key with which forgotten people are recognised.
OF_ONE_STORE_ONLY = "forget_key"


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code, and what it wrote where."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one line on standard error of a command that failed."""
        assert self.code != 0, self.out
        assert self.err.count("\n") == 1, self.err
        assert "Traceback" not in self.out + self.err
        return self.err.rstrip("\n")


Grapevine = Callable[..., Ran]


def start(*words: object, folder: Path, **settings: str) -> subprocess.Popen[str]:
    """Start `python -m bot` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "bot", *map(str, words)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> Ran:
    """Wait for a process and say how it ended."""
    with process:
        out, err = process.communicate()
    return Ran(process.returncode, out, err)


def rows_of(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in a store, table by table, in an order of its own."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            found = {
                table.name: sorted(
                    (tuple(row) for row in connection.execute(table.select())), key=repr
                )
                for table in metadata.sorted_tables
            }
    finally:
        engine.dispose()
    found["meta"] = [row for row in found["meta"] if row[0] != OF_ONE_STORE_ONLY]
    return found
