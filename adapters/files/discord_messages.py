"""One channel file of DiscordChatExporter and its messages, translated.

Schema: `JsonMessageWriter.cs` of https://github.com/Tyrrrz/DiscordChatExporter. Message forms:
https://docs.discord.com/developers/reference and .../resources/message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from adapters.files.records import (
    BOTS,
    LeftOut,
    Record,
    first_name,
    inner,
    iso_moment,
    record,
    records,
    text_of,
    web_address,
)
from bot.events import (
    AccountRef,
    AccountSeen,
    CommunityRef,
    MessagePosted,
    PlaceRef,
    ReactionChanged,
    Unfurl,
)

FORWARDED = "forwarded messages"
SYSTEM = "system messages"
MAX_UNFURLS = 20

_SNOWFLAKE = re.compile("[0-9]{1,20}")
_MENTION = re.compile(r"<@!?([0-9]{1,20})>")
_EMOJI = re.compile(r"<a?:([A-Za-z0-9_]{1,32}):[0-9]{1,20}>")


class Kind(Enum):
    """What a channel is to us."""

    PUBLIC = "public"
    THREAD = "thread"
    PRIVATE = "private"
    DIRECT = "direct"


KINDS = {
    "GuildTextChat": Kind.PUBLIC,
    "GuildNews": Kind.PUBLIC,
    "GuildForum": Kind.PUBLIC,
    "GuildVoiceChat": Kind.PUBLIC,
    "GuildStageVoice": Kind.PUBLIC,
    "GuildPublicThread": Kind.THREAD,
    "GuildNewsThread": Kind.THREAD,
    "GuildPrivateThread": Kind.PRIVATE,
    "DirectTextChat": Kind.DIRECT,
    "DirectGroupTextChat": Kind.DIRECT,
}


@dataclass(frozen=True, slots=True)
class Header:
    """Whose messages a file holds; a thread's `parent` is the channel it is in."""

    guild: str
    guild_name: str
    channel: str
    name: str
    kind: Kind
    parent: str | None
    parent_name: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """A message with the reactions on it."""

    message: MessagePosted
    reactions: tuple[ReactionChanged, ...]


def is_channel_file(value: object) -> bool:
    """Tell whether a JSON value is a file of DiscordChatExporter."""
    return isinstance(value, dict) and {"guild", "channel", "messages"} <= value.keys()


def read_header(value: Record) -> Header:
    """Return the file's header, or leave the file out if it lacks an id or a known type."""
    guild, channel = inner(value, "guild"), inner(value, "channel")
    kind = KINDS.get(text_of(channel, "type"))
    if kind is None:
        raise LeftOut
    own, server = snowflake(channel, "id"), snowflake(guild, "id")
    parent = snowflake(channel, "categoryId") if kind is Kind.THREAD else None
    return Header(
        guild=server,
        guild_name=first_name(guild.get("name")) or server,
        channel=own,
        name=first_name(channel.get("name")) or own,
        kind=Kind.DIRECT if server == "0" else kind,
        parent=parent,
        parent_name=first_name(channel.get("category")),
    )


def snowflake(fields: Record, key: str) -> str:
    """Return the Discord id at `key`: digits in text."""
    value = fields.get(key)
    if not isinstance(value, str) or not _SNOWFLAKE.fullmatch(value):
        raise LeftOut
    return value


def account_seen(community: CommunityRef, fields: Record) -> AccountSeen:
    """Return the account of an author or of somebody who reacted."""
    account = AccountRef(community, snowflake(fields, "id"))
    name = first_name(fields.get("nickname"), fields.get("name")) or account.id
    return AccountSeen(account, name, is_bot=bool(fields.get("isBot")))


def accounts(community: CommunityRef, value: object) -> Iterator[AccountSeen]:
    """Yield the author of a message and those who reacted to it, as far as they can be read."""
    if not isinstance(value, dict):
        return
    reactors = [user for r in records(value.get("reactions")) for user in _users(r)]
    for fields in (inner(value, "author"), *reactors):
        try:
            yield account_seen(community, fields)
        except LeftOut:
            continue


@dataclass(frozen=True, slots=True)
class Channel:
    """Where one file's messages go: a thread's messages are in its parent, as that `thread`.

    `guild` and `id` are the platform's ids for permalinks, `threads` the ids of the threads of
    the whole export: a message with such an id is what its thread started from.
    """

    place: PlaceRef
    guild: str
    id: str
    thread: str | None
    threads: frozenset[str]

    def read(self, value: object) -> Said:
        """Return what a person said; raise `LeftOut` for everything that is not that."""
        fields = record(value)
        author = self._author(fields)
        own = snowflake(fields, "id")
        message = MessagePosted(
            place=self.place,
            author=author,
            id=own,
            text=_readable(fields),
            at=iso_moment(fields.get("timestamp")),
            thread=self.thread or (own if own in self.threads else None),
            reply_to=self._reply_to(fields),
            permalink=f"https://discord.com/channels/{self.guild}/{self.id}/{own}",
            edited_at=iso_moment(at) if (at := fields.get("timestampEdited")) else None,
            unfurls=tuple(_unfurls(fields)),
        )
        return Said(message, tuple(self._reactions(fields, message)))

    def _author(self, fields: Record) -> AccountRef:
        author = account_seen(self.place.community, inner(fields, "author"))
        if author.is_bot:
            raise LeftOut(BOTS)
        if fields.get("type") not in ("Default", "Reply"):
            raise LeftOut(SYSTEM)
        if fields.get("forwardedMessage") and not fields.get("content"):
            raise LeftOut(FORWARDED)
        return author.account

    def _reply_to(self, fields: Record) -> str | None:
        """Return the message it answers, unless that is elsewhere or this is a forward."""
        reference = inner(fields, "reference")
        elsewhere = reference.get("channelId") not in (None, self.id)
        if fields.get("type") != "Reply" or elsewhere or not reference.get("messageId"):
            return None
        return snowflake(reference, "messageId")

    def _reactions(self, fields: Record, message: MessagePosted) -> Iterator[ReactionChanged]:
        pairs: dict[tuple[str, AccountRef], None] = {}
        for reaction in records(fields.get("reactions")):
            emoji = inner(reaction, "emoji")
            name = first_name(emoji.get("code"), emoji.get("name"))
            people = (_person(self.place.community, user) for user in _users(reaction))
            pairs.update({(name, person): None for person in people if name and person})
        for name, account in pairs:
            yield ReactionChanged(self.place, message.id, account, name, added=True, at=message.at)


def _users(reaction: Record) -> list[Record]:
    return records(reaction.get("users"))


def _person(community: CommunityRef, fields: Record) -> AccountRef | None:
    try:
        seen = account_seen(community, fields)
    except LeftOut:
        return None
    return None if seen.is_bot else seen.account


def _readable(fields: Record) -> str:
    """Return the text; an export made with `--markdown false` still holds ids, which get names.

    A forwarded message's text stands in another field and is not the forwarder's.
    """
    text = _EMOJI.sub(r":\1:", text_of(fields, "content"))
    names = {
        user.get("id"): first_name(user.get("nickname"), user.get("name"))
        for user in records(fields.get("mentions"))
        if isinstance(user.get("id"), str)
    }
    return _MENTION.sub(lambda found: f"@{names.get(found[1]) or found[1]}", text)


def _unfurls(fields: Record) -> Iterator[Unfurl]:
    for embed in records(fields.get("embeds"))[:MAX_UNFURLS]:
        url = web_address(embed.get("url"))
        title = first_name(embed.get("title"))
        if url is not None and title is not None:
            yield Unfurl(url, title)
