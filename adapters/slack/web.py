"""What is listened to over HTTP: the request URL that Slack calls, and the pages to install by.

The signature is looked at before anything is read, so what is malformed or not from Slack is
refused with 401 and nothing more. A repeated request is one more with a `trigger_id` or `event_id`
that is known. https://docs.slack.dev/authentication/verifying-requests-from-slack.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.errors import SettingsError

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.response import BoltResponse

EVENTS = "/slack/events"
INSTALL = "/slack/install"
INSTALLED = "/slack/oauth_redirect"
MOST_BYTES = 1 << 20
NOT_SLACK = 401
NOT_READABLE = 400

Page = Callable[[AsyncBoltRequest], "Awaitable[BoltResponse]"]


@dataclass(slots=True)
class Web:
    """The web server; `pages` answer browsers, by their paths."""

    app: AsyncApp
    signing_secret: str
    host: str
    port: int
    pages: Mapping[str, Page] = field(default_factory=dict)
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen. SettingsError when the address cannot be had."""
        served = web.Application(client_max_size=MOST_BYTES)
        if self.signing_secret:
            served.router.add_post(EVENTS, self.received)
        for path in self.pages:
            served.router.add_get(path, self.visited)
        self._runner = web.AppRunner(served, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.host, self.port).start()
        except OSError:
            await self.stop()
            raise SettingsError(
                f"Port {self.port} of {self.host} cannot be had for Slack; "
                "set SLACK_HTTP_PORT to another one."
            ) from None

    @property
    def address(self) -> str:
        """Where it listens."""
        assert self._runner is not None
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def stop(self) -> None:
        """Listen no more, and finish what came in."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def visited(self, request: web.Request) -> web.StreamResponse:
        """Show somebody a page."""
        bolt = await to_bolt_request(request)
        return await to_aiohttp_response(await self.pages[request.path](bolt))

    async def received(self, request: web.Request) -> web.StreamResponse:
        """Answer one request of Slack's."""
        raw = await request.read()
        body = _text(raw)
        if body is None or not self._is_signed(body, request):
            return web.Response(status=NOT_SLACK)
        try:
            bolt = AsyncBoltRequest(
                body=body, query=request.query_string, headers=dict(request.headers)
            )
        except (ValueError, TypeError, AttributeError, KeyError):
            return web.Response(status=NOT_READABLE)
        if not isinstance(bolt.body.get("event", {}), dict):
            return web.Response(status=NOT_READABLE)
        return await to_aiohttp_response(await self.app.async_dispatch(bolt))

    def _is_signed(self, body: str, request: web.Request) -> bool:
        verifier = SignatureVerifier(self.signing_secret)
        at = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not (at.isdecimal() and at.isascii() and signature.isascii()):
            return False
        return bool(verifier.is_valid(body, at, signature))


def _text(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
