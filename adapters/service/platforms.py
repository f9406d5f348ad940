"""What `grapevine run` starts and stops: a platform, and how one is made.

A platform's adapter offers a `Maker`: given a `Hub`, it makes its platform, or None when the
settings name none. `bot/wiring.py` lists the makers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from adapters.service.carrier import Carrier
from adapters.service.core import ServedCore
from adapters.service.intake import Intake
from bot.ports import Store
from bot.settings import Settings


class PlatformService(Protocol):
    """One platform: its connection, which takes events in, and its carrier."""

    @property
    def name(self) -> str:
        """What people call it: `Slack`, `Discord`."""

    @property
    def carrier(self) -> Carrier:
        """Delivers to it; there is one between `start` and `stop`."""

    async def start(self) -> None:
        """Connect and take events in from now on.

        What passes by itself (no network yet) it waits out, without holding `start` up. Raises a
        GrapevineError with one sentence for what a person must mend, like a wrong token.
        """

    async def stop(self) -> None:
        """Take nothing in any more, and finish what is being answered.

        Called once, also after a `start` that failed.
        """


@dataclass(frozen=True, slots=True)
class Hub:
    """What a platform gets from the service."""

    settings: Settings
    store: Store
    core: ServedCore
    intake: Intake
    now: Callable[[], datetime]
    # Lets the couriers look at once for what is owed; the intake does so after what it handles.
    wake: Callable[[], None]


Maker = Callable[[Hub], PlatformService | None]
