"""A small village in Slack, and a core that says what a test wants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.core import Bot
from bot.events import Event
from bot.queues import Stored
from bot.replies import Reply
from storage.store import Store
from tests.platforms.slack.state import Channel, Person, Team


def village(team: Team) -> None:
    """ana (admin) and bob in #general; zoe, a guest, in #market alone; a private #attic."""
    ana, bob = team.person("ana", is_admin=True), team.person("bob")
    zoe = team.person("zoe", is_restricted=True)
    team.channel("general", ana, bob)
    team.channel("market", ana, bob, zoe)
    team.channel("attic", ana, bob, kind="group")


def person(team: Team, name: str) -> Person:
    return next(one for one in team.people.values() if one.name == name)


def place(team: Team, name: str) -> Channel:
    return next(one for one in team.channels.values() if one.name == name)


class Scripted(Bot):
    """A core that answers some kinds of events as a test says, and all others as ever."""

    def __init__(self, store: Store, **says: Callable[[Any], Reply | None]) -> None:
        count = iter(range(1, 10**9))
        super().__init__(store, lambda: f"token-{next(count)}")
        self.says = says
        self.asked: list[Event] = []

    def handle_stored(self, stored: Stored) -> Reply | None:
        says = self.says.get(stored.event.kind)
        reply = None if says is None else says(stored.event)
        self.asked.append(stored.event)
        if reply is None:
            return super().handle_stored(stored)
        with self.store.queue() as unit:
            unit.inbox.done(stored)
        return reply
