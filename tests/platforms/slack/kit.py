"""Slack for the contract suite of carriers: a carrier alone, without sockets or a store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.service.carrier import Carrier
from adapters.service.sources import Sources
from adapters.slack.carrier import SlackCarrier
from adapters.slack.manifest import manifest
from adapters.slack.offices import Offices, OneToken
from adapters.slack.pacing import Pacing
from bot.events import CommunityRef, Event, Platform
from bot.queues import Destination
from tests.platforms.slack import Slack
from tests.platforms.slack.reading import read
from tests.platforms.slack.state import Channel

Picture = tuple[str, bytes, str]

POSTING = "chat.postMessage"


def unlimited() -> Pacing:
    return Pacing(unlimited=True)


async def _nowhere(_event_id: str, _event: Event) -> None:
    """Nothing that is delivered here quotes anything."""


def nothing_quoted() -> Sources:
    return Sources(_nowhere, lambda: datetime.now(UTC))


@dataclass(frozen=True)
class SlackBench:
    """A workspace with a garden; its shed is archived."""

    carrier: Carrier
    slack: Slack
    garden: Channel
    place: Destination
    gone: Destination

    def standing(self) -> list[str]:
        return [read(one) for one in self.garden.messages]

    def pictures(self) -> list[Picture]:
        names = [name for one in self.garden.messages for name in one.get("files", ())]
        (team,) = self.slack.teams.values()
        return [(f["name"], f["content"], f["alt"]) for f in team.files if f["name"] in names]

    def limit(self, seconds: float) -> None:
        self.slack.faults.plan(POSTING, "limited", seconds=seconds)

    def lose_reply(self) -> None:
        self.slack.faults.plan(POSTING, "lost")

    def fail(self) -> None:
        self.slack.faults.plan(POSTING, "broken")


@dataclass(frozen=True)
class SlackKit:
    """Sets it up."""

    name: str = "slack"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[SlackBench]:
        slack = await Slack.start()
        team = slack.install(manifest())
        ana = team.person("ana")
        garden, shed = team.channel("garden", ana), team.channel("shed", ana)
        shed.archived = True
        offices = Offices(OneToken(team.token), slack.api_url, pacing=unlimited)
        home = CommunityRef(Platform.SLACK, team.id)
        place, gone = Destination(home, place=garden.id), Destination(home, place=shed.id)
        try:
            await offices.open_all()
            yield SlackBench(SlackCarrier(offices, nothing_quoted()), slack, garden, place, gone)
        finally:
            await offices.shut()
            await slack.close()
