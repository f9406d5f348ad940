"""What the settings say about Slack, checked as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.slack.offices import Offices, OneToken, Tokens
from bot.errors import SettingsError

if TYPE_CHECKING:
    from bot.settings import Settings

NO_TRANSPORT = (
    "Slack has no way to reach us: set SLACK_APP_TOKEN for Socket Mode, or SLACK_HTTP_PORT and "
    "SLACK_SIGNING_SECRET for HTTP."
)
UNSIGNED = "SLACK_HTTP_PORT needs SLACK_SIGNING_SECRET, so that only Slack is listened to."
NOBODY = "SLACK_BOT_TOKEN is missing; copy it from the app’s page at api.slack.com/apps."


@dataclass(slots=True)
class Configuration:
    """How Slack reaches us."""

    app_token: str
    signing_secret: str
    http_host: str
    http_port: int


def configuration(settings: Settings) -> Configuration | None:
    """What the settings say; None when Slack is not wanted. SettingsError if they do not fit."""
    bot = settings.slack_bot_token.get_secret_value()
    app = settings.slack_app_token.get_secret_value()
    secret = settings.slack_signing_secret.get_secret_value()
    if not (bot or app):
        return None
    if not bot:
        raise SettingsError(NOBODY)
    if settings.slack_http_port and not (secret or app):
        raise SettingsError(UNSIGNED)
    if not app and not settings.slack_http_port:
        raise SettingsError(NO_TRANSPORT)
    # While Socket Mode is on, nothing comes over HTTP.
    port = 0 if app else settings.slack_http_port
    return Configuration(app, "" if app else secret, settings.slack_http_host, port)


def offices(settings: Settings, tokens: Tokens | None = None) -> Offices:
    """The offices that the settings name; `tokens` are those of several workspaces."""
    one = OneToken(settings.slack_bot_token.get_secret_value())
    return Offices(tokens or one, settings.slack_api_url, settings.slack_command_prefix)
