"""Every conversation of the three communities, held in Discord: one list for all platforms.

A script is played by the console's own session; `bridge.py` does in Discord what it does, and
compares what people read there with what the core said.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from bot.events import MembersSeen, Role
from storage.store import open_store
from tests.conversations.driver import (
    CAST,
    NOW,
    PLACES,
    RULES,
    difference,
    replay,
    world_of,
)
from tests.conversations.test_conversations import SCRIPTS
from tests.conversations.wire import SIZE, CarriedMail, Overheard, Seats
from tests.discord.bridge import Bridge
from tests.discord.scene import Json, Scene, settings_for
from tests.discord.test_connection import until
from tests.platforms.discord import DiscordServer, World
from tests.platforms.discord.world import MANAGE_GUILD, VIEW

# What Discord cannot play, and why.
UNSUPPORTED = {
    **dict.fromkeys(
        ("guests", "bring_guest"), "Nobody in a Discord server is a guest who sees one channel."
    ),
    "misunderstandings": "Discord lets nobody type a command that does not exist.",
}
GUEST = 1 << 4


def playable() -> list[Path]:
    """The scripts of the invented year are an export of Slack's, and play there."""
    return [one for one in SCRIPTS if world_of(one.read_text(encoding="utf-8")) == "empty"]


@pytest.mark.parametrize("script", playable(), ids=lambda script: script.stem)
def test_the_conversation_goes_in_discord_as_it_is_written(script: Path, sqlite_url: str) -> None:
    if script.stem in UNSUPPORTED:
        pytest.skip(UNSUPPORTED[script.stem])
    written = script.read_text(encoding="utf-8")
    said, differences = asyncio.run(played(written, sqlite_url))
    parted = difference(SIZE.sub("", written), SIZE.sub("", said), script.name)
    assert not parted, f"\n{parted}"
    assert not differences, "\n".join(differences)


class Clock:
    """The script's clock, which goes on a little with whatever happens, as ids do."""

    def __init__(self) -> None:
        self.at = NOW
        self._moments = count(1)

    def __call__(self) -> datetime:
        return self.at + timedelta(milliseconds=next(self._moments))

    def set(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)


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
            carrier = scene.service.carrier
            mail = CarriedMail(store, core, clock, carrier, bridge.loop, bridge.note)
            new_id = discord.world.id
            seats = Seats(store, bridge.handle, mail, new_id, lambda: clock.at, clock.set)
            said = await asyncio.to_thread(replay, script, seats)
            assert discord.rest.pinged == discord.interactions.pinged == []
            return said, bridge.differences
        finally:
            await scene.stop()
            store.close()


async def until_known(scene: Scene, guilds: list[Json]) -> None:
    """Until everybody is known, and Grapevine has said that it came."""
    known = scene.service.atlas.guilds
    await until(lambda: all(known[one["id"]].is_listed for one in guilds))
    await scene.settled()
    await until(lambda: len(scene.discord.rest.sent) == len(guilds))


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
