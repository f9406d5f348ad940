"""What the adapter knows of the servers it is in by heart, as Discord told it last.

Plain values from payloads (https://docs.discord.com/developers/resources/guild and …/channel); the
store has the truth about what people said, this is for reading payloads and for `access.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import Any

Payload = Mapping[str, Any]

EVERYTHING = (1 << 63) - 1


class Right(IntFlag):
    """The permissions that matter here."""

    ADMINISTRATOR = 1 << 3
    MANAGE_GUILD = 1 << 5
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    READ_MESSAGE_HISTORY = 1 << 16
    CONNECT = 1 << 20
    MANAGE_THREADS = 1 << 34
    SEND_MESSAGES_IN_THREADS = 1 << 38


class Type(IntEnum):
    """The kinds of channels that people can write in, or that threads stand in."""

    TEXT = 0
    DIRECT = 1
    VOICE = 2
    GROUP = 3
    CATEGORY = 4
    NEWS = 5
    NEWS_THREAD = 10
    THREAD = 11
    PRIVATE_THREAD = 12
    STAGE = 13
    FORUM = 15
    MEDIA = 16


THREADS = frozenset({Type.NEWS_THREAD, Type.THREAD, Type.PRIVATE_THREAD})
SPOKEN = frozenset({Type.VOICE, Type.STAGE})
FORUMS = frozenset({Type.FORUM, Type.MEDIA})
PLACES = frozenset({Type.TEXT, Type.NEWS}) | SPOKEN | FORUMS
# What people call the tag of a post that found its answer.
_SOLVED = re.compile(
    r"^\W*(is )?(solved|answered|resolved|gelöst|résolu|resuelto)\b", re.IGNORECASE
)
_SOLVED_SIGNS = frozenset("✅ ☑️ ✔️".split())
_GUEST = 1 << 4  # https://docs.discord.com/developers/resources/guild#guild-member-object


@dataclass(frozen=True, slots=True)
class Rank:
    """A role: what it allows; `bot` is whose own role it is, if it is one that no person has."""

    id: str
    name: str
    rights: int
    bot: str = ""


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel allows and denies to one role or member."""

    id: str
    is_member: bool
    allow: int
    deny: int


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of a forum; a `moderated` one is for those who manage its posts."""

    id: str
    moderated: bool


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel or thread; `parent` is the category of a channel, the channel of a thread.

    `tags`: those of a post in a forum, by id; `solved_by`: those of a forum that say "solved".
    """

    id: str
    type: int
    name: str
    parent: str | None = None
    overwrites: tuple[Overwrite, ...] = ()
    archived: bool = False
    tags: tuple[str, ...] = ()
    solved_by: tuple[Tag, ...] = ()

    @property
    def is_thread(self) -> bool:
        """Whether it stands in another channel."""
        return self.type in THREADS

    @property
    def is_private_thread(self) -> bool:
        """Whether only its members see it."""
        return self.type == Type.PRIVATE_THREAD


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in one server."""

    id: str
    name: str
    ranks: frozenset[str] = frozenset()
    is_bot: bool = False
    is_guest: bool = False


@dataclass(slots=True)
class Guild:
    """One server. `is_listed`: `members` are all there are, as far as the gateway tells."""

    id: str
    name: str = ""
    owner: str = ""
    ranks: dict[str, Rank] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    thread_members: dict[str, frozenset[str]] = field(default_factory=dict)
    is_listed: bool = False
    notes_go_to: tuple[str, ...] = ()

    def home_of(self, channel: Channel) -> Channel | None:
        """The channel itself, or the one a thread stands in; None when that is not known."""
        if not channel.is_thread:
            return channel
        return self.channels.get(channel.parent or "")

    def is_solved(self, thread: Channel | None) -> bool:
        """Whether a post in a forum bears a tag that says so."""
        home = self.channels.get(thread.parent or "") if thread is not None else None
        if thread is None or home is None:
            return False
        return any(tag.id in thread.tags for tag in home.solved_by)

    def threads_of(self, channel: str) -> list[Channel]:
        """The threads that are known of a channel."""
        return [one for one in self.channels.values() if one.is_thread and one.parent == channel]


# ── Reading payloads ─────────────────────────────────────────────────────────────────────────────


def read_guild(data: Payload) -> Guild:
    """The server of a GUILD_CREATE."""
    guild = Guild(id=str(data["id"]))
    update_guild(guild, data)
    guild.ranks = {rank.id: rank for rank in map(read_rank, data.get("roles") or ())}
    both = (*(data.get("channels") or ()), *(data.get("threads") or ()))
    guild.channels = {one.id: one for one in map(read_channel, both)}
    guild.members = {one.id: one for one in _members(data.get("members") or ())}
    for thread in data.get("threads") or ():
        learn_thread_members(guild, str(thread["id"]), thread)
    guild.is_listed = len(guild.members) >= int(data.get("member_count") or 1 << 30)
    return guild


def update_guild(guild: Guild, data: Payload) -> None:
    """Take in a GUILD_UPDATE."""
    guild.name = str(data.get("name") or guild.name or guild.id)
    guild.owner = str(data.get("owner_id") or guild.owner)
    # Where admins read (of servers with that feature), then where newcomers are greeted.
    wanted = (data.get("public_updates_channel_id"), data.get("system_channel_id"))
    guild.notes_go_to = tuple(str(one) for one in wanted if one)


def read_rank(data: Payload) -> Rank:
    """The role of a payload."""
    bot = str((data.get("tags") or {}).get("bot_id") or "")
    return Rank(str(data["id"]), str(data.get("name", "")), int(data.get("permissions", 0)), bot)


def read_channel(data: Payload) -> Channel:
    """The channel or thread of a payload."""
    about = data.get("thread_metadata") or {}
    return Channel(
        id=str(data["id"]),
        type=int(data.get("type", 0)),
        name=str(data.get("name") or data["id"]),
        parent=str(data["parent_id"]) if data.get("parent_id") else None,
        overwrites=tuple(map(_read_overwrite, data.get("permission_overwrites") or ())),
        archived=bool(about.get("archived")),
        tags=tuple(str(one) for one in data.get("applied_tags") or ()),
        solved_by=tuple(_solved_by(data.get("available_tags") or ())),
    )


def _solved_by(tags: Iterable[Payload]) -> Iterator[Tag]:
    for tag in tags:
        if _SOLVED.search(str(tag.get("name") or "")) or tag.get("emoji_name") in _SOLVED_SIGNS:
            yield Tag(str(tag["id"]), bool(tag.get("moderated")))


def _read_overwrite(data: Payload) -> Overwrite:
    return Overwrite(
        str(data["id"]), str(data["type"]) == "1", int(data.get("allow", 0)), int(data["deny"])
    )


def read_member(data: Payload, user: Payload | None = None) -> Member:
    """The member of a payload; `user` is who it is, where that stands beside it."""
    who = user or data["user"]
    name = data.get("nick") or who.get("global_name") or who.get("username") or who["id"]
    return Member(
        id=str(who["id"]),
        name=str(name),
        ranks=frozenset(str(rank) for rank in data.get("roles") or ()),
        is_bot=bool(who.get("bot")),
        is_guest=bool(int(data.get("flags") or 0) & _GUEST),
    )


def _members(several: Iterable[Payload]) -> Iterator[Member]:
    return (read_member(data) for data in several if data.get("user"))


# ── Taking in what changed ───────────────────────────────────────────────────────────────────────


def learn_members(guild: Guild, data: Payload) -> None:
    """Take in a GUILD_MEMBERS_CHUNK; the last one completes the list."""
    guild.members |= {one.id: one for one in _members(data.get("members") or ())}
    if int(data.get("chunk_index", 0)) + 1 >= int(data.get("chunk_count", 1)):
        guild.is_listed = True


def learn_threads(guild: Guild, data: Payload) -> list[str]:
    """Take in a THREAD_LIST_SYNC: the threads there are in some channels now."""
    several = data.get("threads") or ()
    for thread in several:
        guild.channels[str(thread["id"])] = read_channel(thread)
    return [str(thread["id"]) for thread in several]


def learn_thread_members(guild: Guild, thread: str, data: Payload) -> None:
    """Take in who came into a thread and who left it, where a payload says so."""
    inside = guild.thread_members.get(thread, frozenset())
    came = {str(one["user_id"]) for one in data.get("added_members") or () if one.get("user_id")}
    left = {str(one) for one in data.get("removed_member_ids") or ()}
    guild.thread_members[thread] = (inside | came) - left


def drop_channel(guild: Guild, channel: str) -> list[Channel]:
    """Take out a channel with its threads; what went, the threads first."""
    gone = guild.threads_of(channel)
    own = guild.channels.get(channel)
    gone += [own] if own is not None else []
    for one in gone:
        guild.channels.pop(one.id, None)
        guild.thread_members.pop(one.id, None)
    return gone
