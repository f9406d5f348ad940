"""Taking a file of messages into a new database: as the product does, and as little as possible."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.files.lines import opened, read_line
from adapters.files.records import shown
from benchmarks.apart import peak_memory
from benchmarks.community import lines_export
from bot.core import Bot
from bot.errors import ImportFailed
from bot.events import Event, MessagePosted
from bot.importing import BATCH, take_in
from storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIELDS = ("id", "ts", "channel", "thread", "user", "text")
_TABLES = """
    PRAGMA journal_mode=WAL;
    PRAGMA synchronous=FULL;
    CREATE TABLE said (id TEXT, at REAL, channel TEXT, thread TEXT, author TEXT, text TEXT);
    CREATE VIRTUAL TABLE word USING fts5(text, content='said', tokenize='porter unicode61');
"""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What came of taking in a file.

    `seconds` and `cpu` (of the processor, which a busy machine changes less) from the opening of
    the file to the closing of the database, which then has `size` bytes; `peak`: bytes of memory.
    `marks`: at the end of each transaction, the messages so far and the seconds since the first
    began.
    """

    messages: int
    seconds: float
    cpu: float
    size: int
    peak: int | None
    marks: tuple[tuple[int, float], ...] = ()


@dataclass(slots=True)
class _Clock:
    begun: float = field(default_factory=time.perf_counter)
    worked: float = field(default_factory=time.process_time)

    def stop(self, messages: int, database: Path, marks: list[tuple[int, float]]) -> TakenIn:
        return TakenIn(
            messages,
            time.perf_counter() - self.begun,
            time.process_time() - self.worked,
            database.stat().st_size,
            peak_memory(),
            tuple(marks),
        )


def by_the_product(messages: Path, database: Path) -> TakenIn:
    """As `grapevine import` does it. ImportFailed when it is no file of messages of people."""
    clock = _Clock()
    export = lines_export(messages)
    taken = 0

    def counted() -> Iterator[Event]:
        nonlocal taken
        for event in export.events():
            taken += isinstance(event, MessagePosted)
            yield event

    marks: list[tuple[int, float]] = []
    with closing(open_store(f"sqlite:///{database}")) as store:
        begun = time.perf_counter()
        take_in(
            store,
            Bot(store, lambda: ""),
            counted(),
            export.fingerprint,
            lambda _: marks.append((taken, time.perf_counter() - begun)),
        )
    if not taken:
        raise ImportFailed(f"{shown(messages.name)} holds no messages of people.")
    return clock.stop(taken, database, marks)


def by_the_floor(messages: Path, database: Path) -> TakenIn:
    """The least that any program must do: read the lines, keep them, index their words.

    Neither checked nor linked nor grouped; in transactions of the product's size and safety.
    """
    clock = _Clock()
    taken = 0
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(_TABLES)
        rows = _rows(messages)
        while batch := list(islice(rows, BATCH)):
            numbered = list(enumerate(batch, taken))
            taken += len(batch)
            with connection:
                connection.executemany(
                    "INSERT INTO said (rowid, id, at, channel, thread, author, text) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [(number, *row) for number, row in numbered],
                )
                connection.executemany(
                    "INSERT INTO word (rowid, text) VALUES (?, ?)",
                    [(number, row[-1]) for number, row in numbered],
                )
    return clock.stop(taken, database, [])


def _rows(messages: Path) -> Iterator[tuple[str, ...]]:
    with opened(messages) as file:
        for line in file:
            said = {} if line.isspace() else json.loads(line)
            if isinstance(said, dict) and said.get("text") and not said.get("bot"):
                yield tuple(_storable(said.get(name)) for name in _FIELDS)


def _storable(value: object) -> str:
    return str(value).encode("utf-8", "replace").decode()


def beginning(messages: Path, lines: int, target: Path) -> None:
    """Copy the first lines of a file, unpacked."""
    with opened(messages) as file, target.open("wb") as copy:
        for _ in range(lines):
            copy.write(read_line(file, messages))
