"""Nothing that a person can post, a page can redirect to or a name server can say leads inside."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

import pytest
from aiohttp import web

from tests.web.loopback import (
    INSIDE,
    OUTSIDE,
    Handler,
    Names,
    fetcher,
    inside,
    is_outside,
    page,
    raw_site,
    site,
)
from tests.web.spellings import SPELLINGS

ROUNDABOUT = "HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: "


def test_there_are_enough_spellings_and_none_is_there_twice() -> None:
    assert len(set(SPELLINGS)) == len(SPELLINGS) >= 120


def test_the_listener_would_see_a_connection_if_nothing_held_it() -> None:
    async def scenario() -> int:
        async with inside() as listener, fetcher(listener.port, allow=lambda _: True) as fetches:
            await fetches.title(f"http://127.0.0.1:{listener.port}/")
            return listener.connects

    assert asyncio.run(scenario()) > 0


def test_no_spelling_of_an_inside_address_is_connected_to() -> None:
    """Every name leads to loopback: the worst that a name server can do."""

    async def scenario() -> tuple[set[str | None], int]:
        names = Names([INSIDE])
        async with inside() as listener, fetcher(listener.port, resolver=names) as fetches:
            titles = {await fetches.title(url.format(port=listener.port)) for url in SPELLINGS}
            return titles, listener.connects

    assert asyncio.run(scenario()) == ({None}, 0)


def test_no_redirect_to_a_spelling_of_an_inside_address_is_followed() -> None:
    async def scenario() -> tuple[set[str | None], int, int]:
        asked = 0
        async with inside() as listener:

            async def redirect(line: bytes, writer: asyncio.StreamWriter) -> None:
                nonlocal asked
                path = line.split()[1].removeprefix(b"/")
                if path.isdigit():
                    asked += 1
                    target = SPELLINGS[int(path)].format(port=listener.port)
                    writer.write((ROUNDABOUT + target + "\r\n\r\n").encode())

            async with (
                raw_site(redirect) as port,
                fetcher(port, listener.port, resolver=Names([INSIDE])) as fetches,
            ):
                titles = {
                    await fetches.title(f"http://{OUTSIDE}:{port}/{number}")
                    for number in range(len(SPELLINGS))
                }
            return titles, listener.connects, asked

    assert asyncio.run(scenario()) == ({None}, 0, len(SPELLINGS))


@pytest.mark.parametrize(
    "answer",
    [
        [INSIDE],
        ["::1"],
        ["::ffff:127.0.0.1"],
        [OUTSIDE, INSIDE],
        [INSIDE, OUTSIDE],
        [OUTSIDE, "::1"],
        ["localhost"],
        ["127.1"],
        [],
    ],
)
def test_a_name_with_any_inside_address_is_refused_as_a_whole(answer: list[str]) -> None:
    async def scenario() -> tuple[str | None, int]:
        async with inside() as listener:
            names = Names(answer)
            async with fetcher(listener.port, resolver=names) as fetches:
                title = await fetches.title(f"http://public.example:{listener.port}/")
            assert names.asked[0] == "public.example"
            return title, listener.connects

    assert asyncio.run(scenario()) == (None, 0)


@pytest.mark.parametrize("other", [INSIDE, "::1", "10.0.0.1", "localhost"])
def test_a_public_address_beside_an_inside_one_is_not_asked_either(other: str) -> None:
    async def scenario(answer: list[str]) -> str | None:
        async with site({"/": _welcome}) as port, fetcher(port, resolver=Names(answer)) as fetches:
            return await fetches.title(f"http://public.example:{port}/")

    assert asyncio.run(scenario([OUTSIDE])) == "Outside"
    assert asyncio.run(scenario([OUTSIDE, other])) is None
    assert asyncio.run(scenario([other, OUTSIDE])) is None


def test_a_name_that_turns_inside_between_two_requests_is_not_followed_there() -> None:
    async def scenario() -> tuple[str | None, int, list[str]]:
        async with inside() as listener:

            async def again(_: web.Request) -> web.Response:
                raise web.HTTPFound(f"http://rebinding.example:{listener.port}/secret")

            names = Names([OUTSIDE], [INSIDE])
            async with (
                site({"/": again}) as port,
                fetcher(port, listener.port, resolver=names) as fetches,
            ):
                title = await fetches.title(f"http://rebinding.example:{port}/")
            return title, listener.connects, names.asked

    title, connects, asked = asyncio.run(scenario())
    assert (title, connects) == (None, 0)
    assert asked[:2] == ["rebinding.example", "rebinding.example"]


def test_a_name_is_looked_up_once_for_a_request_so_that_no_second_answer_counts() -> None:
    async def scenario() -> tuple[str | None, list[str]]:
        names = Names([OUTSIDE], [INSIDE])
        async with site({"/": _welcome}) as port, fetcher(port, resolver=names) as fetches:
            return await fetches.title(f"http://public.example:{port}/"), names.asked

    assert asyncio.run(scenario()) == ("Outside", ["public.example", "(closed)"])


def test_the_gate_at_the_connection_holds_by_itself() -> None:
    """The address is open whenever it is vetted before, and closed when it is connected to."""

    async def scenario(looks: int, url: str) -> tuple[str | None, int]:
        async with inside() as listener:
            allow = _closing_after(looks)
            names = Names([INSIDE])
            async with fetcher(listener.port, allow=allow, resolver=names) as fetches:
                title = await fetches.title(url.format(port=listener.port))
            return title, listener.connects

    assert asyncio.run(scenario(1, "http://public.example:{port}/")) == (None, 0)
    assert asyncio.run(scenario(1, "http://127.0.0.1:{port}/")) == (None, 0)
    assert asyncio.run(scenario(2, "http://127.0.0.1:{port}/"))[1] > 0


def _closing_after(looks: int) -> Callable[[IPv4Address | IPv6Address], bool]:
    left = [True] * looks
    return lambda _: bool(left and left.pop())


@pytest.mark.parametrize("way", ["direct", "redirect"])
def test_only_the_ports_of_the_web_are_looked_at(way: str) -> None:
    async def scenario() -> tuple[str | None, int, list[str]]:
        async with inside() as listener:
            elsewhere = f"http://public.example:{listener.port}/"

            async def redirect(_: web.Request) -> web.Response:
                raise web.HTTPFound(elsewhere)

            names = Names([OUTSIDE])
            async with site({"/": redirect}) as port, fetcher(port, resolver=names) as fetches:
                url = elsewhere if way == "direct" else f"http://{OUTSIDE}:{port}/"
                return await fetches.title(url), listener.connects, names.asked[:]

    assert asyncio.run(scenario()) == (None, 0, [])


def test_a_name_server_cannot_lead_to_another_port() -> None:
    async def scenario() -> tuple[str | None, int]:
        async with inside() as listener, site({"/": _welcome}) as port:
            names = Names([INSIDE], port=listener.port)
            async with fetcher(port, allow=lambda _: True, resolver=names) as fetches:
                title = await fetches.title(f"http://public.example:{port}/")
            return title, listener.connects

    assert asyncio.run(scenario()) == (None, 0)


@pytest.mark.parametrize("who", ["someone@", "someone:word@", ":word@", ":@", "%20@"])
def test_a_url_with_credentials_is_not_fetched_even_without_them(who: str) -> None:
    async def scenario(who: str) -> str | None:
        async with site({"/": _welcome}) as port, fetcher(port) as fetches:
            return await fetches.title(f"http://{who}{OUTSIDE}:{port}/")

    assert asyncio.run(scenario(who)) is None
    assert asyncio.run(scenario("")) == "Outside"


def test_the_environments_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> tuple[str | None, int]:
        async with inside() as listener, site({"/": _welcome}) as port:
            for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{listener.port}")
                monkeypatch.setenv(name.lower(), os.environ[name])
            async with fetcher(port, resolver=Names([OUTSIDE])) as fetches:
                return await fetches.title(f"http://{OUTSIDE}:{port}/"), listener.connects

    assert asyncio.run(scenario()) == ("Outside", 0)


@pytest.mark.parametrize("secret", ["reset?token=hunter2", "reset?to%6ben=hunter2"])
@pytest.mark.parametrize("way", ["direct", "redirect"])
def test_a_url_that_carries_a_secret_is_never_fetched(way: str, secret: str) -> None:
    async def scenario() -> tuple[str | None, list[str]]:
        seen: list[str] = []

        async def redirect(request: web.Request) -> web.Response:
            seen.append(request.path)
            return web.Response(status=302, headers={"Location": f"/{secret}"})

        async def reset(request: web.Request) -> web.Response:
            seen.append(request.path)
            return page("Outside")

        async with (
            site({"/": redirect, "/reset": reset}) as port,
            fetcher(port, refuse=lambda url: "token=" in url) as fetches,
        ):
            path = secret if way == "direct" else ""
            return await fetches.title(f"http://{OUTSIDE}:{port}/{path}"), seen

    assert asyncio.run(scenario()) == (None, [] if way == "direct" else ["/"])


def test_a_secret_in_the_fragment_counts_too() -> None:
    async def scenario() -> str | None:
        handlers: dict[str, Handler] = {"/": _welcome}
        async with (
            site(handlers) as port,
            fetcher(port, refuse=lambda url: "access_token" in url) as fetches,
        ):
            return await fetches.title(f"http://{OUTSIDE}:{port}/#access_token=hunter2")

    assert asyncio.run(scenario()) is None


def test_a_url_is_judged_as_it_was_posted_and_as_it_is_fetched() -> None:
    async def scenario() -> list[str]:
        judged: list[str] = []

        def judge(url: str) -> bool:
            judged.append(url)
            return len(judged) > 1

        async with fetcher(80, refuse=judge) as fetches:
            await fetches.title("HTTP://Public.Example/%72eset/../a#b")
        return judged

    assert asyncio.run(scenario()) == [
        "HTTP://Public.Example/%72eset/../a#b",
        "http://public.example/a#b",
    ]


def test_loopback_is_closed_unless_a_test_opens_it() -> None:
    assert not is_outside(IPv4Address(INSIDE))


async def _welcome(_: web.Request) -> web.Response:
    return page("Outside")
