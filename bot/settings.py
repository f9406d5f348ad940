"""Every setting, in one place: `.env.example` and the README are held against this class.

Settings come from the environment and from a file `.env` in the working folder, the environment
first. All mistakes are reported at once, by name and without the value.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.conversations import Limits
from bot.errors import SettingsError


class Settings(BaseSettings):
    """What whoever runs Grapevine may choose; every setting has a default that works."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore")

    database_url: SecretStr = Field(
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
    fetch_titles: bool = Field(
        default=False,
        description="Whether shared pages may be asked for their titles (public addresses only)",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="How much is logged to standard error"
    )

    @property
    def limits(self) -> Limits:
        """Where conversations are cut."""
        return Limits(
            gap=timedelta(minutes=self.conversation_gap_minutes),
            cap=self.conversation_most_messages,
        )


def load() -> Settings:
    """Read the settings. SettingsError names every wrong one, a line each."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = [f"{_name(one['loc'])}: {one['msg']}" for one in error.errors()]
        raise SettingsError("These settings are wrong:\n  " + "\n  ".join(wrong)) from None
    except UnicodeDecodeError:
        raise SettingsError("The file .env is not UTF-8 text; save it again as UTF-8.") from None


def _name(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location).upper()
