"""Who and what a Slack export lists in its root files: people and channels.

Schema: https://slack.com/help/articles/220556107-How-to-read-Slack-data-exports. A standard export
has `channels.json` and `users.json`; a full one adds `groups.json` (private channels), `dms.json`
and `mpims.json`; an organisation's has `org_users.json`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from adapters.files.records import (
    DIRECT,
    LeftOut,
    Record,
    first_name,
    id_of,
    inner,
    listing,
    parse,
    record,
    strings,
)
from adapters.files.source import Read
from bot.errors import ImportFailed
from bot.events import Role

ROOTS = ("channels.json", "groups.json", "dms.json", "mpims.json", "users.json", "org_users.json")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{1,30}(/[A-Za-z0-9_+-]{1,30}){0,2}")


@dataclass(frozen=True, slots=True)
class Person:
    """One entry of `users.json`."""

    id: str
    name: str
    role: Role
    is_bot: bool
    active: bool
    timezone: str | None


@dataclass(frozen=True, slots=True)
class Channel:
    """One entry of `channels.json` or `groups.json`; its messages are in the folder `name`."""

    id: str
    name: str
    private: bool
    archived: bool
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Roster:
    """Everything the root files list; `team` is the workspace's own id, if they say it."""

    team: str | None
    people: tuple[Person, ...]
    channels: tuple[Channel, ...]
    direct: frozenset[str]


def read_roster(read: Read, names: frozenset[str], skipped: Counter[str]) -> Roster:
    """Return what the root files among `names` list, counting broken entries in `skipped`.

    `ImportFailed` if one of them is missing or malformed, or if two channels share a name or an
    id: then nobody can tell whose messages a folder holds.
    """
    roots = _Roots(read, names, skipped)
    channels = tuple(roots.channels())
    direct = frozenset(roots.direct())
    _refuse_ambiguous(channels, direct)
    people, team = roots.people()
    return Roster(team, people, channels, direct)


def folder_key(name: str) -> str:
    """Return a channel's name in the form that folder names have here."""
    return unicodedata.normalize("NFC", name)


class _Roots:
    """The root files of one export."""

    def __init__(self, read: Read, names: frozenset[str], skipped: Counter[str]) -> None:
        self._read = read
        self._names = names
        self._skipped = skipped

    def channels(self) -> Iterator[Channel]:
        if "channels.json" not in self._names:
            raise ImportFailed("The export has no channels.json; import the whole Slack export.")
        for name in ("channels.json", "groups.json"):
            for fields in self._entries(name):
                try:
                    yield _channel(fields, private=name == "groups.json")
                except LeftOut:
                    self._skipped["broken channels"] += 1

    def direct(self) -> Iterator[str]:
        """Yield the folder names of direct messages and group direct messages."""
        for name in ("dms.json", "mpims.json"):
            for fields in self._entries(name):
                self._skipped[DIRECT] += 1
                yield from map(folder_key, strings([fields.get("id"), fields.get("name")]))

    def people(self) -> tuple[tuple[Person, ...], str | None]:
        """Return the people, each once, and the workspace's id."""
        if not {"users.json", "org_users.json"} & self._names:
            raise ImportFailed("The export has no users.json; import the whole Slack export.")
        entries = [*self._entries("users.json"), *self._entries("org_users.json")]
        team = home_of(_team(fields) for fields in entries)
        home = team if "org_users.json" not in self._names else None
        found: dict[str, Person] = {}
        for fields in entries:
            try:
                person = _person(fields, home)
            except LeftOut:
                self._skipped["broken accounts"] += 1
            else:
                found.setdefault(person.id, person)
        return tuple(found.values()), team

    def _entries(self, name: str) -> Iterator[Record]:
        """Yield the objects in a root file; one that is not there has none."""
        if name not in self._names:
            return
        for item in listing(parse(self._read(name), name), name):
            try:
                yield record(item)
            except LeftOut:
                self._skipped["broken entries"] += 1


def _channel(fields: Record, *, private: bool) -> Channel:
    if fields.get("is_im") or fields.get("is_mpim"):
        raise LeftOut
    return Channel(
        id=id_of(fields, "id"),
        name=folder_key(id_of(fields, "name")),
        private=private or bool(fields.get("is_private") or fields.get("is_group")),
        archived=fields.get("is_archived") is True,
        members=tuple(dict.fromkeys(strings(fields.get("members")))),
    )


def _refuse_ambiguous(channels: tuple[Channel, ...], direct: frozenset[str]) -> None:
    ids = Counter(channel.id for channel in channels)
    names = Counter([*(channel.name for channel in channels), *direct])
    for channel in channels:
        if names[channel.name] > 1 or ids[channel.id] > 1:
            raise ImportFailed(
                f"#{first_name(channel.name) or '?'} shares its name or id with another channel of "
                "the export, so their messages cannot be told apart; export it again."
            )


def _team(fields: Record) -> object:
    """Return the workspace of an account; old exports say it in the profile alone."""
    return fields.get("team_id") or inner(fields, "profile").get("team")


def home_of(teams: Iterable[object]) -> str | None:
    """Return the id of the workspace that most accounts, or messages, belong to."""
    counts = Counter(strings(list(teams)))
    return min(counts, key=lambda team: (-counts[team], team)) if counts else None


def _person(fields: Record, home: str | None) -> Person:
    account = id_of(fields, "id")
    profile = inner(fields, "profile")
    team = next(iter(strings([_team(fields)])), None)
    return Person(
        id=account,
        name=profile_name(profile, fields) or account,
        role=role_of(fields, stranger=home is not None and team not in {None, home}),
        is_bot=bool(fields.get("is_bot")) or account == "USLACKBOT",
        active=not fields.get("deleted"),
        timezone=timezone_of(fields.get("tz")),
    )


def profile_name(profile: Record, fields: Record) -> str | None:
    """Return the name that Slack shows for an account."""
    return first_name(
        profile.get("display_name"),
        profile.get("real_name"),
        fields.get("real_name"),
        fields.get("name"),
        profile.get("name"),
    )


def role_of(fields: Record, *, stranger: bool) -> Role:
    """Return the role of a user object, the most restricted first."""
    if stranger or fields.get("is_stranger"):
        return Role.EXTERNAL
    if fields.get("is_restricted") or fields.get("is_ultra_restricted"):
        return Role.GUEST
    if fields.get("is_admin") or fields.get("is_owner") or fields.get("is_primary_owner"):
        return Role.ADMIN
    return Role.MEMBER


def timezone_of(value: object) -> str | None:
    """Return a time zone that this machine knows."""
    if isinstance(value, str) and _ZONE.fullmatch(value) and _known_zone(value):
        return value
    return None


@lru_cache(maxsize=1024)
def _known_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return False
    return True
