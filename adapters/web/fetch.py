"""Fetching the page that someone shared, to read its title, through the guard."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import structlog
from aiohttp import (
    ClientError,
    ClientResponse,
    StreamReader,
)
from aiohttp.abc import AbstractResolver
from yarl import URL

from adapters.web.addresses import IPAddress, is_public
from adapters.web.guard import WEB_PORTS, Guard, UnusableError
from adapters.web.titles import LONGEST_PAGE, title_of

LONGEST_FETCH: Final = 8.0
FETCHES_AT_ONCE: Final = 4

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_HEADERS = {
    "Accept": "text/html, application/xhtml+xml",
    "User-Agent": "Grapevine (reads the titles of links)",
}

_CHUNK = 16 * 1024
_END_OF_HEAD = re.compile(rb"</head[\s>]", re.IGNORECASE)
_TITLE = re.compile(rb"<title[\s>]", re.IGNORECASE)
_LONGEST_MARK = len(b"<title>")

_log = structlog.get_logger(__name__)


_EXPECTED = (UnusableError, ClientError, OSError, ValueError)


class PageFetcher:
    """Fetches the titles of web pages, a few at once, each URL once however many ask.

    `refuse` says of a URL that it carries a secret and is never to be fetched: the fetch alone
    could use up a one-time link. `allow` says which addresses may be connected to, `ports` which
    ports, `resolver` looks names up and is closed with the fetcher, `longest` is how many seconds
    one title may take with all its redirects, `at_once` how many pages are fetched at a time.
    """

    def __init__(
        self,
        refuse: Callable[[str], bool],
        *,
        allow: Callable[[IPAddress], bool] = is_public,
        ports: frozenset[int] = WEB_PORTS,
        resolver: AbstractResolver | None = None,
        longest: float = LONGEST_FETCH,
        at_once: int = FETCHES_AT_ONCE,
    ) -> None:
        self._guard = Guard(
            refuse, _HEADERS, allow=allow, ports=ports, resolver=resolver, at_once=at_once
        )
        self._longest = longest
        self._turns = asyncio.Semaphore(at_once)
        self._fetches: dict[URL, asyncio.Task[str | None]] = {}
        self._closed = False

    async def title(self, url: str) -> str | None:
        """Return the title of the page at `url`, or None if there is none to be had.

        Never raises for anything that a URL or a server can do; why there is no title is logged
        at debug level, with the host only.
        """
        try:
            page = self._guard.vetted(url)
        except Exception as problem:  # noqa: BLE001 - a link must not stop the message it is in
            _log_why(problem, host=None)
            return None
        if self._closed:
            return None
        fetch = self._fetches.get(page) or self._start(page)
        # Waited for, not awaited: when one of several who ask goes away, the others still get it.
        await asyncio.wait({fetch})
        return None if fetch.cancelled() else fetch.result()

    async def close(self) -> None:
        """End what is being fetched (its title is None) and let go of all connections."""
        self._closed = True
        fetches = list(self._fetches.values())
        for fetch in fetches:
            fetch.cancel()
        await asyncio.gather(*fetches, return_exceptions=True)
        await self._guard.close()

    def _start(self, page: URL) -> asyncio.Task[str | None]:
        fetch = asyncio.create_task(self._guarded(page))
        self._fetches[page] = fetch
        fetch.add_done_callback(lambda _: self._fetches.pop(page, None))
        return fetch

    async def _guarded(self, page: URL) -> str | None:
        try:
            async with self._turns, asyncio.timeout(self._longest):
                return await self._fetched(page)
        except Exception as problem:  # noqa: BLE001 - a page must not stop the message it is in
            _log_why(problem, host=page.raw_host)
            return None

    async def _fetched(self, page: URL) -> str | None:
        async with self._guard.get(page) as (response, found_at):
            return await _read_title(response, found_at)


async def _read_title(response: ClientResponse, page: URL) -> str | None:
    if response.status != HTTPStatus.OK or response.content_type not in _HTML:
        raise UnusableError("no HTML page there")
    body = await _beginning(response.content)
    # A hostile 256 KB takes 0.1 s to pick apart: little enough to need no process that can be
    # killed, too much for the loop.
    content_type = response.headers.get("Content-Type")
    return await asyncio.to_thread(title_of, body, content_type, str(page))


async def _beginning(stream: StreamReader) -> bytes:
    """Read a page up to the end of a head that had a title, at most 256 KB of it decoded.

    A `</head>` before any title is taken for a piece of a script.
    """
    body = bytearray()
    ended = titled = False
    async for chunk in stream.iter_chunked(_CHUNK):
        unsearched = max(0, len(body) - _LONGEST_MARK)
        body += chunk
        titled = titled or _TITLE.search(body, unsearched) is not None
        ended = ended or _END_OF_HEAD.search(body, unsearched) is not None
        if (ended and titled) or len(body) >= LONGEST_PAGE:
            break
    return bytes(body[:LONGEST_PAGE])


def _log_why(problem: Exception, host: str | None) -> None:
    """Log why there is no title: what went wrong, never with which URL."""
    reason = str(problem) if isinstance(problem, UnusableError) else type(problem).__name__
    log = _log.debug if isinstance(problem, _EXPECTED) else _log.error
    log("no page title", host=host, reason=reason)
