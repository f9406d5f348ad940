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
from weakref import WeakKeyDictionary

import aiohttp
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError

from adapters.service.incidents import noted
from adapters.slack.calls import CallFailed, Denied, Unreached
from adapters.slack.offices import QUIET
from bot.logs import logger

if TYPE_CHECKING:
    from aiohttp import ClientWebSocketResponse
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

HOW_MANY = 2
PING_EVERY = 10.0
"""Seconds between pings; a socket answers each of them."""
DEAF_AFTER = 25.0
"""Seconds without an answer to a ping after which a socket is replaced: sooner than the SDK, which
does so after four pings and tells nobody that there was a gap.
"""
QUIET_FOR = 30 * 60.0
"""Seconds in which nothing at all came, though pings are answered: reason enough to doubt it."""
LOOK_EVERY = 1.0
LONGEST_WAIT = 300.0
CONNECT_WITHIN = 30.0
CLOSE_WITHIN = 5.0
CLEAN = frozenset({1000, 1001})
"""How a WebSocket closes that is meant to (RFC 6455, 7.4.1)."""

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
    _has_gap: bool = False
    _sessions: WeakKeyDictionary[AsyncSocketModeHandler, ClientWebSocketResponse | None] = field(
        default_factory=WeakKeyDictionary
    )

    async def start(self) -> None:
        """Connect, and watch over it until `stop`. Raises `CallFailed`."""
        try:
            for _ in range(HOW_MANY):
                self._handlers.append(await self._open())
        except BaseException:
            await self.stop()
            raise
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
            self.app,
            self.token,
            logger=QUIET,
            web_client=self.client(),
            ping_interval=self.habits.ping_every,
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
        session = handler.client.current_session
        return session is not None and not session.closed and not self._is_deaf(handler)

    def _lost_something(self, handler: AsyncSocketModeHandler) -> bool:
        """Whether it went deaf or broke off since we looked: what was sent to it may be lost.

        The SDK may have replaced a broken session by now; one that is refreshed ends cleanly.
        """
        before = self._sessions.get(handler)
        now = self._sessions[handler] = handler.client.current_session
        ended = [one for one in {before, now} if one is not None and one.closed]
        return self._is_deaf(handler) or any(one.close_code not in CLEAN for one in ended)

    def _is_deaf(self, handler: AsyncSocketModeHandler) -> bool:
        heard = handler.client.last_ping_pong_time
        return heard is not None and time.time() - heard > self.habits.deaf_after

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
        # Every one of them has to be looked at.
        lost = [self._lost_something(one) for one in self._handlers]
        self._has_gap = self._has_gap or any(lost) or not self.is_live
        is_quiet = time.time() - self._heard_at > self.habits.quiet_for
        for index, handler in enumerate(self._handlers):
            if is_quiet or not self._answers(handler):
                self._handlers[index] = await self._replaced(handler)
        if (self._has_gap and self.is_live) or is_quiet:
            self._has_gap = False
            await self.back()

    async def _replaced(self, handler: AsyncSocketModeHandler) -> AsyncSocketModeHandler:
        logger().warning("a socket does not answer: it is replaced")
        fresh = await self._open()
        self.replaced += 1
        await self._shut(handler)
        return fresh
