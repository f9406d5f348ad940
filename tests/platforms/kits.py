"""What the contract suite needs of each platform: a carrier, and a hand on its platform.

An adapter adds a kit of its own to `KITS`, over the strict server it is tested with.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from adapters.service.carrier import Carrier
from bot.queues import Destination
from tests.platforms.carrier import StrictCarrier
from tests.platforms.discord.kit import DiscordKit
from tests.platforms.slack.kit import SlackKit
from tests.platforms.small_core import HOME
from tests.platforms.strict import StrictPlatform

GARDEN, SHED = Destination(HOME, place="garden"), Destination(HOME, place="shed")


class Bench(Protocol):
    """A platform with a carrier to it, while a test runs."""

    @property
    def carrier(self) -> Carrier:
        """What is tested."""

    @property
    def place(self) -> Destination:
        """Somewhere it may post."""

    @property
    def gone(self) -> Destination:
        """Somewhere it can post no more."""

    def standing(self) -> list[str]:
        """The texts that stand in `place`, oldest first."""

    def limit(self, seconds: float) -> None:
        """Refuse what comes next because it is too much, for so long."""

    def lose_reply(self) -> None:
        """Carry out what comes next, and hang up without a word."""

    def fail(self) -> None:
        """Answer what comes next, such that nobody can know whether it was carried out."""


class Kit(Protocol):
    """Sets a bench up."""

    @property
    def name(self) -> str:
        """The platform's name."""

    def open(self) -> AbstractAsyncContextManager[Bench]:
        """A bench until the block ends."""


@dataclass(frozen=True)
class StrictBench:
    """The strict platform's."""

    carrier: Carrier
    platform: StrictPlatform
    place: Destination = GARDEN
    gone: Destination = SHED

    def standing(self) -> list[str]:
        return self.platform.texts("garden")

    def limit(self, seconds: float) -> None:
        self.platform.faults.is_closed_for = seconds

    def lose_reply(self) -> None:
        self.platform.faults.lose_reply = 1.0

    def fail(self) -> None:
        self.platform.faults.broken = 1.0


@dataclass(frozen=True)
class StrictKit:
    """The strict platform itself, so that the suite is tested too."""

    name: str = "strict"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Bench]:
        with StrictPlatform().running() as platform:
            platform.faults.gone = frozenset({"shed"})
            async with StrictCarrier(platform.url) as carrier:
                yield StrictBench(carrier, platform)


KITS: list[Kit] = [StrictKit(), DiscordKit(), SlackKit()]
