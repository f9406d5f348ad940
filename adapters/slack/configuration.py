"""What the settings say about Slack, checked as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.slack.installations import Installed
from adapters.slack.offices import Offices, OneToken, Tokens
from adapters.slack.vault import Vault
from bot.errors import SettingsError

if TYPE_CHECKING:
    from datetime import datetime

    from bot.ports import Store
    from bot.settings import Settings

NO_TRANSPORT = (
    "Slack has no way to reach us: set SLACK_APP_TOKEN for Socket Mode, or SLACK_HTTP_PORT and "
    "SLACK_SIGNING_SECRET for HTTP."
)
UNSIGNED = "SLACK_HTTP_PORT needs SLACK_SIGNING_SECRET, so that only Slack is listened to."
NOBODY = (
    "SLACK_BOT_TOKEN is missing; copy it from the app’s page at api.slack.com/apps. For several "
    "workspaces set SLACK_CLIENT_ID instead."
)
ONE_OR_SEVERAL = (
    "SLACK_BOT_TOKEN is of one workspace, SLACK_CLIENT_ID lets several install Grapevine: take one "
    "of them away."
)
NOT_SEVERAL = (
    "For several workspaces SLACK_CLIENT_ID needs {lacking} as well; the README has the steps."
)
NOT_HTTPS = "PUBLIC_URL should begin with https:// for Slack to send people back there."


@dataclass(frozen=True, slots=True)
class Installing:
    """How workspaces install us: the app's credentials, and where it is reached from outside."""

    client_id: str
    client_secret: str = field(repr=False)
    url: str
    vault: Vault


@dataclass(slots=True)
class Configuration:
    """How Slack reaches us; `installing` is None where one workspace is served by its token."""

    app_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    http_host: str
    http_port: int
    installing: Installing | None = None


def configuration(settings: Settings) -> Configuration | None:
    """What the settings say; None when Slack is not wanted. SettingsError if they do not fit."""
    bot = settings.slack_bot_token.get_secret_value()
    app = settings.slack_app_token.get_secret_value()
    secret = settings.slack_signing_secret.get_secret_value()
    if not (bot or app or settings.slack_client_id):
        return None
    if not (bot or settings.slack_client_id):
        raise SettingsError(NOBODY)
    if settings.slack_http_port and not (secret or app):
        raise SettingsError(UNSIGNED)
    if not app and not settings.slack_http_port:
        raise SettingsError(NO_TRANSPORT)
    several = _installing(settings)
    # While Socket Mode is on, Slack sends nothing over HTTP; but browsers come there to install.
    port = 0 if app and several is None else settings.slack_http_port
    return Configuration(app, "" if app else secret, settings.slack_http_host, port, several)


def _installing(settings: Settings) -> Installing | None:
    """How workspaces install us; None where one is served by its token."""
    if not settings.slack_client_id:
        return None
    if settings.slack_bot_token.get_secret_value():
        raise SettingsError(ONE_OR_SEVERAL)
    secret = settings.slack_client_secret.get_secret_value()
    keys = settings.slack_token_keys.get_secret_value()
    needed = {
        "SLACK_CLIENT_SECRET": secret,
        "SLACK_TOKEN_KEYS": keys,
        "SLACK_HTTP_PORT": settings.slack_http_port,
        "PUBLIC_URL": settings.public_url,
    }
    for name, value in needed.items():
        if not value:
            raise SettingsError(NOT_SEVERAL.format(lacking=name))
    if not settings.public_url.startswith("https://"):
        raise SettingsError(NOT_HTTPS)
    return Installing(settings.slack_client_id, secret, settings.public_url, Vault.of(keys))


def tokens(
    settings: Settings, chosen: Configuration, store: Store, now: Callable[[], datetime]
) -> Tokens:
    """The tokens that the settings name: of the one workspace, or of all that installed us."""
    if chosen.installing is None:
        return OneToken(settings.slack_bot_token.get_secret_value())
    return Installed(store, chosen.installing.vault, now)


def offices(settings: Settings, tokens: Tokens) -> Offices:
    """Where these tokens let us in."""
    return Offices(tokens, settings.slack_api_url, settings.slack_command_prefix)
