"""Several workspaces: each installs Grapevine by itself, has its own, and ends it by itself."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from pydantic import SecretStr

from adapters.slack.doctor import examine
from adapters.slack.manifest import manifest
from adapters.slack.vault import Vault, new_key
from adapters.slack.web import INSTALL, INSTALLED
from bot import logs
from bot.core import Bot
from bot.events import CommunityRef, Platform
from storage import installations
from storage.store import Store
from tests.platforms.slack import Slack
from tests.platforms.slack.oauth import CLIENT_ID, CLIENT_SECRET
from tests.platforms.slack.reading import read
from tests.platforms.slack.state import Team
from tests.slack.browser import PUBLIC, Browser
from tests.slack.house import House, _free_port, open_house, play, settings_for
from tests.slack.scenes import person, place, village

KEY, NEWER, OTHER = (new_key() for _ in range(3))
BEGIN_ANEW = "Begin anew"


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.at = 1_790_000_000.0

    def __call__(self) -> float:
        return self.at


async def slack_with_two(now: Callable[[], float] | None = None) -> Slack:
    """Upstream and Downstream, neither of which has installed us."""
    slack = await (Slack.start() if now is None else Slack.start(now))
    for number, name in (("T0UP", "Upstream"), ("T0DOWN", "Downstream")):
        team = slack.install(manifest(install=PUBLIC), number, name, f"U{number}BOT")
        village(team)
        team.revoked = "account_inactive"
    return slack


def several(keys: str = KEY, *, http: bool = False, slack: Slack | None = None) -> dict[str, Any]:
    """The settings for several workspaces."""
    chosen: dict[str, Any] = {
        "slack_bot_token": SecretStr(""),
        "slack_client_id": CLIENT_ID,
        "slack_client_secret": SecretStr(CLIENT_SECRET),
        "slack_token_keys": SecretStr(keys),
        "slack_http_port": _free_port(),
        "public_url": PUBLIC,
    }
    if http:
        assert slack is not None
        chosen |= {
            "slack_app_token": SecretStr(""),
            "slack_signing_secret": SecretStr(slack.signing_secret),
        }
    return chosen


@asynccontextmanager
async def running(
    url: str, slack: Slack, keys: str = KEY, *, http: bool = False
) -> AsyncIterator[House]:
    """Grapevine as it runs for several workspaces."""
    chosen = several(keys, http=http, slack=slack)
    try:
        async with open_house(url, slack, slack.now, core=_core, **chosen) as house:
            yield house
    finally:
        slack.outward.target = None


def _core(store: Store) -> Bot:
    """Its tokens differ from those before a restart."""
    return Bot(store, lambda: secrets.token_urlsafe(8))


def told(scene: Callable[[Slack], Coroutine[Any, Any, None]], now: Clock | None = None) -> None:
    """Play a scene in a Slack with two workspaces."""

    async def whole() -> None:
        slack = await slack_with_two(now)
        try:
            await scene(slack)
        finally:
            await slack.close()

    play(whole())


class InTwo(Protocol):
    """Plays a scene."""

    def __call__(
        self,
        scene: Callable[[House, Team, Team], Coroutine[Any, Any, None]],
        now: Clock | None = None,
        *,
        http: bool = False,
    ) -> None: ...


@pytest.fixture
def in_two(sqlite_url: str) -> InTwo:
    """Grapevine runs for Upstream and Downstream, and neither has installed it yet."""

    def play_there(
        scene: Callable[[House, Team, Team], Coroutine[Any, Any, None]],
        now: Clock | None = None,
        *,
        http: bool = False,
    ) -> None:
        async def whole(slack: Slack) -> None:
            up, down = slack.teams.values()
            async with running(sqlite_url, slack, http=http) as house:
                await scene(house, up, down)

        told(whole, now)

    return play_there


async def installed(house: House, *teams: Team) -> None:
    for team in teams:
        page = await Browser(house).install(team)
        assert page.status == 200, page.text
        assert f"Grapevine is in {team.name} now" in page.text
        await at_home(house, team)


async def at_home(house: House, team: Team) -> None:
    """Until it knows everybody there and has read what was said."""
    people = [one for one in team.people.values() if one.home == team.id]
    while True:
        office = house.service.offices.of_community(community(team))
        if office is not None and len(office.workspace.people) >= len(people):
            break
        await asyncio.sleep(0.005)
    await house.service.arrivals.watch(office)
    await house.settled()


def community(team: Team) -> CommunityRef:
    return CommunityRef(Platform.SLACK, team.id)


async def said(house: House, team: Team, text: str) -> None:
    """Somebody asks, and bob answers."""
    general, about = place(team, "general"), text.partition(" ")[0]
    asked = f"who can tell me about {about}?"
    ts = await house.slack.say(team, person(team, "ana"), general, asked)
    await house.slack.say(team, person(team, "bob"), general, text, thread=ts)
    await house.settled()


async def asked(house: House, team: Team, line: str, who: str = "ana") -> str:
    """What somebody reads after a command."""
    general = place(team, "general")
    await house.slack.hands.command(team, person(team, who), general, line)
    await house.settled()
    whispers = team.ephemeral.get((general.id, person(team, who).id), [])
    return read(whispers[-1]) if whispers else ""


def kept(house: House) -> dict[str, str]:
    """What the store has of installations: team and encrypted token."""
    with house.store.read() as unit:
        found = unit.installations.all(Platform.SLACK)
    return {one.community.id: one.sealed for one in found}


# ── Coming ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("http", [False, True], ids=["sockets", "http"])
def test_each_workspace_is_answered_from_its_own(in_two: InTwo, *, http: bool) -> None:
    async def scene(house: House, up: Team, down: Team) -> None:
        await installed(house, up, down)
        await said(house, up, "bees want quiet")
        await said(house, down, "ladders lean better on a wall")
        assert "answered ana" in await asked(house, up, "/whoknows bees")
        nothing = await asked(house, down, "/whoknows bees")
        assert nothing
        assert "answered" not in nothing
        assert nothing == (await asked(house, down, "/whoknows xylophones")).replace(
            "xylophones", "bees"
        )

    in_two(scene, http=http)


def test_what_was_said_before_is_read_and_a_restart_finds_everything(sqlite_url: str) -> None:
    async def scene(slack: Slack) -> None:
        up, down = slack.teams.values()
        general = place(up, "general")
        ts = slack.post(up, person(up, "ana"), general, "who can tell me about bees?")
        slack.post(up, person(up, "bob"), general, "bees want quiet", thread=ts)
        async with running(sqlite_url, slack) as house:
            await installed(house, up, down)
            assert "answered ana" in await asked(house, up, "/whoknows bees")
        async with running(sqlite_url, slack) as house:
            await house.met()
            await said(house, down, "ladders lean better on a wall")
            assert "answered ana" in await asked(house, up, "/whoknows bees")
            assert "answered ana" in await asked(house, down, "/whoknows ladders")

    told(scene)


def test_a_private_place_stays_private_in_its_own_workspace(in_two: InTwo) -> None:
    async def scene(house: House, up: Team, down: Team) -> None:
        await installed(house, up, down)
        for team in (up, down):
            attic, ana = place(team, "attic"), person(team, "ana")
            await house.slack.hands.command(team, ana, attic, "/grapevine here on")
            await house.settled()
        attic = place(up, "attic")
        ts = await house.slack.say(up, person(up, "ana"), attic, "where is the safe?")
        await house.slack.say(up, person(up, "bob"), attic, "safe? it is behind it", thread=ts)
        await house.settled()
        assert "answered ana" in await asked(house, up, "/whoknows safe")
        assert "answered ana" not in await asked(house, up, "/whoknows safe", "zoe")
        assert "answered ana" not in await asked(house, down, "/whoknows safe")

    in_two(scene)


# ── Who may not come ─────────────────────────────────────────────────────────────────────────


def test_whoever_says_no_has_nothing_installed(in_two: InTwo) -> None:
    async def scene(house: House, up: Team, _down: Team) -> None:
        page = await Browser(house).install(up, yes=False)
        assert "Nothing was installed, as you wished" in page.text
        assert INSTALL in page.text
        assert kept(house) == {}
        await installed(house, up)

    in_two(scene)


def test_a_state_counts_once_and_in_its_own_browser(in_two: InTwo) -> None:
    async def scene(house: House, up: Team, down: Team) -> None:
        mine = Browser(house)
        back = house.slack.oauth.answer(await mine.begin(), up)
        foreign = await Browser(house).open(back)
        assert foreign.status == 400
        assert BEGIN_ANEW in foreign.text
        assert kept(house) == {}
        cookies = dict(mine.cookies)
        assert (await mine.open(back)).status == 200
        for again in (back, house.slack.oauth.answer(back_to(house.slack, back), down)):
            mine.cookies = dict(cookies)
            page = await mine.open(again)
            assert page.status == 401
            assert BEGIN_ANEW in page.text
        assert list(kept(house)) == [up.id]

    in_two(scene)


def back_to(slack: Slack, back: str) -> str:
    """Slack's page with the state of a browser that came back already."""
    state = back.rpartition("state=")[2]
    scope = ",".join(next(iter(slack.teams.values())).scopes)
    query = f"client_id={CLIENT_ID}&scope={scope}&redirect_uri={PUBLIC}{INSTALLED}&state={state}"
    return f"{slack.url}oauth/v2/authorize?{query}"


def test_a_state_that_nobody_issued_is_refused(in_two: InTwo) -> None:
    async def scene(house: House, _up: Team, _down: Team) -> None:
        forger = Browser(house, {"house.slack-app-oauth-state": "forged"})
        page = await forger.open(f"{PUBLIC}{INSTALLED}?code=1.2&state=forged")
        assert page.status == 401
        for query in ("", "?state=forged", "?code=1.2", "?error=%3Cscript%3E"):
            page = await forger.open(PUBLIC + INSTALLED + query)
            assert page.status in {200, 400, 401}
            assert "<script>" not in page.text
        assert kept(house) == {}

    in_two(scene)


def test_a_state_is_good_for_ten_minutes(in_two: InTwo) -> None:
    clock = Clock()

    async def scene(house: House, up: Team, _down: Team) -> None:
        slow, slower = Browser(house), Browser(house)
        first = house.slack.oauth.answer(await slow.begin(), up)
        second = house.slack.oauth.answer(await slower.begin(), up)
        clock.at += 599
        assert (await slow.open(first)).status == 200
        clock.at += 1
        assert (await slower.open(second)).status == 401

    in_two(scene, clock)


def test_more_installations_than_anybody_needs_wait(
    in_two: InTwo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installations, "MOST_UNDER_WAY", 2)
    clock = Clock()

    async def scene(house: House, _up: Team, _down: Team) -> None:
        await Browser(house).begin()
        await Browser(house).begin()
        page = await Browser(house).open(PUBLIC + INSTALL)
        assert page.status == 503
        assert "Come back in ten minutes" in page.text
        clock.at += 600
        await Browser(house).begin()

    in_two(scene, clock)


@pytest.mark.parametrize("trouble", ["broken", "dropped", "denied"])
def test_when_slack_does_not_confirm_nothing_is_installed(in_two: InTwo, trouble: str) -> None:
    async def scene(house: House, up: Team, _down: Team) -> None:
        if trouble == "denied":
            house.slack.oauth.codes.clear()
            browser = Browser(house)
            back = house.slack.oauth.answer(await browser.begin(), up)
            house.slack.oauth.codes.clear()
            page = await browser.open(back)
        else:
            house.slack.faults.plan("oauth.v2.access", trouble)
            page = await Browser(house).install(up)
        assert "Slack did not confirm" in page.text
        assert kept(house) == {}

    in_two(scene)


# ── Going ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("http", [False, True], ids=["sockets", "http"])
def test_one_uninstalls_and_the_other_stays_then_the_one_comes_back(
    in_two: InTwo, *, http: bool
) -> None:
    async def scene(house: House, up: Team, down: Team) -> None:
        await installed(house, up, down)
        await said(house, up, "bees want quiet")
        await said(house, down, "ladders lean better on a wall")
        await house.slack.uninstall(up)
        await house.settled()
        assert list(kept(house)) == [down.id]
        with house.store.read() as unit:
            assert unit.directory.community(community(up)) is None
            assert unit.imports.totals()["messages"] == 2
        assert "answered ana" in await asked(house, down, "/whoknows ladders")
        place(up, "general").messages.clear()
        await installed(house, up)
        assert "answered ana" not in await asked(house, up, "/whoknows bees")
        await said(house, up, "bees want sun")
        assert "answered ana" in await asked(house, up, "/whoknows bees")

    in_two(scene, http=http)


def test_a_revoked_token_silences_one_workspace_until_it_installs_again(in_two: InTwo) -> None:
    async def scene(house: House, up: Team, down: Team) -> None:
        await installed(house, up, down)
        await said(house, up, "bees want quiet")
        await house.slack.revoke(up)
        await house.settled()
        assert [one.community.id for one in house.service.offices.open] == [down.id]
        assert await asked(house, down, "/whoknows ladders")
        await installed(house, up)
        assert "answered ana" in await asked(house, up, "/whoknows bees")

    in_two(scene)


def test_uninstalled_after_its_token_was_revoked_a_workspace_is_forgotten(sqlite_url: str) -> None:
    async def scene(slack: Slack) -> None:
        up, down = slack.teams.values()
        async with running(sqlite_url, slack) as house:
            await installed(house, up, down)
            await said(house, up, "bees want quiet")
            await slack.revoke(up)
        async with running(sqlite_url, slack) as house:
            assert [one.community.id for one in house.service.offices.open] == [down.id]
            await slack.uninstall(up)
            await house.settled()
            assert list(kept(house)) == [down.id]
            with house.store.read() as unit:
                assert unit.directory.community(community(up)) is None

    told(scene)


def test_what_is_told_late_of_an_installation_before_ends_nothing(in_two: InTwo) -> None:
    clock = Clock()

    async def scene(house: House, up: Team, _down: Team) -> None:
        await installed(house, up)
        await house.slack.uninstall(up)
        await house.settled()
        gone_at = clock.at
        clock.at += 60
        await installed(house, up)
        await said(house, up, "bees want quiet")
        clock.at = gone_at
        await house.slack.uninstall(up)
        up.revoked, clock.at = None, gone_at + 60
        await house.settled()
        assert list(kept(house)) == [up.id]
        assert "answered ana" in await asked(house, up, "/whoknows bees")

    in_two(scene, clock)


# ── Secrets ──────────────────────────────────────────────────────────────────────────────────


def test_no_token_stands_in_the_database_and_no_secret_in_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = logging.getLogger().handlers[:], logging.getLogger().level
    logs.configure("debug")

    async def scene(slack: Slack) -> None:
        up, down = slack.teams.values()
        url = f"sqlite:///{tmp_path / 'store.db'}"
        async with running(url, slack, f"{KEY},{OTHER}") as house:
            await installed(house, up)
            await Browser(house).install(down, yes=False)
            slack.oauth.codes.clear()
            browser = Browser(house)
            back = slack.oauth.answer(await browser.begin(), down)
            slack.oauth.codes.clear()
            await browser.open(back)
            await said(house, up, "bees want quiet")
            await slack.uninstall(up)
            await installed(house, up)
        written = capsys.readouterr()
        log = written.err + written.out
        assert "an installation failed" in log
        hidden = [*slack.oauth.given, *slack.oauth.tokens, CLIENT_SECRET, KEY, OTHER]
        assert len(hidden) > 8
        assert [one for one in hidden if one in log] == []
        assert "bees want quiet" not in log
        assert [one for one in hidden if one.encode() in on_disk(tmp_path)] == []

    try:
        told(scene)
    finally:
        logging.getLogger().handlers, _ = before
        logging.getLogger().setLevel(before[1])


def on_disk(folder: Path) -> bytes:
    return b"".join(one.read_bytes() for one in folder.iterdir())


def test_a_new_key_takes_over_at_the_next_start_and_the_old_one_may_go(sqlite_url: str) -> None:
    async def scene(slack: Slack) -> None:
        up, down = slack.teams.values()
        async with running(sqlite_url, slack) as house:
            await installed(house, up, down)
            before = kept(house)
        async with running(sqlite_url, slack, f"{NEWER}, {KEY}") as house:
            after = kept(house)
            assert not set(before.values()) & set(after.values())
            assert {Vault.of(NEWER).open(one) for one in after.values()} == {up.token, down.token}
        async with running(sqlite_url, slack, NEWER) as house:
            assert kept(house) == after
            await house.met()
            await said(house, up, "bees want quiet")
            assert "answered ana" in await asked(house, up, "/whoknows bees")

    told(scene)


def test_without_its_key_a_workspace_is_not_served_and_the_doctor_says_why(sqlite_url: str) -> None:
    async def scene(slack: Slack) -> None:
        up, down = slack.teams.values()
        async with running(sqlite_url, slack) as house:
            await installed(house, up)
        async with running(sqlite_url, slack, OTHER) as house:
            await installed(house, down)
            assert [one.community.id for one in house.service.offices.open] == [down.id]
            assert sorted(kept(house)) == sorted([up.id, down.id])
            lines = "\n".join(await looked_at(house, slack, OTHER))
            assert "no key in SLACK_TOKEN_KEYS opens the token of Upstream" in lines
            assert "installed in Downstream" in lines
            # Whoever installs anew is served with the key of now.
            await installed(house, up)
            assert "no key" not in "\n".join(await looked_at(house, slack, OTHER))

    told(scene)


async def looked_at(house: House, slack: Slack, keys: str = KEY, **changed: Any) -> list[str]:
    chosen = several(keys) | changed
    return await examine(settings_for(slack, house.team, "sqlite:///x.db", **chosen), house.store)


def test_the_doctor_knows_every_workspace_and_how_the_next_one_comes(in_two: InTwo) -> None:
    async def scene(house: House, up: Team, down: Team) -> None:
        lines = "\n".join(await looked_at(house, house.slack))
        assert f"no workspace yet; install Grapevine in the first at {PUBLIC}{INSTALL}" in lines
        await installed(house, up, down)
        down.revoked = "token_revoked"
        lines = "\n".join(await looked_at(house, house.slack))
        assert "installed in Upstream" in lines
        assert "Downstream shuts us out (token_revoked)" in lines
        wrong = SecretStr("wrong")
        lines = "\n".join(await looked_at(house, house.slack, slack_client_secret=wrong))
        assert "SLACK_CLIENT_SECRET: Slack does not know this client secret" in lines

    in_two(scene)
