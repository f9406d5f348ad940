"""What there is: users, servers, roles, channels, threads, messages. Payloads as Discord has them.

https://docs.discord.com/developers/resources/{user,guild,channel,message}, …/topics/permissions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

EPOCH = 1_420_070_400_000
ADMINISTRATOR, MANAGE_GUILD, VIEW, SEND = 1 << 3, 1 << 5, 1 << 10, 1 << 11
MANAGE_MESSAGES, EMBED, ATTACH, HISTORY = 1 << 13, 1 << 14, 1 << 15, 1 << 16
CONNECT, MANAGE_THREADS, SEND_IN_THREADS = 1 << 20, 1 << 34, 1 << 38
EVERYONE = VIEW | SEND | EMBED | ATTACH | HISTORY | CONNECT | SEND_IN_THREADS
ALL = (1 << 50) - 1
TEXT, DM, VOICE, NEWS, NEWS_THREAD, THREAD, PRIVATE_THREAD, FORUM = 0, 1, 2, 5, 10, 11, 12, 15
THREADS = (NEWS_THREAD, THREAD, PRIVATE_THREAD)


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class World:
    """All of it; `me` is the bot's user, `now` the clock by which things are dated."""

    now: Callable[[], datetime] = utc_now
    users: dict[str, Json] = field(default_factory=dict)
    guilds: dict[str, Json] = field(default_factory=dict)
    channels: dict[str, Json] = field(default_factory=dict)
    members: dict[str, dict[str, Json]] = field(default_factory=dict)
    messages: dict[str, dict[str, Json]] = field(default_factory=dict)
    thread_members: dict[str, set[str]] = field(default_factory=dict)
    # Users who take no direct messages from bots.
    closed: set[str] = field(default_factory=set)
    me: Json = field(init=False)
    _last: int = 0
    _made: int = 0

    def __post_init__(self) -> None:
        self.me = self.user("Grapevine", bot=True)

    @property
    def bot(self) -> str:
        return str(self.me["id"])

    def id(self, at: datetime | None = None) -> str:
        """A snowflake; each is larger than the one before, but for those of an earlier time."""
        number = (int((at or self.now()).timestamp() * 1_000) - EPOCH) << 22
        self._made += 1
        if at is None:
            number = self._last = max(number, self._last + 1)
        else:
            number += self._made % (1 << 22)
        return str(number)

    # ── Making things ────────────────────────────────────────────────────────────────────────

    def user(self, name: str, *, bot: bool = False) -> Json:
        user: Json = {
            "id": self.id(),
            "username": name.lower(),
            "global_name": name,
            "discriminator": "0",
            "avatar": None,
        }
        if bot:
            user["bot"] = True
        self.users[user["id"]] = user
        return user

    def guild(self, name: str, owner: Json) -> Json:
        number = self.id()
        everyone = self._role(number, "@everyone", EVERYONE)
        own = self._role(self.id(), "Grapevine", VIEW | SEND | HISTORY | SEND_IN_THREADS)
        own["tags"] = {"bot_id": self.bot}
        guild: Json = {
            "id": number,
            "name": name,
            "owner_id": owner["id"],
            "roles": [everyone, own],
            "system_channel_id": None,
            "public_updates_channel_id": None,
            "features": [],
            "preferred_locale": "en-US",
            **dict.fromkeys(("icon", "splash", "banner", "description", "afk_channel_id")),
            **dict.fromkeys(("verification_level", "default_message_notifications"), 0),
            **dict.fromkeys(("explicit_content_filter", "mfa_level", "nsfw_level"), 0),
            **dict.fromkeys(("afk_timeout", "premium_tier", "system_channel_flags"), 0),
            "premium_progress_bar_enabled": False,
            "emojis": [],
            "stickers": [],
            "joined_at": self.stamp(),
        }
        self.guilds[number] = guild
        self.members[number] = {}
        self.member(guild, self.me, own)
        self.member(guild, owner)
        return guild

    def member(self, guild: Json, user: Json, *roles: Json) -> Json:
        member: Json = {
            "user": user,
            "nick": None,
            "avatar": None,
            "roles": [role["id"] for role in roles],
            "joined_at": self.stamp(),
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "flags": 0,
            "pending": False,
        }
        self.members[guild["id"]][user["id"]] = member
        return member

    def _role(self, number: str, name: str, rights: int) -> Json:
        looks = {"color": 0, "hoist": False, "mentionable": False, "managed": False, "position": 1}
        colours = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}
        about = {"id": number, "name": name, "permissions": str(rights), "flags": 0}
        return {**about, **looks, "colors": colours, "icon": None, "unicode_emoji": None}

    def role(self, guild: Json, name: str, rights: int = 0) -> Json:
        made = self._role(self.id(), name, rights)
        guild["roles"].append(made)
        return made

    def channel(self, guild: Json, name: str, kind: int = TEXT, **more: Any) -> Json:
        channel: Json = {
            "id": self.id(),
            "type": kind,
            "guild_id": guild["id"],
            "name": name,
            "position": len(self.channels),
            "permission_overwrites": [],
            "parent_id": None,
            "topic": None,
            "nsfw": False,
            "last_message_id": None,
            "rate_limit_per_user": 0,
            **more,
        }
        if kind == FORUM:
            channel.setdefault("available_tags", [])
        if kind == VOICE:
            channel |= {"bitrate": 64_000, "user_limit": 0, "rtc_region": None}
        return self._add(channel)

    def tag(self, forum: Json, name: str, *, moderated: bool = False) -> Json:
        """A tag that posts of a forum can bear."""
        made: Json = {"id": self.id(), "name": name, "moderated": moderated}
        made |= {"emoji_id": None, "emoji_name": None}
        forum["available_tags"].append(made)
        return made

    def thread(
        self, channel: Json, name: str, owner: Json, kind: int = THREAD, *, own: str | None = None
    ) -> Json:
        """A thread of a channel; `own` is its id, where that is the message it started from."""
        made: Json = {
            "id": own or self.id(),
            "type": kind,
            "guild_id": channel["guild_id"],
            "name": name,
            "parent_id": channel["id"],
            "owner_id": owner["id"],
            "last_message_id": None,
            "rate_limit_per_user": 0,
            "message_count": 0,
            "member_count": 1,
            "applied_tags": [],
            "thread_metadata": {
                "archived": False,
                "locked": False,
                "auto_archive_duration": 1_440,
                "archive_timestamp": self.stamp(),
                "create_timestamp": self.stamp(),
            },
        }
        self.thread_members[made["id"]] = {owner["id"]}
        return self._add(made)

    def direct(self, user: Json) -> Json:
        """The bot's direct channel with a user, the same each time."""
        for channel in self.channels.values():
            if channel["type"] == DM and channel["recipients"][0]["id"] == user["id"]:
                return channel
        made = {"id": self.id(), "type": DM, "recipients": [user], "last_message_id": None}
        return self._add(made)

    def _add(self, channel: Json) -> Json:
        self.channels[channel["id"]] = channel
        self.messages[channel["id"]] = {}
        return channel

    def message(self, channel: Json, author: Json, content: str, **more: Any) -> Json:
        at = more.pop("at", None)
        message: Json = {
            "id": more.pop("id", None) or self.id(at),
            "channel_id": channel["id"],
            "author": author,
            "content": content,
            "timestamp": (at or self.now()).isoformat(),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": self._mentioned(content),
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "components": [],
            "pinned": False,
            "type": 0,
            "flags": 0,
            **more,
        }
        self.messages[channel["id"]][message["id"]] = message
        channel["last_message_id"] = message["id"]
        return message

    def _mentioned(self, content: str) -> list[Json]:
        return [user for number, user in self.users.items() if f"<@{number}>" in content]

    def stamp(self) -> str:
        return self.now().isoformat()

    # ── Looking ──────────────────────────────────────────────────────────────────────────────

    def channels_of(self, guild: Json) -> list[Json]:
        found = (one for one in self.channels.values() if one.get("guild_id") == guild["id"])
        return [one for one in found if one["type"] not in THREADS]

    def threads_of(self, guild: Json) -> Iterator[Json]:
        for one in self.channels.values():
            if one.get("guild_id") == guild["id"] and one["type"] in THREADS:
                yield one

    def history(self, channel: str) -> list[Json]:
        """The messages of a channel, newest first."""
        return sorted(self.messages[channel].values(), key=lambda one: -int(one["id"]))

    def rights(self, user: str, channel: Json) -> int:
        """What a user may do in a channel."""
        if channel["type"] == DM:
            return ALL if user in {self.bot, channel["recipients"][0]["id"]} else 0
        guild = self.guilds[channel["guild_id"]]
        member = self.members[guild["id"]].get(user)
        if member is None:
            return 0
        if user == guild["owner_id"]:
            return ALL
        held = {guild["id"], *member["roles"]}
        base = 0
        for role in guild["roles"]:
            base |= int(role["permissions"]) if role["id"] in held else 0
        if base & ADMINISTRATOR:
            return ALL
        if channel["type"] in THREADS:
            return self._in_thread(user, base, held, guild, channel)
        return _overwritten(base, user, held, guild, channel)

    def _in_thread(self, user: str, base: int, held: set[str], guild: Json, thread: Json) -> int:
        parent = self.channels.get(thread["parent_id"])
        if parent is None:
            return 0
        rights = _overwritten(base, user, held, guild, parent)
        rights = rights | SEND if rights & SEND_IN_THREADS else rights & ~SEND
        is_in = user in self.thread_members[thread["id"]] or rights & MANAGE_THREADS
        return 0 if thread["type"] == PRIVATE_THREAD and not is_in else rights

    def sees(self, user: str, channel: Json) -> bool:
        return bool(self.rights(user, channel) & VIEW)


def _overwritten(base: int, user: str, held: set[str], guild: Json, channel: Json) -> int:
    several = channel["permission_overwrites"]
    for one in several:
        if one["id"] == guild["id"]:
            base = base & ~int(one["deny"]) | int(one["allow"])
    for verb, take in (("deny", True), ("allow", False)):
        for one in several:
            if one["id"] in held - {guild["id"]} and one["type"] == 0:
                base = base & ~int(one[verb]) if take else base | int(one[verb])
    for one in several:
        if one["id"] == user and one["type"] == 1:
            base = base & ~int(one["deny"]) | int(one["allow"])
    # Who cannot see a channel can do nothing in it.
    return base if base & VIEW else 0
