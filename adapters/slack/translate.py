"""What Slack's Events API tells, as our events: pure; anything unknown or broken yields nothing.

Payloads: https://docs.slack.dev/reference/events; which messages a person wrote:
https://docs.slack.dev/reference/events/message.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from adapters.files.records import (
    LeftOut,
    Record,
    id_of,
    inner,
    moment,
    optional_id,
    record,
    strings,
)
from adapters.files.slack_messages import in_thread, slack_moment
from adapters.slack.people import account_seen, stranger_seen
from adapters.slack.workspace import Workspace
from bot.events import (
    Arrived,
    CommunityLeft,
    Event,
    MembershipChanged,
    MessageDeleted,
    MessagePosted,
    PlaceDeleted,
    PlaceSeen,
    ReactionChanged,
    Visibility,
)

_KINDS = {
    "channel": Visibility.PUBLIC,
    "group": Visibility.PRIVATE,
    "im": Visibility.DIRECT,
    "mpim": Visibility.DIRECT,
    "app_home": Visibility.DIRECT,
}
UNINSTALLED = "app_uninstalled"
_LETTERS = {"C": Visibility.PUBLIC, "G": Visibility.PRIVATE, "D": Visibility.DIRECT}


def translate(body: Record, home: Workspace) -> list[Event]:
    """Return what an event callback says, in the order in which it has to be taken in."""
    try:
        event = record(body.get("event"))
        read = _READERS.get(optional_id(event, "type") or "")
        return [] if read is None else read(event, home)
    except LeftOut:
        return []


# ── What is said ─────────────────────────────────────────────────────────────────────────────


def _message(event: Record, home: Workspace) -> list[Event]:
    read = _SUBTYPES.get(optional_id(event, "subtype") or "")
    return _posted(event, event, home) if read is None else read(event, home)


def _posted(message: Record, event: Record, home: Workspace) -> list[Event]:
    """A message, as it stands in `message`; `event` says where."""
    channel = id_of(event, "channel")
    kind = _KINDS.get(optional_id(event, "channel_type") or "")
    before = home.placed(channel, kind)
    known = kind or home.as_known(channel, Visibility.PRIVATE).visibility
    posted = read_message(message, channel, home, direct=known is Visibility.DIRECT)
    return [*before, *stranger_seen(message, home), posted]


def read_message(
    message: Record, channel: str, home: Workspace, *, direct: bool = False
) -> MessagePosted:
    """What a message object says; `LeftOut` for what no person wrote.

    A message that mentions us, or is `direct`, talks to us: it is a request, without the mention.
    A group's direct messages are people's own until they mention us.
    """
    text = message.get("text")
    said = text if isinstance(text, str) else ""
    bare = re.sub(rf"<@{re.escape(home.bot_user)}(\|[^<>]*)?>", " ", said)
    # An `app_mention` is a message under another name.
    fields = {**message, "text": bare, "type": "message"}
    posted = home.reader.read(home.place(channel), fields).message
    if bare == said and not (direct and channel.startswith("D")):
        return posted
    return replace(in_thread(posted), text=posted.text.strip(" ,:"), to_bot=True)


def _changed(event: Record, home: Workspace) -> list[Event]:
    """An edit; also the titles that Slack put under a message, or the end of a thread's parent."""
    message = inner(event, "message")
    if message.get("subtype") == "tombstone":
        return [
            MessageDeleted(home.place(id_of(event, "channel")), id_of(message, "ts"), _at(event))
        ]
    events = _posted(message, event, home)
    # What Slack adds to a request asks nothing new.
    return [
        one
        for one in events
        if not (isinstance(one, MessagePosted) and one.to_bot and one.edited_at is None)
    ]


def _deleted(event: Record, home: Workspace) -> list[Event]:
    place = home.place(id_of(event, "channel"))
    return [MessageDeleted(place, id_of(event, "deleted_ts"), _at(event))]


def _nothing(_event: Record, _home: Workspace) -> list[Event]:
    return []


def _turned(visibility: Visibility) -> Callable[[Record, Workspace], list[Event]]:
    def read(event: Record, home: Workspace) -> list[Event]:
        channel = id_of(event, "channel")
        return [replace(home.as_known(channel, visibility), visibility=visibility)]

    return read


_SUBTYPES: dict[str, Callable[[Record, Workspace], list[Event]]] = {
    "message_changed": _changed,
    "message_deleted": _deleted,
    "channel_convert_to_private": _turned(Visibility.PRIVATE),
    "channel_convert_to_public": _turned(Visibility.PUBLIC),
}


def _reaction(*, added: bool) -> Callable[[Record, Workspace], list[Event]]:
    def read(event: Record, home: Workspace) -> list[Event]:
        item, user = inner(event, "item"), id_of(event, "user")
        if item.get("type") != "message" or user in home.reader.bots:
            return []
        emoji = id_of(event, "reaction").partition("::")[0]
        place = home.place(id_of(item, "channel"))
        account = home.account(user)
        return [
            ReactionChanged(place, id_of(item, "ts"), account, emoji, added=added, at=_at(event))
        ]

    return read


# ── Who and where ────────────────────────────────────────────────────────────────────────────


def _member(*, joined: bool) -> Callable[[Record, Workspace], list[Event]]:
    def read(event: Record, home: Workspace) -> list[Event]:
        channel, user = id_of(event, "channel"), id_of(event, "user")
        kind = _LETTERS.get(optional_id(event, "channel_type") or "")
        before = home.placed(channel, kind if channel not in home.places else None)
        place = home.place(channel)
        if user != home.bot_user:
            return [*before, MembershipChanged(place, home.account(user), joined, _at(event))]
        inviter = optional_id(event, "inviter")
        by = None if inviter is None else home.account(inviter)
        return [*before, Arrived(place, _at(event), by)] if joined else []

    return read


def _renamed(visibility: Visibility) -> Callable[[Record, Workspace], list[Event]]:
    def read(event: Record, home: Workspace) -> list[Event]:
        channel = inner(event, "channel")
        known = home.as_known(id_of(channel, "id"), visibility)
        return [replace(known, name=id_of(channel, "name"))]

    return read


def _archived(visibility: Visibility, *, archived: bool) -> Callable[..., list[Event]]:
    def read(event: Record, home: Workspace) -> list[Event]:
        return [replace(home.as_known(id_of(event, "channel"), visibility), archived=archived)]

    return read


def _place_gone(event: Record, home: Workspace) -> list[Event]:
    return [PlaceDeleted(home.place(id_of(event, "channel")))]


def _id_changed(event: Record, home: Workspace) -> list[Event]:
    """A private channel got another id because it is shared with others from now on.

    Who can read it is another question now, so what was kept of it goes; the new one is kept only
    when someone in it switches it on.
    """
    old, new = id_of(event, "old_channel_id"), id_of(event, "new_channel_id")
    name = home.as_known(old, Visibility.PRIVATE).name
    seen = PlaceSeen(home.place(new), new if name == old else name, Visibility.PRIVATE)
    return [PlaceDeleted(home.place(old)), seen]


def _account(event: Record, home: Workspace) -> list[Event]:
    return [account_seen(inner(event, "user"), home)]


def _uninstalled(_event: Record, home: Workspace) -> list[Event]:
    return [CommunityLeft(home.community)]


_PUBLIC, _PRIVATE = Visibility.PUBLIC, Visibility.PRIVATE
_READERS: dict[str, Callable[[Record, Workspace], list[Event]]] = {
    "message": _message,
    "app_mention": _message,
    "reaction_added": _reaction(added=True),
    "reaction_removed": _reaction(added=False),
    "member_joined_channel": _member(joined=True),
    "member_left_channel": _member(joined=False),
    "channel_rename": _renamed(_PUBLIC),
    "group_rename": _renamed(_PRIVATE),
    "channel_archive": _archived(_PUBLIC, archived=True),
    "group_archive": _archived(_PRIVATE, archived=True),
    "channel_unarchive": _archived(_PUBLIC, archived=False),
    "group_unarchive": _archived(_PRIVATE, archived=False),
    "channel_deleted": _place_gone,
    "group_deleted": _place_gone,
    "channel_id_changed": _id_changed,
    "user_change": _account,
    "team_join": _account,
    UNINSTALLED: _uninstalled,
}
# What the app acts upon itself, without telling the core (`adapters/slack/app.py`).
TOKENS_REVOKED, HOME_OPENED, SHARED, UNSHARED = (
    "tokens_revoked",
    "app_home_opened",
    "channel_shared",
    "channel_unshared",
)
EVENTS = (*_READERS, TOKENS_REVOKED, HOME_OPENED, SHARED, UNSHARED)


def revoked_bots(body: Record) -> list[str]:
    """The bot users whose tokens a `tokens_revoked` event names."""
    return strings(inner(inner(body, "event"), "tokens").get("bot"))


def _at(event: Record) -> datetime:
    """When an event happened: a `ts` in text, or whole seconds."""
    at = event.get("event_ts")
    return slack_moment(at) if isinstance(at, str) else moment(at)
