"""Fetching what strangers serve: real servers on loopback, hostile and odd feeds."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from aiohttp import web

from adapters.feeds.bringing import Errand
from adapters.feeds.fetching import AWAY, CLOSED, NO_FEED, TOO_LONG, FeedFetcher
from adapters.service.threads import Threads
from bot.feeds.model import Brought, Fetched
from bot.text.secrets import carries_secret
from tests.web.loopback import INSIDE, OUTSIDE, Names, inside, is_outside, raw_site, site

RSS = """<?xml version="1.0" encoding="{encoding}"?>
<rss version="2.0"><channel><title>Ana's</title><item><guid>1</guid>
<title>Bees &amp;amp; größer</title><link>https://ana.example.org/bees</link>
<description>&lt;p&gt;A box, &lt;script&gt;alert(1)&lt;/script&gt;
&lt;b&gt;a queen&lt;/b&gt;.</description>
<pubDate>Fri, 20 Nov 2026 12:00:00 +0100</pubDate></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><id>urn:1</id>
<title>Bees</title><link href="/bees"/><updated>2026-11-20T11:00:00Z</updated></entry></feed>"""
LAUGHS = (
    '<!DOCTYPE r [<!ENTITY a "zanzibarium">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + ']><rss version="2.0"><channel><item><link>https://e.org/</link><title>&j;</title></item>'
    "</channel></rss>"
)
OUTER = (
    '<!DOCTYPE r [<!ENTITY x SYSTEM "http://{host}/secret"><!ENTITY f SYSTEM "file:///etc/passwd">'
    ']><rss version="2.0"><channel><item><link>https://e.org/</link><title>&x;&f;</title></item>'
    "</channel></rss>"
)

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


def giving(body: bytes | str, kind: str = "application/rss+xml", **headers: str) -> Serve:
    async def serve(_: web.Request) -> web.Response:
        whole = body.encode() if isinstance(body, str) else body
        return web.Response(body=whole, headers={"Content-Type": kind, **headers})

    return serve


@asynccontextmanager
async def fetcher(port: int, longest: float = 8.0) -> AsyncIterator[FeedFetcher]:
    made = FeedFetcher(
        carries_secret,
        allow=is_outside,
        ports=frozenset({port}),
        resolver=Names([OUTSIDE]),
        longest=longest,
    )
    try:
        yield made
    finally:
        await made.close()


def fetched(serve: Serve, etag: str | None = None, modified: str | None = None) -> Fetched:
    """What is found at an address where this is served."""

    async def go() -> Fetched:
        async with site({"/feed": serve}) as port, fetcher(port) as fetches:
            return await fetches.fetch(f"http://ana.example.org:{port}/feed", etag, modified)

    return asyncio.run(go())


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16"])
def test_a_feed_is_read_in_whatever_encoding_it_is(encoding: str) -> None:
    body = RSS.format(encoding=encoding).encode(encoding)
    found = fetched(giving(body, "application/xml", ETag='"1"'))
    assert found.etag == '"1"'
    assert found.entries is not None
    (entry,) = found.entries
    assert (entry.url, entry.title) == ("https://ana.example.org/bees", "Bees & größer")
    assert entry.summary == "A box, a queen."
    assert entry.at == datetime(2026, 11, 20, 11, tzinfo=UTC)


def test_atom_is_read_too_and_relative_links_lead_to_its_site() -> None:
    found = fetched(giving(ATOM, "application/atom+xml"))
    assert found.entries is not None
    assert found.entries[0].url.endswith("/bees")
    assert found.entries[0].url.startswith("http://ana.example.org:")


def test_its_marks_are_sent_back_and_nothing_new_is_nothing() -> None:
    async def serve(request: web.Request) -> web.Response:
        asked = request.headers["If-None-Match"], request.headers["If-Modified-Since"]
        return web.Response(status=304 if asked == ('"1"', "then") else 500)

    assert fetched(serve, '"1"', "then") == Fetched()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<!doctype html><title>no feed</title>", "text/html"),
        (b"\x00\xff\xfe" * 50, "application/rss+xml"),
        ("", "application/rss+xml"),
        (b"<" * 200_000, "application/xml"),
        ('{"version": "https://jsonfeed.org/version/1.1"', "application/feed+json"),
    ],
)
def test_what_is_no_feed_is_said_to_be_none(body: bytes | str, kind: str) -> None:
    assert fetched(giving(body, kind)) == Fetched(trouble=NO_FEED)


@pytest.mark.parametrize("status", [404, 410])
def test_a_feed_that_is_gone_is_no_feed(status: int) -> None:
    async def serve(_: web.Request) -> web.Response:
        return web.Response(status=status)

    assert fetched(serve).trouble == NO_FEED


def test_a_laughing_billion_is_not_laughed() -> None:
    began = time.perf_counter()
    found = fetched(giving(LAUGHS))
    assert time.perf_counter() - began < 5
    assert "zanzibarium" * 10 not in repr(found)


def test_entities_lead_nowhere() -> None:
    async def go() -> tuple[Fetched, int]:
        async with inside() as within:
            body = OUTER.replace("{host}", f"{INSIDE}:{within.port}")
            async with site({"/feed": giving(body)}) as port, fetcher(port) as fetches:
                found = await fetches.fetch(f"http://ana.example.org:{port}/feed", None, None)
            return found, within.connects

    found, connects = asyncio.run(go())
    assert connects == 0
    assert "root:" not in repr(found)


@pytest.mark.parametrize("zipped", [False, True])
def test_an_endless_or_inflated_feed_is_left(zipped: bool) -> None:  # noqa: FBT001 - a case
    body = b"<rss version='2.0'><channel>" + b" " * 50_000_000
    more = {"Content-Encoding": "gzip"} if zipped else {}
    serve = giving(gzip.compress(body, 1) if zipped else body, **more)
    assert fetched(serve).trouble == TOO_LONG


def test_one_that_drips_is_given_up() -> None:
    async def drip(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<rss>")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    async def go() -> Fetched:
        async with raw_site(drip) as port, fetcher(port, longest=0.3) as fetches:
            return await fetches.fetch(f"http://ana.example.org:{port}/", None, None)

    assert asyncio.run(go()).trouble == AWAY


def test_a_redirect_inside_is_not_followed() -> None:
    async def go() -> tuple[Fetched, int]:
        async with inside() as within:

            async def away(_: web.Request) -> web.Response:
                raise web.HTTPFound(f"http://{INSIDE}:{within.port}/")

            async with site({"/feed": away}) as port, fetcher(port) as fetches:
                fetches._guard._ports = frozenset({port, within.port})
                found = await fetches.fetch(f"http://ana.example.org:{port}/feed", None, None)
            return found, within.connects

    assert asyncio.run(go()) == (Fetched(trouble=CLOSED), 0)


@pytest.mark.parametrize("url", ["http://127.0.0.1/feed", "http://[::1]/feed", "http://10.0.0.1/"])
def test_an_address_inside_is_not_asked(url: str) -> None:
    async def go() -> Fetched:
        async with fetcher(80) as fetches:
            return await fetches.fetch(url, None, None)

    assert asyncio.run(go()).trouble == CLOSED


def test_links_that_are_no_web_addresses_are_left_to_the_core_and_items_without_are_none() -> None:
    body = (
        '<rss version="2.0"><channel><item><title>none</title></item>'
        "<item><link>javascript:alert(1)</link><guid isPermaLink='false'>x</guid></item>"
        + "<item><link>https://e.org/</link></item>" * 300
        + "</channel></rss>"
    )
    found = fetched(giving(body))
    assert found.entries is not None
    assert len(found.entries) < 100
    assert all(one.title == "" for one in found.entries)


class Core:
    """A core with two feeds that are due, once."""

    def __init__(self, port: int) -> None:
        there = f"http://ana.example.org:{port}"
        self.due = [brought(1, f"{there}/feed"), brought(2, f"{there}/nothing")]
        self.got: dict[int, Fetched] = {}

    def due_feeds(self, at: datetime) -> list[Brought]:
        due, self.due = self.due, []
        return due

    def take_in_feed(self, place_id: int, fetched: Fetched, at: datetime) -> int:
        self.got[place_id] = fetched
        return 1


def brought(place_id: int, url: str) -> Brought:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    return Brought(place_id, 1, 1, url, None, None, now, None, 0, None)


def test_the_errand_gives_the_core_what_it_found_or_why_not() -> None:
    async def go() -> dict[int, Fetched]:
        writer = Threads("writer")
        async with site({"/feed": giving(ATOM)}) as port, fetcher(port) as fetches:
            core = Core(port)
            await Errand(core, fetches, writer, lambda: datetime.now(UTC)).run()
        writer.close()
        return core.got

    got = asyncio.run(go())
    assert got[1].entries
    assert got[2].trouble == NO_FEED
