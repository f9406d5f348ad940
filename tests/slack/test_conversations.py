"""Every conversation that the console has, held in Slack: one list for all platforms.

A script is played by the console's own session; `bridge.py` does in Slack what it does, and
compares what people read there with what the core said.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import cast

import pytest

from adapters.cli.chatting import commands
from adapters.console import Delivered, Session, rewrite
from adapters.slack.carrier import SlackCarrier
from bot.events import CommunityRef
from storage.room import StoreRoom
from storage.store import open_store
from tests.conversations.driver import (
    ELSEWHERE,
    HOME,
    NOW,
    RULES,
    difference,
    parts,
    settle_in,
    world_of,
)
from tests.conversations.test_conversations import SCRIPTS
from tests.platforms.slack import Slack
from tests.slack.bridge import Bridge, Overheard
from tests.slack.house import House, open_house
from tests.slack.mailing import SlackMail
from tests.slack.worlds import riverbend, three_communities

# What Slack cannot play, and why.
UNSUPPORTED = {
    "conversations": "It answers a message weeks later outside of any thread, as Slack cannot.",
    "ask_reminder": "It presses a button of what was edited since, which Slack shows no more.",
    "ask_rings": "It presses a button of what was taken back, which Slack shows no more.",
    "note": "It has two things of one moment, which Slack tells apart.",
    "two_communities": "It needs one account in several communities, which Slack does not have.",
}
# Where people answer one another without a thread, in Slack too.
ON_THE_FLOOR = {"me"}
# How large a file is depends on how long the ids of a platform are.
_SIZE = re.compile(r"\((\d+ bytes|[\d,]+ KB)\)")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda one: one.stem)
def test_the_conversation_goes_in_slack_as_it_is_written(script: Path, sqlite_url: str) -> None:
    if script.stem in UNSUPPORTED:
        pytest.skip(UNSUPPORTED[script.stem])
    written = script.read_text(encoding="utf-8")
    on_the_floor = script.stem in ON_THE_FLOOR
    said, differences = asyncio.run(played(written, sqlite_url, on_the_floor=on_the_floor))
    parted = difference(_SIZE.sub("", written), _SIZE.sub("", said), script.name)
    assert not parted, f"\n{parted}"
    assert not differences, "\n".join(differences)


async def played(script: str, url: str, *, on_the_floor: bool) -> tuple[str, list[str]]:
    clock = [NOW]
    moments = count(1)

    def seconds() -> float:
        # Time goes on a little with whatever happens, as the ids of Slack's messages do.
        return clock[0].timestamp() + next(moments) / 1_000

    slack = await Slack.start(seconds)
    world = world_of(script)
    (riverbend if world == "riverbend" else three_communities)(slack)
    if world == "riverbend":
        store = open_store(url)
        settle_in(store, world)
        store.close()
    made: list[Overheard] = []

    def core(store: object) -> Overheard:
        made.append(Overheard(store, tokens(), rules=RULES))  # type: ignore[arg-type]
        made[0].replies = []
        return made[0]

    try:
        async with open_house(url, slack, seconds, core=core) as house:
            await house.met()
            bridge = Bridge(house, made[0], asyncio.get_running_loop(), on_the_floor)
            stage = Seats(house, bridge, clock)
            said = await asyncio.to_thread(replay, script, stage)
            assert slack.live_mentions == []
            return said, bridge.differences
    finally:
        await slack.close()


class Seats:
    """A seat in each community, as the stage of the console's conversations has them."""

    def __init__(self, house: House, bridge: Bridge, clock: list[datetime]) -> None:
        self._house = house
        self._bridge = bridge
        self._clock = clock
        self._room = StoreRoom(house.store)
        self._seats: dict[str, Session] = {}
        carrier = cast("SlackCarrier", house.service.carrier)
        self._mail = SlackMail(house.store, bridge.core, house.clock, carrier, bridge.loop)

    def home(self) -> Session:
        names = [one.name for one in self._room.communities()]
        return self.seat(next(name for name in names if name in HOME))

    def seat(self, name: str) -> Session:
        if name not in self._seats:
            self._seats[name] = self._sit_down(name)
        return self._seats[name]

    def _collect(self, community: CommunityRef) -> list[Delivered]:
        return self._mail.collect(community)

    def _sit_down(self, name: str) -> Session:
        home = next(one for one in self._room.communities() if one.name == name)
        ana = next(one for one in self._room.people(home.ref) if one.name == "ana")
        general = next(one for one in self._room.places(home.ref) if one.name == "general")
        return Session(
            self._bridge.handle,
            self._room,
            lambda: self._clock[0],
            community=home.ref,
            person=ana.ref,
            place=general.ref,
            commands=commands(),
            set_clock=self._set,
            deliveries=lambda: self._collect(home.ref),
            role_of=self._room.role,
            new_id=self._house.slack.new_ts,
        )

    def _set(self, at: datetime) -> None:
        self._clock[0] = at.astimezone(UTC)


def replay(script: str, stage: Seats) -> str:
    seat = stage.home()
    played: list[str] = []
    for part in parts(script):
        if elsewhere := ELSEWHERE.match(part):
            seat = stage.seat(elsewhere[1])
        text = part.rstrip("\n")
        played.append(rewrite(text, seat).rstrip("\n") + part[len(text) :])
    return "".join(played)


def tokens() -> Callable[[], str]:
    count = iter(range(1, 10**9))
    return lambda: f"code-{next(count)}"
