"""The composition root: the one place that sees the core, the store and the platforms together."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot import logs
from bot.core import Bot, apology
from bot.errors import GrapevineError
from bot.events import Event
from bot.replies import Reply
from bot.settings import Settings, load
from storage.copies import Copies
from storage.room import StoreRoom
from storage.store import Store, open_store

if TYPE_CHECKING:
    from adapters.service.platforms import Maker
    from adapters.service.status import Teller


def utc_now() -> datetime:
    """The time now."""
    return datetime.now(UTC)


class Wiring:
    """Builds each part when it is first asked for, so that a command pays only for what it uses."""

    def __init__(
        self, settings: Settings | None = None, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._given = settings
        self.now = now

    @cached_property
    def settings(self) -> Settings:
        """The settings, with the logs as they say."""
        settings = self._given or load()
        logs.configure(settings.log_level)
        return settings

    @cached_property
    def store(self) -> Store:
        """The store, opened and of this version."""
        return open_store(self.settings.database_url.get_secret_value())

    @property
    def copies(self) -> Copies:
        """Copies of the store."""
        return Copies(self.settings.database_url.get_secret_value())

    @property
    def store_name(self) -> str:
        """The store's name for people."""
        return self.store.name

    @cached_property
    def bot(self) -> Bot:
        """The core over the store."""
        settings = self.settings
        return Bot(self.store, lambda: secrets.token_urlsafe(32), settings.limits, settings.rules)

    @cached_property
    def room(self) -> StoreRoom:
        """The chat as the store holds it."""
        return StoreRoom(self.store)

    @property
    def makers(self) -> tuple[Maker, ...]:
        """Each makes its platform for `grapevine run`, where the settings name one."""
        from adapters import discord  # noqa: PLC0415 - only the service needs them
        from adapters.slack.make import slack  # noqa: PLC0415 - the same

        return (slack, discord.make)

    @property
    def tellers(self) -> tuple[Teller, ...]:
        """Each adds its lines to `grapevine status`."""
        from adapters.slack.make import histories  # noqa: PLC0415 - only `status` needs it

        return (histories,)

    def handle(self, event: Event) -> Reply | None:
        """Let the core take in an event.

        What is expected to go wrong is said in its one sentence; anything else is logged under a
        number, and the person gets that number and an apology.
        """
        try:
            return self.bot.handle(event)
        except GrapevineError as error:
            return Reply.say(str(error))
        except Exception:  # noqa: BLE001 - nobody in a chat shall ever see a traceback
            incident = secrets.token_hex(4)
            logs.logger().exception("unexpected", incident=incident, event_kind=event.kind)
            return apology(incident)

    def elsewhere(self, database: Path, now: Callable[[], datetime] | None = None) -> Wiring:
        """The same with another SQLite file, and maybe another clock."""
        changed = {"database_url": SecretStr(f"sqlite:///{database}")}
        return Wiring(self.settings.model_copy(update=changed), now or self.now)
