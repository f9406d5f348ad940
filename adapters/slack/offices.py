"""Our offices: one for each workspace that Grapevine is installed in.

An office knows the workspace (`Workspace`) and can call Slack there (`Calls`). Where the tokens
come from is a `Tokens`: one token from the settings, or the installations of the store.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.calls import TIMEOUT, Calls, Denied
from adapters.slack.pacing import Pacing
from adapters.slack.workspace import Workspace
from bot.events import CommunityRef, CommunitySeen, Platform
from bot.logs import logger

SLACK_API = "https://slack.com/api/"
UNINSTALLED = "account_inactive"
# At the level `debug` the SDK would write down whatever goes to Slack and comes from there.
QUIET = logging.getLogger("adapters.slack.sdk")
QUIET.addFilter(lambda record: record.levelno > logging.DEBUG)


@dataclass(frozen=True, slots=True)
class Grant:
    """A bot token, and what is known of the workspace that gave it, and when.

    Without a `team` it is the one from the settings, and Slack says whose it is.
    """

    token: str = field(repr=False)
    team: str = ""
    name: str = ""
    since: datetime | None = None


class Tokens(Protocol):
    """Where the bot tokens of the workspaces are."""

    async def all(self) -> list[Grant]:
        """Every token, of the workspaces that are to be served."""

    async def of(self, team: str) -> Grant | None:
        """The token of one workspace; None: we are not installed there."""

    async def drop(self, team: str) -> None:
        """A workspace took its token back."""


@dataclass(frozen=True, slots=True)
class OneToken:
    """The token of the one workspace, from the settings."""

    token: str

    async def all(self) -> list[Grant]:
        """The token."""
        return [Grant(self.token)]

    async def of(self, team: str) -> Grant | None:  # noqa: ARG002 - whoever sends is that workspace
        """The token."""
        return Grant(self.token)

    async def drop(self, team: str) -> None:
        """Nothing to drop: it stands in the settings."""


@dataclass(frozen=True, slots=True)
class Office:
    """One workspace as we know it, and the way to call Slack there."""

    workspace: Workspace
    calls: Calls
    token: str = field(repr=False)
    since: datetime | None = None
    scopes: frozenset[str] = frozenset()

    @property
    def community(self) -> CommunityRef:
        """The workspace as a community."""
        return self.workspace.community

    def introduced(self) -> CommunitySeen:
        """What the core has to know of it before anything else."""
        home = self.workspace
        return CommunitySeen(home.community, home.name, home.url)


@dataclass(slots=True)
class Offices:
    """Opens offices, and finds the one that a payload is for."""

    tokens: Tokens
    url: str = SLACK_API
    prefix: str = ""
    pacing: Callable[[], Pacing] = Pacing
    # Told of an office that was opened later than the others.
    opened: Callable[[Office], None] = lambda _office: None
    # Whether every office was opened; before that, one that is not open may yet be.
    is_up: bool = False
    _open: dict[str, Office] = field(default_factory=dict)
    _session: aiohttp.ClientSession | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def open(self) -> list[Office]:
        """The offices that are open, and not shut out."""
        return [one for one in self._open.values() if one.calls.revoked is None]

    @property
    def shut_out(self) -> list[Office]:
        """The offices in which nothing may be done: their token is dead."""
        return [one for one in self._open.values() if one.calls.revoked is not None]

    @property
    def session(self) -> aiohttp.ClientSession:
        """The one HTTP session that all calls share."""
        if self._session is None or self._session.closed:
            limit = aiohttp.ClientTimeout(total=TIMEOUT)
            self._session = aiohttp.ClientSession(timeout=limit)
        return self._session

    def client(self, token: str | None = None) -> AsyncWebClient:
        """A client of the SDK that sends nothing again by itself."""
        return AsyncWebClient(
            token=token,
            base_url=self.url,
            timeout=TIMEOUT,
            session=self.session,
            retry_handlers=[],
            logger=QUIET,
        )

    async def open_all(self) -> list[Office]:
        """Open an office for each token. Raises `CallFailed`."""
        for grant in await self.tokens.all():
            await self._move_in(grant)
        return self.open

    async def of(self, team: str) -> Office | None:
        """The office in a workspace; None where we are not installed. Raises `CallFailed`."""
        known = self._open.get(team)
        if not team or (known is not None and known.calls.revoked is None):
            return known
        async with self._turn:
            grant = await self.tokens.of(team)
            # One that was revoked may have been given anew, maybe to another process.
            if grant is not None and not any(o.token == grant.token for o in self._open.values()):
                await self._open_late(grant)
        return self._open.get(team)

    async def renew(self, team: str) -> Office | None:
        """Open the office in a workspace that installed us just now. Raises `CallFailed`."""
        async with self._turn:
            grant = await self.tokens.of(team)
            return None if grant is None else await self._open_late(grant)

    def of_community(self, community: CommunityRef) -> Office | None:
        """The open office of a community."""
        return self._open.get(community.id)

    async def close(self, team: str) -> None:
        """Leave a workspace that does not want us any more."""
        office = self._open.pop(team, None)
        if office is not None:
            office.calls.revoked = office.calls.revoked or UNINSTALLED
        await self.tokens.drop(team)

    async def shut(self) -> None:
        """Close the connections; nothing is called any more."""
        if self._session is not None:
            await self._session.close()

    async def _open_late(self, grant: Grant) -> Office:
        office = await self._move_in(grant)
        if office.calls.revoked is None:
            self.opened(office)
        return office

    async def _move_in(self, grant: Grant) -> Office:
        """Open an office; one of several workspaces that refuses us must not stop the others."""
        calls = Calls(self.client(grant.token), self.pacing())
        try:
            return await self._moved_in(grant, calls)
        except Denied as denied:
            if not grant.team:
                raise
            calls.revoked = denied.error
            logger().warning("a workspace shuts us out", team=grant.team, reason=denied.error)
            home = CommunityRef(Platform.SLACK, grant.team)
            shut = Workspace(home, bot_user="", name=grant.name, prefix=self.prefix)
            office = self._open[grant.team] = Office(shut, calls, grant.token, grant.since)
            return office

    async def _moved_in(self, grant: Grant, calls: Calls) -> Office:
        said = await calls.once("auth.test")
        if not said.get("bot_id") or grant.team not in {"", said["team_id"]}:
            raise Denied("not_allowed_token_type", said)
        home = Workspace(
            CommunityRef(Platform.SLACK, str(said["team_id"])),
            bot_user=str(said["user_id"]),
            bot_id=str(said["bot_id"]),
            name=str(said["team"]),
            url=str(said["url"]).rstrip("/"),
            prefix=self.prefix,
        )
        scopes = {k.lower(): v for k, v in said["headers"].items()}.get("x-oauth-scopes", "")
        allowed = frozenset(filter(None, scopes.split(",")))
        office = Office(home, calls, grant.token, grant.since, allowed)
        self._open[home.community.id] = office
        return office
