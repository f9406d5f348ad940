"""Gateway events, translated: `(name, payload)` to what happened, in the core's words.

The payloads are plain (https://docs.discord.com/developers/events/gateway-events), so that what
concerns messages that nobody remembers comes through like all else. Nothing here waits or asks:
what a payload does not say and the atlas does not know is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from adapters.discord import guild as servers
from adapters.discord import messages
from adapters.discord.atlas import Atlas, community
from adapters.discord.emoji import short_name
from adapters.discord.guild import Guild, Payload
from bot.events import (
    AccountRef,
    CommunityLeft,
    CommunitySeen,
    Event,
    MessageDeleted,
    PlaceDeleted,
    PlaceRef,
    ReactionChanged,
    ReactionsCleared,
    ThreadSolved,
)


@dataclass(slots=True)
class Translator:
    """Reads one payload after another; what they say of servers goes into the atlas."""

    atlas: Atlas

    def read(self, name: str, data: Payload, now: datetime) -> list[Event]:
        """What a payload says happened; `now` for those that do not say when."""
        reader = _READERS.get(name)
        return [] if reader is None else list(reader(self.atlas, data, now))


Reader = Callable[[Atlas, Payload, datetime], Iterator[Event]]

# ── Servers ──────────────────────────────────────────────────────────────────────────────────────


def _guild_create(atlas: Atlas, data: Payload, now: datetime) -> Iterator[Event]:
    if data.get("unavailable"):
        return
    guild = servers.read_guild(data)
    atlas.learn_guild(guild)
    yield from _named(guild)
    yield from atlas.places(guild)
    yield from atlas.people(guild)
    for post in filter(guild.is_solved, guild.channels.values()):
        yield ThreadSolved(atlas.spot(guild.id, post.id).place, post.id, solved=True, at=now)


def _guild_update(atlas: Atlas, data: Payload, _now: datetime) -> Iterator[Event]:
    guild = atlas.guilds.get(str(data["id"]))
    if guild is not None:
        servers.update_guild(guild, data)
        yield from _named(guild)
        yield from _rearranged(atlas, guild)


def _named(guild: Guild) -> Iterator[Event]:
    yield CommunitySeen(community(guild.id), guild.name, f"https://discord.com/channels/{guild.id}")


def _guild_delete(atlas: Atlas, data: Payload, _now: datetime) -> Iterator[Event]:
    """With `unavailable` it is only an outage of Discord's."""
    if not data.get("unavailable"):
        atlas.drop(str(data["id"]))
        yield CommunityLeft(community(str(data["id"])))


def _rearranged(atlas: Atlas, guild: Guild) -> Iterator[Event]:
    """What follows when roles or overwrites changed: who is what, and what is open to whom."""
    yield from atlas.places(guild)
    yield from atlas.people(guild)


def _role_changed(atlas: Atlas, data: Payload, _now: datetime) -> Iterator[Event]:
    guild = atlas.guild_of(data)
    if guild is not None:
        rank = servers.read_rank(data["role"])
        guild.ranks[rank.id] = rank
        yield from _rearranged(atlas, guild)


def _role_deleted(atlas: Atlas, data: Payload, _now: datetime) -> Iterator[Event]:
    guild = atlas.guild_of(data)
    if guild is not None:
        guild.ranks.pop(str(data["role_id"]), None)
        yield from _rearranged(atlas, guild)


# ── Channels and threads ─────────────────────────────────────────────────────────────────────────


def _channel_changed(atlas: Atlas, data: Payload, now: datetime) -> Iterator[Event]:
    guild = atlas.guild_of(data)
    if guild is not None:
        own = str(data["id"])
        before = guild.is_solved(guild.channels.get(own))
        atlas.learn_channel(guild, data)
        yield from atlas.places(guild)
        solved = guild.is_solved(guild.channels[own])
        if solved is not before:
            yield ThreadSolved(atlas.spot(guild.id, own).place, own, solved, now)


def _channel_deleted(atlas: Atlas, data: Payload, _now: datetime) -> Iterator[Event]:
    """A channel takes its private threads with it; a public thread is a part of its channel."""
    guild = atlas.guild_of(data)
    if guild is None:
        return
    own = str(data["id"])
    gone = [one.id for one in servers.drop_channel(guild, own) if one.is_private_thread]
    if int(data.get("type", 0)) not in servers.THREADS - {servers.Type.PRIVATE_THREAD}:
        gone.append(own)
    for channel in dict.fromkeys(gone):
        place = PlaceRef(community(guild.id), channel)
        atlas.forget_place(place)
        yield PlaceDeleted(place)


def _threads_listed(atlas: Atlas, data: Payload, _now: datetime) -> Iterator[Event]:
    guild = atlas.guild_of(data)
    if guild is not None:
        servers.learn_threads(guild, data)
        yield from atlas.places(guild)


def _thread_members(atlas: Atlas, data: Payload, _now: datetime) -> Iterator[Event]:
    guild = atlas.guild_of(data)
    if guild is not None:
        servers.learn_thread_members(guild, str(data["id"]), data)
    yield from ()


# ── People ───────────────────────────────────────────────────────────────────────────────────────


def _member_changed(atlas: Atlas, data: Payload, _now: datetime) -> Iterator[Event]:
    guild = atlas.guild_of(data)
    if guild is not None:
        member = servers.read_member(data)
        yield from atlas.person(guild, member)
        if member.id == atlas.me:
            yield from atlas.places(guild)


def _member_left(atlas: Atlas, data: Payload, _now: datetime) -> Iterator[Event]:
    guild = atlas.guild_of(data)
    if guild is not None:
        user = data["user"]
        name = user.get("global_name") or user.get("username") or user["id"]
        yield from atlas.left(guild, str(user["id"]), str(name))


def _members_listed(atlas: Atlas, data: Payload, _now: datetime) -> Iterator[Event]:
    guild = atlas.guild_of(data)
    if guild is not None:
        servers.learn_members(guild, data)
        atlas.learn_guild(guild)
        yield from atlas.people(guild)
        yield from atlas.absent(guild)


# ── Messages ─────────────────────────────────────────────────────────────────────────────────────


def _message(atlas: Atlas, data: Payload, _now: datetime) -> Iterator[Event]:
    """A message of a server; direct ones are read where it is known which server they belong to."""
    guild = atlas.guild_of(data)
    if guild is None or not data.get("author") or not data.get("timestamp"):
        return
    if data.get("member") and not data.get("webhook_id"):
        member = servers.read_member(data["member"], data["author"])
        yield from atlas.person(guild, member)
    if messages.is_of_a_person(data):
        message = messages.posted(data, guild.id, atlas)
        # Without the Message Content intent there is nothing to read.
        if message.text or message.to_bot:
            yield message


def _message_deleted(atlas: Atlas, data: Payload, now: datetime) -> Iterator[Event]:
    yield from _deleted(atlas, data, [str(data["id"])], now)


def _messages_deleted(atlas: Atlas, data: Payload, now: datetime) -> Iterator[Event]:
    yield from _deleted(atlas, data, [str(one) for one in data["ids"]], now)


def _deleted(atlas: Atlas, data: Payload, ids: list[str], now: datetime) -> Iterator[Event]:
    if data.get("guild_id"):
        spot = atlas.spot(str(data["guild_id"]), str(data["channel_id"]))
        for message in ids:
            yield MessageDeleted(spot.place, message, now)


def _reaction(atlas: Atlas, data: Payload, now: datetime, *, added: bool) -> Iterator[Event]:
    guild = atlas.guild_of(data)
    if guild is None or str(data["user_id"]) == atlas.me:
        return
    if data.get("member"):
        member = servers.read_member(data["member"])
        yield from atlas.person(guild, member)
    known = guild.members.get(str(data["user_id"]))
    if known is None or not known.is_bot:
        yield ReactionChanged(
            atlas.spot(guild.id, str(data["channel_id"])).place,
            str(data["message_id"]),
            AccountRef(community(guild.id), str(data["user_id"])),
            short_name(data["emoji"]),
            added=added,
            at=now,
        )


def _reactions_cleared(atlas: Atlas, data: Payload, now: datetime) -> Iterator[Event]:
    if data.get("guild_id"):
        place = atlas.spot(str(data["guild_id"]), str(data["channel_id"])).place
        emoji = short_name(data["emoji"]) if data.get("emoji") else None
        yield ReactionsCleared(place, str(data["message_id"]), now, emoji)


def _reaction_added(atlas: Atlas, data: Payload, now: datetime) -> Iterator[Event]:
    yield from _reaction(atlas, data, now, added=True)


def _reaction_removed(atlas: Atlas, data: Payload, now: datetime) -> Iterator[Event]:
    yield from _reaction(atlas, data, now, added=False)


_READERS: dict[str, Reader] = {
    "GUILD_CREATE": _guild_create,
    "GUILD_UPDATE": _guild_update,
    "GUILD_DELETE": _guild_delete,
    "GUILD_ROLE_CREATE": _role_changed,
    "GUILD_ROLE_UPDATE": _role_changed,
    "GUILD_ROLE_DELETE": _role_deleted,
    "CHANNEL_CREATE": _channel_changed,
    "CHANNEL_UPDATE": _channel_changed,
    "CHANNEL_DELETE": _channel_deleted,
    "THREAD_CREATE": _channel_changed,
    "THREAD_UPDATE": _channel_changed,
    "THREAD_DELETE": _channel_deleted,
    "THREAD_LIST_SYNC": _threads_listed,
    "THREAD_MEMBERS_UPDATE": _thread_members,
    "GUILD_MEMBER_ADD": _member_changed,
    "GUILD_MEMBER_UPDATE": _member_changed,
    "GUILD_MEMBER_REMOVE": _member_left,
    "GUILD_MEMBERS_CHUNK": _members_listed,
    "MESSAGE_CREATE": _message,
    "MESSAGE_UPDATE": _message,
    "MESSAGE_DELETE": _message_deleted,
    "MESSAGE_DELETE_BULK": _messages_deleted,
    "MESSAGE_REACTION_ADD": _reaction_added,
    "MESSAGE_REACTION_REMOVE": _reaction_removed,
    "MESSAGE_REACTION_REMOVE_ALL": _reactions_cleared,
    "MESSAGE_REACTION_REMOVE_EMOJI": _reactions_cleared,
}
READ = frozenset(_READERS)
