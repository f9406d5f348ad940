"""Slack's objects for users and conversations, translated.

https://docs.slack.dev/reference/objects/user-object and …/conversation-object.
"""

from __future__ import annotations

from adapters.files.records import LeftOut, Record, id_of, inner, optional_id
from adapters.files.slack_roster import profile_name, role_of, timezone_of
from adapters.slack.workspace import Workspace
from bot.events import AccountSeen, PlaceSeen, Role, Visibility

SLACKBOT = "USLACKBOT"


def account_seen(user: Record, home: Workspace) -> AccountSeen:
    """What a user object says; `LeftOut` if it is none.

    Whoever belongs to another team is here through Slack Connect. `is_bot` is false of Slack's own
    bot.
    """
    number = id_of(user, "id")
    team = optional_id(user, "team_id")
    return AccountSeen(
        home.account(number),
        profile_name(inner(user, "profile"), user) or number,
        role_of(user, stranger=team not in {None, home.community.id}),
        is_bot=bool(user.get("is_bot")) or number == SLACKBOT,
        active=not user.get("deleted"),
        timezone=timezone_of(user.get("tz")),
    )


def stranger_seen(message: Record, home: Workspace) -> list[AccountSeen]:
    """What a message says of its author, if they are of another team and new to us."""
    user = optional_id(message, "user")
    teams = {optional_id(message, key) for key in ("user_team", "source_team")} - {None}
    if user is None or user in home.people or teams <= {home.community.id}:
        return []
    name = profile_name(inner(message, "user_profile"), {}) or user
    return [AccountSeen(home.account(user), name, Role.EXTERNAL)]


def place_seen(channel: Record, home: Workspace) -> PlaceSeen:
    """What a conversation object says; `LeftOut` if it is none."""
    number = id_of(channel, "id")
    return PlaceSeen(
        home.place(number),
        optional_id(channel, "name") or number,
        _visibility(channel),
        archived=channel.get("is_archived") is True,
    )


def _visibility(channel: Record) -> Visibility:
    """Read the flags, never the letter an id begins with."""
    if channel.get("is_im") or channel.get("is_mpim"):
        return Visibility.DIRECT
    if channel.get("is_private") or channel.get("is_group"):
        return Visibility.PRIVATE
    return Visibility.PUBLIC


def seen_or_none(user: object, home: Workspace) -> AccountSeen | None:
    """What a user object says, or None if it is none."""
    try:
        return account_seen(user if isinstance(user, dict) else {}, home)
    except LeftOut:
        return None
