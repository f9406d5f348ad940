"""Setting Slack up: the manifest, what the doctor finds, and what is said when it cannot start."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from pydantic import SecretStr

from adapters.slack.configuration import configuration
from adapters.slack.doctor import examine
from adapters.slack.manifest import manifest, scopes
from adapters.slack.vault import new_key
from bot.commands import COMMANDS
from bot.errors import SettingsError
from bot.settings import Settings
from storage.store import open_store
from tests.platforms.slack import Slack
from tests.platforms.slack.manifests import check_manifest
from tests.platforms.slack.state import Team
from tests.slack.house import open_house, play, settings_for
from tests.slack.scenes import village

SEVERAL: dict[str, Any] = {
    "slack_app_token": "xapp-1",
    "slack_client_id": "1111.2222",
    "slack_client_secret": "secret",
    "slack_token_keys": new_key(),
    "slack_http_port": 3000,
    "public_url": "https://grapevine.example.org",
}
PLAIN = {"slack_client_id", "slack_http_port", "public_url"}


@pytest.mark.parametrize("http", ["", "https://grapevine.example.org/"])
@pytest.mark.parametrize("prefix", ["", "gv-"])
def test_slack_takes_the_manifest(http: str, prefix: str) -> None:
    made = manifest(http, prefix)
    check_manifest(made)
    json.dumps(made)
    registered = {one["command"] for one in made["features"]["slash_commands"]}
    own = {f"/{prefix}{one.name}" for one in COMMANDS if not one.under}
    assert registered == own | {f"/{prefix}grapevine"}
    assert made["settings"]["socket_mode_enabled"] is (not http)


def test_no_scope_is_asked_for_that_nothing_needs() -> None:
    assert scopes() == sorted(
        [
            "app_mentions:read",
            "channels:history",
            "channels:read",
            "chat:write",
            "commands",
            "files:write",
            "groups:history",
            "groups:read",
            "im:history",
            "im:write",
            "reactions:read",
            "users:read",
        ]
    )


async def look_at(slack: Slack, team: Team, **changed: Any) -> list[str]:
    with TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/store.db")
        try:
            return await examine(settings_for(slack, team, "sqlite:///x.db", **changed), store)
        finally:
            store.close()


def examined(wrong: Callable[[Slack, Team], dict[str, Any] | None]) -> str:
    """What the doctor says of an app in which something is as `wrong` makes it."""
    said: list[str] = []

    async def scene() -> None:
        slack = await Slack.start()
        try:
            team = slack.install(manifest())
            changed = wrong(slack, team) or {}
            said.extend(await look_at(slack, team, **changed))
        finally:
            await slack.close()

    play(scene())
    return "\n".join(said)


def test_the_doctor_finds_nothing_where_nothing_is_wrong() -> None:
    said = examined(lambda slack, _: {"slack_config_token": SecretStr(slack.config_token)})
    assert "installed in Upstream" in said
    assert "all 12 scopes are there" in said
    assert "all events and commands are there" in said
    assert "Socket Mode can be reached" in said


def test_the_doctor_knows_a_wrong_bot_token() -> None:
    said = examined(lambda _s, _t: {"slack_bot_token": SecretStr("xoxb-wrong")})
    assert said.startswith("SLACK_BOT_TOKEN: Slack does not know this token")


def test_the_doctor_knows_tokens_that_were_exchanged() -> None:
    said = examined(lambda _s, team: {"slack_app_token": SecretStr(team.token)})
    assert "SLACK_APP_TOKEN: That is another kind of token" in said


def test_the_doctor_knows_a_revoked_token() -> None:
    def revoke(_slack: Slack, team: Team) -> None:
        team.revoked = "account_inactive"

    assert "install it again" in examined(revoke)


def test_the_doctor_names_a_missing_scope() -> None:
    def take_away(_slack: Slack, team: Team) -> None:
        team.scopes.remove("users:read")

    assert "1 scope missing (users:read)" in examined(take_away)


def test_the_doctor_names_a_missing_event_and_command() -> None:
    def take_away(slack: Slack, team: Team) -> dict[str, Any]:
        team.events.remove("message.channels")
        commands = team.manifest["features"]["slash_commands"]
        del commands[0]
        return {"slack_config_token": SecretStr(slack.config_token)}

    said = examined(take_away)
    assert "1 event missing (message.channels)" in said
    assert "1 command missing (/whoknows)" in said


def test_the_doctor_knows_when_nobody_is_there() -> None:
    async def scene() -> None:
        slack = await Slack.start()
        team = slack.install(manifest())
        await slack.close()
        said = await look_at(slack, team)
        assert said == ["Slack cannot be reached; see to the network, or to SLACK_API_URL."]

    play(scene())


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({"slack_app_token": "xapp-1"}, "SLACK_BOT_TOKEN"),
        ({"slack_bot_token": "xoxb-1"}, "SLACK_APP_TOKEN"),
        ({"slack_bot_token": "xoxb-1", "slack_http_port": 3000}, "SLACK_SIGNING_SECRET"),
        (SEVERAL | {"slack_client_secret": ""}, "SLACK_CLIENT_SECRET"),
        (SEVERAL | {"slack_token_keys": ""}, "SLACK_TOKEN_KEYS"),
        (SEVERAL | {"slack_token_keys": "no key"}, "grapevine slack-key"),
        (SEVERAL | {"slack_http_port": 0}, "SLACK_HTTP_PORT"),
        (SEVERAL | {"public_url": ""}, "PUBLIC_URL"),
        (SEVERAL | {"public_url": "http://grapevine.example.org"}, "https://"),
        (SEVERAL | {"slack_bot_token": "xoxb-1"}, "take one of them away"),
    ],
)
def test_settings_that_do_not_fit_are_said_to(settings: dict[str, Any], missing: str) -> None:
    secret: dict[str, Any] = {k: v if k in PLAIN else SecretStr(v) for k, v in settings.items()}
    with pytest.raises(SettingsError, match=missing):
        configuration(Settings(**secret))


def test_without_any_setting_there_is_no_slack() -> None:
    assert configuration(Settings()) is None


@pytest.mark.parametrize("setting", ["slack_bot_token", "slack_app_token"])
def test_a_wrong_token_is_said_at_the_start(sqlite_url: str, setting: str) -> None:
    wrong: dict[str, Any] = {setting: SecretStr("xoxb-wrong")}

    async def scene() -> None:
        with pytest.raises(SettingsError, match=r"does not know this token|another kind of token"):
            async with open_house(sqlite_url, prepare=village, **wrong):
                pass

    play(scene())


def test_while_slack_is_away_at_the_start_it_is_waited_for(sqlite_url: str) -> None:
    async def scene() -> None:
        slack = await Slack.start()
        slack.faults.plan("auth.test", "broken", times=2)
        try:
            async with open_house(sqlite_url, slack, prepare=village) as house:
                while not house.service.offices.is_up:  # noqa: ASYNC110 - it looks at it
                    await asyncio.sleep(0.05)
                assert len(slack.sockets.connections) == 2
        finally:
            await slack.close()

    play(scene())
