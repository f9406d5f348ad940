"""What a page fetch reads, follows, gives up on and leaves alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from tests.web.loopback import (
    HTML,
    OUTSIDE,
    Handler,
    Names,
    fetcher,
    free_port,
    page,
    raw_title,
    site,
)


async def welcome(_: web.Request) -> web.Response:
    return page("Sourdough for beginners")


def redirect_to(target: str, status: int = 302) -> Handler:
    async def redirect(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": target})

    return redirect


def reply(response: Callable[[], web.Response]) -> Handler:
    async def handler(_: web.Request) -> web.Response:
        return response()

    return handler


def title_at(path: str, handlers: dict[str, Handler]) -> str | None:
    async def scenario() -> str | None:
        async with site(handlers) as port, fetcher(port) as fetches:
            return await fetches.title(f"http://{OUTSIDE}:{port}{path}")

    return asyncio.run(scenario())


def test_a_pages_title_is_read_through_a_name() -> None:
    async def scenario() -> str | None:
        async with site({"/bread": welcome}) as port, fetcher(port) as fetches:
            return await fetches.title(f"http://bread.example:{port}/bread")

    assert asyncio.run(scenario()) == "Sourdough for beginners"


def test_the_systems_resolver_is_used_where_none_is_given() -> None:
    async def scenario() -> str | None:
        async with (
            site({"/": welcome}, host="localhost") as port,
            fetcher(port, allow=lambda ip: ip.is_loopback, system_names=True) as fetches,
        ):
            return await fetches.title(f"http://localhost:{port}/")

    assert asyncio.run(scenario()) == "Sourdough for beginners"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(status: int) -> None:
    handlers = {"/old": redirect_to("new", status), "/new": welcome}

    assert title_at("/old", handlers) == "Sourdough for beginners"


@pytest.mark.parametrize(
    ("redirects", "title"), [(3, "Sourdough for beginners"), (4, None), (100, None)]
)
def test_three_redirects_are_followed_and_no_more(redirects: int, title: str | None) -> None:
    handlers = {f"/{number}": redirect_to(f"/{number - 1}") for number in range(1, redirects + 1)}

    assert title_at(f"/{redirects}", {"/0": welcome, **handlers}) == title


@pytest.mark.parametrize(
    "target",
    [
        "",
        "/start",
        "file:///etc/passwd",
        "ftp://files.example/",
        "data:text/html,<title>Data</title>",
        "//someone@127.0.0.2/",
        "http://[",
        "http://example.com:99999/",
        "\udcff",
        "/" + "a" * 5000,
    ],
)
def test_a_redirect_to_what_is_no_page_gives_no_title(target: str) -> None:
    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        location = target.encode(errors="surrogateescape")
        writer.write(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location)
        writer.write(b"\r\n\r\n")

    assert raw_title(answer) is None


def test_a_redirect_without_a_target_gives_no_title() -> None:
    assert title_at("/", {"/": reply(lambda: web.Response(status=302))}) is None


@pytest.mark.parametrize("path", ["/login", "/a/SignIn/b", "/users/sign_in", "/sso"])
def test_a_page_that_sends_strangers_to_a_login_gives_no_title(path: str) -> None:
    handlers = {"/document": redirect_to(path), path: welcome}

    assert title_at("/document", handlers) is None
    assert title_at(path, handlers) == "Sourdough for beginners"


@pytest.mark.parametrize(
    "response",
    [
        lambda: web.Response(status=404, text="<title>Lost</title>", content_type="text/html"),
        lambda: web.Response(status=500, text="<title>Broken</title>", content_type="text/html"),
        lambda: web.Response(status=203, text="<title>Changed</title>", content_type="text/html"),
        lambda: web.Response(text="<title>Text</title>", content_type="text/plain"),
        lambda: web.Response(text="<title>Picture</title>", content_type="image/svg+xml"),
        lambda: web.Response(body=b"<title>Bytes</title>"),
        lambda: web.Response(text="", content_type="text/html"),
        lambda: web.Response(text="<p>Hello", content_type="text/html"),
    ],
)
def test_what_is_not_a_page_with_a_title_gives_none(response: Callable[[], web.Response]) -> None:
    assert title_at("/", {"/": reply(response)}) is None


def test_xhtml_is_read_and_the_headers_charset_counts() -> None:
    def response() -> web.Response:
        body = "<html><head><title>Хлеб</title></head></html>".encode("koi8-r")
        return web.Response(
            body=body, headers={"Content-Type": "application/xhtml+xml; charset=koi8-r"}
        )

    assert title_at("/", {"/": reply(response)}) == "Хлеб"


def test_nothing_of_ours_goes_along() -> None:
    seen: list[dict[str, str]] = []

    async def cookie(request: web.Request) -> web.Response:
        seen.append({name.lower(): value for name, value in request.headers.items()})
        response = web.Response(status=302, headers={"Location": "/next"})
        response.set_cookie("tracked", "yes")
        return response

    async def after(request: web.Request) -> web.Response:
        seen.append({name.lower(): value for name, value in request.headers.items()})
        return page("Next")

    assert title_at("/", {"/": cookie, "/next": after}) == "Next"
    assert [set(headers) for headers in seen] == [
        {"host", "accept", "accept-encoding", "connection", "user-agent"}
    ] * 2


def test_a_page_is_read_no_further_than_its_head() -> None:
    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(HTML + b"\r\n<head><title>First</title></hea")
        await writer.drain()
        writer.write(b"d><body>and then nothing comes")
        await asyncio.Event().wait()

    assert raw_title(answer) == "First"


def test_the_end_of_a_head_within_a_script_is_not_taken_for_the_end() -> None:
    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(HTML + b"\r\n<head><script>'</head>'" + b" " * 100_000)
        writer.write(b"</script><title>After the script</title></head>")

    assert raw_title(answer) == "After the script"


def test_a_body_without_end_is_read_to_256_kilobytes() -> None:
    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(HTML + b"\r\n<head><title>Endless</title>")
        while True:
            writer.write(b" " * 10_000)
            await writer.drain()

    assert raw_title(answer) == "Endless"


def test_those_who_ask_for_one_page_at_once_share_one_fetch() -> None:
    async def scenario() -> tuple[list[str | None], int]:
        requests = 0
        reached, go_on = asyncio.Event(), asyncio.Event()

        async def slow(_: web.Request) -> web.Response:
            nonlocal requests
            requests += 1
            reached.set()
            await go_on.wait()
            return page("Shared")

        async with site({"/": slow}) as port, fetcher(port) as fetches:
            url = f"http://{OUTSIDE}:{port}/"
            asking = [asyncio.create_task(fetches.title(url + f"#{n}")) for n in range(20)]
            gone = asyncio.create_task(fetches.title(url))
            await reached.wait()
            gone.cancel()
            go_on.set()
            titles = await asyncio.gather(*asking)
            titles.append(await fetches.title(url))
            return titles, requests

    titles, requests = asyncio.run(scenario())
    assert titles == ["Shared"] * 21
    assert requests == 2


def test_only_a_few_pages_are_fetched_at_once() -> None:
    async def scenario() -> tuple[set[str | None], int]:
        running = most = 0

        async def counted(_: web.Request) -> web.Response:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1
            return page("Counted")

        async with site({"/{n}": counted}) as port, fetcher(port, at_once=2) as fetches:
            urls = [f"http://{OUTSIDE}:{port}/{n}" for n in range(10)]
            return set(await asyncio.gather(*map(fetches.title, urls))), most

    assert asyncio.run(scenario()) == ({"Counted"}, 2)


def test_closing_ends_what_is_being_fetched_and_nothing_is_fetched_after() -> None:
    async def scenario() -> list[str | None]:
        reached = asyncio.Event()

        async def forever(_: web.Request) -> web.Response:
            reached.set()
            await asyncio.Event().wait()
            return page("Never")

        async with site({"/": forever, "/other": welcome}) as port, fetcher(port) as fetches:
            asking = asyncio.create_task(fetches.title(f"http://{OUTSIDE}:{port}/"))
            await reached.wait()
            await fetches.close()
            return [await asking, await fetches.title(f"http://{OUTSIDE}:{port}/other")]

    assert asyncio.run(scenario()) == [None, None]


def test_a_closed_fetcher_opens_nothing_new() -> None:
    async def scenario() -> tuple[str | None, list[str]]:
        names = Names([OUTSIDE])
        async with site({"/": welcome}) as port, fetcher(port, resolver=names) as fetches:
            await fetches.close()
            return await fetches.title(f"http://public.example:{port}/"), names.asked

    title, asked = asyncio.run(scenario())
    assert title is None
    assert "public.example" not in asked


def test_a_server_that_is_not_there_gives_no_title() -> None:
    async def scenario() -> str | None:
        port = free_port()
        async with fetcher(port) as fetches:
            return await fetches.title(f"http://{OUTSIDE}:{port}/")

    assert asyncio.run(scenario()) is None


def test_a_server_without_tls_gives_no_title_to_https() -> None:
    async def scenario() -> str | None:
        async with site({"/": welcome}) as port, fetcher(port) as fetches:
            return await fetches.title(f"https://{OUTSIDE}:{port}/")

    assert asyncio.run(scenario()) is None


def test_a_defect_of_the_secret_rule_stops_the_fetch_and_nothing_else() -> None:
    def broken(_: str) -> bool:
        raise RuntimeError

    async def scenario() -> str | None:
        async with site({"/": welcome}) as port, fetcher(port, refuse=broken) as fetches:
            return await fetches.title(f"http://{OUTSIDE}:{port}/")

    with capture_logs() as logs:
        assert asyncio.run(scenario()) is None
    assert [(entry["log_level"], entry["reason"]) for entry in logs] == [("error", "RuntimeError")]


def test_the_log_says_why_there_is_no_title_and_nothing_of_the_url_but_its_host() -> None:
    async def scenario() -> None:
        handlers = {"/away": redirect_to("http://canary-user:canary-word@public.example/canary")}
        async with site(handlers) as port, fetcher(port) as fetches:
            for path in ("/canary?canary=canary#canary", "/away?canary"):
                await fetches.title(f"http://{OUTSIDE}:{port}{path}")
            await fetches.title("http://canary:canary@public.example/")

    with capture_logs() as logs:
        asyncio.run(scenario())
    assert len(logs) == 3
    assert {entry["log_level"] for entry in logs} == {"debug"}
    assert "canary" not in json.dumps(logs)
