"""`grapevine doctor`, as far as Slack goes: what is wrong in a sentence each, with a remedy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from adapters.slack.calls import CallFailed, Calls, Denied
from adapters.slack.configuration import Configuration, configuration, offices, tokens
from adapters.slack.explain import explained
from adapters.slack.installations import Installed
from adapters.slack.manifest import commands, events, scopes
from adapters.slack.web import INSTALL
from bot.wording import listed, number

if TYPE_CHECKING:
    from adapters.slack.offices import Office, Offices
    from bot.ports import Store
    from bot.settings import Settings

AS_THE_MANIFEST = (
    "put what grapevine slack-manifest prints under App Manifest at api.slack.com/apps"
)


NO_CODE = "grapevine-doctor"
"""What is no code: Slack says so to whoever it knows, and something else to all others."""


def check(settings: Settings, store: Store) -> list[str]:
    """What there is to say about Slack. SettingsError when its settings do not fit together."""
    return asyncio.run(examine(settings, store))


async def examine(settings: Settings, store: Store) -> list[str]:
    """The same within an event loop."""
    chosen = configuration(settings)
    if chosen is None:
        return ["Slack: not set up (SLACK_BOT_TOKEN and SLACK_APP_TOKEN)."]
    ours = offices(settings, tokens(settings, chosen, store, lambda: datetime.now(UTC)))
    try:
        return [line async for line in _lines(settings, chosen, ours)]
    finally:
        await ours.shut()


async def _lines(settings: Settings, chosen: Configuration, ours: Offices) -> AsyncIterator[str]:
    try:
        found = await ours.open_all()
    except CallFailed as failed:
        yield _trouble("SLACK_BOT_TOKEN", failed)
        return
    async for line in _installing(chosen, ours):
        yield line
    for office in found:
        yield f"Slack: installed in {office.workspace.name} ({office.workspace.url})."
        for line in _scopes(office):
            yield line
    if found:
        async for line in _manifest(settings, ours, found[0]):
            yield line
    app_token = settings.slack_app_token.get_secret_value()
    if app_token:
        try:
            await Calls(ours.client(app_token)).once("apps.connections.open")
        except CallFailed as failed:
            yield _trouble("SLACK_APP_TOKEN", failed)
        else:
            yield "Slack: Socket Mode can be reached."


async def _installing(chosen: Configuration, ours: Offices) -> AsyncIterator[str]:
    """What there is to say of several workspaces: how they install us, and who cannot be served."""
    app = chosen.installing
    if app is None or not isinstance(ours.tokens, Installed):
        return
    try:
        await Calls(ours.client()).exchange(app.client_id, app.client_secret, NO_CODE)
    except CallFailed as failed:
        if not (isinstance(failed, Denied) and failed.error == "invalid_code"):
            yield _trouble("SLACK_CLIENT_ID and SLACK_CLIENT_SECRET", failed)
    address = app.url + INSTALL
    for name in await ours.tokens.unreadable():
        yield (
            f"Slack: no key in SLACK_TOKEN_KEYS opens the token of {name}; put the old key back "
            f"behind the new one, or let {name} install Grapevine again at {address}."
        )
    for shut in ours.shut_out:
        yield (
            f"Slack: {shut.workspace.name} shuts us out ({shut.calls.revoked}); it is served again "
            f"once somebody there installs Grapevine at {address}."
        )
    if not await ours.tokens.all():
        yield f"Slack: no workspace yet; install Grapevine in the first at {address}."


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
