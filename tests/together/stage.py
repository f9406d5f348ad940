"""Slack and Discord in one process, as `grapevine run` wires them, each a server of ours.

The Slack workspace Allotment has ana and tom (an admin) in #kitchen; the Discord server Bread Club
has olga (its owner) and finn in #market. What they do and read is written down as it happens.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from pydantic import SecretStr

from adapters.service.running import Service
from adapters.slack.manifest import manifest
from bot.settings import Settings
from bot.wiring import Wiring
from tests.discord.bridge import read as read_in_discord
from tests.platforms.discord import Answer, DiscordServer, People, World
from tests.platforms.discord.server import TOKEN
from tests.platforms.slack import Slack
from tests.platforms.slack.reading import read as read_in_slack
from tests.platforms.slack.state import Channel, Json, Person, Team

PATIENCE = 20.0
BEGAN = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """The time of the story, which goes on a little with whatever happens."""

    at: datetime = BEGAN
    _moments: Iterator[int] = field(default_factory=lambda: count(1))

    def __call__(self) -> datetime:
        return self.at + timedelta(milliseconds=next(self._moments))


@dataclass(slots=True)
class Transcript:
    """What is said, in the form of the `.chat` files, with who says it."""

    lines: list[str] = field(default_factory=list)
    _place: str = ""
    is_silent: bool = False

    def does(self, place: str, who: str, what: str) -> None:
        self._tell(place, f"{who}: {what}")

    def reads(self, place: str, who: str, lines: list[str]) -> None:
        """Somebody, or everybody, reads something of Grapevine's."""
        for_whom = f" · only {who} can see this" if who else ""
        self._tell(place, f"> Grapevine{for_whom}", *(f">   {line}" for line in lines))

    def _tell(self, place: str, *lines: str) -> None:
        if self.is_silent:
            return
        if place != self._place:
            self.lines.append(f"# {place}")
            self._place = place
        self.lines += lines


@dataclass(slots=True)
class InSlack:
    """What people do in the workspace, all of it in #kitchen."""

    slack: Slack
    told: Transcript
    team: Team = field(init=False)
    kitchen: Channel = field(init=False)

    def __post_init__(self) -> None:
        self.team = self.slack.install(manifest(), name="Allotment")
        self.ana, self.tom = self.team.person("ana"), self.team.person("tom", is_admin=True)
        self.kitchen = self.team.channel("kitchen", self.ana, self.tom)

    ana: Person = field(init=False)
    tom: Person = field(init=False)

    async def types(self, who: Person, line: str) -> Json:
        """Type a command; what it is answered with."""
        self.told.does(self._name(self.kitchen), who.name, line)
        act = self.slack.hands.command(self.team, who, self.kitchen, line)
        return await self._answer(who, act, self.kitchen)

    async def presses(self, who: Person, message: Json, label: str) -> Json:
        where = self.team.channels[message["channel"]]
        self.told.does(self._name(where), who.name, f"[{label}]")
        act = self.slack.hands.press(self.team, who, message, label, where)
        return await self._answer(who, act, where)

    async def _answer(
        self, who: Person, act: Coroutine[Any, Any, Json | None], where: Channel
    ) -> Json:
        """What this person, and nobody else, sees next."""
        before = len(self._for_one(who, where))
        await act
        await until(lambda: len(self._for_one(who, where)) > before)
        message = self._for_one(who, where)[-1]
        alone = who.name if message.get("is_ephemeral") else ""
        self.told.reads(self._name(where), alone, read_in_slack(message).split("\n"))
        return message

    def _for_one(self, who: Person, where: Channel) -> list[Json]:
        whispers = self.team.ephemeral.get((where.id, who.id), [])
        return whispers if where.kind != "im" else [*self._ours(where), *whispers]

    def _ours(self, where: Channel) -> list[Json]:
        return [one for one in where.messages if one["user"] == self.team.bot_user]

    async def reads(self, words: str, alone: Person | None = None) -> Json:
        """What Grapevine says for everybody, or directly to somebody, and holds these words."""
        where = self.kitchen if alone is None else self.team.direct(alone.id)

        def found() -> list[Json]:
            return [one for one in self._ours(where) if words in read_in_slack(one)]

        await until(lambda: bool(found()))
        message = found()[-1]
        self.told.reads(self._name(where), "", read_in_slack(message).split("\n"))
        return message

    def _name(self, where: Channel) -> str:
        if where.kind != "im":
            return f"Slack: {self.team.name}, #{where.name}"
        who = next(one for one in where.members if one != self.team.bot_user)
        return f"Slack: {self.team.name}, Grapevine's messages to {self.team.people[who].name}"


@dataclass(slots=True)
class InDiscord:
    """What people do in the server, all of it in #market."""

    discord: DiscordServer
    told: Transcript
    people: People = field(init=False)

    def __post_init__(self) -> None:
        self.people = People(self.discord)
        world = self.discord.world
        self.olga, self.finn = world.user("olga"), world.user("finn")
        guild = world.guild("Bread Club", self.olga)
        world.member(guild, self.finn)
        self.market = world.channel(guild, "market")

    olga: Json = field(init=False)
    finn: Json = field(init=False)
    market: Json = field(init=False)

    _place = "Discord: Bread Club, #market"

    async def types(self, who: Json, line: str, **options: str) -> Answer:
        """Use a command; what it is answered with."""
        words = " ".join([line, *options.values()])
        self.told.does(self._place, who["global_name"], f"/{words}")
        return self._read(who, await self.people.use(who, self.market, line, **options))

    async def presses(self, who: Json, message: Json, label: str) -> Answer:
        """Press a button; the answer, which may be a form."""
        self.told.does(self._place, who["global_name"], f"[{label}]")
        answer = await self.people.press(who, message, label)
        return answer if answer.asked.modal is not None else self._read(who, answer)

    async def fills(self, who: Json, form: Answer, **fields: str) -> Answer:
        """Send a form."""
        title = form.form["title"]
        self.told.does(self._place, who["global_name"], f"{title}: {' · '.join(fields.values())}")
        return self._read(who, await self.people.fill(who, form, **fields))

    def _read(self, who: Json, answer: Answer) -> Answer:
        assert answer.is_private
        self.told.reads(self._place, who["global_name"], read_in_discord(answer.message))
        return answer

    async def reads(self, words: str, alone: Json | None = None) -> Json:
        """What Grapevine says for everybody, or directly to somebody, and holds these words."""
        world = self.discord.world
        channel = self.market if alone is None else world.direct(alone)
        place = self._place
        if alone is not None:
            place = f"Discord: Grapevine's messages to {alone['global_name']}"

        def found() -> list[Json]:
            ours = (one for one in world.history(channel["id"]) if one["author"] is world.me)
            return [one for one in ours if words in "\n".join(read_in_discord(one))]

        await until(lambda: bool(found()))
        message = found()[0]
        self.told.reads(place, "", read_in_discord(message))
        return message


@dataclass(slots=True)
class Stage:
    """Both, and the one Grapevine between them."""

    slack: InSlack
    discord: InDiscord
    service: Service
    clock: Clock
    told: Transcript

    async def time_passes(self, **how_much: int) -> None:
        """Let hours or days go by, and what is due be done."""
        self.clock.at += timedelta(**how_much)
        while await self.service.writer.do(self.service.core.tick, self.clock()):
            pass
        self.service.wake()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - it comes by itself
            await asyncio.sleep(0.01)


@asynccontextmanager
async def stage(url: str) -> AsyncIterator[Stage]:
    """Everything up, on the store at `url`."""
    clock, told = Clock(), Transcript()
    slack = await Slack.start(lambda: clock().timestamp())
    async with DiscordServer(World(clock)) as discord:
        workspace, server = InSlack(slack, told), InDiscord(discord, told)
        settings = Settings(
            database_url=SecretStr(url),
            slack_bot_token=SecretStr(workspace.team.token),
            slack_app_token=SecretStr(slack.app_token),
            slack_api_url=slack.api_url,
            discord_bot_token=SecretStr(TOKEN),
            discord_api_url=discord.url,
            discord_gateway_url=discord.gateway_url,
            health_port=0,
        )
        wiring = Wiring(settings, clock)
        service = Service(wiring.settings, wiring.store, wiring.bot, clock)
        service.set_up(wiring.makers)
        stop, ready = asyncio.Event(), asyncio.Event()
        running = asyncio.create_task(service.run(stop, ready.set))
        try:
            up = asyncio.create_task(ready.wait())
            await asyncio.wait([running, up], return_when=asyncio.FIRST_COMPLETED)
            assert up.done(), running.result()
            yield Stage(workspace, server, service, clock, told)
        finally:
            stop.set()
            await running
            wiring.store.close()
            await slack.close()
