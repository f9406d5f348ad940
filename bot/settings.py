"""Every setting, in one place: `.env.example` and the README are held against this class.

Settings come from the environment and from a file `.env` in the working folder, the environment
first. All mistakes are reported at once, by name and without the value.
"""

from __future__ import annotations

import re
from datetime import timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Literal

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.asking.model import Rules
from bot.conversations import Limits
from bot.errors import SettingsError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


_WEB = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")
_DATABASE = re.compile(r"(sqlite(\+\w+)?:///|postgres(ql)?(\+\w+)?://).+", re.DOTALL)


def _names_a_database(url: SecretStr) -> SecretStr:
    if not _DATABASE.fullmatch(url.get_secret_value()):
        raise PydanticCustomError("database_url", "no database")
    return url


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _is_web_address(url: str) -> str:
    if url and not _WEB.fullmatch(url):
        raise PydanticCustomError("web_url", "no web address")
    return url.rstrip("/")


WebUrl = Annotated[str, AfterValidator(_is_web_address)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_names_a_database)]


def _apart(value: object) -> object:
    """What stands between commas."""
    if not isinstance(value, str):
        return value
    parts = tuple(part.strip() for part in value.split(","))
    if len(parts) != 3:  # noqa: PLR2004 - one for each ring
        raise PydanticCustomError("three_hours", "not three")
    return parts


Hours = Annotated[float, Field(ge=0.1, le=1_000, allow_inf_nan=False)]
ThreeHours = Annotated[tuple[Hours, Hours, Hours], NoDecode, BeforeValidator(_apart)]
LogLevel = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)]
ALIKE = 0.75  # of 1: two names of settings
# What pydantic finds wrong, in words for people; in braces what it says about the limits.
_WRONG = {
    "database_url": "should look like sqlite:///grapevine.db or postgresql://user:pass@host/name",
    "web_url": "should look like https://grapevine.example.org, without ? and #",
    "bool_parsing": "should be true or false",
    "int_parsing": "should be a whole number",
    "float_parsing": "should be a number",
    "finite_number": "should be a number",
    "three_hours": "should be three numbers of hours, like 4, 24, 72",
    "greater_than_equal": "should be {ge} or more",
    "less_than_equal": "should be {le} or less",
    "string_too_short": "should not be empty",
    "string_pattern_mismatch": "is not of the form it should have",
    "literal_error": "should be {expected}",
}


class Settings(BaseSettings):
    """What whoever runs Grapevine may choose; every setting has a default that works."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore")

    database_url: DatabaseUrl = Field(
        default=SecretStr("sqlite:///grapevine.db"),
        description="Where everything is kept: sqlite:///file.db or postgresql://user:pass@host/name",
    )
    conversation_gap_minutes: int = Field(
        default=15,
        ge=1,
        le=1_440,
        description="Minutes of silence that end a conversation outside threads",
    )
    conversation_most_messages: int = Field(
        default=100, ge=10, le=1_000, description="Messages after which a long conversation is cut"
    )
    ring_hours: ThreeHours = Field(
        default=(4, 24, 72),
        description="Hours a question waits for an answer from people, its place, the network",
    )
    questions_per_person: int = Field(
        default=3,
        ge=1,
        le=100,
        description="Questions to the network that one person may ask a day",
    )
    questions_per_community: int = Field(
        default=20, ge=1, le=1_000, description="Questions that may be asked in one community a day"
    )
    remind_after_days: int = Field(
        default=3, ge=1, le=60, description="Days after an answer until its asker is reminded once"
    )
    fetch_titles: bool = Field(
        default=False,
        description="Whether shared pages may be asked for their titles (public addresses only)",
    )
    bring_feeds: bool = Field(
        default=False,
        description="Whether people may bring feeds of their own (fetched from public addresses)",
    )
    discord_bot_token: SecretStr = Field(
        default=SecretStr(""),
        description="The bot token of your Discord application; without it Discord is left alone",
    )
    discord_message_content: bool = Field(
        default=True,
        description="Whether to read along in Discord, if the Message Content intent is granted",
    )
    discord_api_url: str = Field(
        default="", description="Another server that speaks Discord's REST interface"
    )
    discord_gateway_url: str = Field(
        default="", description="Another server that speaks Discord's gateway"
    )
    health_host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="The address on which grapevine run tells how it is (/live, /ready, /metrics)",
    )
    health_port: int = Field(
        default=8787, ge=0, le=65_535, description="The port for that; 0 switches it off"
    )
    feed_host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="The address on which feeds are served, if they have a port of their own",
    )
    feed_port: int = Field(
        default=0,
        ge=0,
        le=65_535,
        description="A port of their own for feeds; 0: they share HEALTH_PORT",
    )
    public_url: WebUrl = Field(
        default="",
        description="How feeds, and Slack’s page to install it, are reached from outside, like "
        "https://grapevine.example.org",
    )
    log_level: LogLevel = Field(
        default="warning",
        description="How much is logged to standard error: debug, info, warning or error",
    )

    slack_bot_token: SecretStr = Field(
        default=SecretStr(""), description="Slack: the bot token of the app, xoxb-…"
    )
    slack_app_token: SecretStr = Field(
        default=SecretStr(""),
        description="Slack: the app-level token for Socket Mode, xapp-… (scope connections:write)",
    )
    slack_signing_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Slack: the signing secret, for HTTP instead of Socket Mode",
    )
    slack_client_id: str = Field(
        default="",
        pattern=r"^[\w.-]*$",
        description="Slack, several workspaces: the app’s client id, instead of SLACK_BOT_TOKEN",
    )
    slack_client_secret: SecretStr = Field(
        default=SecretStr(""), description="Slack, several workspaces: the app’s client secret"
    )
    slack_token_keys: SecretStr = Field(
        default=SecretStr(""),
        description="Slack, several workspaces: what encrypts their tokens (grapevine slack-key); "
        "a new key stands before the old one, with a comma between",
    )
    slack_http_host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Slack: the address that is listened on for HTTP",
    )
    slack_http_port: int = Field(
        default=0, ge=0, le=65_535, description="Slack: the port for that; 0 is Socket Mode alone"
    )
    slack_command_prefix: str = Field(
        default="",
        pattern=r"^[a-z0-9_-]{0,16}$",
        description="Slack: what our commands’ names begin with, where others took them (gv-)",
    )
    slack_api_url: str = Field(
        default="https://slack.com/api/",
        pattern=r"^https?://.+/$",
        description="Slack: where its Web API is",
    )
    slack_config_token: SecretStr = Field(
        default=SecretStr(""),
        description="Slack: an app configuration token, so that doctor can read the app’s manifest",
    )

    @property
    def limits(self) -> Limits:
        """Where conversations are cut."""
        return Limits(
            gap=timedelta(minutes=self.conversation_gap_minutes),
            cap=self.conversation_most_messages,
        )

    @property
    def rules(self) -> Rules:
        """How much may be asked, and how long each ring waits."""
        experts, place, network = (timedelta(hours=hours) for hours in self.ring_hours)
        return Rules(
            waits=(experts, place, network),
            per_person=self.questions_per_person,
            per_community=self.questions_per_community,
            remind_after=timedelta(days=self.remind_after_days),
            feeds_url=self.feeds_url,
            brings_feeds=self.bring_feeds,
        )

    @property
    def feeds_url(self) -> str | None:
        """How the addresses of feeds begin; None: none are served."""
        if self.feed_port:
            host, port = self.feed_host, self.feed_port
        else:
            host, port = self.health_host, self.health_port
        if not port:
            return None
        name = f"[{host}]" if ":" in host else host
        return self.public_url or f"http://{name}:{port}"


def load() -> Settings:
    """Read the settings. SettingsError names every wrong one, a line each."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = [f"{_name(one['loc'])} {_what_is_wrong(one)}" for one in error.errors()]
        raise SettingsError("These settings are wrong:\n  " + "\n  ".join(wrong)) from None
    except UnicodeDecodeError:
        raise SettingsError("The file .env is not UTF-8 text; save it again as UTF-8.") from None
    except OSError:
        raise SettingsError("The file .env cannot be read; check its permissions.") from None


def misspelt() -> list[str]:
    """What stands in the file .env and looks like a setting, but is none; a sentence each.

    Other programs may have their names there, too: only what resembles one of ours is told.
    """
    ours = [name.upper() for name in Settings.model_fields]
    said = [name.upper() for name in dotenv_values(".env", interpolate=False)]
    near = {name: get_close_matches(name, ours, n=1, cutoff=ALIKE) for name in said}
    return [
        f".env says {name}, which is no setting; do you mean {meant[0]}?"
        for name, meant in near.items()
        if meant and name not in ours
    ]


def _name(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location).upper()


def _what_is_wrong(error: ErrorDetails) -> str:
    """One mistake in words, never with the value: it may be a secret."""
    words = _WRONG.get(error["type"], "makes no sense")
    return words.format_map(error.get("ctx", {}))
