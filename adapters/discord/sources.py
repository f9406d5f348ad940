"""Looks at Discord whether messages are still there (`adapters/service/sources.py`).

While a session lasts, every deletion is heard, so a message needs to be looked at once in it. After
a gap all of them count as unknown again; while we hear nothing, what was there a minute ago.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp
import discord

from adapters.service.carrier import NotCarried
from adapters.service.sources import STANDS, Uncertain

if TYPE_CHECKING:
    from adapters.discord.requests import Requests
    from bot.replies import Source

REMEMBERED = 100_000
AT_ONCE = 5
_TROUBLES = (TimeoutError, NotCarried, discord.DiscordException, aiohttp.ClientError, OSError)
_PERMALINK = re.compile(r"https://discord\.com/channels/\d+/(\d+)/\d+")


@dataclass(slots=True)
class DiscordFinder:
    """Looks messages up, and remembers those that were there.

    `listens`: whether we hear of deletions now.
    """

    ask: Callable[[], Requests]
    listens: Callable[[], bool]
    clock: Callable[[], float] = time.monotonic
    _there: dict[str, float] = field(default_factory=dict)

    def heard(self, message: str) -> None:
        """A message was posted or changed just now, so it is there."""
        self._there.pop(message, None)
        self._there[message] = self.clock()
        if len(self._there) > REMEMBERED:
            del self._there[next(iter(self._there))]

    def gone(self, message: str) -> None:
        """A message was deleted."""
        self._there.pop(message, None)

    def gap(self) -> None:
        """There was a time in which we heard nothing."""
        self._there.clear()

    async def missing(self, sources: Collection[Source]) -> set[Source]:
        """Which of some messages are gone. `Uncertain` if that is not known."""
        # What we keep ourselves (notes, entries of feeds) has no id of Discord's.
        unknown = [one for one in sources if one.message.isdigit() and not self._stands(one)]
        few = asyncio.Semaphore(AT_ONCE)
        try:
            found = await asyncio.gather(*(self._is_there(one, few) for one in unknown))
        except _TROUBLES as error:
            raise Uncertain from error
        return {one for one, there in zip(unknown, found, strict=True) if not there}

    def _stands(self, source: Source) -> bool:
        at = self._there.get(source.message)
        return at is not None and (self.listens() or self.clock() - at < STANDS)

    async def _is_there(self, source: Source, few: asyncio.Semaphore) -> bool:
        address = _PERMALINK.fullmatch(source.url or "")
        channel = address[1] if address else source.place.id
        async with few:
            there = await self.ask().message(channel, source.message) is not None
        if there:
            self.heard(source.message)
        return there
