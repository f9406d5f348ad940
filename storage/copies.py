"""Copies of a store that is a file: made while others write, and brought back in one step.

A copy is made by SQLite itself (`VACUUM INTO`, its documentation, "lang_vacuum"): one moment of
the store, without the bytes of what was deleted. It holds what people said, so nobody but its
owner may read it.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import StoreError
from storage.engine import parse_url

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

_MINE = stat.S_IRUSR | stat.S_IWUSR
_FIRST_BYTES = b"SQLite format 3\0"
_SIDES = ("-wal", "-shm", "-journal")


class Copies:
    """The file of the store at `url`, and copies of it. StoreError where it is no file."""

    def __init__(self, url: str) -> None:
        self._url: URL = parse_url(url)

    @property
    def file(self) -> Path:
        """The file."""
        if self._url.get_backend_name() != "sqlite":
            raise StoreError(
                "The store is PostgreSQL's: copy it with pg_dump, bring it back with pg_restore, "
                "and then run grapevine restore without a file."
            )
        return Path(str(self._url.database))

    def save(self, target: Path) -> int:
        """Copy one moment of the store to a new file; its size in bytes. Others may go on."""
        if not self.file.exists():
            raise StoreError(f"There is no store at {self.file} to copy.")
        if target.is_dir():
            target /= self.file.name
        if target.exists():
            raise StoreError(f"{target} is there already; choose another name.")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = _beside(target, "part")
        try:
            _copy_out(self.file, part)
            size = part.stat().st_size
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        _sync(target.parent)
        return size

    def unpack(self, copy: Path) -> Path:
        """A copy's copy beside the store, to be brought up to date. StoreError: it is none."""
        fresh = _beside(self.file, "restoring")
        if not copy.is_file():
            raise StoreError(f"There is no file {copy}.")
        self.discard(fresh)
        for side in ("", _SIDES[0]):  # a file copied by hand may have its log beside it
            if (part := _with(copy, side)).exists():
                _private(_with(fresh, side))
                shutil.copyfile(part, _with(fresh, side))
        try:
            _check(fresh, copy)
            if self.file.exists():
                _close(self.file)  # whoever uses it had better hear of it now
        except StoreError:
            self.discard(fresh)
            raise
        return fresh

    def discard(self, fresh: Path) -> None:
        """Remove what was unpacked, if it is still there."""
        _remove(fresh)

    def put_in_place(self, fresh: Path, name: str) -> Path | None:
        """Make a file the store. The one before lies beside it, with `name` added: its path."""
        _close(fresh)
        kept = None
        if self.file.exists():
            _close(self.file)
            kept = _with(self.file, f".{name}")
            os.link(self.file, kept)
            for side in _SIDES:  # they belong to the file before, and would spoil this one
                with suppress(FileNotFoundError):
                    _with(self.file, side).replace(_with(kept, side))
        fresh.replace(self.file)
        _sync(self.file.parent)
        return kept


def _remove(file: Path) -> None:
    """Remove a database and what SQLite puts beside it."""
    for side in ("", *_SIDES):
        _with(file, side).unlink(missing_ok=True)


def _with(file: Path, ending: str) -> Path:
    return file.with_name(file.name + ending)


def _beside(file: Path, what: str) -> Path:
    return file.with_name(f".{file.name}.{what}")


def _private(file: Path) -> None:
    """An empty file that nobody else may read."""
    os.close(os.open(file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, _MINE))


def _copy_out(source: Path, target: Path) -> None:
    _remove(target)
    _private(target)
    try:
        with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as opened:
            opened.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise StoreError(f"The store could not be copied: {error}.") from None
    with target.open("rb") as file:
        os.fsync(file.fileno())


def _check(file: Path, name: Path) -> None:
    """StoreError when a file is no whole SQLite database with our tables in it."""
    with file.open("rb") as opened:
        is_sound = opened.read(len(_FIRST_BYTES)) == _FIRST_BYTES
    try:
        with closing(sqlite3.connect(file)) as database:
            (said,) = database.execute("PRAGMA quick_check(1)").fetchone()
            database.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error:
        is_sound = False
    if not is_sound or said != "ok":
        raise StoreError(f"{name} is no copy of a Grapevine store, or is damaged.")


def _close(file: Path) -> None:
    """Have all of a database in its one file. StoreError when somebody has it open."""
    try:
        with closing(sqlite3.connect(file, timeout=1)) as opened:
            opened.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise StoreError(
                f"The store {file} is in use; stop grapevine run, and try again."
            ) from None
    except sqlite3.DatabaseError:
        pass  # what is damaged is put aside as it is


def _sync(folder: Path) -> None:
    """Have the folder itself written down."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
