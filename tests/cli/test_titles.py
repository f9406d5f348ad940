from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import web

from adapters.cli.titles import look_up
from bot.wiring import Wiring
from tests.cli.running import Grapevine
from tests.files.building import line, write_lines
from tests.web.loopback import Names, fetcher, page, site

HOST = "soil.example"


async def compost(_: web.Request) -> web.Response:
    return page("Turning a heap in winter")


async def missing(_: web.Request) -> web.Response:
    raise web.HTTPNotFound


def with_links(grapevine: Grapevine, folder: Path, *urls: str) -> None:
    """A store in which somebody shared each of some addresses."""
    lines = [line(id=f"m{n}", ts=1714557600 + n, text=f"Look: {url}") for n, url in enumerate(urls)]
    assert grapevine("import", write_lines(folder / "a.jsonl", *lines)).code == 0


def look_all_up(port: int) -> tuple[int, int]:
    """How many links there were to look up, and how many titles were found."""

    async def scenario(wiring: Wiring) -> tuple[int, int]:
        with wiring.store.read() as unit:
            wanted = unit.shares.untitled(100)
        async with fetcher(port, resolver=Names(["127.0.0.2"], port=port)) as fetches:
            return len(wanted), await look_up(wiring, wanted, fetches)

    wiring = Wiring()
    try:
        return asyncio.run(scenario(wiring))
    finally:
        wiring.store.close()


def test_it_asks_nobody_until_it_is_allowed_to(grapevine: Grapevine) -> None:
    said = grapevine("titles")
    assert said.sentence == ("Fetching titles is switched off; set FETCH_TITLES=true to allow it.")


def test_what_a_page_is_called_lands_in_the_links(grapevine: Grapevine, workdir: Path) -> None:
    async def scenario() -> tuple[int, int, int, int]:
        async with site({"/heap": compost, "/gone": missing}) as port:
            where = f"http://{HOST}:{port}"
            with_links(grapevine, workdir, f"{where}/heap", f"{where}/gone")
            first = await asyncio.to_thread(look_all_up, port)
            again = await asyncio.to_thread(look_all_up, port)
            return *first, *again

    assert asyncio.run(scenario()) == (2, 1, 0, 0)
    found = grapevine("links", "winter")
    assert "Turning a heap in winter (http://soil.example:" in found.out


def test_an_address_inside_is_not_asked(
    grapevine: Grapevine, monkeypatch: pytest.MonkeyPatch, workdir: Path
) -> None:
    monkeypatch.setenv("FETCH_TITLES", "true")
    with_links(grapevine, workdir, "http://127.0.0.1/heap", "http://[::1]/heap")
    said = grapevine("titles")
    assert (said.code, said.err) == (0, "")
    assert said.out.endswith(", found 0 titles.\n")
    assert grapevine("titles", "--most", "1").out == "Looked up 0 links, found 0 titles.\n"
