"""HTTP mode: Slack calls the app, signs what it sends, and calls again when it is not heard.

https://docs.slack.dev/apis/events-api and
https://docs.slack.dev/authentication/verifying-requests-from-slack.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp

from tests.platforms.slack.state import Json

if TYPE_CHECKING:
    from tests.platforms.slack.server import Slack


@dataclass(frozen=True)
class Sent:
    """A request as it was sent, so that it can be sent again by somebody else."""

    body: bytes
    headers: dict[str, str]


@dataclass
class Outward:
    """The request URL of the app; None in Socket Mode."""

    slack: Slack
    target: str | None = None
    waits: tuple[float, ...] = (0.0, 60.0, 300.0)
    patience: float = 3.0
    sent: list[Sent] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def deliver(self, kind: str, payload: Json, *, again: bool = True) -> Json | None:
        """Deliver a payload until a 2xx comes back; the body of that answer, or None."""
        for attempt in range(1 + len(self.waits) * again):
            if attempt:
                await asyncio.sleep(self.waits[attempt - 1])
            retry = {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_timeout"}
            try:
                answer = await self._post(self.signed(kind, payload, retry if attempt else {}))
            except (TimeoutError, aiohttp.ClientError):
                continue
            if answer is not None:
                return answer
        return None

    def signed(self, kind: str, payload: Json, more: dict[str, str]) -> Sent:
        """A request with its signature."""
        if kind == "events_api":
            body, content = json.dumps(payload).encode(), "application/json"
        else:
            fields = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
            body, content = urlencode(fields).encode(), "application/x-www-form-urlencoded"
        at = str(int(time.time()))
        base = f"v0:{at}:".encode() + body
        digest = hmac.new(self.slack.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        signature = {"X-Slack-Signature": f"v0={digest}", "X-Slack-Request-Timestamp": at}
        return Sent(body, {"Content-Type": content} | signature | more)

    async def send(self, sent: Sent) -> int:
        """Send exactly this; the status that comes back."""
        assert self.target is not None
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.target, data=sent.body, headers=sent.headers) as answer,
        ):
            return answer.status

    async def _post(self, sent: Sent) -> Json | None:
        assert self.target is not None
        self.sent.append(sent)
        limit = aiohttp.ClientTimeout(total=self.patience)
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.post(self.target, data=sent.body, headers=sent.headers) as answer,
        ):
            self.statuses.append(answer.status)
            if answer.status // 100 != 2:
                return None
            text = await answer.text()
            return json.loads(text) if text.startswith("{") else {}
