"""Whether what a reply quotes is still there: it may have been deleted while nobody listened.

Each platform that can look offers a `Finder` (`look_with`); whoever shows a reply, on whichever
platform, asks `checked` first. What turns out to be gone is taken in as deleted, so that it is
found no more. A platform that offers none is taken at its word: what is kept of it is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from bot.errors import StoreError
from bot.events import Event, MessageDeleted, Platform
from bot.replies import Line, Reply, Section, Source

PATIENCE = 10.0
# How long a message that was there needs not be looked at again, where deletions may go unheard.
STANDS = 60.0
CANNOT_CHECK = (
    "I cannot see just now whether what I found still stands. Try again in a moment, please."
)


class Uncertain(Exception):
    """It could not be found out in time."""


class Finder(Protocol):
    """Looks at one platform whether messages are still there."""

    async def missing(self, sources: Collection[Source]) -> set[Source]:
        """Which of some messages of this platform are gone. `Uncertain` if that is not known.

        It remembers what it found for `STANDS` seconds, or for as long as it hears of deletions.
        What was never a message of the platform (notes, entries of feeds) is not gone.
        """


@dataclass(slots=True)
class Sources:
    """Looks messages up on all platforms of a process; `take` takes in what is gone."""

    take: Callable[[str, Event], Awaitable[object]]
    now: Callable[[], datetime]
    _finders: dict[Platform, Finder] = field(default_factory=dict)

    def look_with(self, platform: Platform, finder: Finder) -> None:
        """Let `finder` look up messages of a platform."""
        self._finders[platform] = finder

    async def checked(self, reply: Reply) -> Reply:
        """A reply without what is gone. `Uncertain` if that cannot be found out now."""
        return without(reply, await self.missing(reply))

    async def missing(self, reply: Reply) -> set[Source]:
        """The messages that a reply leads to and that are gone. `Uncertain` as above."""
        asked: dict[Platform, set[Source]] = {}
        for source in sources_of(reply):
            asked.setdefault(source.place.community.platform, set()).add(source)
        looks = [
            self._finders[platform].missing(several)
            for platform, several in asked.items()
            if platform in self._finders
        ]
        try:
            async with asyncio.timeout(PATIENCE):
                gone = set().union(*await asyncio.gather(*looks))
        except TimeoutError as error:
            raise Uncertain from error
        now = self.now()
        for one in gone:
            event = MessageDeleted(one.place, one.message, now)
            with suppress(StoreError):
                await self.take(f"missing:{one.message}", event)
        return gone


def sources_of(reply: Reply) -> Iterator[Source]:
    """The messages that a reply leads to."""
    for section in reply.sections:
        for line in (section.heading, *section.lines):
            yield from (span for span in line if isinstance(span, Source))


def without(reply: Reply, missing: Collection[Source]) -> Reply:
    """A reply without the lines that lead to what is gone, and what stood only over these."""
    if not missing:
        return reply
    kept = tuple(_kept(section, missing) for section in reply.sections)
    return replace(reply, sections=tuple(one for one in kept if one is not None))


def _kept(section: Section, missing: Collection[Source]) -> Section | None:
    lines = tuple(line for line in section.lines if not _leads_to(line, missing))
    if lines == section.lines and not _leads_to(section.heading, missing):
        return section
    # Words beside the line that led to them are those of what is gone.
    if not any(map(_leads, (section.heading, *lines))) or _leads_to(section.heading, missing):
        return None
    return replace(section, lines=lines)


def _leads_to(line: Line, missing: Collection[Source]) -> bool:
    return any(isinstance(span, Source) and span in missing for span in line)


def _leads(line: Line) -> bool:
    return any(isinstance(span, Source) for span in line)
