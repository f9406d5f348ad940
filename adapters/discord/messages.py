"""A message of Discord's as the core knows it.

https://docs.discord.com/developers/resources/message; how mentions are written stands in
https://docs.discord.com/developers/reference#message-formatting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from adapters.discord import access
from adapters.discord.atlas import Atlas, Spot, community
from adapters.discord.guild import Guild, Payload
from bot.events import AccountRef, MessagePosted, Unfurl

# What people write: an ordinary message, or an answer to one. All else is Discord's own doing, or
# what came of a command.
SAID = frozenset({0, 19})
FORWARD = 1
MOST_UNFURLS = 20

_EMOJI = re.compile(r"<a?:(\w{1,32}):\d{1,20}>")
_PERSON = re.compile(r"<@!?(\d{1,20})>")
_RANK = re.compile(r"<@&(\d{1,20})>")
_CHANNEL = re.compile(r"<#(\d{1,20})>")
_COMMAND = re.compile(r"</([^:>]{1,100}):\d{1,20}>")


def is_of_a_person(data: Payload) -> bool:
    """Whether a person wrote it themselves: no bot, webhook, system notice or forward."""
    author = data.get("author") or {}
    reference = data.get("message_reference") or {}
    return (
        int(data.get("type", 0)) in SAID
        and not author.get("bot")
        and not data.get("webhook_id")
        and reference.get("type", 0) != FORWARD
    )


def permalink(guild: str, channel: str, message: str) -> str:
    """The address of a message."""
    return f"https://discord.com/channels/{guild}/{channel}/{message}"


def posted(data: Payload, guild: str, atlas: Atlas, *, direct: bool = False) -> MessagePosted:
    """The message as it stands now; in a direct message everything is said to the bot."""
    channel, own = str(data["channel_id"]), str(data["id"])
    server = atlas.guilds.get(guild)
    spot = Spot(atlas.direct(guild, channel).place) if direct else atlas.spot(guild, channel)
    content = str(data.get("content") or "")
    asked = content if direct else _said_to(content, atlas.me, server)
    return MessagePosted(
        place=spot.place,
        author=AccountRef(community(guild), str(data["author"]["id"])),
        id=own,
        text=readable(content if asked is None else asked, data, server).strip(),
        at=_moment(data["timestamp"]),
        thread=spot.thread or (own if data.get("thread") else None),
        reply_to=_reply_to(data),
        permalink=None if direct else permalink(guild, channel, own),
        edited_at=_moment(data["edited_timestamp"]) if data.get("edited_timestamp") else None,
        from_bot=not is_of_a_person(data),
        to_bot=asked is not None,
        unfurls=tuple(_unfurls(data)),
    )


def _said_to(content: str, me: str, guild: Guild | None) -> str | None:
    """What is said to the bot, without its name; None when it is not named.

    An answer to one of its messages pings it without naming it: that is talk, not a request. People
    also pick the role that Discord makes for each bot, which looks the same.
    """
    ranks = guild.ranks.values() if guild is not None else ()
    names = [f"<@{me}>", f"<@!{me}>", *(f"<@&{rank.id}>" for rank in ranks if rank.bot == me)]
    if not any(name in content for name in names):
        return None
    for name in names:
        content = content.replace(name, " ")
    return " ".join(content.split())


def _reply_to(data: Payload) -> str | None:
    reference = data.get("message_reference") or {}
    elsewhere = str(reference.get("channel_id") or data["channel_id"]) != str(data["channel_id"])
    if reference.get("type", 0) == FORWARD or elsewhere or not reference.get("message_id"):
        return None
    return str(reference["message_id"])


def readable(text: str, data: Payload, guild: Guild | None) -> str:
    """The text with names where ids stand, as people read it."""
    people = {str(one["id"]): _name(one) for one in data.get("mentions") or ()}

    def person(found: re.Match[str]) -> str:
        known = guild.members.get(found[1]) if guild is not None else None
        return f"@{people.get(found[1]) or (known.name if known else found[1])}"

    def rank(found: re.Match[str]) -> str:
        known = guild.ranks.get(found[1]) if guild is not None else None
        return f"@{known.name if known else 'role'}"

    def channel(found: re.Match[str]) -> str:
        known = guild.channels.get(found[1]) if guild is not None else None
        # The name of a place that not everybody sees is not everybody's to read.
        is_open = guild is not None and known is not None and access.is_open(guild, known)
        return f"#{known.name}" if known is not None and is_open else "#…"

    text = _CHANNEL.sub(channel, _RANK.sub(rank, _PERSON.sub(person, text)))
    return _COMMAND.sub(r"/\1", _EMOJI.sub(r":\1:", text))


def _name(user: Payload) -> str:
    nick = (user.get("member") or {}).get("nick")
    return str(nick or user.get("global_name") or user.get("username") or "")


def _unfurls(data: Payload) -> Iterator[Unfurl]:
    for embed in (data.get("embeds") or ())[:MOST_UNFURLS]:
        url, title = embed.get("url"), embed.get("title")
        if url and title:
            yield Unfurl(str(url), str(title))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
