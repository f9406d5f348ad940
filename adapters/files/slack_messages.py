"""One message of a Slack day file, translated.

Which messages a person wrote, and what their fields mean:
https://docs.slack.dev/reference/events/message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from adapters.files.records import (
    BOTS,
    LeftOut,
    Record,
    first_name,
    id_of,
    inner,
    moment,
    record,
    records,
    strings,
    text_of,
    web_address,
)
from adapters.files.slack_roster import profile_name
from adapters.files.slack_text import readable, unescape
from bot.conversations import THREAD_GAP
from bot.events import AccountRef, CommunityRef, MessagePosted, PlaceRef, ReactionChanged, Unfurl

HUMAN = frozenset({None, "", "file_share", "thread_broadcast", "me_message"})
DELETED = "deleted messages"
SYSTEM = "system messages"
MAX_UNFURLS = 20

_TS = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,6}))?")


@dataclass(frozen=True, slots=True)
class Said:
    """A message with the reactions on it, and the name it shows for its author, if any."""

    message: MessagePosted
    reactions: tuple[ReactionChanged, ...]
    author_name: str | None


@dataclass(frozen=True, slots=True)
class Messages:
    """The translator of one workspace's messages.

    `people` and `places` are names by id, `bots` the ids of accounts that are bots, and `url` is
    the workspace's address for permalinks.
    """

    community: CommunityRef
    people: Mapping[str, str]
    bots: frozenset[str]
    places: Mapping[str, str]
    url: str | None

    def read(self, place: PlaceRef, value: object) -> Said:
        """Return what a person said; raise `LeftOut` for everything that is not that."""
        fields = record(value)
        author = self._author(fields)
        ts = id_of(fields, "ts")
        message = MessagePosted(
            place=place,
            author=AccountRef(self.community, author),
            id=ts,
            text=readable(text_of(fields, "text"), self.people, self.places),
            at=slack_moment(ts),
            thread=_thread(fields, ts),
            edited_at=_edited(fields),
            unfurls=tuple(_unfurls(fields)),
        )
        message = _late(replace(message, permalink=self._permalink(message)))
        reactions = tuple(self._reactions(fields, message))
        return Said(message, reactions, profile_name(inner(fields, "user_profile"), {}))

    def _author(self, fields: Record) -> str:
        subtype = fields.get("subtype")
        if subtype is not None and not isinstance(subtype, str):
            raise LeftOut
        if subtype == "tombstone" or fields.get("hidden"):
            raise LeftOut(DELETED)
        if fields.get("bot_id") or subtype == "bot_message":
            raise LeftOut(BOTS)
        if subtype not in HUMAN or fields.get("type", "message") != "message":
            raise LeftOut(SYSTEM)
        author = id_of(fields, "user")
        if author in self.bots:
            raise LeftOut(BOTS)
        return author

    def _permalink(self, message: MessagePosted) -> str | None:
        if self.url is None:
            return None
        place = quote(message.place.id, safe="")
        link = f"{self.url}/archives/{place}/p{message.id.replace('.', '')}"
        if message.thread in {None, message.id}:
            return link
        return f"{link}?thread_ts={message.thread}&cid={place}"

    def _reactions(self, fields: Record, message: MessagePosted) -> Iterator[ReactionChanged]:
        """Yield people's reactions; skin tones are not part of an emoji's short name."""
        pairs = {
            (name.partition("::")[0], user): None
            for reaction in records(fields.get("reactions"))
            for name in strings([reaction.get("name")])
            for user in strings(reaction.get("users"))
            if user not in self.bots
        }
        for emoji, user in pairs:
            account = AccountRef(self.community, user)
            yield ReactionChanged(
                message.place, message.id, account, emoji, added=True, at=message.at
            )


def slack_moment(ts: str) -> datetime:
    """Return the time in a Slack `ts` ("1355517523.000005"), or leave its message out."""
    match = _TS.fullmatch(ts)
    if match is None:
        raise LeftOut
    return moment(int(match[1])).replace(microsecond=int((match[2] or "0").ljust(6, "0")))


def _thread(fields: Record, ts: str) -> str | None:
    """Return the thread's id: its parent's `ts`; a parent that nobody answered is in none."""
    thread = fields.get("thread_ts")
    if not isinstance(thread, str) or not _TS.fullmatch(thread):
        return None
    answered = bool(fields.get("reply_count") or fields.get("replies"))
    return thread if thread != ts or answered else None


def _late(message: MessagePosted) -> MessagePosted:
    """A message that comes to a thread when it is over is one by itself, but for what it answers.

    A thread is called by the moment in which it began.
    """
    root = message.thread
    if root is None or root == message.id or message.at - slack_moment(root) <= THREAD_GAP:
        return message
    return replace(message, thread=None, reply_to=root)


def in_thread(message: MessagePosted) -> MessagePosted:
    """The message where it stands in Slack, however late it came."""
    return replace(message, thread=message.thread or message.reply_to, reply_to=None)


def _edited(fields: Record) -> datetime | None:
    ts = inner(fields, "edited").get("ts")
    if not isinstance(ts, str):
        return None
    try:
        return slack_moment(ts)
    except LeftOut:
        return None


def _unfurls(fields: Record) -> Iterator[Unfurl]:
    for attachment in records(fields.get("attachments"))[:MAX_UNFURLS]:
        found = (web_address(attachment.get(key)) for key in ("from_url", "title_link"))
        url = next(filter(None, found), None)
        title = first_name(attachment.get("title"))
        if url is not None and title is not None:
            yield Unfurl(unescape(url), unescape(title))
