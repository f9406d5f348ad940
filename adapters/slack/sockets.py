"""Socket Mode: two sockets, so that one is there while Slack refreshes the other, and a watchdog.

https://docs.slack.dev/apis/events-api/using-socket-mode. The SDK's client closes its old socket
before it opens a new one, and may believe itself connected when nothing comes any more; so each
socket is looked at from outside, and one that does not answer is replaced, session and all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler

from adapters.service.incidents import noted
from bot.logs import logger

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

HOW_MANY = 2
PING_EVERY = 10.0
"""Seconds between pings; a socket answers each of them."""
DEAF_AFTER = 45.0
"""Seconds without an answer after which a socket is replaced."""
LOOK_EVERY = 5.0
CONNECT_WITHIN = 30.0

Lost = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Sockets:
    """The sockets of one app; `back` is called when there was a moment without any."""

    app: AsyncApp
    token: str
    client: Callable[[], AsyncWebClient]
    back: Lost
    ping_every: float = PING_EVERY
    deaf_after: float = DEAF_AFTER
    look_every: float = LOOK_EVERY
    replaced: int = 0
    _handlers: list[AsyncSocketModeHandler] = field(default_factory=list)
    _watching: asyncio.Task[None] | None = None
    _heard_at: float = 0.0
    _was_alone: bool = False

    async def start(self) -> None:
        """Connect, and watch over it until `stop`."""
        for _ in range(HOW_MANY):
            self._handlers.append(await self._open())
        self._heard_at = time.time()
        self._watching = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Close everything."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        for handler in self._handlers:
            await self._shut(handler)
        self._handlers.clear()

    @property
    def is_live(self) -> bool:
        """Whether at least one socket answers."""
        return any(not self._is_deaf(one) for one in self._handlers)

    async def _open(self) -> AsyncSocketModeHandler:
        handler = AsyncSocketModeHandler(
            self.app, self.token, web_client=self.client(), ping_interval=self.ping_every
        )
        try:
            await asyncio.wait_for(handler.connect_async(), CONNECT_WITHIN)
        except BaseException:
            await self._shut(handler)
            raise
        return handler

    async def _shut(self, handler: AsyncSocketModeHandler) -> None:
        try:
            await asyncio.wait_for(handler.close_async(), LOOK_EVERY)
        except Exception:  # noqa: BLE001 - a broken one need not close well
            logger().info("a socket did not close well")

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self.look_every)
            try:
                await self._look()
            except Exception:  # noqa: BLE001 - the watch goes on
                noted("the watch over the sockets stumbled")

    async def _look(self) -> None:
        if not self.is_live:
            self._was_alone = True
        for index, handler in enumerate(self._handlers):
            if self._is_deaf(handler):
                self._handlers[index] = await self._replaced(handler)
        if self._was_alone and self.is_live:
            self._was_alone = False
            await self.back()

    async def _replaced(self, handler: AsyncSocketModeHandler) -> AsyncSocketModeHandler:
        logger().warning("a socket does not answer: it is replaced")
        fresh = await self._open()
        self.replaced += 1
        await self._shut(handler)
        return fresh

    def _is_deaf(self, handler: AsyncSocketModeHandler) -> bool:
        heard = handler.client.last_ping_pong_time
        return heard is None or time.time() - heard > self.deaf_after
