"""Which server a direct message belongs to.

Direct messages have no server, but what a person may see depends on one. It is the one in which
they last did something while we listened; else the first, by id, of those that the store knows
them in, or in which Discord says they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.discord.atlas import Atlas, community
from adapters.discord.guild import read_member
from bot.events import AccountRef

if TYPE_CHECKING:
    from adapters.discord.requests import Requests
    from bot.ports import Store

MOST_ASKED = 20  # servers in which somebody unknown is looked for
REMEMBERED = 50_000


@dataclass(slots=True)
class Homes:
    """Remembers where people last did something."""

    atlas: Atlas
    store: Store
    ask: Callable[[], Requests]
    _last: dict[str, str] = field(default_factory=dict)

    def acted(self, who: str, guild: str) -> None:
        """Somebody did something in a server."""
        self._last.pop(who, None)
        self._last[who] = guild
        if len(self._last) > REMEMBERED:
            del self._last[next(iter(self._last))]

    async def of(self, who: str) -> str | None:
        """The server that counts for somebody's direct messages; None if they share none with us.

        Discord is asked whether they are still in it, which also tells their roles as of now.
        """
        known = self._last.get(who)
        kept = await asyncio.to_thread(self._kept, who)
        candidates = ([known] if known else []) + kept + sorted(self.atlas.guilds)
        for guild in list(dict.fromkeys(candidates))[:MOST_ASKED]:
            if guild in self.atlas.guilds and await self._is_in(guild, who):
                self.acted(who, guild)
                return guild
        return None

    def _kept(self, who: str) -> list[str]:
        """The servers that the store knows somebody in."""
        with self.store.read() as unit:
            return [
                guild
                for guild in sorted(self.atlas.guilds)
                if unit.directory.has_met(AccountRef(community(guild), who))
            ]

    async def _is_in(self, guild: str, who: str) -> bool:
        data = await self.ask().member(guild, who)
        if data is None:
            return False
        known = self.atlas.guilds[guild]
        member = read_member(data)
        known.members[member.id] = member
        return True
