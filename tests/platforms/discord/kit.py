"""Discord for the contract suite of carriers: a carrier alone, without a gateway or a store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import SecretStr

from adapters.discord import portal
from adapters.discord.atlas import Atlas, community
from adapters.discord.carrier import DiscordCarrier
from adapters.discord.guild import read_guild
from adapters.service.carrier import Carrier
from adapters.service.sources import Sources
from bot.events import Event
from bot.queues import Destination
from bot.settings import Settings
from tests.platforms.discord.people import text_of
from tests.platforms.discord.server import TOKEN, DiscordServer
from tests.platforms.discord.world import utc_now

Picture = tuple[str, bytes, str]

POSTING = r"POST /channels/\d+/messages"


async def nothing_goes(_event_id: str, event: Event) -> None:
    """Nothing that the suite sends quotes anything, so nothing turns out to be gone."""
    raise AssertionError(event)


@dataclass(frozen=True)
class DiscordBench:
    """A server with a garden; its shed was torn down."""

    carrier: Carrier
    discord: DiscordServer
    place: Destination
    gone: Destination

    def standing(self) -> list[str]:
        assert self.place.place is not None
        messages = self.discord.world.history(self.place.place)
        return [text_of(one) for one in reversed(messages)]

    def pictures(self) -> list[Picture]:
        (message,) = self.discord.world.history(self.place.place or "")
        shown = [
            (item["media"]["url"].removeprefix("attachment://"), item["description"])
            for one in message["components"]
            for item in one.get("items", ())
        ]
        contents = list(message["_files"].values())
        return [(name, content, alt) for (name, alt), content in zip(shown, contents, strict=True)]

    def limit(self, seconds: float) -> None:
        self.discord.faults.limit(POSTING, seconds)

    def lose_reply(self) -> None:
        self.discord.faults.lose_reply(POSTING)

    def fail(self) -> None:
        self.discord.faults.fail(POSTING, 503)


@dataclass(frozen=True)
class DiscordKit:
    """Sets it up."""

    name: str = "discord"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[DiscordBench]:
        async with DiscordServer() as discord:
            world = discord.world
            guild = world.guild("Riverbend", world.user("Ana"))
            garden = world.channel(guild, "garden")
            settings = Settings(discord_bot_token=SecretStr(TOKEN), discord_api_url=discord.url)
            client = await portal.sender(settings)
            atlas = Atlas(world.bot)
            atlas.learn_guild(read_guild(discord.gateway.whole(guild)))
            carrier = DiscordCarrier(lambda: client, atlas, Sources(nothing_goes, utc_now), utc_now)
            home = community(guild["id"])
            place, gone = Destination(home, place=garden["id"]), Destination(home, place="12345")
            try:
                yield DiscordBench(carrier, discord, place, gone)
            finally:
                await client.close()
