"""The SDK's client, with what we want of it and nothing else.

It keeps the connections (one per shard), the sessions and the rate limits. What it hears goes to
the inlet as text, what people set off to `Answers`; it remembers no messages and no members.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import discord

from adapters.discord.layout import NOBODY
from adapters.service.incidents import noted

# Longer than that we do not wait within one request; what waits is due again later.
LONGEST_WAIT = 30.0
HOUR = 3_600.0
# So long a line may be silent; a heartbeat is answered every 41 seconds.
SILENCE = 50.0
# How long to wait before an IDENTIFY, by how many a shard had within the hour: a thousand a day
# are allowed, and whoever has more loses the token.
_PACES = ((15, 300.0), (5, 60.0))


@dataclass(slots=True)
class IdentifyPace:
    """Keeps the sessions that are begun anew far below what is allowed."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    # The wait between two of them when all is well; Discord wants five seconds.
    usual: float = 5.0
    _begun: defaultdict[int, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def wait(self, shard: int, *, initial: bool) -> None:
        """Wait for one's turn."""
        now = self.clock()
        begun = self._begun[shard] = [at for at in self._begun[shard] if now - at < HOUR]
        pauses = (pause for least, pause in _PACES if len(begun) >= least)
        if not initial:
            await self.sleep(next(pauses, self.usual))
        begun.append(self.clock())


class GrapevineClient(discord.AutoShardedClient):
    """Connects; `heard` gets every frame, `asked` every interaction."""

    def __init__(
        self,
        intents: discord.Intents,
        heard: Callable[[str], None],
        asked: Callable[[discord.Interaction[Any]], Awaitable[None]],
        pace: IdentifyPace,
    ) -> None:
        super().__init__(
            intents=intents,
            allowed_mentions=NOBODY,
            enable_debug_events=True,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            max_ratelimit_timeout=LONGEST_WAIT,
            heartbeat_timeout=SILENCE,
        )
        self._heard = heard
        self._asked = asked
        self._pace = pace
        self._connected: set[int | None] = set()
        # Set once every shard has a session; what there is then comes by itself.
        self.began = asyncio.Event()

    @property
    def is_connected(self) -> bool:
        """Whether every shard hears what happens."""
        return bool(self._connected) and len(self._connected) >= len(self.shards)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for one's turn to begin a session."""
        await self._pace.wait(shard_id or 0, initial=initial)

    async def on_socket_raw_receive(self, frame: str) -> None:
        """Take a frame; the SDK goes on with it by itself."""
        self._heard(frame)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Somebody used a command, a menu, a button or a form."""
        await self._asked(interaction)

    async def on_shard_connect(self, shard_id: int) -> None:
        """A shard has a session."""
        self._connected.add(shard_id)
        if len(self._connected) >= (self.shard_count or 1):
            self.began.set()

    async def on_shard_resumed(self, shard_id: int) -> None:
        """A shard has its session back, and what it missed."""
        self._connected.add(shard_id)

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """A shard hears nothing."""
        self._connected.discard(shard_id)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """Whatever went wrong in a handler above is ours, and logged as such."""
        noted("a gateway event was not handled", handler=event_method)


def wanted_intents(*, members: bool, content: bool) -> discord.Intents:
    """What to hear of; the two privileged ones as far as they are granted."""
    intents = discord.Intents.none()
    intents.guilds = intents.guild_messages = intents.dm_messages = True
    intents.guild_reactions = True
    intents.members, intents.message_content = members, content
    return intents
