"""Somebody's browser: it follows no redirect by itself, and keeps cookies."""

from __future__ import annotations

from dataclasses import dataclass, field
from http.cookies import SimpleCookie

import aiohttp

from adapters.slack.web import INSTALL
from tests.platforms.slack.state import Team
from tests.slack.house import House

PUBLIC = "https://grapevine.example.org"


@dataclass(frozen=True)
class Page:
    """What the browser got."""

    status: int
    text: str
    location: str
    headers: dict[str, str]


@dataclass
class Browser:
    """Reaches us where the web server before us would pass it on to."""

    house: House
    cookies: dict[str, str] = field(default_factory=dict)

    async def open(self, url: str) -> Page:
        assert self.house.service.web is not None
        target = url.replace(PUBLIC, self.house.service.web.address)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookie} if cookie else {}
        async with (
            aiohttp.ClientSession() as session,
            session.get(target, headers=headers, allow_redirects=False) as answer,
        ):
            for set_cookie in answer.headers.getall("Set-Cookie", []):
                assert "secure" in set_cookie.lower()
                assert "httponly" in set_cookie.lower()
                for name, morsel in SimpleCookie(set_cookie).items():
                    self.cookies[name] = morsel.value
            location = answer.headers.get("Location", "")
            return Page(answer.status, await answer.text(), location, dict(answer.headers))

    async def begin(self) -> str:
        """Press "install": the address of Slack's page."""
        page = await self.open(PUBLIC + INSTALL)
        assert page.status == 302, page.text
        return page.location

    async def install(self, team: Team, *, yes: bool = True) -> Page:
        """Go all the way."""
        return await self.open(self.house.slack.oauth.answer(await self.begin(), team, yes=yes))
