"""A house with everything in it: our Slack, a store, the intake and the Slack adapter, all real.

async with open_house(url) as house:
    await house.command(ana, general, "/whoknows bees")
    assert house.seen(ana, general) == [...]
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from pydantic import SecretStr

from adapters.service.core import ServedCore
from adapters.service.courier import Courier
from adapters.service.intake import Intake
from adapters.service.platforms import Hub
from adapters.service.threads import Threads
from adapters.slack.configuration import configuration, offices, tokens
from adapters.slack.manifest import manifest
from adapters.slack.offices import Grant, Tokens
from adapters.slack.pacing import Pacing
from adapters.slack.service import SlackService
from adapters.slack.sockets import SocketHabits
from bot.core import Bot
from bot.settings import Settings
from storage.store import Store, open_store
from tests.platforms.slack import Slack
from tests.platforms.slack.reading import read
from tests.platforms.slack.state import Channel, Json, Person, Team

PATIENCE = 20.0


def unlimited() -> Pacing:
    return Pacing(unlimited=True)


@dataclass
class House:
    """What a test talks to."""

    slack: Slack
    team: Team
    store: Store
    service: SlackService
    intake: Intake
    courier: Courier
    clock: Callable[[], datetime]
    work: list[asyncio.Task[None]] = field(default_factory=list)

    async def settled(self) -> None:
        """Until everything that happened is acknowledged, handled and answered."""
        while True:
            await self.slack.settled()
            await self.service.inbound.settled()
            await self.service.arrivals.settled()
            with self.store.read() as unit:
                waits = unit.inbox.oldest_pending(self.clock()) is not None
            if not waits and not self.slack.is_busy:
                return
            await asyncio.sleep(0.005)

    async def met(self) -> None:
        """Until everybody is known, and who is where."""
        for office in self.service.offices.open:
            team = self.slack.teams[office.community.id]
            people = [one for one in team.people.values() if one.home == team.id]
            while len(office.workspace.people) < len(people):  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.005)
            # What the console looks up in the store, Slack tells when it is needed.
            limited = {one.id for one in people if one.fields.get("is_restricted")}
            for channel in list(team.channels.values()):
                if channel.kind == "group" or limited & set(channel.members):
                    here = office.workspace.place(channel.id)
                    await self.service.memberships.freshen(office, here=here)
        await self.settled()

    async def say(
        self, who: Person, where: Channel, text: str, thread: str = "", **more: Any
    ) -> str:
        ts = await self.slack.say(self.team, who, where, text, thread, **more)
        await self.settled()
        return ts

    async def command(self, who: Person, where: Channel, line: str) -> Json | None:
        """Type a command; what it was acknowledged with (None: it timed out)."""
        answer = await self.slack.hands.command(self.team, who, where, line)
        await self.settled()
        return answer

    async def press(
        self, who: Person, message: Json, label: str, where: Channel | None = None
    ) -> Json | None:
        answer = await self.slack.hands.press(self.team, who, message, label, where)
        await self.settled()
        return answer

    def whispers(self, who: Person, where: Channel) -> list[Json]:
        """The messages that only one person sees in a place."""
        return self.team.ephemeral.get((where.id, who.id), [])

    def seen(self, who: Person, where: Channel) -> list[str]:
        """The same, as they are read."""
        return [read(one) for one in self.whispers(who, where)]

    def said(self, where: Channel) -> list[Json]:
        """What the app said in a place, for all to see."""
        return [one for one in where.messages if one.get("user") == self.team.bot_user]

    def heard(self, where: Channel) -> list[str]:
        """The same, as it is read."""
        return [read(one) for one in self.said(where)]


@dataclass(frozen=True)
class Several:
    """The tokens of all teams there are."""

    slack: Slack

    async def all(self) -> list[Grant]:
        return [Grant(team.token, team.id) for team in self.slack.teams.values()]

    async def of(self, team: str) -> Grant | None:
        found = self.slack.teams.get(team)
        return None if found is None else Grant(found.token, found.id)

    async def drop(self, team: str) -> None:
        """It is gone from Slack itself."""


def settings_for(slack: Slack, team: Team, url: str, **more: Any) -> Settings:
    chosen: dict[str, Any] = {
        "database_url": SecretStr(url),
        "slack_bot_token": SecretStr(team.token),
        "slack_app_token": SecretStr(slack.app_token),
        "slack_api_url": slack.api_url,
        "health_port": 0,
    }
    return Settings(**(chosen | more))


@asynccontextmanager
async def open_house(
    url: str,
    slack: Slack | None = None,
    now: Callable[[], float] = time.time,
    *,
    prepare: Callable[[Team], None] = lambda _team: None,
    core: Callable[[Store], Any] = lambda store: Bot(store, _tokens()),
    pacing: Callable[[], Pacing] = unlimited,
    prefix: str = "",
    http: bool = False,
    sockets: SocketHabits | None = None,
    **settings: Any,
) -> AsyncIterator[House]:
    """Open a house over the database at `url`; `prepare` furnishes the team before we come."""
    own = slack is None
    slack = slack or await Slack.start(now)
    team = next(iter(slack.teams.values()), None) or slack.install(manifest(prefix=prefix))
    settings["slack_command_prefix"] = prefix
    if http:
        settings |= {
            "slack_app_token": SecretStr(""),
            "slack_signing_secret": SecretStr(slack.signing_secret),
            "slack_http_port": _free_port(),
        }
    are_many = len(slack.teams) > 1 and not settings.get("slack_client_id")
    several = Several(slack) if are_many else None
    prepare(team)
    store = open_store(url)
    try:
        async with _moved_in(
            slack, team, store, now, core(store), pacing, url, settings, several, sockets
        ) as house:
            yield house
    finally:
        store.close()
        if own:
            await slack.close()


@asynccontextmanager
async def _moved_in(
    slack: Slack,
    team: Team,
    store: Store,
    now: Callable[[], float],
    core: Any,
    pacing: Callable[[], Pacing],
    url: str,
    settings: dict[str, Any],
    given: Tokens | None,
    sockets: SocketHabits | None,
) -> AsyncIterator[House]:
    def clock() -> datetime:
        return datetime.fromtimestamp(now(), UTC)

    chosen = settings_for(slack, team, url, **settings)
    writer = Threads("writer")
    intake = Intake(store, core, writer, clock)
    hub = Hub(chosen, store, cast("ServedCore", core), intake, clock, lambda: None)
    config = configuration(chosen)
    assert config is not None
    ours = offices(chosen, given or tokens(chosen, config, store, clock))
    ours.pacing = pacing
    service = SlackService(hub, config, ours)
    service.socket_habits = sockets or service.socket_habits
    courier = Courier(store, core, service.carrier, clock)
    pump = asyncio.create_task(intake.run())
    try:
        await service.start()
        if service.web is not None and service.sockets is None:
            slack.outward.target = f"{service.web.address}/slack/events"
        yield House(slack, team, store, service, intake, courier, clock)
    finally:
        await service.stop()
        intake.stop()
        await pump
        intake.close()
        writer.close()


def _tokens() -> Callable[[], str]:
    count = iter(range(1, 10**9))
    return lambda: f"token-{next(count)}"


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def play(scene: Coroutine[Any, Any, None], patience: float = PATIENCE) -> None:
    """Run a scene to its end, and no longer than a test may take."""

    async def timed() -> None:
        async with asyncio.timeout(patience):
            await scene

    asyncio.run(timed())
