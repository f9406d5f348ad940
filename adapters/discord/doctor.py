"""`grapevine doctor` and `grapevine discord-invite`, as far as Discord goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

from adapters.discord import access, portal
from adapters.discord.guild import SPOKEN, Channel, Guild, Right, read_guild
from adapters.discord.requests import Requests
from bot.errors import SettingsError
from bot.wording import listed, number

if TYPE_CHECKING:
    from adapters.discord.guild import Member
    from bot.settings import Settings

NOT_SET_UP = "Discord: not set up (DISCORD_BOT_TOKEN)."
NOT_GIVEN = (
    "Put DISCORD_BOT_TOKEN into the environment or .env first; the README says where to find it."
)
NO_CONTENT = (
    "Discord: the Message Content intent is off. Commands, mentions, direct messages and the menus "
    "work; nothing that people say is kept by itself. To change that: developer portal, your "
    "application, Bot, Message Content Intent."
)
SWITCHED_OFF = (
    "Discord: DISCORD_MESSAGE_CONTENT=false, so nothing that people say is kept by itself."
)
NO_MEMBERS = (
    "Discord: the Server Members intent is off. People who leave are noticed late, and what is "
    "said in private channels is found only by those who just did something there."
)
MOST_NAMED = 5
_NEEDED = {
    Right.READ_MESSAGE_HISTORY: "Read Message History",
    Right.SEND_MESSAGES: "Send Messages",
    Right.SEND_MESSAGES_IN_THREADS: "Send Messages in Threads",
}


def invite(settings: Settings) -> str:
    """The address at which somebody invites the bot. SettingsError when that is not known."""
    if not has_token(settings):
        raise SettingsError(NOT_GIVEN)
    return asyncio.run(portal.application(settings)).invite


def check(settings: Settings) -> list[str]:
    """What there is to say about Discord. SettingsError when its token is wrong."""
    if not has_token(settings):
        return [NOT_SET_UP]
    return asyncio.run(_check(settings))


def has_token(settings: Settings) -> bool:
    """Whether there is a token at all."""
    return bool(settings.discord_bot_token.get_secret_value().strip())


async def _check(settings: Settings) -> list[str]:
    app = await portal.application(settings)
    async with portal.signed_in(settings) as client:
        requests = Requests(client.http)
        guilds = await requests.guilds()
        where = f"in {number(len(guilds), 'server')}" if guilds else "in no server yet"
        lines = [f"Discord: signed in as {app.name}, {where}."]
        if not guilds:
            lines.append("Discord: grapevine discord-invite prints the address to invite it.")
        lines += _intents(settings, app)
        assert client.user is not None
        me = str(client.user.id)
        return lines + [line async for line in _servers(requests, guilds, me)]


def _intents(settings: Settings, app: portal.Application) -> Iterator[str]:
    if not app.content:
        yield NO_CONTENT
    elif not settings.discord_message_content:
        yield SWITCHED_OFF
    if not app.members:
        yield NO_MEMBERS


async def _servers(requests: Requests, guilds: list[str], me: str) -> AsyncIterator[str]:
    for number_ in guilds:
        data = await requests.guild(number_, me)
        if data is not None:
            guild = read_guild(data)
            for line in missing(guild, guild.members[me]):
                yield line


def missing(guild: Guild, myself: Member) -> Iterator[str]:
    """What the bot may not do in the channels that everybody reads, by right."""
    open_ones = [one for one in guild.channels.values() if access.is_open(guild, one)]
    hidden = [one for one in open_ones if not _may(guild, myself, one, Right.VIEW_CHANNEL)]
    if hidden:
        yield _line(guild, "View Channel", hidden)
    seen = [one for one in open_ones if one not in hidden]
    for right, name in _NEEDED.items():
        lacking = [one for one in seen if not _may(guild, myself, one, right)]
        if lacking:
            yield _line(guild, name, lacking)
    silent = [
        one for one in seen if one.type in SPOKEN and not _may(guild, myself, one, Right.CONNECT)
    ]
    if silent:
        yield _line(guild, "Connect", silent)


def _may(guild: Guild, myself: Member, channel: Channel, right: Right) -> bool:
    return bool(access.rights(guild, myself, channel) & right)


def _line(guild: Guild, right: str, channels: list[Channel]) -> str:
    names = [f"#{one.name}" for one in channels[:MOST_NAMED]]
    if len(channels) > MOST_NAMED:
        names.append(f"{number(len(channels) - MOST_NAMED, 'more channel')}")
    return f"Discord: in {guild.name} it lacks the permission {right} in {listed(names)}."
