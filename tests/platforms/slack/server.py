"""The server itself: routes, and what happens in Slack while it runs."""

from __future__ import annotations

import asyncio
import base64
import copy
import itertools
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.platforms.slack.api import Api
from tests.platforms.slack.blocks import notifies
from tests.platforms.slack.faults import Fault, Faults
from tests.platforms.slack.hands import Hands
from tests.platforms.slack.life import Life
from tests.platforms.slack.manifests import check_manifest
from tests.platforms.slack.oauth import OAuth
from tests.platforms.slack.outward import Outward
from tests.platforms.slack.payloads import payload
from tests.platforms.slack.sockets import Sockets
from tests.platforms.slack.state import Channel, Json, Refused, Team

APP_TOKEN = "xapp-1-A0GRAPE-1-secret"
CONFIG_TOKEN = "xoxe.xoxp-1-config"
FAREWELLS = ("app_uninstalled", "tokens_revoked")
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


class Slack(Life):
    """A running Slack; `now` gives the seconds since 1970 that messages are stamped with."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.url = ""
        self.app_id = "A0GRAPE"
        self.app_token = APP_TOKEN
        self.config_token = CONFIG_TOKEN
        self.signing_secret = SIGNING_SECRET
        self.socket_mode = True
        self.now = now
        self.monotonic: Callable[[], float] = time.monotonic
        self.teams: dict[str, Team] = {}
        self.faults = Faults()
        self.sockets = Sockets(self)
        self.outward = Outward(self)
        self.hands = Hands(self)
        self.oauth = OAuth(self)
        self.live_mentions: list[Json] = []
        self._api = Api(self)
        self._numbers = itertools.count(1)
        self._last_ts = 0
        self._busy: set[asyncio.Task[Any]] = set()
        self._runner: web.AppRunner | None = None

    @classmethod
    async def start(cls, now: Callable[[], float] = time.time) -> Slack:
        """Start on a free port of this machine."""
        made = cls(now)
        app = web.Application(client_max_size=4 << 20)
        app.router.add_post("/api/{method}", made._called)
        app.router.add_get("/link/", made.sockets.connect)
        app.router.add_post("/actions/{team}/{key}", made.hands.respond)
        app.router.add_post("/upload/{team}/{file}", made._uploaded)
        made._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await made._runner.setup()
        site = web.TCPSite(made._runner, "127.0.0.1", 0)
        await site.start()
        port = made._runner.addresses[0][1]
        made.url = f"http://127.0.0.1:{port}/"
        return made

    @property
    def api_url(self) -> str:
        """What stands in `SLACK_API_URL`."""
        return f"{self.url}api/"

    async def close(self) -> None:
        """Stop, and let go of everything."""
        for task in list(self._busy):
            task.cancel()
        await self.sockets.close()
        assert self._runner is not None
        await self._runner.cleanup()

    def install(
        self, manifest: Json, number: str = "T0GRAPE", name: str = "Upstream", bot: str = "U0BOT"
    ) -> Team:
        """Install the app in a team, as its manifest wants it."""
        check_manifest(manifest)
        made = Team(
            id=number,
            name=name,
            domain=name.lower(),
            token=f"xoxb-{number}-secret",
            manifest=copy.deepcopy(manifest),
            bot_user=bot,
            bot_id=bot.replace("U", "B"),
            app_id=self.app_id,
            next_id=self._next_id,
        )
        made.person("grapevine", number=bot, is_bot=True)
        made.person("Slackbot", number="USLACKBOT")
        self.teams[number] = made
        return made

    def _next_id(self, kind: str) -> str:
        return f"{kind}{next(self._numbers):08d}"

    def new_ts(self) -> str:
        """A timestamp that no message has yet."""
        self._last_ts = max(int(self.now() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    # ── The Web API over HTTP ────────────────────────────────────────────────────────────────

    async def _called(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        args = await _arguments(request)
        token = _token(request, args)
        args |= _credentials(request)
        fault = self.faults.next(method)
        if fault is not None and fault.kind in {"limited", "broken", "dropped"}:
            return _spoiled(request, fault)
        if fault is not None and fault.error:
            return web.json_response({"ok": False, "error": fault.error})
        wait = self.faults.wait(token, method, str(args.get("channel")), self.monotonic())
        if wait:
            return _limited(wait)
        body = self._answer(method, token, args)
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.kind == "lost":
            return _broken_off(request)
        team = next((one for one in self.teams.values() if one.token == token), None)
        headers = {} if team is None else {"x-oauth-scopes": ",".join(team.scopes)}
        return web.json_response(body, headers=headers)

    def _answer(self, method: str, token: str, args: Json) -> Json:
        try:
            return self._api.call(method, token, args)
        except Refused as refused:
            return refused.body

    async def _uploaded(self, request: web.Request) -> web.Response:
        team = self.teams[request.match_info["team"]]
        found = next(one for one in team.files if one["id"] == request.match_info["file"])
        if request.content_type.startswith("multipart/"):
            part = next(iter((await request.post()).values()))
            found["content"] = part.file.read() if isinstance(part, web.FileField) else part
        else:
            found["content"] = await request.read()
        return web.Response(text="OK")

    # ── Delivering ───────────────────────────────────────────────────────────────────────────

    async def deliver(self, kind: str, body: Json, *, again: bool = True) -> Json | None:
        """Deliver something to the app, by socket or by HTTP."""
        if self.outward.target is not None:
            return await self.outward.deliver(kind, body, again=again)
        return await self.sockets.deliver(kind, body, again=again)

    def emit(
        self, team: Team, event: Json, name: str = "", number: str = ""
    ) -> asyncio.Task[Json | None] | None:
        """Send an event, if the app subscribed to it; `name` is its subscription."""
        if (name or event["type"]) not in team.events:
            return None
        if team.revoked and event["type"] not in FAREWELLS:
            return None
        body = payload("event_callback") | {
            "team_id": team.id,
            "context_team_id": team.id,
            "api_app_id": team.app_id,
            "event": event,
            "event_id": number or self._next_id("Ev"),
            "event_time": int(self.now()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": team.id,
                    "user_id": team.bot_user,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
        }
        return self.spawn(self.deliver("events_api", body))

    def spawn(self, work: Any) -> asyncio.Task[Any]:
        """Do something in the background until it is done or the server closes."""
        task: asyncio.Task[Any] = asyncio.ensure_future(work)
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)
        return task

    @property
    def is_busy(self) -> bool:
        """Whether something that was sent is not acknowledged yet."""
        return bool(self._busy)

    async def settled(self) -> None:
        """Wait until everything that was sent is acknowledged."""
        while self._busy:
            await asyncio.wait(self._busy)

    # ── What the app says ────────────────────────────────────────────────────────────────────

    def keep_own(self, team: Team, channel: Channel, body: Json) -> Json:
        """Keep a message of the app, and tell the app of it like of any other."""
        message: Json = {
            "type": "message",
            "ts": self.new_ts(),
            "user": team.bot_user,
            "bot_id": team.bot_id,
            "app_id": team.app_id,
            "team": team.id,
            "channel": channel.id,
            "text": body.get("text", ""),
        }
        kept = ("blocks", "thread_ts", "metadata", "files", "unfurl_links", "unfurl_media")
        message |= {key: copy.deepcopy(body[key]) for key in kept if body.get(key) is not None}
        channel.messages.append(message)
        self.note_posted(body)
        self.tell_of_message(team, channel, message)
        return message

    def keep_ephemeral(self, team: Team, channel: str, user: str, body: Json) -> Json:
        """Keep what only one person sees, and no history knows."""
        message = {
            "ts": self.new_ts(),
            "channel": channel,
            "is_ephemeral": True,
            "text": body.get("text", ""),
            "blocks": copy.deepcopy(body.get("blocks") or []),
        }
        if body.get("thread_ts"):
            message["thread_ts"] = body["thread_ts"]
        team.ephemeral.setdefault((channel, user), []).append(message)
        self.note_posted(body)
        return message

    def note_posted(self, body: Json) -> None:
        """Note a message that would notify somebody."""
        if notifies(body):
            self.live_mentions.append(body)

    def forget_message(self, team: Team, channel: str, user: str, message: Json) -> None:
        """Take a message away."""
        for kept in (team.ephemeral.get((channel, user), []), team.channels[channel].messages):
            if message in kept:
                kept.remove(message)


async def _arguments(request: web.Request) -> Json:
    raw = await request.text()
    if request.content_type == "application/json":
        read: Json = json.loads(raw) if raw else {}
        return dict(request.query) | read
    return dict(request.query) | dict(parse_qsl(raw, keep_blank_values=True))


def _credentials(request: web.Request) -> Json:
    """An app says who it is by HTTP Basic, as RFC 6749 wants it."""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind != "Basic":
        return {}
    name, _, secret = base64.b64decode(given).decode().partition(":")
    return {"client_id": name, "client_secret": secret}


def _token(request: web.Request, args: Json) -> str:
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ") or str(args.get("token") or "")


def _spoiled(request: web.Request, fault: Fault) -> web.StreamResponse:
    if fault.kind == "limited":
        return _limited(int(fault.seconds))
    if fault.kind == "broken":
        return web.Response(status=503, text="upstream connect error")
    return _broken_off(request)


def _limited(seconds: int) -> web.Response:
    body = {"ok": False, "error": "ratelimited"}
    return web.json_response(body, status=429, headers={"Retry-After": str(seconds)})


def _broken_off(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
