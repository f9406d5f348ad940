"""Whether what a reply quotes is still there: deletions may have happened while nobody listened.

While a session lasts, every deletion is heard, so a message needs to be looked at once in it. After
a gap all of them count as unknown again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.events import Platform
from bot.replies import Line, Reply, Section, Source

if TYPE_CHECKING:
    from adapters.discord.requests import Requests

PATIENCE = 10.0
REMEMBERED = 100_000
AT_ONCE = 5
_PERMALINK = re.compile(r"https://discord\.com/channels/\d+/(\d+)/\d+")


class Uncertain(Exception):
    """It could not be found out in time."""


@dataclass(slots=True)
class Sources:
    """Looks messages up, and remembers those that were there."""

    ask: Callable[[], Requests]
    _there: dict[str, None] = field(default_factory=dict)

    def heard(self, message: str) -> None:
        """A message was posted or changed just now, so it is there."""
        self._there[message] = None
        if len(self._there) > REMEMBERED:
            del self._there[next(iter(self._there))]

    def gone(self, message: str) -> None:
        """A message was deleted."""
        self._there.pop(message, None)

    def gap(self) -> None:
        """There was a time in which we heard nothing."""
        self._there.clear()

    async def missing(self, reply: Reply) -> set[Source]:
        """The sources of a reply that are not there any more. `Uncertain` if that is not known."""
        unknown = {
            source
            for source in sources_of(reply)
            if source.place.community.platform is Platform.DISCORD
            and source.message not in self._there
        }
        if not unknown:
            return set()
        few = asyncio.Semaphore(AT_ONCE)
        try:
            async with asyncio.timeout(PATIENCE):
                found = await asyncio.gather(*(self._is_there(one, few) for one in unknown))
        except (TimeoutError, discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise Uncertain from error
        return {one for one, there in zip(unknown, found, strict=True) if not there}

    async def _is_there(self, source: Source, few: asyncio.Semaphore) -> bool:
        address = _PERMALINK.fullmatch(source.url or "")
        channel = address[1] if address else source.place.id
        async with few:
            there = await self.ask().message(channel, source.message) is not None
        if there:
            self.heard(source.message)
        return there


def sources_of(reply: Reply) -> Iterator[Source]:
    """The messages that a reply leads to."""
    for section in reply.sections:
        for line in (section.heading, *section.lines):
            yield from (span for span in line if isinstance(span, Source))


def without(reply: Reply, missing: set[Source]) -> Reply:
    """A reply without the lines that lead to what is gone, and what stood only over these."""
    if not missing:
        return reply
    kept = tuple(_kept(section, missing) for section in reply.sections)
    return replace(reply, sections=tuple(one for one in kept if one is not None))


def _kept(section: Section, missing: set[Source]) -> Section | None:
    lines = tuple(line for line in section.lines if not _leads_to(line, missing))
    if _leads_to(section.heading, missing) or (section.lines and not lines):
        return None
    return replace(section, lines=lines)


def _leads_to(line: Line, missing: set[Source]) -> bool:
    return any(isinstance(span, Source) and span in missing for span in line)
