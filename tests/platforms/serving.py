"""The strict platform as a platform that `grapevine run` starts.

Run as `python -m tests.platforms.serving ADDRESS WORD…`: the command line, with this platform.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import cast

from adapters.cli import build
from adapters.service.carrier import Carrier
from adapters.service.platforms import Hub, Maker, PlatformService
from adapters.service.status import Teller
from bot.core import Bot
from bot.errors import SettingsError
from bot.wiring import Wiring
from tests.platforms.carrier import StrictCarrier
from tests.platforms.small_core import SmallCore

REVOKED = "Strict does not take the token any more; make a new one."


@dataclass
class StrictService:
    """A platform that connects, and notes that it did."""

    hub: Hub
    address: str
    name: str = "Strict"
    is_revoked: bool = False
    history: list[str] = field(default_factory=list)
    _carrier: StrictCarrier | None = None

    @property
    def carrier(self) -> Carrier:
        assert self._carrier is not None, "it has not started"
        return self._carrier

    async def start(self) -> None:
        if self.is_revoked:
            raise SettingsError(REVOKED)
        self._carrier = StrictCarrier(self.address)
        self.history.append("started")

    async def stop(self) -> None:
        self.history.append("stopped")
        if self._carrier is not None:
            await self._carrier.__aexit__(None, None, None)


def maker(address: str) -> Maker:
    def make(hub: Hub) -> PlatformService | None:
        return StrictService(hub, address) if address else None

    return make


class StrictWiring(Wiring):
    """The composition root, with the strict platform at `address` as the only one."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    @property
    def bot(self) -> Bot:
        return cast("Bot", SmallCore(self.store))

    @property
    def makers(self) -> tuple[Maker, ...]:
        return (maker(self._address),)

    @property
    def tellers(self) -> tuple[Teller, ...]:
        return (lambda _unit, _at: ["Strict: backfill of #garden is half done."],)


if __name__ == "__main__":
    address, *words = sys.argv[1:]
    sys.argv = ["grapevine", *words]
    build(StrictWiring(address))()
