"""What the command line needs from the composition root (`bot/wiring.py`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bot.copies import Copies
from bot.core import Bot
from bot.events import Event
from bot.ports import Store
from bot.replies import Reply
from bot.room import Room
from bot.settings import Settings

if TYPE_CHECKING:
    from adapters.service.platforms import Maker
    from adapters.service.status import Teller


class World(Protocol):
    """Everything a command works with; nothing is opened before it is asked for."""

    @property
    def settings(self) -> Settings:
        """The settings. SettingsError when one is wrong."""

    @property
    def store(self) -> Store:
        """The store, opened. StoreError when that fails."""

    @property
    def copies(self) -> Copies:
        """Copies of the store, which need not be one that can be opened."""

    @property
    def store_name(self) -> str:
        """The store's name for people."""

    @property
    def bot(self) -> Bot:
        """The core over the store."""

    @property
    def room(self) -> Room:
        """The chat as the store holds it."""

    @property
    def makers(self) -> Sequence[Maker]:
        """What makes the platforms that `grapevine run` starts."""

    @property
    def tellers(self) -> Sequence[Teller]:
        """What the platforms add to `grapevine status`."""

    def handle(self, event: Event) -> Reply | None:
        """Let the core take in an event; an unexpected error becomes an apology and a log line."""

    def now(self) -> datetime:
        """The time, aware."""

    def elsewhere(self, database: Path, now: Callable[[], datetime] | None = None) -> World:
        """The same with another SQLite file, and maybe another clock."""
