"""What there is in Slack: teams, people, channels and their messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """Slack's answer `{"ok": false, "error": …}`."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.body = {"ok": False, "error": error, **more}


@dataclass
class Person:
    """A user of a team; `home` is the team they belong to."""

    id: str
    name: str
    home: str
    fields: Json = field(default_factory=dict)

    def as_json(self) -> Json:
        profile = {"real_name": self.name, "display_name": self.name, "team": self.home}
        base: Json = {
            "id": self.id,
            "team_id": self.home,
            "name": self.name,
            "real_name": self.name,
            "deleted": False,
            "is_bot": False,
            "is_app_user": False,
            "is_admin": False,
            "is_owner": False,
            "is_restricted": False,
            "is_ultra_restricted": False,
            "tz": "Europe/Lisbon",
            "profile": profile,
            "updated": 1_700_000_000,
        }
        return base | self.fields


@dataclass
class Channel:
    """A conversation; `kind` is `channel`, `group` (private), `im` or `mpim`."""

    id: str
    name: str
    kind: str = "channel"
    members: list[str] = field(default_factory=list)
    messages: list[Json] = field(default_factory=list)
    archived: bool = False
    ext_shared: bool = False
    _threads: tuple[tuple[int, str], dict[str, list[Json]]] | None = None

    def as_json(self, viewer: str) -> Json:
        private = self.kind in {"group", "mpim"}
        made: Json = {
            "id": self.id,
            "is_channel": self.kind == "channel",
            "is_group": self.kind == "group",
            "is_im": self.kind == "im",
            "is_mpim": self.kind == "mpim",
            "is_private": private,
            "is_archived": self.archived,
            "is_ext_shared": self.ext_shared,
            "is_shared": self.ext_shared,
            "created": 1_700_000_000,
        }
        if self.kind == "im":
            return made | {"user": next((m for m in self.members if m != viewer), viewer)}
        member = {"is_member": viewer in self.members, "num_members": len(self.members)}
        return made | {"name": self.name, "name_normalized": self.name} | member

    def threads(self) -> dict[str, list[Json]]:
        """The answers in each thread, without the message they stand under."""
        state = len(self.messages), self.messages[-1]["ts"] if self.messages else ""
        if self._threads is None or self._threads[0] != state:
            found: dict[str, list[Json]] = {}
            for one in self.messages:
                if one.get("thread_ts", one["ts"]) != one["ts"]:
                    found.setdefault(one["thread_ts"], []).append(one)
            self._threads = state, found
        return self._threads[1]

    def find(self, ts: str) -> Json | None:
        return next((one for one in self.messages if one["ts"] == ts), None)


@dataclass
class Team:
    """A workspace with the app installed; `manifest` says what the app may do there."""

    id: str
    name: str
    domain: str
    token: str
    manifest: Json
    bot_user: str
    bot_id: str
    app_id: str = "A0GRAPE"
    revoked: str | None = None
    people: dict[str, Person] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    ephemeral: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    homes: dict[str, Json] = field(default_factory=dict)
    stacks: dict[str, list[Json]] = field(default_factory=dict)
    files: list[Json] = field(default_factory=list)
    next_id: Callable[[str], str] = lambda kind: kind

    @property
    def url(self) -> str:
        return f"https://{self.domain}.slack.com/"

    @property
    def scopes(self) -> list[str]:
        found: list[str] = self.manifest["oauth_config"]["scopes"]["bot"]
        return found

    @property
    def events(self) -> list[str]:
        found: list[str] = self.manifest["settings"]["event_subscriptions"]["bot_events"]
        return found

    @property
    def commands(self) -> list[str]:
        return [one["command"] for one in self.manifest["features"]["slash_commands"]]

    def shortcuts(self, kind: str) -> list[str]:
        found = self.manifest["features"]["shortcuts"]
        return [one["callback_id"] for one in found if one["type"] == kind]

    def person(self, name: str, *, number: str = "", home: str = "", **fields: Any) -> Person:
        """Let somebody be a member of the team (`home`: of another one)."""
        made = Person(number or self.next_id("U"), name, home or self.id, fields)
        self.people[made.id] = made
        return made

    def channel(
        self, name: str, *members: Person, kind: str = "channel", bot: bool = True, number: str = ""
    ) -> Channel:
        """Make a channel; with `bot`, the app is in it already."""
        ids = [one.id for one in members] + ([self.bot_user] if bot else [])
        made = Channel(number or self.next_id("C"), name, kind, ids)
        self.channels[made.id] = made
        return made

    def direct(self, user: str) -> Channel:
        """The direct message of somebody with the app's bot user."""
        for one in self.channels.values():
            if one.kind == "im" and set(one.members) == {user, self.bot_user}:
                return one
        made = Channel(self.next_id("D"), "", "im", [user, self.bot_user])
        self.channels[made.id] = made
        return made

    def seen(self, channel: Channel) -> bool:
        """Whether the bot user may know of a channel."""
        return channel.kind == "channel" or self.bot_user in channel.members
