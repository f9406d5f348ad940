"""Our offices: one for each workspace that Grapevine is installed in.

An office knows the workspace (`Workspace`) and can call Slack there (`Calls`). Where the tokens
come from is a `Tokens`: one token from the settings, or the installations of the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.calls import TIMEOUT, Calls, Denied
from adapters.slack.pacing import Pacing
from adapters.slack.workspace import Workspace
from bot.events import CommunityRef, CommunitySeen, Platform

SLACK_API = "https://slack.com/api/"


class Tokens(Protocol):
    """Where the bot tokens of the workspaces are."""

    async def all(self) -> list[str]:
        """Every token, of the workspaces that are to be served."""

    async def of(self, team: str) -> str | None:
        """The token of one workspace; None: we are not installed there."""

    async def drop(self, team: str) -> None:
        """A workspace took its token back."""


@dataclass(frozen=True, slots=True)
class OneToken:
    """The token of the one workspace, from the settings."""

    token: str

    async def all(self) -> list[str]:
        """The token."""
        return [self.token]

    async def of(self, team: str) -> str | None:  # noqa: ARG002 - whoever sends is that workspace
        """The token."""
        return self.token

    async def drop(self, team: str) -> None:
        """Nothing to drop: it stands in the settings."""


@dataclass(frozen=True, slots=True)
class Office:
    """One workspace as we know it, and the way to call Slack there."""

    workspace: Workspace
    calls: Calls
    token: str
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
    # Whether every office was opened; before that, one that is not open may yet be.
    is_up: bool = False
    _open: dict[str, Office] = field(default_factory=dict)
    _session: aiohttp.ClientSession | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def open(self) -> list[Office]:
        """The offices that are open."""
        return list(self._open.values())

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
        )

    async def open_all(self) -> list[Office]:
        """Open an office for each token. Raises `CallFailed`."""
        for token in await self.tokens.all():
            await self._move_in(token)
        return self.open

    async def of(self, team: str) -> Office | None:
        """The office in a workspace; None where we are not installed. Raises `CallFailed`."""
        known = self._open.get(team)
        if known is not None or not team:
            return known
        async with self._turn:
            if team in self._open:
                return self._open[team]
            token = await self.tokens.of(team)
            office = None if token is None else await self._move_in(token)
        return office if office is not None and office.community.id == team else None

    def of_community(self, community: CommunityRef) -> Office | None:
        """The open office of a community."""
        return self._open.get(community.id)

    async def close(self, team: str) -> None:
        """Leave a workspace that does not want us any more."""
        self._open.pop(team, None)
        await self.tokens.drop(team)

    async def shut(self) -> None:
        """Close the connections; nothing is called any more."""
        if self._session is not None:
            await self._session.close()

    async def _move_in(self, token: str) -> Office:
        calls = Calls(self.client(token), self.pacing())
        said = await calls.once("auth.test")
        if not said.get("bot_id"):
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
        office = Office(home, calls, token, frozenset(filter(None, scopes.split(","))))
        self._open[home.community.id] = office
        return office
