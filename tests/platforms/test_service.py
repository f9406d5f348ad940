"""The service: everything starts, tells how it is, and stops as it should."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from adapters.service.platforms import Maker
from adapters.service.running import NONE_CONFIGURED, STARTING, Service
from bot.errors import SettingsError
from bot.events import CommunitySeen
from bot.feeds.model import Brought
from bot.settings import Settings
from storage.store import Store, open_store
from tests.cli.running import ROOT
from tests.platforms.office import now
from tests.platforms.serving import REVOKED, StrictService, maker
from tests.platforms.small_core import HOME, SmallCore, owed
from tests.platforms.strict import StrictPlatform


@pytest.fixture
def platform() -> Iterator[StrictPlatform]:
    with StrictPlatform().running() as platform:
        yield platform


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    store = open_store(sqlite_url)
    yield store
    store.close()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def service(store: Store, *makers: Maker, port: int | None = None) -> Service:
    made = Service(
        Settings(health_port=free_port() if port is None else port), store, SmallCore(store), now
    )
    made.set_up(makers)
    return made


def run(served: Service, story: Callable[[ClientSession, str], Awaitable[None]]) -> None:
    """Run a service, let something happen when it is up, and stop it."""

    async def tell() -> None:
        stop, ready = asyncio.Event(), asyncio.Event()
        serving = asyncio.create_task(served.run(stop, ready.set))
        up = asyncio.create_task(ready.wait())
        async with asyncio.timeout(20), ClientSession() as session:
            await asyncio.wait([serving, up], return_when=asyncio.FIRST_COMPLETED)
            up.cancel()
            if not serving.done():
                await story(session, f"http://127.0.0.1:{served.settings.health_port}")
                stop.set()
            await serving

    asyncio.run(tell())


async def nothing(_session: ClientSession, _url: str) -> None:
    """Nothing happens."""


async def get(session: ClientSession, url: str) -> tuple[int, str]:
    async with session.get(url) as answer:
        return answer.status, await answer.text()


def test_without_any_platform_it_says_so_and_does_not_begin(store: Store) -> None:
    with pytest.raises(SettingsError, match=re.escape(NONE_CONFIGURED)):
        service(store, maker(""))


def test_it_delivers_what_is_owed_and_stops_its_platforms(
    store: Store, platform: StrictPlatform
) -> None:
    with store.write() as unit:
        unit.outbox.owe(owed(1))
    served = service(store, maker(platform.url))

    async def story(_session: ClientSession, _url: str) -> None:
        with store.write() as unit:
            unit.outbox.owe(owed(2))
        served.wake()
        while len(platform.posts) < 2:  # noqa: ASYNC110 - it lands in another thread
            await asyncio.sleep(0.01)

    run(served, story)
    (one,) = served.platforms
    assert isinstance(one, StrictService)
    assert one.history == ["started", "stopped"]
    assert platform.arrivals() == {owed(1).key: 1, owed(2).key: 1}


def test_what_the_core_finds_due_is_owed_and_delivered(
    store: Store, platform: StrictPlatform
) -> None:
    served = service(store, maker(platform.url))
    core = served.core
    assert isinstance(core, SmallCore)
    core.due = 3

    async def story(_session: ClientSession, _url: str) -> None:
        while len(platform.posts) < 3:  # noqa: ASYNC110 - it lands in another thread
            await asyncio.sleep(0.01)

    run(served, story)
    assert set(platform.arrivals().values()) == {1}


@pytest.mark.parametrize("apart", [False, True])
def test_feeds_stand_beside_or_apart_from_how_it_is(
    store: Store,
    platform: StrictPlatform,
    apart: bool,  # noqa: FBT001 - a case
) -> None:
    settings = Settings(health_port=free_port(), feed_port=free_port() if apart else 0)
    served = Service(settings, store, SmallCore(store), now)
    served.set_up([maker(platform.url)])
    assert (
        settings.rules.feeds_url == f"http://127.0.0.1:{settings.feed_port or settings.health_port}"
    )

    async def story(session: ClientSession, url: str) -> None:
        feeds = settings.rules.feeds_url or ""
        nothing_there = (404, "There is nothing here.\n")
        assert await get(session, f"{feeds}/feeds/{'a' * 43}/atom.xml") == nothing_there
        assert (await get(session, f"{url}/live"))[0] == 200
        assert (await get(session, f"{feeds}/metrics"))[0] == (404 if apart else 200)
        assert ((await get(session, f"{url}/feeds/{'a' * 43}/atom.xml")) != nothing_there) is apart

    run(served, story)


def test_stopping_waits_for_no_feed_that_is_being_fetched(
    store: Store, platform: StrictPlatform
) -> None:
    settings = Settings(health_port=free_port(), bring_feeds=True)
    served = Service(settings, store, Dripping(store), now)
    served.set_up([maker(platform.url)])
    began = time.monotonic()
    run(served, nothing)
    assert time.monotonic() - began < 5


class Dripping(SmallCore):
    """A core that always has a feed to be fetched, at an address where nobody answers."""

    def due_feeds(self, at: datetime) -> list[Brought]:
        url = "https://192.0.2.1/feed"  # closed to us: it ends at once, again and again
        return [Brought(1, 1, 1, url, None, None, at, None, 0, None)]


def test_it_tells_how_it_is(store: Store, platform: StrictPlatform) -> None:
    with store.write() as unit:
        unit.outbox.owe(owed(1))
        (claimed,) = unit.outbox.claim(HOME.platform, now(), timedelta(minutes=1), 1)
        unit.outbox.unknown(claimed, "nobody knows")
    served = service(store, maker(platform.url))

    async def story(session: ClientSession, url: str) -> None:
        assert await get(session, f"{url}/live") == (200, "alive\n")
        assert await get(session, f"{url}/ready") == (200, "ready\n")
        await served.intake.take("Ev1", CommunitySeen(HOME, "Home"))
        status, said = await get(session, f"{url}/metrics")
        assert status == 200
        assert "grapevine_outbox_unknown 1.0" in said
        assert "grapevine_inbox_held 0.0" in said
        for name in ("outbox_oldest_due_seconds", "inbox_oldest_pending_seconds"):
            assert f"\ngrapevine_{name} " in said
        assert 'grapevine_last_event_timestamp_seconds{platform="slack"}' in said
        served._is_ready = False
        assert await get(session, f"{url}/ready") == (503, f"{STARTING}\n")
        served._is_ready = True

    run(served, story)


def test_it_listens_on_this_machine_only(store: Store, platform: StrictPlatform) -> None:
    assert service(store, maker(platform.url)).settings.health_host == "127.0.0.1"


def test_a_taken_port_is_said_in_one_sentence(store: Store, platform: StrictPlatform) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"Port {port} .* set HEALTH_PORT"):
            run(service(store, maker(platform.url), port=port), nothing)


def test_without_a_port_it_tells_nobody(store: Store, platform: StrictPlatform) -> None:
    run(service(store, maker(platform.url), port=0), nothing)


def test_a_platform_that_does_not_let_us_in_ends_it_with_its_own_sentence(
    store: Store, platform: StrictPlatform
) -> None:
    served = service(store, maker(platform.url), maker(platform.url))
    first, second = served.platforms
    assert isinstance(first, StrictService)
    assert isinstance(second, StrictService)
    second.is_revoked = True
    with pytest.raises(SettingsError, match=re.escape(REVOKED)):
        run(served, nothing)
    assert first.history == ["started", "stopped"]


# ── As a process ─────────────────────────────────────────────────────────────────────────────


def grapevine(folder: Path, *words: str, **settings: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.platforms.serving", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_ends_well(
    platform: StrictPlatform, tmp_path: Path, number: signal.Signals
) -> None:
    with grapevine(tmp_path, platform.url, "run", HEALTH_PORT=str(free_port())) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "Running on Strict. Ctrl-C ends it.\n"
        began = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate()
    assert (process.returncode, out, err) == (0, "Stopped.\n", "")
    assert time.monotonic() - began < 5


def test_the_status_has_what_the_platforms_tell(tmp_path: Path) -> None:
    with grapevine(tmp_path, "", "status") as process:
        out, _ = process.communicate()
    assert out.endswith("No community is known yet.\nStrict: backfill of #garden is half done.\n")
