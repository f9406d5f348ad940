"""The server: one address for REST and gateway, rate limits, faults, and a log of all requests."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from tests.platforms.discord.gateway import Gateway
from tests.platforms.discord.interactions import Interactions
from tests.platforms.discord.rest import Rest
from tests.platforms.discord.rules import Refused
from tests.platforms.discord.world import World, utc_now

Json = dict[str, Any]

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GrApEv.invented-for-the-tests-and-nothing-else"
BASE = "/api/v10"


@dataclass(slots=True)
class Fault:
    """What goes wrong with requests that match: each of the next `times`.

    `status`: answered instead of done. `loses_reply`: done, and the connection ends. `lasts`: the
    reply waits so many seconds.
    """

    where: re.Pattern[str]
    times: int
    status: int = 0
    body: Json = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    loses_reply: bool = False
    lasts: float = 0.0


@dataclass(slots=True)
class Faults:
    """What shall go wrong, in the order in which it was said."""

    planned: list[Fault] = field(default_factory=list)

    def fail(self, where: str, status: int, times: int = 1, code: int = 0) -> None:
        """Answer `status` to requests like `POST /channels/\\d+/messages`."""
        body = {"code": code, "message": "planned"}
        self.planned.append(Fault(re.compile(where), times, status, body))

    def limit(self, where: str, after: float, times: int = 1, *, everywhere: bool = False) -> None:
        """Answer 429, to be tried again `after` seconds."""
        body = {
            "message": "You are being rate limited.",
            "retry_after": after,
            "global": everywhere,
        }
        scope = "global" if everywhere else "user"
        headers = {"Via": "1.1 google", "Retry-After": str(after), "X-RateLimit-Scope": scope}
        self.planned.append(Fault(re.compile(where), times, 429, body, headers))

    def ban(self, where: str, times: int = 1) -> None:
        """Answer 429 as Cloudflare does it: without `Via`."""
        self.planned.append(Fault(re.compile(where), times, 429, {"retry_after": 600}))

    def lose_reply(self, where: str, times: int = 1) -> None:
        self.planned.append(Fault(re.compile(where), times, loses_reply=True))

    def delay(self, where: str, seconds: float, times: int = 1) -> None:
        self.planned.append(Fault(re.compile(where), times, lasts=seconds))

    def next(self, request: str) -> Fault | None:
        for fault in self.planned:
            if fault.times > 0 and fault.where.fullmatch(request):
                fault.times -= 1
                return fault
        return None


@dataclass(slots=True)
class DiscordServer:
    """Discord on a free port of this machine; `async with` starts and ends it.

    `limits`: for a route, how many requests in how many seconds, per channel; None as many as you
    like. `clock` counts the seconds by which interactions grow old.
    """

    world: World = field(default_factory=World)
    clock: Callable[[], float] = time.monotonic
    message_limit: tuple[int, float] | None = None
    global_limit: tuple[int, float] | None = None
    faults: Faults = field(default_factory=Faults)
    requests: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    url: str = ""
    gateway_url: str = ""
    gateway: Gateway = field(init=False)
    interactions: Interactions = field(init=False)
    rest: Rest = field(init=False)
    _used: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _runner: web.AppRunner | None = None

    def __post_init__(self) -> None:
        self.gateway = Gateway(self.world, TOKEN)
        self.interactions = Interactions(self.world, self.gateway, self.clock)
        self.rest = Rest(self.world, self.gateway, self.interactions)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=30 * 1024 * 1024)
        app.router.add_get("/gateway/", self.gateway.connect)
        app.router.add_get("/gateway", self.gateway.connect)
        app.router.add_route("*", BASE + "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}{BASE}"
        self.gateway_url = self.gateway.url = f"ws://127.0.0.1:{port}/gateway"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gateway.drop(1_001, forget=True)
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def invalid(self) -> int:
        """Requests of which ten thousand in ten minutes get an address banned."""
        return sum(self.statuses[status] for status in (401, 403, 429))

    def count(self, request: str) -> int:
        """How many requests there were like `POST /channels/\\d+/messages`."""
        return sum(bool(re.fullmatch(request, one)) for one in self.requests)

    # ── One request ──────────────────────────────────────────────────────────────────────────

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        path = "/" + request.match_info["path"]
        name = f"{request.method} {path}"
        self.requests.append(name)
        fault = self.faults.next(name)
        if fault is not None and fault.status:
            return self._reply(fault.status, fault.body, fault.headers)
        if fault is not None:
            await asyncio.sleep(fault.lasts)
        try:
            limited = self._over_limit(request.method, path)
            if limited is not None:
                return limited
            data, files = await _body(request)
            result = await self._do(request, path, data, files)
        except Refused as error:
            body = {"code": error.code, "message": error.message}
            return self._reply(error.status, body, self._bucket(name))
        if fault is not None and fault.loses_reply:
            assert request.transport is not None
            request.transport.abort()
        return self._reply(200 if result is not None else 204, result, self._bucket(name))

    async def _do(self, request: web.Request, path: str, data: Json, files: list[str]) -> Any:
        open_path = path.startswith(("/interactions/", "/webhooks/"))
        if not open_path and request.headers.get("Authorization") != f"Bot {TOKEN}":
            raise Refused(401, 0, "401: Unauthorized")
        query = dict(request.query)
        return await self.rest.handle(request.method, path, query, data, files)

    def _over_limit(self, method: str, path: str) -> web.Response | None:
        is_message = method == "POST" and path.endswith("/messages")
        rules = [(path, self.message_limit, False)] if is_message else []
        if not path.startswith(("/interactions/", "/webhooks/")):
            rules.append(("*", self.global_limit, True))
        for key, limit, everywhere in rules:
            wait = self._use(key, limit) if limit else 0.0
            if wait:
                body = {"message": "limited", "retry_after": wait, "global": everywhere}
                return self._reply(429, body, {"Via": "1.1 google", "Retry-After": str(wait)})
        return None

    def _use(self, key: str, limit: tuple[int, float]) -> float:
        """Count a request; how long to wait if it is one too many."""
        most, seconds = limit
        used, now = self._used[key], time.monotonic()
        while used and now - used[0] > seconds:
            used.popleft()
        if len(used) >= most:
            return max(round(used[0] + seconds - now, 3), 0.001)
        used.append(now)
        return 0.0

    def _bucket(self, name: str) -> dict[str, str]:
        bucket = re.sub(r"\d{5,}", "x", name)
        left, after = 1_000, 1.0
        if self.message_limit is not None and re.fullmatch(r"POST /channels/\d+/messages", name):
            most, seconds = self.message_limit
            used = self._used[name.removeprefix("POST ")]
            left, after = most - len(used), used[0] + seconds - time.monotonic() if used else 0.0
        return {
            "X-RateLimit-Limit": "1000",
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": str(time.time() + after),
            "X-RateLimit-Reset-After": str(max(after, 0.001)),
            "X-RateLimit-Bucket": bucket[:60],
        }

    def _reply(self, status: int, body: Any, headers: dict[str, str]) -> web.Response:
        self.statuses[status] += 1
        if status == 204:
            return web.Response(status=204, headers=headers)
        # Exactly this, with no charset: the SDK looks for it.
        typed = {**headers, "Content-Type": "application/json"}
        return web.Response(status=status, body=json.dumps(body).encode(), headers=typed)


async def _body(request: web.Request) -> tuple[Json, list[str]]:
    """The JSON of a request, and the names of the files that come with it."""
    if not request.can_read_body:
        return {}, []
    if request.content_type == "application/json":
        data = await request.json()
        return (data if isinstance(data, dict) else {"all": data}), []
    form = await request.post()
    data = json.loads(str(form["payload_json"]))
    files = [one.filename for one in form.values() if isinstance(one, web.FileField)]
    contents = {
        one.filename: one.file.read() for one in form.values() if isinstance(one, web.FileField)
    }
    return {**data, "_files": contents}, files


__all__ = ["BASE", "TOKEN", "DiscordServer", "Fault", "Faults", "utc_now"]
