"""Everything that can happen: frozen, past tense, without any platform's types.

An adapter translates a payload into one of these; the core never sees the payload. Ids are the
platform's own, as strings; times are aware and in UTC. Every event can be stored in the inbox and
replayed from it (see `storage/inbox.py`), so nothing here holds behaviour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal


class Platform(StrEnum):
    """Where a community lives."""

    SLACK = "slack"
    DISCORD = "discord"
    CONSOLE = "console"


class Visibility(StrEnum):
    """Who a place is open to. `DIRECT` places are never captured.

    On a `SHELF` nobody talks: what stands there was put there (a feed that somebody brings, the
    notes of a community), for the whole community.
    """

    PUBLIC = "public"
    PRIVATE = "private"
    DIRECT = "direct"
    SHELF = "shelf"


class Role(StrEnum):
    """What an account is in one community.

    A guest sees only the places they are in; an external (Slack Connect) sees nothing of the
    community but the places they share with it.
    """

    ADMIN = "admin"
    MEMBER = "member"
    GUEST = "guest"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class CommunityRef:
    """One Slack workspace, Discord guild or console community."""

    platform: Platform
    id: str


@dataclass(frozen=True, slots=True)
class PlaceRef:
    """A channel, forum, private thread or direct message, by the platform's id."""

    community: CommunityRef
    id: str


@dataclass(frozen=True, slots=True)
class AccountRef:
    """A user id as it is met in one community.

    On Discord one id is the same account in every guild; on Slack and the console an id means
    something only inside its community.
    """

    community: CommunityRef
    id: str


@dataclass(frozen=True, slots=True)
class Unfurl:
    """The title a platform showed for a URL of the message."""

    url: str
    title: str


@dataclass(frozen=True, slots=True)
class CommunitySeen:
    """A community exists under this name.

    `url` is where its messages live (`https://acme.slack.com`), for permalinks.
    """

    community: CommunityRef
    name: str
    url: str | None = None
    kind: Literal["community_seen"] = "community_seen"


@dataclass(frozen=True, slots=True)
class CommunityLeft:
    """The bot was uninstalled or removed: everything of this community goes."""

    community: CommunityRef
    kind: Literal["community_left"] = "community_left"


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """What a platform says about an account: also a rename, deactivation or change of role."""

    account: AccountRef
    name: str
    role: Role = Role.MEMBER
    is_bot: bool = False
    active: bool = True
    timezone: str | None = None
    kind: Literal["account_seen"] = "account_seen"


@dataclass(frozen=True, slots=True)
class PlaceSeen:
    """What a platform says about a place: also a rename, archiving or change of visibility."""

    place: PlaceRef
    name: str
    visibility: Visibility
    parent: str | None = None
    archived: bool = False
    kind: Literal["place_seen"] = "place_seen"


@dataclass(frozen=True, slots=True)
class PlaceDeleted:
    """A place is gone, and with it everything said there."""

    place: PlaceRef
    kind: Literal["place_deleted"] = "place_deleted"


@dataclass(frozen=True, slots=True)
class MembersSeen:
    """The complete list of who is in a place, as the platform said at `at`."""

    place: PlaceRef
    members: tuple[str, ...]
    at: datetime
    kind: Literal["members_seen"] = "members_seen"


@dataclass(frozen=True, slots=True)
class MembershipChanged:
    """One account joined (`joined`) or left a place at `at`."""

    place: PlaceRef
    account: AccountRef
    joined: bool
    at: datetime
    kind: Literal["membership_changed"] = "membership_changed"


@dataclass(frozen=True, slots=True)
class MessagePosted:
    """An account posted a message, or edited it: this is how it stands now.

    `text` is what a reader sees, with the platform's escapes undone; URLs stand in it whole.
    `thread` groups messages of one platform thread in this place; `reply_to` is the id of the
    message it answers. `edited_at` is its version: an edit is the same event with a later one, and
    replaces what was kept. `to_bot` marks a message that talks to Grapevine itself (a mention or a
    direct message, without the mention): it is a request, never evidence.
    """

    place: PlaceRef
    author: AccountRef
    id: str
    text: str
    at: datetime
    thread: str | None = None
    reply_to: str | None = None
    permalink: str | None = None
    edited_at: datetime | None = None
    from_bot: bool = False
    to_bot: bool = False
    unfurls: tuple[Unfurl, ...] = ()
    kind: Literal["message_posted"] = "message_posted"


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """A message is gone, maybe before we ever saw it."""

    place: PlaceRef
    id: str
    at: datetime
    kind: Literal["message_deleted"] = "message_deleted"


@dataclass(frozen=True, slots=True)
class ReactionChanged:
    """An account put an emoji (its short name) on a message, or took it away."""

    place: PlaceRef
    message: str
    account: AccountRef
    emoji: str
    added: bool
    at: datetime
    kind: Literal["reaction_changed"] = "reaction_changed"


@dataclass(frozen=True, slots=True)
class ReactionsCleared:
    """All reactions were taken off a message at once, or all with one emoji (its short name)."""

    place: PlaceRef
    message: str
    at: datetime
    emoji: str | None = None
    kind: Literal["reactions_cleared"] = "reactions_cleared"


@dataclass(frozen=True, slots=True)
class ThreadSolved:
    """People marked a thread as solved, where the platform has that, or took that back."""

    place: PlaceRef
    thread: str
    solved: bool
    at: datetime
    kind: Literal["thread_solved"] = "thread_solved"


@dataclass(frozen=True, slots=True)
class CommandUsed:
    """A person typed a command: `name` without its slash, `text` the words behind it.

    `private` says whether only this person will see the reply.
    """

    place: PlaceRef
    account: AccountRef
    name: str
    text: str
    at: datetime
    private: bool = True
    thread: str | None = None
    kind: Literal["command_used"] = "command_used"


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """A person pressed a button; `token` is the opaque id it carries."""

    place: PlaceRef
    account: AccountRef
    token: str
    at: datetime
    private: bool = True
    kind: Literal["button_pressed"] = "button_pressed"


@dataclass(frozen=True, slots=True)
class FormSubmitted:
    """A person sent a form; `fields` are (name, value) pairs."""

    place: PlaceRef
    account: AccountRef
    token: str
    fields: tuple[tuple[str, str], ...]
    at: datetime
    private: bool = True
    kind: Literal["form_submitted"] = "form_submitted"


@dataclass(frozen=True, slots=True)
class LinkSaved:
    """A person used "Save link" on a message.

    The share belongs to the message's author, not to whoever saved it.
    """

    message: MessagePosted
    account: AccountRef
    at: datetime
    kind: Literal["link_saved"] = "link_saved"


@dataclass(frozen=True, slots=True)
class QuestionRaised:
    """A person used "Ask the network" on a message, their own or another's."""

    message: MessagePosted
    account: AccountRef
    at: datetime
    kind: Literal["question_raised"] = "question_raised"


@dataclass(frozen=True, slots=True)
class PersonLookedUp:
    """A person used "What do they know?" on another one."""

    place: PlaceRef
    account: AccountRef
    about: AccountRef
    at: datetime
    private: bool = True
    kind: Literal["person_looked_up"] = "person_looked_up"


@dataclass(frozen=True, slots=True)
class Arrived:
    """Grapevine was invited to a place, maybe by somebody it knows.

    `everywhere`: to a whole community at once; what it says of that stands in `place`.
    """

    place: PlaceRef
    at: datetime
    by: AccountRef | None = None
    everywhere: bool = False
    kind: Literal["arrived"] = "arrived"


Event = (
    CommunitySeen
    | CommunityLeft
    | AccountSeen
    | PlaceSeen
    | PlaceDeleted
    | MembersSeen
    | MembershipChanged
    | MessagePosted
    | MessageDeleted
    | ReactionChanged
    | ReactionsCleared
    | ThreadSolved
    | CommandUsed
    | ButtonPressed
    | FormSubmitted
    | LinkSaved
    | QuestionRaised
    | PersonLookedUp
    | Arrived
)
