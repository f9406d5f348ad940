"""Asking a store who knows about something, as a member does it, and watching the clock."""

from __future__ import annotations

import gc
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from benchmarks.apart import peak_memory
from bot.core import Bot
from bot.errors import StoreError
from bot.events import AccountRef, CommandUsed, PlaceRef
from storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Lookup:
    """A member asks for a topic in a place."""

    place: PlaceRef
    asker: AccountRef
    topic: str


@dataclass(frozen=True, slots=True)
class Asked:
    """How long each answer took in seconds, how many named somebody, and the peak of memory."""

    seconds: tuple[float, ...]
    answered: int
    peak: int | None


def ask(
    database: Path, warming: Sequence[Lookup], measured: Sequence[Lookup], at: datetime
) -> Asked:
    """Ask the bot over a SQLite file, first to warm it. StoreError when an asker is unknown."""
    seconds: list[float] = []
    answered = 0
    with closing(open_store(f"sqlite:///{database}")) as store:
        bot = Bot(store, lambda: token_urlsafe(18))
        _see_that_all_are_known(bot, [*warming, *measured], store.name)
        for one in warming:
            bot.handle(_command(one, at))
        gc.freeze()  # as the service does when it is ready
        for one in measured:
            begun = time.perf_counter()
            reply = bot.handle(_command(one, at))
            seconds.append(time.perf_counter() - begun)
            answered += any(section.lines for section in (reply.sections if reply else ()))
    return Asked(tuple(seconds), answered, peak_memory())


def _command(one: Lookup, at: datetime) -> CommandUsed:
    return CommandUsed(one.place, one.asker, "whoknows", one.topic, at)


def _see_that_all_are_known(bot: Bot, lookups: Sequence[Lookup], name: str) -> None:
    """Whoever is unknown is told so, which takes no time at all."""
    with bot.store.read() as unit:
        known = all(
            unit.directory.account(one.asker) and unit.directory.place(one.place) for one in lookups
        )
    if not known:
        raise StoreError(f"The store {name} does not hold these messages; give another --store.")
