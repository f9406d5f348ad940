"""Installing Grapevine in a workspace: the two pages that a browser comes by.

https://docs.slack.dev/authentication/installing-with-oauth. Bolt's flow does it; ours are the
store, the words, and that neither code nor token comes into a log.
"""

from __future__ import annotations

import asyncio
import html
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.models.installation import Installation as BoltInstallation
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from adapters.service.incidents import noted
from adapters.slack.calls import CallFailed, Calls
from adapters.slack.manifest import scopes
from adapters.slack.web import INSTALL, INSTALLED
from bot.logs import logger

if TYPE_CHECKING:
    from slack_bolt.oauth.async_callback_options import AsyncFailureArgs, AsyncSuccessArgs
    from slack_bolt.request.async_request import AsyncBoltRequest

    from adapters.slack.configuration import Installing
    from adapters.slack.installations import Installed
    from adapters.slack.offices import Offices
    from bot.ports import Store

STATE_LASTS = timedelta(minutes=10)
AGAIN = f'<p><a href="{INSTALL}">Install Grapevine</a></p>'
CANCELLED = "Nothing was installed, as you wished. Whenever you like:"
USED = (
    "This page was opened before, or more than ten minutes after you began, or in another browser. "
    "Begin anew:"
)
NO_ANSWER = "Slack did not confirm the installation. Begin anew:"
BUSY = "Too many people are installing Grapevine just now. Come back in ten minutes."
NOT_KEPT = "It could not be kept just now. Begin anew in a moment:"
_SAID = {
    "access_denied": CANCELLED,
    "invalid_browser": USED,
    "invalid_state": USED,
    "storage_error": NOT_KEPT,
}

Came = Callable[[str], Awaitable[None]]


class TooMany(Exception):
    """More installations are under way than anybody needs."""


class _States(AsyncOAuthStateStore):
    """States in the store; each comes back once, and within ten minutes."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now

    async def async_issue(self, *_args: Any, **_more: Any) -> str:
        """Make a state; raises `TooMany` when too many wait."""
        state = secrets.token_urlsafe(32)
        if not await asyncio.to_thread(self._issue, state):
            raise TooMany
        return state

    async def async_consume(self, state: str) -> bool:
        """Whether this state may come back now; it may not again."""
        return await asyncio.to_thread(self._consume, state)

    def _issue(self, state: str) -> bool:
        with self._store.queue() as unit:
            return unit.installations.issue(state, self._now(), self._now() + STATE_LASTS)

    def _consume(self, state: str) -> bool:
        with self._store.queue() as unit:
            return unit.installations.consume(state, self._now())


class _Unused(AsyncInstallationStore):
    """Bolt wants a store of its own; what it would ask of it, `Flow` does."""


class Flow(AsyncOAuthFlow):
    """Bolt's flow over our store; `came` is told of each workspace that installed us."""

    def __init__(
        self,
        offices: Offices,
        installed: Installed,
        chosen: Installing,
        came: Came,
    ) -> None:
        self._offices = offices
        self._installed = installed
        self._came = came
        settings = AsyncOAuthSettings(
            client_id=chosen.client_id,
            client_secret=chosen.client_secret,
            scopes=scopes(),
            user_scopes=[],
            redirect_uri=chosen.url + INSTALLED,
            install_path=INSTALL,
            install_page_rendering_enabled=False,
            redirect_uri_path=INSTALLED,
            callback_options=AsyncCallbackOptions(success=_succeeded, failure=_failed),
            authorization_url=urljoin(offices.url, "../oauth/v2/authorize"),
            installation_store=_Unused(),
            state_store=_States(installed.store, installed.now),
            state_expiration_seconds=int(STATE_LASTS.total_seconds()),
        )
        super().__init__(client=offices.client(), settings=settings)

    async def run_installation(self, code: str) -> BoltInstallation | None:
        """Exchange a code for a token; None when Slack does not take it.

        Bolt's own would write the code into the log.
        """
        app = self.settings
        try:
            said = await Calls(self.client).exchange(
                app.client_id, app.client_secret, code, app.redirect_uri
            )
        except CallFailed as failed:
            logger().warning("an installation failed", reason=str(failed))
            return None
        team: dict[str, str] = said.get("team") or {}
        token: str | None = said.get("access_token")
        if not team.get("id") or not token or said.get("is_enterprise_install"):
            logger().warning("an installation failed", reason="not in one workspace")
            return None
        return BoltInstallation(
            user_id="",  # whoever installed us is nothing that we need to know
            team_id=team["id"],
            team_name=team.get("name") or team["id"],
            bot_token=token,
        )

    async def store_installation(
        self,
        request: AsyncBoltRequest,  # noqa: ARG002 - Bolt's signature
        installation: BoltInstallation,
    ) -> None:
        """Keep the token, and go there."""
        team, token = installation.team_id, installation.bot_token
        assert team is not None
        assert token is not None
        await self._installed.keep(team, installation.team_name or team, token)
        await self._came(team)


async def _succeeded(args: AsyncSuccessArgs) -> BoltResponse:
    where = html.escape(args.installation.team_name or "your workspace")
    said = (
        f"<p>Grapevine is in {where} now.</p><p>In Slack, say <code>/invite @grapevine</code> in "
        "the channels where it shall listen. What it keeps there, it says when it comes.</p>"
    )
    return page(200, said, args.settings.state_utils.build_set_cookie_for_deletion())


async def _failed(args: AsyncFailureArgs) -> BoltResponse:
    # What the browser brought along is not shown: anybody can write it.
    said = _SAID.get(args.reason, NO_ANSWER)
    cookie = args.settings.state_utils.build_set_cookie_for_deletion()
    return page(args.suggested_status_code, f"<p>{said}</p>{AGAIN}", cookie)


def page(status: int, said: str, cookie: str = "") -> BoltResponse:
    """A page of ours around a few paragraphs."""
    body = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Grapevine</title>'
        '<meta name="viewport" content="width=device-width">'
        "<style>body{font:1.1rem/1.5 sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem}"
        f"</style><h1>Grapevine</h1>{said}</html>"
    )
    headers: dict[str, Any] = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return BoltResponse(
        status=status, body=body, headers=headers | ({"Set-Cookie": [cookie]} if cookie else {})
    )


async def guarded(answering: Awaitable[BoltResponse]) -> BoltResponse:
    """The answer; what went wrong is told in a sentence, and nothing more."""
    try:
        return await answering
    except TooMany:
        return page(503, f"<p>{BUSY}</p>")
    except Exception:  # noqa: BLE001 - nobody shall ever see a traceback
        noted("a page of the installation failed")
        return page(500, f"<p>{NOT_KEPT}</p>{AGAIN}")
