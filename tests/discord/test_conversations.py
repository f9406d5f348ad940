"""Every conversation of the three communities, held in Discord: one list for all platforms.

A script is played by the console's own session; `bridge.py` does in Discord what it does, and
compares what people read there with what the core said.
"""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from adapters.cli.chatting import commands
from adapters.console import Session, rewrite
from bot.events import MembersSeen, Role
from storage.room import StoreRoom
from storage.store import open_store
from tests.conversations.driver import (
    CAST,
    ELSEWHERE,
    HOME,
    NOW,
    PLACES,
    RULES,
    difference,
    parts,
    world_of,
)
from tests.conversations.test_conversations import SCRIPTS
from tests.discord.bridge import Bridge, DiscordMail, Overheard
from tests.discord.scene import Json, Scene, settings_for
from tests.platforms.discord import DiscordServer, World
from tests.platforms.discord.world import MANAGE_GUILD, VIEW

# What Discord cannot play, and why.
UNSUPPORTED = {
    "guests": "Nobody in a Discord server is a guest who sees one channel.",
    "ask_reminder": "It presses a button of a post that was edited since; it is gone there.",
    "ask_rings": "It presses a button of what was taken back; it is gone there.",
    "note": "It has two things of one moment, which the ids of Discord tell apart.",
    "misunderstandings": "Discord lets nobody type a command that does not exist.",
    "bring": "/me bring is not among the words of /me, so Discord offers no option for it.",
    "feed": "/me feed is not among the words of /me, so Discord offers no option for it.",
}
GUEST = 1 << 4
_SIZE = re.compile(r"\((\d+ bytes|[\d,]+ KB)\)")


def playable() -> list[Path]:
    """The scripts of the invented year are an export of Slack's, and play there."""
    return [one for one in SCRIPTS if world_of(one.read_text(encoding="utf-8")) == "empty"]


@pytest.mark.parametrize("script", playable(), ids=lambda script: script.stem)
def test_the_conversation_goes_in_discord_as_it_is_written(script: Path, sqlite_url: str) -> None:
    if script.stem in UNSUPPORTED:
        pytest.skip(UNSUPPORTED[script.stem])
    written = script.read_text(encoding="utf-8")
    said, differences = asyncio.run(played(written, sqlite_url))
    parted = difference(_SIZE.sub("", written), _SIZE.sub("", said), script.name)
    assert not parted, f"\n{parted}"
    assert not differences, "\n".join(differences)


class Clock:
    """The script's clock, which goes on a little with whatever happens, as ids do."""

    def __init__(self) -> None:
        self.at = NOW
        self._moments = count(1)

    def __call__(self) -> datetime:
        return self.at + timedelta(milliseconds=next(self._moments))


async def played(script: str, url: str) -> tuple[str, list[str]]:
    clock = Clock()
    tokens = count(1)
    async with DiscordServer(World(clock)) as discord:
        guilds = three_communities(discord.world)
        store = open_store(url)
        core = Overheard(store, lambda: f"hello-{next(tokens)}", rules=RULES)
        core.replies = []
        scene = Scene(discord, store, settings_for(discord), core, clock, furnished=False)
        try:
            await scene.start()
            await until_known(scene, guilds)
            attic = next(one for one in discord.world.channels.values() if one["name"] == "attic")
            inside = discord.world.rights
            # The console shows a private place to those who were seen in it, switched on or not.
            place = scene.service.atlas.spot(guilds[0]["id"], attic["id"]).place
            everybody = (user for user in discord.world.users if inside(user, attic) & VIEW)
            people = tuple(user for user in everybody if user != discord.world.bot)
            core.take_in([MembersSeen(place, people, clock())])
            numbers = count(1)
            core.new_token = lambda: f"code-{next(numbers)}"
            bridge = Bridge(scene, core, asyncio.get_running_loop())
            said = await asyncio.to_thread(replay, script, Seats(scene, bridge, clock))
            assert discord.rest.pinged == discord.interactions.pinged == []
            return said, bridge.differences
        finally:
            await scene.stop()
            store.close()


async def until_known(scene: Scene, guilds: list[Json]) -> None:
    """Until everybody is known, and Grapevine has said that it came."""
    known = scene.service.atlas.guilds
    while not all(known[one["id"]].is_listed for one in guilds):  # noqa: ASYNC110 - no event
        await asyncio.sleep(0.01)
    await scene.settled()
    while len(scene.discord.rest.sent) < len(guilds):  # noqa: ASYNC110 - it comes by itself
        await asyncio.sleep(0.01)


def three_communities(world: World) -> list[Json]:
    """Upstream, Downstream and Hillside; ana is the same everywhere."""
    users: dict[str, Json] = {}
    guilds = []
    for home, cast in CAST.items():
        for name in cast:
            users.setdefault(name, world.user(name))
        # Whoever owns a server sees all of it, so that is nobody of those who talk.
        guild = world.guild(home.id.capitalize(), world.user("Host"))
        guilds.append(guild)
        keeper = world.role(guild, "keeper", MANAGE_GUILD)
        for name, role in cast.items():
            member = world.member(guild, users[name], *([keeper] if role is Role.ADMIN else []))
            member["flags"] = GUEST if role is Role.GUEST else 0
        for name in PLACES[home]:
            world.channel(guild, name)
    upstream = guilds[0]
    attic, inside = world.channel(upstream, "attic"), world.role(upstream, "attic")
    shut = {"id": upstream["id"], "type": 0, "allow": "0", "deny": str(VIEW)}
    own = upstream["roles"][1]["id"]
    attic["permission_overwrites"] = [
        shut,
        *({"id": one, "type": 0, "allow": str(VIEW), "deny": "0"} for one in (inside["id"], own)),
    ]
    for name in ("ana", "mei"):
        world.members[upstream["id"]][users[name]["id"]]["roles"] = [inside["id"]]
    return guilds


class Seats:
    """A seat in each community, as the stage of the console's conversations has them."""

    def __init__(self, scene: Scene, bridge: Bridge, clock: Clock) -> None:
        self._scene = scene
        self._bridge = bridge
        self._clock = clock
        self._room = StoreRoom(scene.store)
        self._seats: dict[str, Session] = {}
        carrier = scene.service.carrier
        self._mail = DiscordMail(scene.store, bridge.core, clock, carrier, bridge.loop)

    def home(self) -> Session:
        names = [one.name for one in self._room.communities()]
        return self.seat(next(name for name in names if name in HOME))

    def seat(self, name: str) -> Session:
        if name not in self._seats:
            self._seats[name] = self._sit_down(name)
        return self._seats[name]

    def _sit_down(self, name: str) -> Session:
        home = next(one for one in self._room.communities() if one.name == name)
        ana = next(one for one in self._room.people(home.ref) if one.name == "ana")
        general = next(one for one in self._room.places(home.ref) if one.name == "general")
        return Session(
            self._bridge.handle,
            self._room,
            lambda: self._clock.at,
            community=home.ref,
            person=ana.ref,
            place=general.ref,
            commands=commands(),
            set_clock=self._set,
            deliveries=lambda: self._mail.collect(home.ref),
            role_of=self._room.role,
            new_id=self._scene.discord.world.id,
        )

    def _set(self, at: datetime) -> None:
        self._clock.at = at.astimezone(UTC)


def replay(script: str, stage: Seats) -> str:
    seat = stage.home()
    played: list[str] = []
    for part in parts(script):
        if elsewhere := ELSEWHERE.match(part):
            seat = stage.seat(elsewhere[1])
        text = part.rstrip("\n")
        played.append(rewrite(text, seat).rstrip("\n") + part[len(text) :])
    return "".join(played)
