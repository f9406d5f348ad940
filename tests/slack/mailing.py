"""What Grapevine sends of its own accord, brought through Slack: the console's mail by wire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from adapters.console import Mail
from adapters.slack.carrier import SlackCarrier
from bot.core import Bot
from bot.deliveries import Parcel, Ref
from storage.store import Store


class SlackMail(Mail):
    """Carries each delivery with the real carrier, and lays it before the session all the same."""

    def __init__(
        self,
        store: Store,
        core: Bot,
        now: Callable[[], datetime],
        carrier: SlackCarrier,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(store, core, now, lambda: "")
        self._carrier = carrier
        self._loop = loop

    def _carry(self, parcel: Parcel) -> Ref:
        return asyncio.run_coroutine_threadsafe(self._bring(parcel), self._loop).result()

    async def _bring(self, parcel: Parcel) -> Ref:
        if parcel.edits is None:
            return await self._carrier.send(parcel)
        await self._carrier.edit(parcel, parcel.edits)
        return parcel.edits
