"""Plays a `.chat` file through the real console, core and store, as a person would type it.

The header of a script chooses the world: `# world:
riverbend` is the invented community that ships with the demo, a year of talk; `# world: empty` is
three communities in which nobody has said anything yet:

    Upstream    tom (admin), ana, mei, bob
                #general, #kitchen, #workshop, and the private #attic, where ana and mei are
    Downstream  olga (admin), ana (the same account), finn
                #general, #market
    Hillside    hana (admin), ana (the same account), ned, zoe (a guest, only in #market)
                #general, #market

A comment `# in Downstream` goes on in another community. Everybody starts as ana in #general, at
one moment that stands still until the script says /at or /wait.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Protocol

from adapters.cli.chatting import commands
from adapters.console import Mail, Session, rewrite
from adapters.files import open_export
from bot.asking.model import Rules
from bot.core import Bot
from bot.events import (
    AccountRef,
    AccountSeen,
    CommunityRef,
    CommunitySeen,
    Event,
    MembersSeen,
    PlaceRef,
    PlaceSeen,
    Platform,
    Role,
    Visibility,
)
from bot.importing import take_in
from storage.room import StoreRoom
from storage.store import Store, open_store

RULES = Rules(feeds_url="https://grapevine.example.org", brings_feeds=True)
NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
RIVERBEND = Path(__file__).parents[2] / "demo" / "community"
HOME = "Riverbend", "Upstream"
_WORLD = re.compile(r"^# world: (\w+)$", re.MULTILINE)
ELSEWHERE = re.compile(r"# in (\w+)\n")

UPSTREAM = CommunityRef(Platform.DISCORD, "upstream")
DOWNSTREAM = CommunityRef(Platform.DISCORD, "downstream")
HILLSIDE = CommunityRef(Platform.DISCORD, "hillside")
CAST = {
    UPSTREAM: {
        "ana": Role.MEMBER,
        "bob": Role.MEMBER,
        "mei": Role.MEMBER,
        "tom": Role.ADMIN,
    },
    DOWNSTREAM: {"ana": Role.MEMBER, "finn": Role.MEMBER, "olga": Role.ADMIN},
    HILLSIDE: {
        "ana": Role.MEMBER,
        "hana": Role.ADMIN,
        "ned": Role.MEMBER,
        "zoe": Role.GUEST,
    },
}
PLACES = {
    UPSTREAM: ("general", "kitchen", "workshop"),
    DOWNSTREAM: ("general", "market"),
    HILLSIDE: ("general", "market"),
}


def settle_in(store: Store, world: str) -> None:
    """Fill an empty store with a world."""
    bot = Bot(store, lambda: "")
    if world == "riverbend":
        export = open_export(RIVERBEND, private=frozenset({"committee"}), community="Riverbend")
        take_in(store, bot, export.events(), export.fingerprint, lambda _done: None)
    else:
        bot.take_in(list(_three_communities()))


def _three_communities() -> Iterator[Event]:
    for home, people in CAST.items():
        yield CommunitySeen(home, home.id.capitalize())
        for name, role in people.items():
            yield AccountSeen(AccountRef(home, name), name, role)
        for name in PLACES[home]:
            yield PlaceSeen(PlaceRef(home, name), name, Visibility.PUBLIC)
    attic = PlaceRef(UPSTREAM, "attic")
    yield PlaceSeen(attic, "attic", Visibility.PRIVATE)
    yield MembersSeen(attic, ("ana", "mei"), NOW)
    yield MembersSeen(PlaceRef(HILLSIDE, "market"), tuple(CAST[HILLSIDE]), NOW)


class Stage:
    """A store with a seat in each of its communities, all under one clock."""

    def __init__(self, url: str) -> None:
        self.store = open_store(url)
        self.clock = NOW
        self.room = StoreRoom(self.store)
        tokens, messages = count(1), count(1)
        self.bot = Bot(self.store, lambda: f"code-{next(tokens)}", rules=RULES)
        self._next_message = lambda: f"m{next(messages)}"
        self.mail = Mail(self.store, self.bot, lambda: self.clock, self._next_message)
        self._seats: dict[str, Session] = {}

    def seat(self, community: str) -> Session:
        """The seat in the community of this name; taken by ana at first."""
        if community not in self._seats:
            self._seats[community] = self._sit_down(community)
        return self._seats[community]

    def home(self) -> Session:
        """The seat in the community where scripts begin."""
        names = [one.name for one in self.room.communities()]
        return self.seat(next(name for name in names if name in HOME))

    def _sit_down(self, name: str) -> Session:
        home = next(one for one in self.room.communities() if one.name == name)
        ana = next(one for one in self.room.people(home.ref) if one.name == "ana")
        general = next(one for one in self.room.places(home.ref) if one.name == "general")
        return Session(
            self.bot.handle,
            self.room,
            lambda: self.clock,
            community=home.ref,
            person=ana.ref,
            place=general.ref,
            commands=commands(),
            set_clock=self._set,
            deliveries=lambda: self.mail.collect(home.ref),
            role_of=self.room.role,
            new_id=self._next_message,
        )

    def _set(self, at: datetime) -> None:
        self.clock = at

    def close(self) -> None:
        self.store.close()


def world_of(script: str) -> str:
    """The world that a script plays in."""
    found = _WORLD.search(script)
    assert found, "a script says in its header which world it plays in: # world: empty"
    return found[1]


class Seated(Protocol):
    """Where a script is played: a seat in each community."""

    def home(self) -> Session: ...
    def seat(self, community: str, /) -> Session: ...


def replay(script: str, stage: Seated) -> str:
    """Play a script; it comes back with what was really said."""
    seat = stage.home()
    played: list[str] = []
    for part in parts(script):
        if elsewhere := ELSEWHERE.match(part):
            seat = stage.seat(elsewhere[1])
        # What stands between two parts is layout, which playing does not see.
        text = part.rstrip("\n")
        played.append(rewrite(text, seat).rstrip("\n") + part[len(text) :])
    return "".join(played)


def parts(script: str) -> list[str]:
    """Cut a script where it goes on in another community."""
    parts = [""]
    for line in script.splitlines(keepends=True):
        if ELSEWHERE.fullmatch(line):
            parts.append("")
        parts[-1] += line
    return [part for part in parts if part]


def difference(expected: str, actual: str, name: str) -> str:
    """Where two versions of a script part, a few lines around each place; empty for none."""
    lines = difflib.unified_diff(
        expected.splitlines(), actual.splitlines(), f"{name} expects", "was said", lineterm="", n=4
    )
    return "\n".join(lines)
