"""Real servers on loopback for the page fetcher.

Linux answers on the whole of 127.0.0.0/8, so one address of it plays the open web (`OUTSIDE`)
and another one what must never be reached (`INSIDE`).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from adapters.web.addresses import is_public
from adapters.web.fetch import PageFetcher

OUTSIDE = "127.0.0.2"
INSIDE = "127.0.0.1"

# The start of a raw answer; more headers may follow.
HTML = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/html\r\n"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def is_outside(ip: IPv4Address | IPv6Address) -> bool:
    """Allow what the product allows, and the address that plays the open web."""
    return str(ip) == OUTSIDE or is_public(ip)


def page(title: str) -> web.Response:
    return web.Response(
        text=f"<!doctype html><html><head><title>{title}</title></head><body>…</body></html>",
        content_type="text/html",
    )


@asynccontextmanager
async def site(handlers: Mapping[str, Handler], host: str = OUTSIDE) -> AsyncIterator[int]:
    """Serve these paths with aiohttp; gives the port."""
    app = web.Application()
    for path, handler in handlers.items():
        app.router.add_get(path, handler)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, host, 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


Conversation = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw_site(answer: Conversation) -> AsyncIterator[int]:
    """Serve bytes as they are: `answer` gets the request's first line and the writer."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(await reader.readline(), writer)
            await writer.drain()
        except OSError:
            pass  # the fetcher has hung up, as it should
        finally:
            writer.close()

    server = await asyncio.start_server(serve, OUTSIDE, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@dataclass
class Inside:
    """What must not be reached: counts connections on 127.0.0.1 and, if there is one, ::1."""

    port: int = 0
    connects: int = 0
    servers: list[asyncio.Server] = field(default_factory=list)

    async def accept(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connects += 1
        writer.close()


@asynccontextmanager
async def inside() -> AsyncIterator[Inside]:
    listener = Inside()
    for bound in _same_port_on_both():
        listener.port = bound.getsockname()[1]
        listener.servers.append(await asyncio.start_server(listener.accept, sock=bound))
    try:
        yield listener
    finally:
        for server in listener.servers:
            server.close()


def _same_port_on_both() -> list[socket.socket]:
    four = socket.create_server((INSIDE, 0))
    if not socket.has_ipv6:
        return [four]
    try:
        return [four, socket.create_server(("::1", four.getsockname()[1]), family=socket.AF_INET6)]
    except OSError:
        return [four]


class Names(AbstractResolver):
    """A name server in the hands of a test: each look-up takes the next of the given answers.

    The last answer stays. What was looked up is in `asked`. With `port` it also says where to go.
    """

    def __init__(self, *answers: Iterable[str], port: int | None = None) -> None:
        self.port = port
        self.answers = [list(answer) for answer in answers]
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        port = self.port or port
        return [
            ResolveResult(hostname=host, host=ip, port=port, family=family, proto=0, flags=0)
            for ip in answer
        ]

    async def close(self) -> None:
        self.asked.append("(closed)")


@asynccontextmanager
async def fetcher(
    *ports: int,
    refuse: Callable[[str], bool] = lambda _: False,
    allow: Callable[[IPv4Address | IPv6Address], bool] = is_outside,
    resolver: AbstractResolver | None = None,
    system_names: bool = False,
    longest: float = 8.0,
    at_once: int = 4,
) -> AsyncIterator[PageFetcher]:
    fetches = PageFetcher(
        refuse,
        allow=allow,
        ports=frozenset(ports),
        resolver=None if system_names else resolver or Names([OUTSIDE]),
        longest=longest,
        at_once=at_once,
    )
    try:
        yield fetches
    finally:
        await fetches.close()


def free_port() -> int:
    """Return a port on which nothing listens."""
    with closing(socket.create_server((OUTSIDE, 0))) as unused:
        port: int = unused.getsockname()[1]
        return port


def raw_title(answer: Conversation, longest: float = 8.0) -> str | None:
    async def scenario() -> str | None:
        async with raw_site(answer) as port, fetcher(port, longest=longest) as fetches:
            return await fetches.title(f"http://{OUTSIDE}:{port}/")

    return asyncio.run(scenario())
