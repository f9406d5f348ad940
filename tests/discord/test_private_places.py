"""Who may see what: as Discord computes it, and nobody else, also after it changed."""

from __future__ import annotations

import random
from typing import Any

import discord
import pytest

from adapters.discord import access
from adapters.discord.atlas import Atlas
from adapters.discord.guild import Guild, Member, Right, read_guild, read_member
from bot.events import Role, Visibility
from tests.discord.scene import Scene, play
from tests.platforms.discord.world import (
    EVERYONE,
    FORUM,
    HISTORY,
    MANAGE_GUILD,
    MANAGE_THREADS,
    PRIVATE_THREAD,
    VIEW,
    VOICE,
    World,
)

Json = dict[str, Any]

SECRET = "The canary lives in the attic"


async def secret(scene: Scene) -> None:
    """What is said in the attic is kept from now on, and something is said there."""
    switched = await scene.people.use(scene.ana, scene.attic, "grapevine here", choice="on")
    assert "I keep what is said" in switched.text
    await scene.people.say(scene.mei, scene.attic, "who feeds the canary?")
    await scene.people.say(scene.ana, scene.attic, SECRET)
    await scene.settled()
    assert SECRET in scene.kept()


async def finds(scene: Scene, who: Json, where: Json | None = None) -> bool:
    answer = await scene.people.use(who, where or scene.general, "whoknows", topic="canary")
    return "Ana" in answer.text


def test_what_is_said_in_a_private_place_is_for_those_who_see_it(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        await secret(scene)
        assert await finds(scene, scene.mei)
        assert not await finds(scene, scene.bob)

    play(sqlite_url, act)


@pytest.mark.parametrize("intent", [True, False])
def test_whoever_loses_the_role_sees_it_no_more(sqlite_url: str, *, intent: bool) -> None:
    async def act(scene: Scene) -> None:
        if not intent:
            await scene.stop()
            scene.discord.gateway.portal &= ~(1 << 1)
            await scene.start()
        await secret(scene)
        assert await finds(scene, scene.mei)
        await scene.people.give_roles(scene.guild, scene.mei)
        await scene.settled()
        assert not await finds(scene, scene.mei)
        await scene.people.give_roles(scene.guild, scene.bob, scene.attic_role)
        await scene.settled()
        assert await finds(scene, scene.bob)

    play(sqlite_url, act)


def test_an_overwrite_for_one_person_counts_at_once(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        await secret(scene)
        await scene.people.overwrite(scene.attic, scene.mei, deny=VIEW, member=True)
        await scene.settled()
        assert not await finds(scene, scene.mei)

    play(sqlite_url, act)


def test_a_public_answer_in_another_place_keeps_the_secret(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        await secret(scene)
        me = scene.discord.world.bot
        await scene.people.say(scene.ana, scene.general, f"<@{me}> who knows about canary?")
        await scene.settled()
        assert "canary lives" not in str(scene.discord.rest.sent)
        assert "Ana" not in str([one["components"] for one in scene.discord.rest.sent])

    play(sqlite_url, act)


def test_a_private_thread_never_leaks_to_its_channel(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        people, world = scene.people, scene.discord.world
        thread = await people.open_thread(scene.ana, scene.kitchen, "canary", kind=PRIVATE_THREAD)
        world.thread_members[thread["id"]].add(world.bot)
        await people._tell_thread("THREAD_CREATE", thread)
        await people.join_thread(thread, world.me, scene.mei)
        await scene.settled()
        await people.use(scene.ana, thread, "grapevine here", choice="on")
        await people.say(scene.mei, thread, "who feeds the canary?")
        await people.say(scene.ana, thread, SECRET)
        await scene.settled()
        assert SECRET in scene.kept()
        assert await finds(scene, scene.mei)
        assert not await finds(scene, scene.bob)
        await people.leave_thread(thread, scene.mei)
        await scene.settled()
        assert not await finds(scene, scene.mei)

    play(sqlite_url, act)


def test_whoever_may_manage_the_server_is_an_admin_and_nobody_else(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        world, people = scene.discord.world, scene.people
        keeper = world.role(scene.guild, "keeper", MANAGE_GUILD)
        await people.change_role(scene.guild, keeper, MANAGE_GUILD)
        await people.give_roles(scene.guild, scene.tom, keeper)
        await scene.settled()

        async def may(who: Json) -> bool:
            answer = await people.use(who, scene.general, "grapevine listing", choice="open")
            return answer.text.startswith("From now on")

        assert [await may(who) for who in (scene.ana, scene.tom, scene.bob)] == [True, True, False]
        await people.change_role(scene.guild, keeper, 0)
        await scene.settled()
        assert not await may(scene.tom)

    play(sqlite_url, act)


# ── The computation, against the SDK's ───────────────────────────────────────────────────────────


def a_guild(seed: int) -> tuple[World, Json, list[Json]]:
    """A server with roles, members and channels whose overwrites are drawn at random."""
    draw, world = random.Random(seed), World()
    people = [world.user(f"Person {number}") for number in range(8)]
    guild = world.guild("Somewhere", people[0])
    rights = [VIEW, HISTORY, VIEW | HISTORY, MANAGE_THREADS, MANAGE_GUILD, 1 << 3, 1 << 20, 0]
    roles = [world.role(guild, f"role {number}", draw.choice(rights)) for number in range(5)]
    guild["roles"][0]["permissions"] = str(draw.choice([EVERYONE, EVERYONE & ~VIEW, VIEW, 0]))
    for user in people[1:]:
        world.member(guild, user, *draw.sample(roles, draw.randint(0, 3)))
    channels = []
    for number in range(6):
        channel = world.channel(guild, f"c{number}", draw.choice([0, VOICE, 5, FORUM]))
        whom = [(guild["roles"][0]["id"], 0), *((role["id"], 0) for role in roles)]
        whom += [(user["id"], 1) for user in people]
        channel["permission_overwrites"] = [
            {
                "id": one,
                "type": kind,
                "allow": str(draw.choice([0, VIEW, HISTORY])),
                "deny": str(draw.choice([0, 0, VIEW, HISTORY])),
            }
            for one, kind in draw.sample(whom, draw.randint(0, 5))
        ]
        channels.append(channel)
    return world, guild, channels


def as_read(world: World, guild: Json) -> Guild:
    members = list(world.members[guild["id"]].values())
    payload = {**guild, "channels": world.channels_of(guild), "threads": [], "members": members}
    return read_guild({**payload, "member_count": len(members)})


class _State:
    """As much of the SDK's state as its objects ask for."""

    def __init__(self) -> None:
        self.self_id, self.user, self.shard_count = 1, None, 1
        self.member_cache_flags = discord.MemberCacheFlags.all()
        self.cache_guild_expressions = False
        self._messages: list[Any] = []
        self._intents = discord.Intents.all()

    def __getattr__(self, name: str) -> Any:
        if name == "store_user":
            return lambda data, **_: discord.User(state=self, data=data)  # type: ignore[arg-type]
        return lambda *_args, **_kwargs: None


@pytest.mark.parametrize("seed", range(100))
def test_who_reads_what_is_as_the_sdk_computes_it(seed: int) -> None:
    world, guild, channels = a_guild(seed)
    ours = as_read(world, guild)
    members = list(world.members[guild["id"]].values())
    payload: Any = {**guild, "channels": channels, "members": members}
    theirs = discord.Guild(data=payload, state=_State())  # type: ignore[arg-type]
    for channel in channels:
        known = theirs.get_channel(int(channel["id"]))
        assert known is not None
        for member in members:
            they = theirs.get_member(int(member["user"]["id"]))
            assert they is not None
            rights = known.permissions_for(they)
            reads = rights.view_channel and rights.read_message_history
            reads = reads and (channel["type"] != VOICE or rights.connect)
            mine = ours.channels[channel["id"]]
            assert access.may_read(ours, read_member(member), mine) == reads


@pytest.mark.parametrize("seed", range(100))
def test_an_open_place_can_be_read_by_whoever_there_is_or_may_be(seed: int) -> None:
    world, guild, channels = a_guild(seed)
    ours = as_read(world, guild)
    draw = random.Random(seed)
    for channel in channels:
        mine = ours.channels[channel["id"]]
        if access.is_open(ours, mine):
            assert access.visibility(ours, mine) is Visibility.PUBLIC
            for _ in range(20):
                ranks = frozenset(draw.sample(sorted(ours.ranks), draw.randint(0, 4)))
                assert access.may_read(ours, Member("999", "anybody", ranks), mine)
            everybody = {one for one in ours.members if not ours.members[one].is_bot}
            assert set(access.readers(ours, mine) or ()) == everybody


def test_what_is_unknown_means_no() -> None:
    world, guild, _ = a_guild(1)
    ours = as_read(world, guild)
    thread = world.thread(world.channel(guild, "x"), "t", world.me)
    thread["parent_id"] = "1"
    atlas = Atlas(world.bot)
    atlas.guilds[ours.id] = ours
    atlas.learn_channel(ours, thread)
    known = ours.channels[thread["id"]]
    assert not access.may_read(ours, Member("5", "somebody"), known)
    assert not access.is_open(ours, known)
    ours.is_listed = False
    assert access.readers(ours, known) is None


def shut_out(kind: str) -> bool:
    """Whether a channel stays open when it is denied to somebody of some kind by name."""
    world = World()
    owner, tom = world.user("Owner"), world.user("Tom")
    guild = world.guild("Somewhere", owner)
    robot = world.user("Robot", bot=True)
    chief, idle = world.role(guild, "chief", 1 << 3), world.role(guild, "nobody has it")
    for user in (tom, robot):
        world.member(guild, user)
    own = next(role for role in guild["roles"] if role.get("tags"))
    roles = {"the role of a bot": own, "a role of administrators": chief, "a role": idle}
    people = {"a bot": robot, "the owner": owner, "a member": tom, "who left": {"id": "5"}}
    channel = world.channel(guild, "x")
    denied = (roles | people)[kind]["id"]
    shut = {"id": denied, "type": int(kind in people), "allow": "0", "deny": str(VIEW)}
    channel["permission_overwrites"] = [shut]
    ours = as_read(world, guild)
    return access.is_open(ours, ours.channels[channel["id"]])


@pytest.mark.parametrize("kind", ["a role", "a member", "who left"])
def test_whoever_is_shut_out_by_name_makes_a_place_private(kind: str) -> None:
    assert not shut_out(kind)


@pytest.mark.parametrize(
    "kind", ["the role of a bot", "a role of administrators", "a bot", "the owner"]
)
def test_who_reads_nothing_or_everything_cannot_be_shut_out(kind: str) -> None:
    assert shut_out(kind)


def test_guests_are_guests() -> None:
    guild = Guild("1", owner="9")
    assert access.role(guild, Member("2", "x", is_guest=True)) is Role.GUEST
    assert access.role(guild, Member("2", "x")) is Role.MEMBER
    assert access.role(guild, Member("9", "x")) is Role.ADMIN
    assert Right.MANAGE_GUILD == MANAGE_GUILD
