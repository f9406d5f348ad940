"""`grapevine doctor`, as far as Slack goes: what is wrong in a sentence each, with a remedy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from adapters.slack.calls import CallFailed, Calls, Denied
from adapters.slack.configuration import configuration, offices
from adapters.slack.explain import explained
from adapters.slack.manifest import commands, events, scopes
from bot.wording import listed, number

if TYPE_CHECKING:
    from adapters.slack.offices import Office, Offices
    from bot.settings import Settings

AS_THE_MANIFEST = (
    "put what grapevine slack-manifest prints under App Manifest at api.slack.com/apps"
)


def check(settings: Settings) -> list[str]:
    """What there is to say about Slack. SettingsError when its settings do not fit together."""
    if configuration(settings) is None:
        return ["Slack: not set up (SLACK_BOT_TOKEN and SLACK_APP_TOKEN)."]
    return asyncio.run(_check(settings))


async def _check(settings: Settings) -> list[str]:
    ours = offices(settings)
    try:
        return [line async for line in _lines(settings, ours)]
    finally:
        await ours.shut()


async def _lines(settings: Settings, ours: Offices) -> AsyncIterator[str]:
    try:
        office = (await ours.open_all())[0]
    except CallFailed as failed:
        yield _trouble("SLACK_BOT_TOKEN", failed)
        return
    yield f"Slack: installed in {office.workspace.name} ({office.workspace.url})."
    for line in _scopes(office):
        yield line
    async for line in _manifest(settings, ours, office):
        yield line
    app_token = settings.slack_app_token.get_secret_value()
    if app_token:
        try:
            await Calls(ours.client(app_token)).once("apps.connections.open")
        except CallFailed as failed:
            yield _trouble("SLACK_APP_TOKEN", failed)
        else:
            yield "Slack: Socket Mode can be reached."


def _scopes(office: Office) -> list[str]:
    missing = [scope for scope in scopes() if scope not in office.scopes]
    if not missing:
        return [f"Slack: all {len(scopes())} scopes are there."]
    return [
        f"Slack: {number(len(missing), 'scope')} missing ({listed(missing)}); {AS_THE_MANIFEST}, "
        "and install the app again."
    ]


async def _manifest(settings: Settings, ours: Offices, office: Office) -> AsyncIterator[str]:
    """Compare events and commands, which only a configuration token can read."""
    token = settings.slack_config_token.get_secret_value()
    if not token:
        yield "Slack: events and commands are not checked (SLACK_CONFIG_TOKEN lets me)."
        return
    try:
        bot = await office.calls.once("bots.info", bot=office.workspace.bot_id)
        app = str(bot["bot"]["app_id"])
        said = await Calls(ours.client(token)).once("apps.manifest.export", app_id=app)
    except CallFailed as failed:
        yield _trouble("SLACK_CONFIG_TOKEN", failed)
        return
    for line in differences(said["manifest"], settings.slack_command_prefix):
        yield line


def differences(found: dict[str, Any], prefix: str) -> list[str]:
    """What an app's manifest lacks, in sentences."""
    subscribed = found.get("settings", {}).get("event_subscriptions", {}).get("bot_events", [])
    registered = [one.get("command") for one in found.get("features", {}).get("slash_commands", [])]
    wanted = [one["command"] for one in commands(prefix)]
    lacking = {
        "event": [one for one in events() if one not in subscribed],
        "command": [one for one in wanted if one not in registered],
    }
    said = [
        f"Slack: {number(len(names), what)} missing ({listed(names)}); {AS_THE_MANIFEST}."
        for what, names in lacking.items()
        if names
    ]
    return said or ["Slack: all events and commands are there."]


def _trouble(setting: str, failed: CallFailed) -> str:
    if isinstance(failed, Denied):
        return f"{setting}: {explained(failed)}"
    return "Slack cannot be reached; see to the network, or to SLACK_API_URL."
