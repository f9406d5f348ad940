"""Calls of Slack's Web API in one workspace: paced, and each failure told apart.

    CallFailed
    ├── Limited    not now: after `seconds`
    ├── Denied     Slack said no, by the name `error`
    ├── Unreached  nobody was there: nothing took effect
    └── Broken     no answer, or none that could be read: it may have taken effect

The SDK sends nothing again by itself (`retry_handlers=[]`): whoever asks decides.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.pacing import Pacing
from adapters.slack.troubles import LIMITED, REVOKED
from bot.logs import logger

Json = dict[str, Any]

PAGE = 200  # recommended; https://docs.slack.dev/apis/web-api/pagination
TRIES = 5
FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
TIMEOUT = 20
"""Seconds that one request may take."""
A_WHILE = 30.0  # seconds, where Slack limits without saying how long
_FORMS = ("conversations.", "users.", "team.", "auth.", "bots.", "files.", "apps.")


class CallFailed(Exception):
    """A call did not do what was asked, as far as Slack says."""


class Limited(CallFailed):
    """Slack wants us to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not before {seconds:g} s")
        self.seconds = seconds


class Denied(CallFailed):
    """Slack said no."""

    def __init__(self, error: str, more: Json) -> None:
        super().__init__(error)
        self.error = error
        self.more = more


class Unreached(CallFailed):
    """No connection: Slack never heard of it."""


class Broken(CallFailed):
    """Nobody knows what became of it."""


@dataclass(slots=True)
class Calls:
    """One workspace's Web API, through the SDK's client.

    `revoked`: the error by which we learnt that our token is dead; then nothing is called any more.
    """

    client: AsyncWebClient
    pacing: Pacing = field(default_factory=Pacing)
    revoked: str | None = None

    async def once(self, method: str, **arguments: Any) -> Json:
        """Call a method once, in its turn. Raises `CallFailed`."""
        if self.revoked is not None:
            raise Denied(self.revoked, {})
        await self.pacing.turn(method)
        given = {key: value for key, value in arguments.items() if value is not None}
        if method.startswith(_FORMS):
            return await self._answered(method, self.client.api_call(method, params=given))
        return await self._answered(method, self.client.api_call(method, json=given))

    async def exchange(
        self, client_id: str, client_secret: str, code: str, redirect_uri: str | None = None
    ) -> Json:
        """Exchange the code of an installation for its token. Raises `CallFailed`."""
        method = "oauth.v2.access"
        given = {"code": code} | ({} if redirect_uri is None else {"redirect_uri": redirect_uri})
        # The SDK's own verb still speaks of `aiohttp.BasicAuth`, which is on its way out.
        who = {"Authorization": aiohttp.encode_basic_auth(client_id, client_secret)}
        return await self._answered(method, self.client.api_call(method, data=given, headers=who))

    async def _answered(self, method: str, answering: Awaitable[AsyncSlackResponse]) -> Json:
        try:
            answer = await answering
        except SlackClientError as error:
            raise self._told_apart(method, getattr(error, "response", None), error) from error
        except aiohttp.ClientConnectorError as error:
            raise Unreached(f"{method}: {type(error).__name__}") from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Broken(f"{method}: {type(error).__name__}") from error
        data = answer.data
        return {**data, "headers": dict(answer.headers)} if isinstance(data, dict) else {}

    def _told_apart(self, method: str, response: Any, error: Exception) -> CallFailed:
        data = getattr(response, "data", None)
        status = getattr(response, "status_code", 0)
        name = str(data.get("error", "")) if isinstance(data, dict) else ""
        if status == 429 or name in LIMITED:  # noqa: PLR2004 - HTTP's number for it
            seconds = _seconds(response)
            self.pacing.close(method, seconds)
            return Limited(seconds)
        if name and isinstance(data, dict) and status < 500:  # noqa: PLR2004 - HTTP's own trouble
            self.revoked = name if name in REVOKED else None
            return Denied(name, data)
        return Broken(f"{method}: {status or type(error).__name__}")

    async def read(self, method: str, **arguments: Any) -> Json:
        """Call a method that changes nothing, again and again until it is clear. See `once`."""
        for attempt in range(1, TRIES + 1):
            try:
                return await self.once(method, **arguments)
            except Limited as limited:
                logger().info("Slack asks for patience", method=method, seconds=limited.seconds)
            except (Broken, Unreached):
                if attempt == TRIES:
                    raise
                await asyncio.sleep(min(FIRST_WAIT * (1 << attempt), LONGEST_WAIT))
        return await self.once(method, **arguments)

    async def pages(
        self, method: str, key: str, page: int = PAGE, **arguments: Any
    ) -> AsyncIterator[list[Any]]:
        """Yield page after page of what a method lists under `key`. See `read`."""
        cursor: str | None = None
        while True:
            answer = await self.read(method, limit=page, cursor=cursor, **arguments)
            yield answer.get(key) or []
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or None
            if cursor is None:
                return


def _seconds(response: Any) -> float:
    headers = {k.lower(): v for k, v in dict(getattr(response, "headers", {}) or {}).items()}
    try:
        return max(1.0, float(headers.get("retry-after", A_WHILE)))
    except (TypeError, ValueError):
        return A_WHILE
