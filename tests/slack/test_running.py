"""`grapevine run` as somebody starts it for Slack, and how it ends when it is told to."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from adapters.slack.manifest import manifest
from adapters.slack.vault import new_key
from adapters.slack.web import INSTALL
from tests.platforms.slack import Slack
from tests.platforms.slack.oauth import CLIENT_ID, CLIENT_SECRET
from tests.platforms.slack.reading import read
from tests.platforms.slack.state import Team
from tests.slack.browser import PUBLIC
from tests.slack.house import _free_port, play
from tests.slack.scenes import person, place, village

STARTED = "Running on Slack. Ctrl-C ends it.\n"


@asynccontextmanager
async def running(settings: dict[str, str]) -> AsyncIterator[Process]:
    """The command, up and running; told to stop at the end, which it does well and soon."""
    command = (sys.executable, "-m", "bot", "run")
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | settings | {"HEALTH_PORT": "0"}, stdout=PIPE, stderr=PIPE
    )
    assert process.stdout is not None
    assert (await process.stdout.readline()).decode() == STARTED
    yield process
    async with asyncio.timeout(15):
        process.send_signal(signal.SIGTERM)
        out, err = await process.communicate()
    assert (process.returncode, out.decode(), err.decode()) == (0, "Stopped.\n", "")


async def answered(slack: Slack, team: Team) -> None:
    """Somebody asks for help, and is answered."""
    ana, general = person(team, "ana"), place(team, "general")
    await slack.hands.command(team, ana, general, "/whoknows bees")
    while not team.ephemeral.get((general.id, ana.id)):  # noqa: ASYNC110 - the other process says it
        await asyncio.sleep(0.02)
    (answer,) = team.ephemeral[general.id, ana.id]
    assert "I know of nobody to ask about “bees” yet" in read(answer)


def test_with_two_tokens_it_runs_answers_and_ends(sqlite_url: str) -> None:
    async def scene() -> None:
        slack = await Slack.start()
        team = slack.install(manifest())
        village(team)
        tokens = {"SLACK_BOT_TOKEN": team.token, "SLACK_APP_TOKEN": slack.app_token}
        settings = {"DATABASE_URL": sqlite_url, "SLACK_API_URL": slack.api_url}
        async with running(settings | tokens):
            assert len(slack.sockets.connections) == 2
            await answered(slack, team)
        while slack.sockets.connections:  # noqa: ASYNC110 - the system closes them
            await asyncio.sleep(0.01)
        await slack.close()

    play(scene(), patience=60)


def test_for_several_workspaces_over_http_it_runs_and_finds_them_again(sqlite_url: str) -> None:
    async def scene() -> None:
        slack = await Slack.start()
        team = slack.install(manifest(install=PUBLIC))
        village(team)
        team.revoked = "account_inactive"
        port = _free_port()
        settings = {
            "DATABASE_URL": sqlite_url,
            "SLACK_API_URL": slack.api_url,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "SLACK_CLIENT_ID": CLIENT_ID,
            "SLACK_CLIENT_SECRET": CLIENT_SECRET,
            "SLACK_TOKEN_KEYS": new_key(),
            "SLACK_HTTP_PORT": str(port),
            "PUBLIC_URL": PUBLIC,
        }
        local = f"http://127.0.0.1:{port}"
        slack.outward.target = f"{local}/slack/events"
        async with running(settings), aiohttp.ClientSession() as browser:
            async with browser.get(local + INSTALL, allow_redirects=False) as sent:
                cookie = {"Cookie": sent.headers["Set-Cookie"].partition(";")[0]}
                back = slack.oauth.answer(sent.headers["Location"], team)
            async with browser.get(back.replace(PUBLIC, local), headers=cookie) as done:
                assert done.status == 200
            await answered(slack, team)
        team.ephemeral.clear()
        async with running(settings):
            await answered(slack, team)
        await slack.close()

    play(scene(), patience=60)
