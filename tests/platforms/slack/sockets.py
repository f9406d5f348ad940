"""Socket Mode: https://docs.slack.dev/apis/events-api/using-socket-mode.

Each envelope goes to any one of the open connections; one that is not acknowledged in 3 seconds
comes again: at once, after a minute and after five, and then no more.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from tests.platforms.slack.state import Json

if TYPE_CHECKING:
    from tests.platforms.slack.server import Slack

MOST_CONNECTIONS = 10


@dataclass(eq=False)
class Connection:
    """One open WebSocket; a `deaf` one takes everything and answers nothing."""

    socket: web.WebSocketResponse
    deaf: bool = False
    pings: int = 0


@dataclass
class Sockets:
    """The connections of the app, and what waits for its acknowledgement."""

    slack: Slack
    connections: list[Connection] = field(default_factory=list)
    opened: int = 0
    waits: tuple[float, ...] = (0.0, 60.0, 300.0)
    patience: float = 3.0
    given_up: list[Json] = field(default_factory=list)
    _tickets: set[str] = field(default_factory=set)
    _acks: dict[str, asyncio.Future[Json]] = field(default_factory=dict)
    _next: int = 0

    def ticket(self) -> str:
        """The URL of a connection; it can be used once."""
        one = secrets.token_hex(8)
        self._tickets.add(one)
        return f"{self.slack.url.replace('http', 'ws')}link/?ticket={one}"

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Take a connection, say hello, and read acknowledgements until it closes."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets or len(self.connections) >= MOST_CONNECTIONS:
            return web.Response(status=401)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        connection = Connection(socket)
        self.connections.append(connection)
        self.opened += 1
        try:
            await socket.send_json(self._hello())
            await self._read(connection)
        finally:
            if connection in self.connections:
                self.connections.remove(connection)
        return socket

    def _hello(self) -> Json:
        info = {"host": "applink", "approximate_connection_time": 3600}
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": info,
            "connection_info": {"app_id": self.slack.app_id},
        }

    async def _read(self, connection: Connection) -> None:
        async for message in connection.socket:
            if connection.deaf:
                continue
            if message.type is WSMsgType.PING:
                connection.pings += 1
                await connection.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                said = json.loads(message.data)
                waiting = self._acks.get(said.get("envelope_id", ""))
                if waiting is not None and not waiting.done():
                    waiting.set_result(said)

    # ── Delivering ───────────────────────────────────────────────────────────────────────────

    async def deliver(self, kind: str, payload: Json, *, again: bool = True) -> Json | None:
        """Deliver an envelope until it is acknowledged; what came back, or None."""
        reason = ""
        for attempt in range(1 + len(self.waits) * again):
            if attempt:
                await asyncio.sleep(self.waits[attempt - 1])
            envelope = {
                "envelope_id": secrets.token_hex(8),
                "type": kind,
                "payload": payload,
                "accepts_response_payload": kind != "events_api",
            }
            if kind == "events_api":
                envelope |= {"retry_attempt": attempt, "retry_reason": reason}
            answer = await self._send(envelope)
            if answer is not None:
                return answer.get("payload") or {}
            reason = "timeout"
        self.given_up.append(payload)
        return None

    async def _send(self, envelope: Json) -> Json | None:
        number = envelope["envelope_id"]
        connection = self._pick()
        if connection is None:
            return None
        waiting: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._acks[number] = waiting
        try:
            if not connection.deaf:
                with suppress(ConnectionError):
                    await connection.socket.send_json(envelope)
            return await asyncio.wait_for(waiting, self.patience)
        except TimeoutError:
            return None
        finally:
            del self._acks[number]

    def _pick(self) -> Connection | None:
        if not self.connections:
            return None
        self._next += 1
        return self.connections[self._next % len(self.connections)]

    # ── What goes wrong ──────────────────────────────────────────────────────────────────────

    async def refresh(self, which: int = 0) -> None:
        """Ask a connection to make place for a new one, as Slack does every few hours."""
        connection = self.connections[which]
        body = {"type": "disconnect", "reason": "refresh_requested", "debug_info": {}}
        with suppress(ConnectionError):
            await connection.socket.send_json(body)

    async def cut(self) -> None:
        """Break every connection."""
        for connection in list(self.connections):
            transport = connection.socket._req.transport if connection.socket._req else None
            if transport is not None:
                transport.abort()

    def deafen(self) -> None:
        """Leave every connection open, and answer nothing on it any more."""
        for connection in self.connections:
            connection.deaf = True

    async def close(self) -> None:
        """Close every connection."""
        for connection in list(self.connections):
            with suppress(ConnectionError):
                await connection.socket.close()
