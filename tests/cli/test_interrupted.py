"""An import that is killed, or runs out of disk, goes on where it was and ends the same."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, select

from bot.importing import BATCH
from storage.tables import import_run
from tests.cli.running import Grapevine, finished, rows_of, start
from tests.files.building import line, write_lines

MESSAGES = 2 * BATCH + 100
WORDS = "bread dough rye oven crust salt water flour peel steam score proof crumb starter".split()
TMPFS_BYTES = 8 * 1024 * 1024
LEFT_BYTES = 200 * 1024


def talk(messages: int) -> Iterator[dict[str, Any]]:
    """Some months of a few people in a channel: threads, replies and links among it."""
    dice = random.Random(4711)
    for number in range(messages):
        said = line(
            id=f"m{number}",
            ts=1_700_000_000 + 60 * number + 3_600 * (number // 10),
            user=f"u{dice.randrange(12)}",
            text=" ".join(dice.choices(WORDS, k=3)),
        )
        if number % 10 in {5, 7}:
            said["thread"] = f"m{10 * (number // 10) + 5}"
        if number % 10 == 9:
            said["reply_to"] = f"m{number - 8}"
        if number % 50 == 0:
            said["text"] += f" https://bread.example/{number}"
        yield said


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_lines(tmp_path_factory.mktemp("talk") / "bakery.jsonl", *talk(MESSAGES))


@pytest.fixture(scope="module")
def uninterrupted(export: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The whole of a store into which the export was imported in one go."""
    url = f"sqlite:///{export.parent}/whole.db"
    said = finished(start("import", export, folder=export.parent, DATABASE_URL=url))
    assert said.code == 0, said.err
    assert f"New: {MESSAGES:,} messages, 12 people" in said.out
    return rows_of(url)


def progress_of(engine: Engine) -> tuple[int, bool] | None:
    """How many events an import has stored, and whether it is over; None before it began."""
    with engine.connect() as connection:
        row = connection.execute(select(import_run.c.events, import_run.c.finished)).first()
    return None if row is None else (row.events, row.finished)


def killed_midway(export: Path, url: str, folder: Path) -> tuple[int, tuple[int, bool] | None]:
    """Import, and end it with SIGKILL when the first transaction is in the store.

    Returns how the process ended, and how far it had come.
    """
    engine = create_engine(url)
    with start("import", export, folder=folder, DATABASE_URL=url) as process:
        while process.poll() is None and progress_of(engine) is None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    progress = progress_of(engine)
    engine.dispose()
    return process.returncode, progress


def test_a_killed_import_goes_on_and_ends_as_if_nothing_had_happened(
    export: Path, uninterrupted: dict[str, list[tuple[Any, ...]]], migrated_url: str, tmp_path: Path
) -> None:
    code, progress = killed_midway(export, migrated_url, tmp_path)
    assert code == -signal.SIGKILL
    assert progress in {(BATCH, False), (2 * BATCH, False)}
    again = finished(start("import", export, folder=tmp_path, DATABASE_URL=migrated_url))
    assert again.code == 0, again.err
    assert "Went on where an earlier import was interrupted." in again.out
    found = rows_of(migrated_url)
    assert found.keys() == uninterrupted.keys()
    for table, rows in uninterrupted.items():
        assert found[table] == rows, table


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB; only root may make one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("a small disk can only be made by root")
    options = ["-t", "tmpfs", "-o", f"size={TMPFS_BYTES}", "tmpfs", str(place)]
    if subprocess.run([mount, *options], capture_output=True, check=False).returncode != 0:
        pytest.skip("no small disk can be made here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def fill_up(disk: Path) -> Path:
    """Leave only a little room on a disk; the file to delete when there is to be more."""
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(disk).free - LEFT_BYTES))
    return ballast


def test_a_full_disk_is_one_sentence_damages_nothing_and_can_be_tried_again(
    grapevine: Grapevine, small_disk: Path, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{small_disk}/x.db")
    first = write_lines(workdir / "first.jsonl", line(id="a", text="Who keeps bees?"))
    later = write_lines(workdir / "bakery.jsonl", *talk(1_000))
    assert grapevine("import", first, "--community", "mill").code == 0
    before = rows_of(f"sqlite:///{small_disk}/x.db")
    ballast = fill_up(small_disk)

    full = grapevine("import", later, "--community", "mill")

    assert full.sentence == f"The store {small_disk}/x.db could not be written: the disk is full."
    assert rows_of(f"sqlite:///{small_disk}/x.db") == before
    with closing(sqlite3.connect(small_disk / "x.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert grapevine("whoknows", "bees").code == 0
    ballast.unlink()
    assert "New: 1,000 messages" in grapevine("import", later, "--community", "mill").out
