"""Who is in the private places that are listened to: said when it changes, and before it is old.

A membership that nobody vouched for in fifteen minutes counts as none. While the gateway is not
connected nothing is vouched for; so whatever changed in the meantime cannot be missed for long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters.discord import access
from adapters.discord.atlas import Atlas, community
from adapters.discord.guild import Channel, Guild
from adapters.service.incidents import noted
from bot.events import MembersSeen, PlaceRef, Visibility
from bot.model import MEMBERSHIP_IS_FRESH

if TYPE_CHECKING:
    from adapters.discord.requests import Requests
    from adapters.service.intake import Intake
    from bot.ports import Store

AGAIN_AFTER = MEMBERSHIP_IS_FRESH * 2 / 3
LOOK_EVERY = timedelta(seconds=30)


@dataclass(slots=True)
class Memberships:
    """Tells the core who reads what; `is_connected` says whether we hear of changes."""

    atlas: Atlas
    store: Store
    intake: Intake
    ask: Callable[[], Requests]
    now: Callable[[], datetime]
    is_connected: Callable[[], bool]
    _told: dict[PlaceRef, tuple[tuple[str, ...], datetime]] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def changed(self) -> None:
        """Roles, overwrites or members changed: look again soon."""
        self._changed.set()

    async def captured(self, guild: str) -> list[str]:
        """The private places of a server from which something is kept."""
        return await asyncio.to_thread(self._captured, guild)

    def _captured(self, guild: str) -> list[str]:
        with self.store.read() as unit:
            home = unit.directory.community(community(guild))
            places = [] if home is None else unit.directory.places(home.id)
        private = (one for one in places if one.visibility is Visibility.PRIVATE and one.captured)
        return [one.ref.id for one in private]

    async def run(self) -> None:
        """Vouch for memberships until this task is cancelled."""
        while True:
            self._changed.clear()
            try:
                await self.look()
            except Exception:  # noqa: BLE001 - who is in a place then counts as unknown
                noted("memberships not renewed")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY.total_seconds()):
                    await self._changed.wait()

    async def look(self) -> None:
        """Say of each captured private place who reads it, if that is new or getting old."""
        if not self.is_connected():
            return
        for guild in list(self.atlas.guilds.values()):
            for place in await self.captured(guild.id):
                channel = guild.channels.get(place)
                if channel is not None:
                    await self._vouch(guild, channel)

    async def _vouch(self, guild: Guild, channel: Channel) -> None:
        if channel.is_private_thread and channel.id not in guild.thread_members:
            if not self.atlas.hears_members:
                return
            guild.thread_members[channel.id] = frozenset(
                await self.ask().thread_members(channel.id)
            )
        readers = access.readers(guild, channel)
        if readers is None:
            return
        place, now = PlaceRef(community(guild.id), channel.id), self.now()
        told = self._told.get(place)
        if told is not None and told[0] == readers and now - told[1] < AGAIN_AFTER:
            return
        await self.intake.take(f"members:{place.id}:{now}", MembersSeen(place, readers, now))
        self._told[place] = readers, now
