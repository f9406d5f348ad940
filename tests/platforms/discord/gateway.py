"""The gateway: sessions, what each of them may hear, heartbeats, resuming.

https://docs.discord.com/developers/events/gateway and …/topics/opcodes-and-status-codes.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.platforms.discord.world import DM, PRIVATE_THREAD, World

Json = dict[str, Any]

GUILDS, MEMBERS, PRESENCES = 1 << 0, 1 << 1, 1 << 8
MESSAGES, REACTIONS, DIRECT, CONTENT = 1 << 9, 1 << 10, 1 << 12, 1 << 15
KNOWN_INTENTS = (1 << 26) - 1
_MEMBER_EVENTS = {"GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE"}
MOST_SENDS, SENDS_WITHIN = 120, 60.0
LARGEST = 4_096
CHUNK = 1_000


@dataclass(slots=True)
class Session:
    """One session of a shard; it outlives its connection for as long as it can be resumed."""

    id: str
    intents: int
    shard: tuple[int, int]
    socket: web.WebSocketResponse | None = None
    seq: int = 0
    heard: list[tuple[int, str]] = field(default_factory=list)

    def wants(self, name: str, *, direct: bool) -> bool:
        """Whether its intents cover an event."""
        if name == "INTERACTION_CREATE" or name.startswith("READY"):
            return True
        if name in _MEMBER_EVENTS or name == "THREAD_MEMBERS_UPDATE":
            return bool(self.intents & MEMBERS)
        if "REACTION" in name:
            return bool(self.intents & REACTIONS) and not direct
        if name.startswith("MESSAGE"):
            return bool(self.intents & (DIRECT if direct else MESSAGES))
        return bool(self.intents & GUILDS)

    def has(self, guild: str | None) -> bool:
        """Whether a server is on its shard; direct messages are on the first."""
        number, count = self.shard
        return ((int(guild) >> 22) % count if guild else 0) == number


@dataclass(slots=True)
class Gateway:
    """All sessions of the bot. `portal`: the privileged intents switched on for it."""

    world: World
    token: str
    url: str = ""
    portal: int = MEMBERS | PRESENCES | CONTENT
    shards: int = 1
    heartbeat_ms: int = 41_250
    concurrency: int = 1
    # How far apart two IDENTIFYs of one key must be; the real one wants 5 seconds.
    identify_every: float = 0.0
    identifies_left: int = 1_000
    identified: int = 0
    resumed: int = 0
    heartbeats: int = 0
    sessions: dict[str, Session] = field(default_factory=dict)
    # What it did not like, for tests to look at.
    closed_with: list[int] = field(default_factory=list)
    _last_identify: dict[int, float] = field(default_factory=dict)
    _silent: set[web.WebSocketResponse] = field(default_factory=set)

    # ── One connection ───────────────────────────────────────────────────────────────────────

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection until it ends."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await _send(socket, {"op": 10, "d": {"heartbeat_interval": self.heartbeat_ms}})
        session: Session | None = None
        sent: list[float] = []
        try:
            async for frame in socket:
                if frame.type is not WSMsgType.TEXT:
                    break
                now = time.monotonic()
                sent = [*(at for at in sent if now - at < SENDS_WITHIN), now]
                if len(sent) > MOST_SENDS or len(frame.data) > LARGEST:
                    await self.close(socket, 4_008 if len(sent) > MOST_SENDS else 4_002)
                    break
                session = await self._frame(socket, json.loads(frame.data), session)
        finally:
            self._gone(socket, session)
        return socket

    async def _frame(
        self, socket: web.WebSocketResponse, said: Json, session: Session | None
    ) -> Session | None:
        match said["op"]:
            case _ if socket in self._silent:
                pass
            case 1:
                self.heartbeats += 1
                await _send(socket, {"op": 11})
            case 2:
                return await self._identify(socket, said["d"])
            case 6:
                return await self._resume(socket, said["d"])
            case 8 if session is not None:
                await self._list_members(session, said["d"])
            case 3 | 4 if session is not None:
                pass
            case _:
                await self.close(socket, 4_003 if session is None else 4_001)
        return session

    def _gone(self, socket: web.WebSocketResponse, session: Session | None) -> None:
        if session is None or session.socket is not socket:
            return
        session.socket = None
        # Who says goodbye does not come back to the same session.
        if socket.close_code in {1_000, 1_001}:
            self.sessions.pop(session.id, None)

    async def close(self, socket: web.WebSocketResponse, code: int) -> None:
        self.closed_with.append(code)
        with suppress(ConnectionError):
            await socket.close(code=code)

    # ── Beginning and going on ───────────────────────────────────────────────────────────────

    async def _identify(self, socket: web.WebSocketResponse, data: Json) -> Session | None:
        shard = tuple(data.get("shard") or (0, 1))
        wrong = self._refuses(data, shard)
        if wrong:
            await self.close(socket, wrong)
            return None
        key, now = shard[0] % self.concurrency, time.monotonic()
        self.identified += 1
        self.identifies_left -= 1
        if now - self._last_identify.get(key, -1e9) < self.identify_every:
            await _send(socket, {"op": 9, "d": False})
            return None
        self._last_identify[key] = now
        session = Session(f"s{self.identified}", data["intents"], (shard[0], shard[1]), socket)
        self.sessions[session.id] = session
        await self._ready(session)
        return session

    def _refuses(self, data: Json, shard: tuple[Any, ...]) -> int:
        if data.get("token") != self.token:
            return 4_004
        if shard[0] >= shard[1]:
            return 4_010
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & ~KNOWN_INTENTS:
            return 4_013
        privileged = intents & (MEMBERS | PRESENCES | CONTENT)
        return 4_014 if privileged & ~self.portal else 0

    async def _ready(self, session: Session) -> None:
        guilds = [one for one in self._guilds() if session.has(one["id"])]
        flags = (1 << 15 if self.portal & MEMBERS else 0) | (
            1 << 19 if self.portal & CONTENT else 0
        )
        ready = {
            "v": 10,
            "user": self.world.me,
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "guilds": [{"id": one["id"], "unavailable": True} for one in guilds],
            "shard": list(session.shard),
            "application": {"id": self.world.bot, "flags": flags},
        }
        await self._tell(session, "READY", ready)
        for guild in guilds:
            await self._tell(session, "GUILD_CREATE", self.whole(guild))

    def _guilds(self) -> Iterator[Json]:
        for guild in self.world.guilds.values():
            if self.world.bot in self.world.members[guild["id"]]:
                yield guild

    def whole(self, guild: Json) -> Json:
        """A server as GUILD_CREATE has it. Without presences only the bot itself is a member."""
        world = self.world
        active = [
            one
            for one in world.threads_of(guild)
            if not one["thread_metadata"]["archived"] and world.sees(world.bot, one)
        ]
        return {
            **guild,
            "channels": world.channels_of(guild),
            "threads": active,
            "members": [world.members[guild["id"]][world.bot]],
            "member_count": len(world.members[guild["id"]]),
            "large": False,
            "unavailable": False,
            **{key: [] for key in ("presences", "voice_states", "stage_instances")},
            **{key: [] for key in ("guild_scheduled_events", "soundboard_sounds")},
        }

    async def _resume(self, socket: web.WebSocketResponse, data: Json) -> Session | None:
        session = self.sessions.get(data.get("session_id", ""))
        if data.get("token") != self.token:
            await self.close(socket, 4_004)
            return None
        if session is None or data.get("seq", 0) > session.seq:
            await _send(socket, {"op": 9, "d": False})
            return None
        self.resumed += 1
        session.socket = socket
        for seq, frame in list(session.heard):
            if seq > data["seq"]:
                await _send_text(socket, frame)
        await self._tell(session, "RESUMED", {})
        return session

    # ── What happens ─────────────────────────────────────────────────────────────────────────

    async def dispatch(self, name: str, data: Json, channel: Json | None = None) -> None:
        """Tell of an event all sessions that may hear of it."""
        guild = data.get("guild_id") or (data.get("id") if name.startswith("GUILD_") else None)
        direct = channel is not None and channel["type"] == DM
        if channel is not None and not self.world.sees(self.world.bot, channel):
            return
        for session in list(self.sessions.values()):
            if session.has(guild) and session.wants(name, direct=direct):
                await self._tell(session, name, self._readable(session, name, data, direct=direct))

    def _readable(self, session: Session, name: str, data: Json, *, direct: bool) -> Json:
        if name not in {"MESSAGE_CREATE", "MESSAGE_UPDATE"} or session.intents & CONTENT or direct:
            return data
        return without_content(data, self.world.bot)

    async def _tell(self, session: Session, name: str, data: Json) -> None:
        session.seq += 1
        frame = json.dumps({"op": 0, "t": name, "s": session.seq, "d": data})
        session.heard.append((session.seq, frame))
        if session.socket is not None and session.socket not in self._silent:
            await _send_text(session.socket, frame)

    async def _list_members(self, session: Session, asked: Json) -> None:
        guild = str(asked["guild_id"])
        everyone = list(self.world.members.get(guild, {}).values())
        wanted = [str(one) for one in _as_list(asked.get("user_ids"))]
        if wanted:
            everyone = [one for one in everyone if one["user"]["id"] in wanted]
        elif not session.intents & MEMBERS:
            return
        parts = [everyone[at : at + CHUNK] for at in range(0, len(everyone), CHUNK)] or [[]]
        for index, members in enumerate(parts):
            about = {"guild_id": guild, "members": members, "nonce": asked.get("nonce")}
            count = {"chunk_index": index, "chunk_count": len(parts)}
            await self._tell(session, "GUILD_MEMBERS_CHUNK", {**about, **count})

    # ── Faults ───────────────────────────────────────────────────────────────────────────────

    async def drop(self, code: int = 4_000, *, forget: bool = False) -> None:
        """End all connections; `forget`: their sessions cannot be resumed."""
        for session in list(self.sessions.values()):
            socket, session.socket = session.socket, None
            if forget:
                self.sessions.pop(session.id)
            if socket is not None:
                await self.close(socket, code)

    def fall_silent(self) -> None:
        """Let nothing more through to those who are connected; they are not told."""
        for session in self.sessions.values():
            if session.socket is not None:
                self._silent.add(session.socket)

    async def ask_to_reconnect(self) -> None:
        """Op 7."""
        for session in list(self.sessions.values()):
            if session.socket is not None:
                await _send(session.socket, {"op": 7, "d": None})

    @property
    def connected(self) -> int:
        return sum(session.socket is not None for session in self.sessions.values())


def without_content(message: Json, bot: str) -> Json:
    """A message as it is without the Message Content intent."""
    is_for_us = any(user["id"] == bot for user in message.get("mentions", ()))
    if message["author"]["id"] == bot or is_for_us:
        return message
    empty: Json = {"content": "", "embeds": [], "attachments": [], "components": []}
    return {**message, **empty}


def sees_thread(world: World, channel: Json) -> bool:
    return channel["type"] != PRIVATE_THREAD or world.sees(world.bot, channel)


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


async def _send(socket: web.WebSocketResponse, payload: Json) -> None:
    await _send_text(socket, json.dumps(payload))


async def _send_text(socket: web.WebSocketResponse, frame: str) -> None:
    with suppress(ConnectionError, RuntimeError, asyncio.CancelledError):
        if not socket.closed:
            await socket.send_str(frame)
