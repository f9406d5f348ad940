"""The worlds of the conversations, furnished in our Slack instead of the store."""

from __future__ import annotations

import json
from pathlib import Path

from adapters.slack.manifest import manifest
from bot.events import CommunityRef, Role
from tests.conversations.driver import CAST, PLACES, RIVERBEND
from tests.platforms.slack import Slack
from tests.platforms.slack.state import Json, Person, Team

ROLES: dict[Role, Json] = {
    Role.ADMIN: {"is_admin": True},
    Role.MEMBER: {},
    Role.GUEST: {"is_restricted": True},
    Role.EXTERNAL: {},
}


def three_communities(slack: Slack) -> None:
    """Upstream, Downstream and Hillside, as `tests/conversations/driver.py` describes them."""
    for home, cast in CAST.items():
        team = _team(slack, home)
        people = {name: _person(team, name, role) for name, role in cast.items()}
        for name in PLACES[home]:
            full = [p for n, p in people.items() if cast[n] is not Role.GUEST or name == "market"]
            team.channel(name, *full)
        if name_of(home) == "Upstream":
            team.channel("attic", people["ana"], people["mei"], kind="group")


def riverbend(slack: Slack) -> None:
    """The invented community of the demo: its people and channels, by their ids."""
    users = _read("users.json")
    team = slack.install(manifest(), "T0RIVERBND", "Riverbend")
    for one in users:
        fields = {
            k: v for k, v in one.items() if k.startswith("is_") or k in {"deleted", "profile", "tz"}
        }
        made = team.person(one["name"], number=one["id"])
        made.fields |= fields
    for kind, file in (("channel", "channels.json"), ("group", "groups.json")):
        for one in _read(file):
            members = [team.people[number] for number in one["members"]]
            team.channel(one["name"], *members, kind=kind, number=one["id"])


def _read(name: str) -> list[Json]:
    found: list[Json] = json.loads(Path(RIVERBEND, name).read_text(encoding="utf-8"))
    return found


def _team(slack: Slack, home: CommunityRef) -> Team:
    number = f"T{home.id.upper()}"
    return slack.install(manifest(), number, name_of(home), f"U{home.id.upper()}BOT")


def name_of(home: CommunityRef) -> str:
    return home.id.capitalize()


def _person(team: Team, name: str, role: Role) -> Person:
    # As at the console, nobody's time zone is known.
    made = team.person(name, number=f"U{name.upper()}{team.id}", **ROLES[role])
    made.fields["tz"] = ""
    return made
