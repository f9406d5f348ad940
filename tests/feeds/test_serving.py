"""The addresses of feeds over real HTTP: conditional, quiet, and nothing but what is there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime

import pytest
from aiohttp import ClientResponse, ClientSession, web
from aiohttp.test_utils import TestServer

from adapters.feeds.documents import FORMATS
from adapters.feeds.serving import FeedPages
from adapters.service.core import Publisher
from bot.errors import StoreError
from bot.feeds.model import Page
from tests.feeds.garden import HALL, Garden, garden

Visit = Callable[[ClientSession], Awaitable[None]]


@pytest.fixture
def here(sqlite_url: str) -> Iterator[Garden]:
    with garden(sqlite_url) as made:
        made.says("ana", HALL, "1", "bees https://a.example.org/1")
        yield made


def visit(here: Garden, visiting: Visit, publisher: Publisher | None = None) -> None:
    """Serve the feeds, and let somebody come."""

    async def go() -> None:
        app = web.Application()
        FeedPages(publisher or here.bot, lambda: here.at).add_to(app)
        server = TestServer(app)
        await server.start_server()
        async with ClientSession(server.make_url("/")) as session:
            await visiting(session)
        await server.close()

    asyncio.run(go())


@pytest.mark.parametrize("file", FORMATS)
def test_a_feed_is_served_and_found_by_no_search_engine(here: Garden, file: str) -> None:
    secret = here.secret("ana", "feed bees")

    async def visiting(session: ClientSession) -> None:
        got = await session.get(f"/feeds/{secret}/{file}")
        assert got.status == 200
        assert await got.read() == here.reads(secret, file)
        assert got.headers["Content-Type"] == FORMATS[file][1]
        assert "noindex" in got.headers["X-Robots-Tag"]
        assert "no-cache" in got.headers["Cache-Control"]

    visit(here, visiting)


def test_whoever_has_it_already_gets_it_only_when_it_changed(here: Garden) -> None:
    secret = here.secret("ana", "feed bees")
    address = f"/feeds/{secret}/atom.xml"

    async def visiting(session: ClientSession) -> None:
        first = await session.get(address)
        by_tag = {"If-None-Match": first.headers["ETag"]}
        by_date = {"If-Modified-Since": first.headers["Last-Modified"]}
        for known in (by_tag, by_date, by_tag | {"If-Modified-Since": "nonsense"}):
            again = await session.get(address, headers=known)
            assert (again.status, await again.read()) == (304, b"")
            assert again.headers["ETag"] == first.headers["ETag"]
        here.says("bea", HALL, "2", "more bees https://a.example.org/2", 9)
        for known in (by_tag, by_date):
            assert (await session.get(address, headers=known)).status == 200

    visit(here, visiting)


def test_head_tells_what_get_would(here: Garden) -> None:
    address = f"/feeds/{here.secret('ana', 'feed bees')}/feed.json"

    async def visiting(session: ClientSession) -> None:
        got, head = await session.get(address), await session.head(address)
        assert (head.status, await head.read()) == (200, b"")
        for name in ("ETag", "Last-Modified", "Content-Type", "Content-Length"):
            assert head.headers[name] == got.headers[name]

    visit(here, visiting)


def test_all_else_is_404_and_says_the_same(here: Garden) -> None:
    secret, ended = here.secret("ana", "feed bees"), here.secret("bea", "feed bees")
    here.asks("bea", "feed off")
    wrong = [
        f"/feeds/{ended}/atom.xml",
        f"/feeds/{secret[:-1]}/atom.xml",
        f"/feeds/{secret}x/atom.xml",
        f"/feeds/{secret[:-1]}%00/atom.xml",
        f"/feeds/{'a' * 43}/atom.xml",
        f"/feeds/{'a' * 5000}/atom.xml",
        f"/feeds/{secret}/other.xml",
    ]

    async def visiting(session: ClientSession) -> None:
        said = {await told(await session.get(one)) for one in wrong}
        posted = await session.post(f"/feeds/{secret}/atom.xml")
        assert said | {await told(posted)} == {(404, "There is nothing here.\n")}
        for other in ("/", "/feeds", f"/feeds/{secret}", "/feeds/../live"):
            assert (await session.get(other)).status == 404

    visit(here, visiting)


async def told(response: ClientResponse) -> tuple[int, str]:
    return response.status, await response.text()


class Away:
    """A core whose store cannot be read."""

    def feed(self, token: str, at: datetime) -> Page | None:
        raise StoreError("The store is away.")


def test_a_store_that_is_away_is_no_end_of_the_feed(here: Garden) -> None:
    address = f"/feeds/{here.secret('ana', 'feed bees')}/atom.xml"

    async def visiting(session: ClientSession) -> None:
        assert (await session.get(address)).status == 503

    visit(here, visiting, Away())
