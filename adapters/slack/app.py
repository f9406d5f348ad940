"""Bolt's app around the way in: everything that Slack sends goes through one middleware.

What Bolt would read from the environment is hidden from it: it has its own idea of what our
settings mean. Its own middleware checks signatures (HTTP mode), finds out which workspace a payload
is for, and drops what we said ourselves; ours takes the payload in before the acknowledgement, and
acknowledges what it does not know as well, for Slack would send that again and again.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from adapters.slack.inbound import Inbound
    from adapters.slack.offices import Offices

NAME = "grapevine"
NOT_HERE = "Grapevine is not installed in this workspace."


def build(offices: Offices, inbound: Inbound, signing_secret: str) -> AsyncApp:
    """Return the app; without `signing_secret` it is for Socket Mode alone."""

    async def authorize(team_id: str | None) -> AuthorizeResult | None:
        office = await offices.of(team_id or "")
        if office is None:
            return None
        home = office.workspace
        return AuthorizeResult(
            enterprise_id=None,
            team_id=home.community.id,
            bot_user_id=home.bot_user,
            bot_id=home.bot_id,
            bot_token=office.token,
        )

    async def take(req: AsyncBoltRequest) -> BoltResponse:
        answer = await inbound.take(dict(req.body))
        if answer is None:
            return BoltResponse(status=200, body="")
        headers: dict[str, Any] = {"content-type": "application/json"}
        return BoltResponse(status=200, body=json.dumps(answer), headers=headers)

    with _unread():
        app = AsyncApp(
            name=NAME,
            logger=logging.getLogger("adapters.slack"),
            client=offices.client(),
            authorize=cast("Callable[..., Awaitable[AuthorizeResult]]", authorize),
            user_facing_authorize_error_message=NOT_HERE,
            signing_secret=signing_secret,
            request_verification_enabled=bool(signing_secret),
        )
    app.use(take)
    return app


@contextmanager
def _unread() -> Iterator[None]:
    """Hide our settings: with a client id in the environment Bolt would keep files of its own."""
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("SLACK_")}
    try:
        yield
    finally:
        os.environ.update(hidden)
