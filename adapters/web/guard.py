"""The guarded way out: requests to addresses that people gave, without being led inside.

Every connection passes one gate, the connector's `socket_factory`: it sees the very address that
is about to be connected to, also for IP literals (which never meet a resolver), after a redirect
and when a name answers differently the second time. Before it, the resolver refuses an answer
that holds any closed address, and a URL is vetted before its name is looked up.

Nothing of ours goes along: no cookies, no credentials, no proxy from the environment.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_address
from typing import Final

from aiohttp import (
    AddrInfoType,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from adapters.web.addresses import IPAddress, is_public

WEB_PORTS: Final = frozenset({80, 443})
MOST_REDIRECTS: Final = 3
LONGEST_URL: Final = 4096

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Both decoders of these stop at a given size; others need not.
_ENCODINGS = {"Accept-Encoding": "gzip, deflate"}
_LOGIN = frozenset({"authwall", "login", "log-in", "logon", "signin", "sign-in", "sign_in", "sso"})


class UnusableError(Exception):
    """There is nothing to be had; says why, without anything of the URL or the page."""


class ClosedAddressError(OSError):
    """A connection to an address that is not public was refused."""


class Guard:
    """Makes guarded requests.

    `refuse` says of a URL that it carries a secret and is never to be fetched: the fetch alone
    could use up a one-time link. `allow` says which addresses may be connected to, `ports` which
    ports, `resolver` looks names up and is closed with the guard, `at_once` how many names may be
    looked up at a time, `headers` are sent along.
    """

    def __init__(
        self,
        refuse: Callable[[str], bool],
        headers: Mapping[str, str],
        *,
        allow: Callable[[IPAddress], bool] = is_public,
        ports: frozenset[int] = WEB_PORTS,
        resolver: AbstractResolver | None = None,
        at_once: int,
    ) -> None:
        self._refuse = refuse
        self._headers = {**headers, **_ENCODINGS}
        self._allow = allow
        self._ports = ports
        self._resolver = _GatedResolver(resolver or _SystemResolver(at_once), self._may_connect)
        self._client: ClientSession | None = None

    async def close(self) -> None:
        """Let go of all connections."""
        if self._client:
            await self._client.close()
        await self._resolver.close()

    @asynccontextmanager
    async def get(
        self, page: URL, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[tuple[ClientResponse, URL]]:
        """The answer of a vetted page, after its redirects, and where it was found."""
        for _ in range(MOST_REDIRECTS + 1):
            request = self._session().get(page, allow_redirects=False, headers=headers)
            async with request as response:
                if response.status not in _REDIRECTS:
                    yield response, page
                    return
                page = self._redirected(page, response)
        raise UnusableError("too many redirects")

    def _redirected(self, page: URL, response: ClientResponse) -> URL:
        target = page.join(URL(response.headers.get("Location", "")))
        if _is_login(target) and not _is_login(page):
            raise UnusableError("leads to a login page")
        return self.vetted(str(target))

    def vetted(self, url: str) -> URL:
        """A URL that may be asked for. UnusableError, ClosedAddressError or ValueError."""
        if len(url) > LONGEST_URL:
            raise UnusableError("the URL is too long")
        page = URL(url)
        if page.scheme not in {"http", "https"} or page.port not in self._ports:
            raise UnusableError("not a web page")
        if "@" in page.raw_authority or not page.raw_host:
            raise UnusableError("the URL has credentials or no host")
        if self._refuse(url) or self._refuse(str(page)):
            raise UnusableError("the URL carries a secret")
        if _is_address(page.raw_host) and not self._may_connect(page.raw_host):
            raise ClosedAddressError
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
                headers=self._headers,
                timeout=ClientTimeout(),
                trust_env=False,
            )
        return self._client

    def _gated_socket(self, target: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = target
        if not self._may_connect(address[0]) or address[1] not in self._ports:
            raise ClosedAddressError
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
            raise ClosedAddressError
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


def _is_login(page: URL) -> bool:
    return not _LOGIN.isdisjoint(part.casefold() for part in page.parts)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
