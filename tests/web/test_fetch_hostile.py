"""Servers and URLs that are made to hurt: bombs, drips and junk."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterator

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web.loopback import HTML, OUTSIDE, Conversation, Names, fetcher, raw_site, raw_title

MEGABYTE = 1024 * 1024


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_decompression_bomb_takes_no_memory(encoding: str) -> None:
    """300 MB of blanks in 0.3 MB, with the title before them."""

    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(HTML + b"Content-Encoding: " + encoding.encode() + b"\r\n\r\n")
        writer.writelines(_bomb(b"<head><title>Boom</title>", encoding))
        await writer.drain()

    title, grown = asyncio.run(_memory_of(answer))

    assert title == "Boom"
    assert grown <= 20 * MEGABYTE


def _bomb(start: bytes, encoding: str) -> Iterator[bytes]:
    pump = zlib.compressobj(9, wbits=31 if encoding == "gzip" else 15)
    yield pump.compress(start) + pump.flush(zlib.Z_FULL_FLUSH)
    # After a full flush every further megabyte is packed into the same bytes.
    blank = pump.compress(b" " * MEGABYTE) + pump.flush(zlib.Z_FULL_FLUSH)
    for _ in range(300):
        yield blank


async def _memory_of(answer: Conversation) -> tuple[str | None, int]:
    """Return the title, and by how many bytes this process grew at most while it was fetched."""
    process = psutil.Process()
    async with raw_site(answer) as port, fetcher(port) as fetches:
        before = most = process.memory_info().rss
        fetch = asyncio.create_task(fetches.title(f"http://{OUTSIDE}:{port}/"))
        while not fetch.done():
            await asyncio.sleep(0)
            most = max(most, process.memory_info().rss)
        return await fetch, most - before


@pytest.mark.parametrize(
    "start", [b"HTTP/1.1 200 OK\r\nX-", HTML + b"\r\n<head>"], ids=["headers", "body"]
)
def test_a_server_that_only_drips_is_given_up(start: bytes) -> None:
    async def drip(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while True:
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(0.01)

    assert raw_title(drip, longest=0.3) is None


def test_the_time_counts_over_all_redirects() -> None:
    """Each of four answers is in time; all of them together are not."""

    async def slow(line: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1)
        path = line.split()[1]
        if path == b"/aaa":
            writer.write(HTML + b"\r\n<title>Too late</title>")
            return
        writer.write(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\n")
        writer.write(b"Location: " + path + b"a\r\n\r\n")

    assert raw_title(slow, longest=0.3) is None
    assert raw_title(slow) == "Too late"


URLS = st.one_of(
    st.text(),
    st.text().map("http://".__add__),
    st.text("htps:/[]@#?%.:0123456789abcdefx\\ \n\u3002\uff10").map("http://".__add__),
    st.tuples(st.text(), st.text()).map(lambda parts: f"http://{parts[0]}:80/{parts[1]}"),
)


@settings(max_examples=150, deadline=None)
@given(URLS)
def test_no_url_makes_the_fetch_raise(url: str) -> None:
    async def scenario() -> str | None:
        names = Names(["127.0.0.1"])
        async with fetcher(80, 443, allow=lambda _: False, resolver=names) as fetches:
            return await fetches.title(url)

    assert asyncio.run(scenario()) is None


ANSWERS = st.one_of(
    st.binary(max_size=300),
    st.binary(max_size=300).map(b"HTTP/1.1 200 OK\r\n".__add__),
    st.binary(max_size=300).map((HTML + b"\r\n").__add__),
    st.binary(max_size=300).map((HTML + b"Content-Encoding: gzip\r\n\r\n").__add__),
    st.binary(max_size=300).map((HTML + b"Content-Encoding: br\r\n\r\n").__add__),
    st.binary(max_size=300).map((HTML + b"Transfer-Encoding: chunked\r\n\r\n").__add__),
    st.binary(max_size=80).map(lambda junk: b"HTTP/1.1 302 Found\r\nLocation: " + junk),
)


def test_no_answer_of_a_server_makes_the_fetch_raise() -> None:
    with asyncio.Runner() as runner:

        @settings(max_examples=150, deadline=None)
        @given(ANSWERS)
        def fetch(answer: bytes) -> None:
            async def junk(_: bytes, writer: asyncio.StreamWriter) -> None:
                writer.write(answer)

            async def scenario() -> str | None:
                async with raw_site(junk) as port, fetcher(port) as fetches:
                    return await fetches.title(f"http://{OUTSIDE}:{port}/")

            title = runner.run(scenario())
            assert title is None or title

        fetch()
