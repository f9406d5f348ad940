"""A server of ours with Grapevine in it, all of it real but for Discord itself.

Riverbend has ana (the owner), bob, mei and tom; everybody sees #general and #kitchen. `attic` is a
channel that only those with the role "attic" see: ana and mei.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr
from sqlalchemy import text

from adapters.discord.client import IdentifyPace
from adapters.discord.service import DiscordService
from adapters.service.courier import Courier
from adapters.service.intake import Intake
from adapters.service.platforms import Hub
from adapters.service.threads import Threads
from bot.core import Bot
from bot.queues import EventState
from bot.settings import Settings
from storage.store import Store, open_store
from tests.platforms.discord import DiscordServer, People, World
from tests.platforms.discord.server import TOKEN
from tests.platforms.discord.world import VIEW

Json = dict[str, Any]

PATIENCE = 15.0


def now() -> datetime:
    return datetime.now(UTC)


async def at_once(_seconds: float) -> None:
    """Begin a session without a wait; `test_sessions_begin_ever_slower` looks at the waits."""


@dataclass(slots=True)
class Scene:
    """Everything in one process; `people` do things, `settled` waits until all is handled."""

    discord: DiscordServer
    store: Store
    settings: Settings
    bot: Bot
    clock: Callable[[], datetime] = now
    furnished: bool = True
    people: People = field(init=False)
    service: DiscordService = field(init=False)
    intake: Intake = field(init=False)
    _writer: Threads = field(default_factory=lambda: Threads("writer"))
    _pump: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.people = People(self.discord)
        if self.furnished:
            self._furnish(self.discord.world)

    def _furnish(self, world: World) -> None:
        self.ana, self.bob, self.mei, self.tom = map(world.user, ("Ana", "Bob", "Mei", "Tom"))
        self.guild = world.guild("Riverbend", self.ana)
        for user in (self.bob, self.mei, self.tom):
            world.member(self.guild, user)
        self.general = world.channel(self.guild, "general")
        self.kitchen = world.channel(self.guild, "kitchen")
        self.attic_role = world.role(self.guild, "attic", 0)
        self.attic = world.channel(self.guild, "attic")
        hidden = {"id": self.guild["id"], "type": 0, "allow": "0", "deny": str(VIEW)}
        own = self.guild["roles"][1]["id"]
        shown = [
            {"id": role, "type": 0, "allow": str(VIEW), "deny": "0"}
            for role in (self.attic_role["id"], own)
        ]
        self.attic["permission_overwrites"] = [hidden, *shown]
        world.members[self.guild["id"]][self.ana["id"]]["roles"] = [self.attic_role["id"]]
        world.members[self.guild["id"]][self.mei["id"]]["roles"] = [self.attic_role["id"]]

    ana: Json = field(init=False)
    bob: Json = field(init=False)
    mei: Json = field(init=False)
    tom: Json = field(init=False)
    guild: Json = field(init=False)
    general: Json = field(init=False)
    kitchen: Json = field(init=False)
    attic_role: Json = field(init=False)
    attic: Json = field(init=False)

    # ── Running ──────────────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Start Grapevine, with a new client, as after a restart."""
        self.open_up()
        await self.service.start()
        await self.settled()

    def open_up(self) -> None:
        """Make everything that is needed for that."""
        self.intake = Intake(self.store, self.bot, self._writer, self.clock)
        hub = Hub(self.settings, self.store, self.bot, self.intake, self.clock, lambda: None)
        self.service = DiscordService(hub, pace=IdentifyPace(sleep=at_once))
        self._pump = asyncio.create_task(self.intake.run())

    async def stop(self) -> None:
        """Stop it, if it is running."""
        if self._pump is not None:
            await self.service.stop()
            self.intake.stop()
            await self._pump
            self.intake.close()
            self._pump = None

    async def settled(self) -> None:
        """Until everything that happened is handled."""
        async with asyncio.timeout(PATIENCE):
            quiet = 0
            while quiet < 3:
                await asyncio.sleep(0.002)
                busy = self.service.inlet.is_busy or self._waiting() or self._on_the_way()
                quiet = 0 if busy else quiet + 1

    def _on_the_way(self) -> bool:
        """Whether the gateway has sent something that has not arrived yet."""
        sent = sorted(one.seq for one in self.discord.gateway.sessions.values() if one.socket)
        shards = self.service.client().shards.values()
        return sent != sorted(one._parent.ws.sequence or 0 for one in shards)

    def _waiting(self) -> int:
        with self.store.read() as unit:
            counts = unit.inbox.counts()
        return int(counts[EventState.PENDING] + counts[EventState.WORKING])

    async def welcomed(self) -> None:
        """Until Grapevine has said that it came; from then on only what is new counts as sent."""
        sent = self.discord.rest.sent
        async with asyncio.timeout(PATIENCE):
            while not sent:  # noqa: ASYNC110 - it comes by itself
                await asyncio.sleep(0.01)
        sent.clear()

    def courier(self) -> Courier:
        return Courier(self.store, self.bot, self.service.carrier, self.clock)

    # ── Looking ──────────────────────────────────────────────────────────────────────────────

    def kept(self) -> list[str]:
        """The texts of all messages that are kept, oldest first."""
        with self.store.read() as unit:
            rows = unit.connection.execute(text("SELECT text FROM message ORDER BY at, id"))
            return [row[0] for row in rows]


def settings_for(discord: DiscordServer, **more: Any) -> Settings:
    return Settings(
        discord_bot_token=SecretStr(TOKEN),
        discord_api_url=discord.url,
        discord_gateway_url=discord.gateway_url,
        **more,
    )


@asynccontextmanager
async def scene(url: str, *, running: bool = True, **more: Any) -> AsyncIterator[Scene]:
    """A scene over a store, running or about to be started."""
    numbers = itertools.count(1)
    async with DiscordServer() as discord:
        store = open_store(url)
        bot = Bot(store, lambda: f"token-{next(numbers)}")
        made = Scene(discord, store, settings_for(discord, **more), bot)
        try:
            if running:
                await made.start()
                await made.welcomed()
            yield made
        finally:
            await made.stop()
            store.close()


Play = Callable[[Scene], Awaitable[None]]


def play(url: str, act: Play, **more: Any) -> None:
    """Play an act in a running scene."""

    async def whole() -> None:
        async with scene(url, **more) as made:
            await act(made)

    asyncio.run(whole())
