"""Socket Mode: two sockets, so that one is there while Slack refreshes the other, and a watchdog.

https://docs.slack.dev/apis/events-api/using-socket-mode. The SDK's client closes its old socket
before it opens a new one, and may believe itself connected when nothing comes any more; so each
socket is looked at from outside, and one that does not answer is replaced, session and all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError

from adapters.service.incidents import noted
from adapters.slack.calls import CallFailed, Denied, Unreached
from bot.logs import logger

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

HOW_MANY = 2
PING_EVERY = 10.0
"""Seconds between pings; a socket answers each of them."""
DEAF_AFTER = 45.0
"""Seconds without an answer to a ping after which a socket is replaced."""
QUIET_FOR = 30 * 60.0
"""Seconds in which nothing at all came, though pings are answered: reason enough to doubt it."""
LOOK_EVERY = 1.0
LONGEST_WAIT = 300.0
CONNECT_WITHIN = 30.0
CLOSE_WITHIN = 5.0

Lost = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class SocketHabits:
    """How the sockets are watched; all in seconds."""

    ping_every: float = PING_EVERY
    deaf_after: float = DEAF_AFTER
    quiet_for: float = QUIET_FOR
    look_every: float = LOOK_EVERY


@dataclass(slots=True)
class Sockets:
    """The sockets of one app; `back` is called when there was a moment without any."""

    app: AsyncApp
    token: str
    client: Callable[[], AsyncWebClient]
    back: Lost
    habits: SocketHabits = field(default_factory=SocketHabits)
    replaced: int = 0
    _handlers: list[AsyncSocketModeHandler] = field(default_factory=list)
    _watching: asyncio.Task[None] | None = None
    _heard_at: float = 0.0
    _was_alone: bool = False

    async def start(self) -> None:
        """Connect, and watch over it until `stop`. Raises `CallFailed`."""
        for _ in range(HOW_MANY):
            self._handlers.append(await self._open())
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
        return any(map(self._answers, self._handlers))

    # ── One socket ───────────────────────────────────────────────────────────────────────────

    async def _open(self) -> AsyncSocketModeHandler:
        handler = AsyncSocketModeHandler(
            self.app, self.token, web_client=self.client(), ping_interval=self.habits.ping_every
        )
        handler.client.message_listeners.append(self._heard)
        try:
            connecting = handler.client.connect_to_new_endpoint(force=True)
            await asyncio.wait_for(connecting, CONNECT_WITHIN)
        except BaseException as error:
            await self._shut(handler)
            if isinstance(error, SlackApiError):
                raise Denied(str(error.response.get("error")), {}) from error
            if isinstance(error, (aiohttp.ClientError, TimeoutError, OSError)):
                raise Unreached(f"Socket Mode: {type(error).__name__}") from error
            raise
        self._heard_at = time.time()
        return handler

    async def _shut(self, handler: AsyncSocketModeHandler) -> None:
        try:
            closing: Coroutine[Any, Any, None] = handler.client.close()  # type: ignore[no-untyped-call]
            await asyncio.wait_for(closing, CLOSE_WITHIN)
        except Exception:  # noqa: BLE001 - a broken one need not close well
            logger().info("a socket did not close well")

    async def _heard(self, *_message: Any) -> None:
        self._heard_at = time.time()

    def _answers(self, handler: AsyncSocketModeHandler) -> bool:
        """Whether it is open and a ping was answered of late."""
        client = handler.client
        if client.current_session is None or client.current_session.closed:
            return False
        heard = client.last_ping_pong_time
        return heard is None or time.time() - heard <= self.habits.deaf_after

    # ── The watch ────────────────────────────────────────────────────────────────────────────

    async def _watch(self) -> None:
        failures = 0
        while True:
            wait = self.habits.look_every * (1 << min(failures, 16))
            await asyncio.sleep(min(wait, LONGEST_WAIT))
            try:
                await self._look()
                failures = 0
            except CallFailed as failed:
                failures += 1
                logger().warning("no new socket", reason=str(failed))
            except Exception:  # noqa: BLE001 - the watch goes on
                failures += 1
                noted("the watch over the sockets stumbled")

    async def _look(self) -> None:
        """Replace what does not answer; then read what came while nobody listened."""
        self._was_alone = self._was_alone or not self.is_live
        is_quiet = time.time() - self._heard_at > self.habits.quiet_for
        for index, handler in enumerate(self._handlers):
            if is_quiet or not self._answers(handler):
                self._handlers[index] = await self._replaced(handler)
        if (self._was_alone and self.is_live) or is_quiet:
            self._was_alone = False
            await self.back()

    async def _replaced(self, handler: AsyncSocketModeHandler) -> AsyncSocketModeHandler:
        logger().warning("a socket does not answer: it is replaced")
        fresh = await self._open()
        self.replaced += 1
        await self._shut(handler)
        return fresh
