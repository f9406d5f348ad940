"""What Discord's developer portal says of our application, asked with the token alone."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
import discord
import yarl

from adapters.discord.layout import NOBODY
from bot.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.settings import Settings

UNKNOWN_TO_DISCORD = (
    "Discord does not know DISCORD_BOT_TOKEN. Copy the token anew from the developer portal "
    "(your application, Bot, Reset Token) into .env."
)
UNREACHABLE = "Discord cannot be reached just now ({}); is this machine online?"
A_MOMENT = 1.0
# What may go better by itself: the network, Discord's servers, its limits.
PASSING = (aiohttp.ClientError, OSError, discord.HTTPException, discord.RateLimited)
# https://docs.discord.com/developers/resources/application#application-object-application-flags
_MEMBERS = 1 << 14 | 1 << 15
_CONTENT = 1 << 18 | 1 << 19
# View channels, send messages, in threads too, and read history: nothing more is needed.
PERMISSIONS = 1 << 10 | 1 << 11 | 1 << 16 | 1 << 38
INVITE = (
    "https://discord.com/oauth2/authorize?client_id={}&scope=bot+applications.commands"
    "&permissions={}"
)


class Unreachable(SettingsError):
    """Discord does not answer, which may pass by itself."""


@dataclass(frozen=True, slots=True)
class Application:
    """Our application: which privileged intents are switched on for it."""

    id: str
    name: str
    members: bool
    content: bool

    @property
    def invite(self) -> str:
        """The address at which somebody invites the bot to their server."""
        return INVITE.format(self.id, PERMISSIONS)


def point_at(settings: Settings) -> None:
    """Use the addresses of the settings, for another server that speaks the protocol."""
    if settings.discord_api_url:
        discord.http.Route.BASE = settings.discord_api_url.rstrip("/")
    if settings.discord_gateway_url:
        gateway = yarl.URL(settings.discord_gateway_url)
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway


async def sign_in(settings: Settings) -> discord.Client:
    """A client that may ask and send, and hears nothing; to be closed.

    SettingsError with one sentence if it may not, `Unreachable` if that passes.
    """
    point_at(settings)
    client = discord.Client(
        intents=discord.Intents(guilds=True), allowed_mentions=NOBODY, max_ratelimit_timeout=30.0
    )
    try:
        await client.login(settings.discord_bot_token.get_secret_value())
    except discord.LoginFailure:
        await client.close()
        raise SettingsError(UNKNOWN_TO_DISCORD) from None
    except PASSING as error:
        await client.close()
        raise Unreachable(UNREACHABLE.format(type(error).__name__)) from None
    return client


@asynccontextmanager
async def signed_in(settings: Settings) -> AsyncIterator[discord.Client]:
    """Such a client until the block ends."""
    client = await sign_in(settings)
    try:
        yield client
    finally:
        await client.close()


async def sender(settings: Settings) -> discord.Client:
    """Such a client for the courier, who decides itself when something is sent again.

    The SDK sits limits out, however long; what is longer than a moment goes back to the courier.
    """
    client = await sign_in(settings)
    client.http.max_ratelimit_timeout = A_MOMENT
    return client


async def application(settings: Settings) -> Application:
    """What the portal says. SettingsError with one sentence if it cannot be asked."""
    async with signed_in(settings) as client:
        assert client.application is not None
        flags = client.application.flags.value
        return Application(
            str(client.application.id),
            client.application.name,
            members=bool(flags & _MEMBERS),
            content=bool(flags & _CONTENT),
        )
