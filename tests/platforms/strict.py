"""A chat platform over real HTTP that is as strict, slow and unreliable as a test wants it.

    POST  /messages                  {key, place, account, thread, text} → {place, id}
    PATCH /messages/{place}/{id}     {text}
    GET   /messages?place=…&key=…    → [{place, id}]

It takes a message as often as it is sent: twice sent is twice there. A message lands when its
request was received, or later, whatever became of whoever sent it. It runs in a thread of its own,
so that processes which talk to it can be killed.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web

GONE = "place_is_gone"


@dataclass(frozen=True)
class Post:
    """A message as it stands there."""

    place: str
    id: str
    key: str
    text: str
    thread: str | None
    account: str | None
    landed_at: float


@dataclass(frozen=True)
class Request:
    """What was asked, when, and how it was answered; 0: not at all."""

    verb: str
    place: str
    key: str
    at: float
    status: int


@dataclass
class Faults:
    """What goes wrong. Shares are odds between 0 and 1, times are seconds, ranges random."""

    lose_reply: float = 0.0  # it lands, and nobody is told
    drop: float = 0.0  # nothing lands, and nobody is told
    unavailable: float = 0.0  # nothing lands: 503
    broken: float = 0.0  # it lands half of the times: 500
    landing: tuple[float, float] = (0.0, 0.0)
    latency: tuple[float, float] = (0.0, 0.0)
    limit: float = 0.0  # the time that must lie between two messages to one limited place
    limited: frozenset[str] = frozenset()
    is_closed_for: float = 0.0  # the first message is answered 429 for everything, for so long
    gone: frozenset[str] = frozenset()
    blind: bool = False  # nothing can be looked up


@dataclass
class StrictPlatform:
    """The platform; look at it with `posts`, `requests` and `too_early`."""

    seed: int = 0
    faults: Faults = field(default_factory=Faults)
    posts: list[Post] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    # Requests that came before the time they had been told.
    too_early: list[Request] = field(default_factory=list)
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _not_before: dict[str, float] = field(default_factory=dict)
    _free_at: dict[str, float] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _last_id: int = 0

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def arrivals(self) -> Counter[str]:
        """How often each key stands there."""
        with self._lock:
            return Counter(post.key for post in self.posts)

    def texts(self, place: str) -> list[str]:
        """What stands in a place, in the order in which it landed."""
        with self._lock:
            return [post.text for post in self.posts if post.place == place]

    # ── The server ───────────────────────────────────────────────────────────────────────────

    @contextmanager
    def running(self) -> Iterator[StrictPlatform]:
        """Run until the block ends."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="strict-platform")
        thread.start()
        runner = asyncio.run_coroutine_threadsafe(self._start(), loop).result()
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self._stop(runner), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    async def _start(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/messages", self._post)
        app.router.add_patch("/messages/{place}/{id}", self._patch)
        app.router.add_get("/messages", self._find)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return runner

    async def _stop(self, runner: web.AppRunner) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await runner.cleanup()

    # ── Answering ────────────────────────────────────────────────────────────────────────────

    async def _post(self, request: web.Request) -> web.StreamResponse:
        said = await request.json()
        place, key = said["place"] or f"@{said['account']}", said["key"]
        refusal = self._refusal(place, key)
        if refusal is not None:
            return self._noted("post", place, key, refusal)
        faults, chance = self.faults, self._chance
        if chance.random() < faults.drop:
            return self._silence(request, place, key)
        is_broken = chance.random() < faults.broken
        post = self._new_post(place, key, said)
        if not is_broken or chance.random() < 0.5:
            await self._land(post)
        await asyncio.sleep(chance.uniform(*faults.latency))
        if is_broken:
            return self._noted("post", place, key, web.json_response({}, status=500))
        if chance.random() < faults.lose_reply:
            return self._silence(request, place, key)
        answer = web.json_response({"place": place, "id": post.id})
        return self._noted("post", place, key, answer)

    async def _patch(self, request: web.Request) -> web.StreamResponse:
        place, number = request.match_info["place"], request.match_info["id"]
        said = await request.json()
        refusal = self._refusal(place, said["key"])
        if refusal is not None:
            return self._noted("patch", place, said["key"], refusal)
        with self._lock:
            for index, post in enumerate(self.posts):
                if (post.place, post.id) == (place, number):
                    self.posts[index] = _rewritten(post, said["text"])
                    break
            else:
                gone = web.json_response({"error": GONE}, status=404)
                return self._noted("patch", place, said["key"], gone)
        if self._chance.random() < self.faults.lose_reply:
            return self._silence(request, place, said["key"])
        return self._noted("patch", place, said["key"], web.json_response({}))

    async def _find(self, request: web.Request) -> web.StreamResponse:
        place, key = request.query["place"], request.query["key"]
        if self.faults.blind:
            return self._noted("find", place, key, web.json_response({}, status=500))
        with self._lock:
            found = [post for post in self.posts if (post.place, post.key) == (place, key)]
        answer = web.json_response([{"place": post.place, "id": post.id} for post in found])
        return self._noted("find", place, key, answer)

    def _refusal(self, place: str, key: str) -> web.Response | None:
        """Why nothing lands, if nothing does."""
        faults, now = self.faults, time.time()
        if now < max(self._not_before.get(place, 0.0), self._not_before.get("*", 0.0)):
            self.too_early.append(Request("post", place, key, now, 429))
        if faults.is_closed_for:
            wait, faults.is_closed_for = faults.is_closed_for, 0.0
            return self._too_many("*", now + wait)
        if place in faults.limited:
            free_at = self._free_at.get(place, 0.0)
            if now < free_at:
                return self._too_many(place, free_at)
            self._free_at[place] = now + faults.limit
        if place in faults.gone:
            return web.json_response({"error": GONE}, status=404)
        if self._chance.random() < faults.unavailable:
            return web.json_response({}, status=503)
        return None

    def _too_many(self, scope: str, until: float) -> web.Response:
        self._not_before[scope] = until
        headers = {"Retry-After": f"{until - time.time():.3f}"}
        if scope == "*":
            headers["X-Everywhere"] = "true"
        return web.json_response({}, status=429, headers=headers)

    def _new_post(self, place: str, key: str, said: dict[str, str]) -> Post:
        self._last_id += 1
        number = str(self._last_id)
        return Post(place, number, key, said["text"], said["thread"], said["account"], 0.0)

    async def _land(self, post: Post) -> None:
        """Let it stand there after a while, whether anybody waits for it or not."""

        async def land() -> None:
            await asyncio.sleep(delay)
            with self._lock:
                self.posts.append(_landed(post))

        delay = self._chance.uniform(*self.faults.landing)
        task = asyncio.create_task(land())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.shield(task)

    def _noted(self, verb: str, place: str, key: str, answer: web.Response) -> web.Response:
        self.requests.append(Request(verb, place, key, time.time(), answer.status))
        return answer

    def _silence(self, request: web.Request, place: str, key: str) -> web.Response:
        """Hang up."""
        self.requests.append(Request("post", place, key, time.time(), 0))
        if request.transport is not None:
            request.transport.close()
        return web.Response()


def _landed(post: Post) -> Post:
    return Post(post.place, post.id, post.key, post.text, post.thread, post.account, time.time())


def _rewritten(post: Post, text: str) -> Post:
    return Post(post.place, post.id, post.key, text, post.thread, post.account, post.landed_at)
