"""Killed at any moment, again and again, while people talk: nothing is lost or comes twice."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from asyncio.subprocess import DEVNULL, Process
from contextlib import suppress

import pytest

from adapters.slack.manifest import manifest
from storage.store import open_store
from tests.platforms.slack import Slack
from tests.platforms.slack.reading import read
from tests.platforms.slack.state import Team
from tests.slack.house import play
from tests.slack.scenes import person, place, village

UP_WITHIN = 60.0


async def run(slack: Slack, team: Team, url: str) -> Process:
    """`grapevine run`, as somebody would start it; it is up when its sockets are."""
    settings = {
        "DATABASE_URL": url,
        "SLACK_BOT_TOKEN": team.token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "HEALTH_PORT": "0",
    }
    command = (sys.executable, "-m", "bot", "run")
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | settings, stdout=DEVNULL, stderr=DEVNULL
    )
    async with asyncio.timeout(UP_WITHIN):
        while len(slack.sockets.connections) < 2:
            assert process.returncode is None
            await asyncio.sleep(0.02)
    return process


async def ended(slack: Slack, process: Process) -> None:
    await process.wait()
    while slack.sockets.connections:  # noqa: ASYNC110 - the system closes them
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("kills", "events"), [(2, 60), pytest.param(20, 1_000, marks=pytest.mark.soak)]
)
def test_no_kill_loses_an_event(sqlite_url: str, kills: int, events: int) -> None:
    async def scene() -> None:
        chance = random.Random(7)
        slack = await Slack.start()
        slack.sockets.waits, slack.sockets.patience = (0.1, 0.3, 0.9), 1.0
        team = slack.install(manifest())
        village(team)
        ana, general = person(team, "ana"), place(team, "general")
        process = await run(slack, team, sqlite_url)
        try:
            for number in range(events):
                if number % (events // (kills + 1)) == events // (kills + 1) - 1 and kills > 0:
                    await asyncio.sleep(chance.uniform(0, 0.05))
                    process.kill()
                    await ended(slack, process)
                    process = await run(slack, team, sqlite_url)
                slack.post(team, ana, general, f"message {number}")
                await asyncio.sleep(0.01)
            await slack.settled()
            async with asyncio.timeout(UP_WITHIN):
                while kept(sqlite_url) < events:  # noqa: ASYNC110 - it looks into the store
                    await asyncio.sleep(0.2)
            assert kept(sqlite_url) == events
            slack.post(team, ana, general, f"<@{team.bot_user}> who knows about message 7?")
            async with asyncio.timeout(UP_WITHIN):
                while not any(map(read, said(team))):  # noqa: ASYNC110 - it looks at Slack
                    await asyncio.sleep(0.05)
            process.terminate()
            assert await process.wait() == 0
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            await slack.close()

    play(scene(), patience=900)


def said(team: Team) -> list[dict[str, object]]:
    general = place(team, "general")
    return [one for one in general.messages if one.get("user") == team.bot_user]


def kept(url: str) -> int:
    store = open_store(url)
    try:
        with store.read() as unit:
            return unit.imports.totals()["messages"]
    finally:
        store.close()
