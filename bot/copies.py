"""What the core and the command line need of copies of a store. See `restoring.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.events import AccountRef, MessageDeleted


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Who asked to be forgotten: hashes of accounts, and the key they were made with, in hex."""

    key: str | None
    hashes: frozenset[str]


class Graves(Protocol):
    """What is remembered of what is gone."""

    def buried(self) -> Iterator[MessageDeleted]:
        """Every message that was deleted."""

    def forgetting(self) -> Forgetting:
        """Everybody who asked to be forgotten."""

    def here_still(self, gone: Forgetting) -> list[AccountRef]:
        """Accounts that are kept here, and forgotten there."""

    def take_over(self, gone: Forgetting) -> None:
        """Keep out whoever is kept out there, and nobody else."""


class Copies(Protocol):
    """The file of a store, and copies of it. StoreError where the store is no file."""

    @property
    def file(self) -> Path:
        """The file."""

    def save(self, target: Path) -> int:
        """Copy one moment of the store to a new file; its size in bytes. Others may go on."""

    def unpack(self, copy: Path) -> Path:
        """A copy's copy beside the store, to be brought up to date. StoreError: it is none."""

    def discard(self, fresh: Path) -> None:
        """Remove what was unpacked, if it is still there."""

    def put_in_place(self, fresh: Path, name: str) -> Path | None:
        """Make a file the store. The one before lies beside it, with `name` added: its path."""
