"""Fetching the page that someone shared, to read its title, without being led inside.

Every connection passes one gate, the connector's `socket_factory`: it sees the very address that
is about to be connected to, also for IP literals (which never meet a resolver), after a redirect
and when a name answers differently the second time. Before it, the resolver refuses an answer
that holds any closed address, and a URL is vetted before its name is looked up.

Nothing of ours goes along: no cookies, no credentials, no proxy from the environment.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final

import structlog
from aiohttp import (
    AddrInfoType,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    StreamReader,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from adapters.web.addresses import IPAddress, is_public
from adapters.web.titles import LONGEST_PAGE, title_of

WEB_PORTS: Final = frozenset({80, 443})
LONGEST_FETCH: Final = 8.0
FETCHES_AT_ONCE: Final = 4
MOST_REDIRECTS: Final = 3
LONGEST_URL: Final = 4096

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {
    "Accept": "text/html, application/xhtml+xml",
    # Both decoders of these stop at a given size; others need not.
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": "Grapevine (reads the titles of links)",
}
_LOGIN = frozenset({"authwall", "login", "log-in", "logon", "signin", "sign-in", "sign_in", "sso"})

_CHUNK = 16 * 1024
_END_OF_HEAD = re.compile(rb"</head[\s>]", re.IGNORECASE)
_TITLE = re.compile(rb"<title[\s>]", re.IGNORECASE)
_LONGEST_MARK = len(b"<title>")

_log = structlog.get_logger(__name__)


class _NoTitleError(Exception):
    """A page gives no title; says why, without anything of the URL or the page."""


class _ClosedAddressError(OSError):
    """A connection to an address that is not public was refused."""


_EXPECTED = (_NoTitleError, ClientError, OSError, ValueError)


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
        self._refuse = refuse
        self._allow = allow
        self._ports = ports
        self._resolver = _GatedResolver(resolver or _SystemResolver(at_once), self._may_connect)
        self._longest = longest
        self._turns = asyncio.Semaphore(at_once)
        self._fetches: dict[URL, asyncio.Task[str | None]] = {}
        self._client: ClientSession | None = None
        self._closed = False

    async def title(self, url: str) -> str | None:
        """Return the title of the page at `url`, or None if there is none to be had.

        Never raises for anything that a URL or a server can do; why there is no title is logged
        at debug level, with the host only.
        """
        try:
            page = self._vetted(url)
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
        if self._client:
            await self._client.close()
        await self._resolver.close()

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
        for _ in range(MOST_REDIRECTS + 1):
            async with self._session().get(page, allow_redirects=False) as response:
                if response.status not in _REDIRECTS:
                    return await _read_title(response, page)
                page = self._redirected(page, response)
        raise _NoTitleError("too many redirects")

    def _redirected(self, page: URL, response: ClientResponse) -> URL:
        target = page.join(URL(response.headers.get("Location", "")))
        if _is_login(target) and not _is_login(page):
            raise _NoTitleError("leads to a login page")
        return self._vetted(str(target))

    def _vetted(self, url: str) -> URL:
        if len(url) > LONGEST_URL:
            raise _NoTitleError("the URL is too long")
        page = URL(url)
        if page.scheme not in {"http", "https"} or page.port not in self._ports:
            raise _NoTitleError("not a web page")
        if "@" in page.raw_authority or not page.raw_host:
            raise _NoTitleError("the URL has credentials or no host")
        if self._refuse(url) or self._refuse(str(page)):
            raise _NoTitleError("the URL carries a secret")
        if _is_address(page.raw_host) and not self._may_connect(page.raw_host):
            raise _ClosedAddressError
        return page.with_fragment(None)

    def _session(self) -> ClientSession:
        if self._client is None:
            connector = TCPConnector(
                resolver=self._resolver,
                use_dns_cache=False,
                socket_factory=self._gated_socket,
                force_close=True,
            )
            self._client = ClientSession(
                connector=connector,
                cookie_jar=DummyCookieJar(),
                headers=_HEADERS,
                timeout=ClientTimeout(),
                trust_env=False,
            )
        return self._client

    def _gated_socket(self, target: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = target
        if not self._may_connect(address[0]) or address[1] not in self._ports:
            raise _ClosedAddressError
        return socket.socket(family, kind, protocol)

    def _may_connect(self, host: str) -> bool:
        return _is_address(host) and self._allow(ip_address(host))


class _GatedResolver(AbstractResolver):
    """Refuses a name as a whole if any of its addresses is closed."""

    def __init__(self, resolver: AbstractResolver, may_connect: Callable[[str], bool]) -> None:
        self._resolver = resolver
        self._may_connect = may_connect

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        results = await self._resolver.resolve(host, port, family)
        if not results or not all(self._may_connect(result["host"]) for result in results):
            raise _ClosedAddressError
        return results

    async def close(self) -> None:
        await self._resolver.close()


class _SystemResolver(AbstractResolver):
    """The system's own look-up, in threads of its own.

    A look-up cannot be cancelled: names whose servers never answer would else fill the loop's
    default threads, in which the core runs.
    """

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="page-names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        look_up = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


async def _read_title(response: ClientResponse, page: URL) -> str | None:
    if response.status != HTTPStatus.OK or response.content_type not in _HTML:
        raise _NoTitleError("no HTML page there")
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


def _is_login(page: URL) -> bool:
    return not _LOGIN.isdisjoint(part.casefold() for part in page.parts)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _log_why(problem: Exception, host: str | None) -> None:
    """Log why there is no title: what went wrong, never with which URL."""
    reason = str(problem) if isinstance(problem, _NoTitleError) else type(problem).__name__
    log = _log.debug if isinstance(problem, _EXPECTED) else _log.error
    log("no page title", host=host, reason=reason)
