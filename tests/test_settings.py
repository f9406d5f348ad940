"""Settings come from the environment or `.env`; every mistake is named, no value is shown."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import load


def test_without_any_setting_everything_has_a_default(workdir: Path) -> None:
    settings = load()
    assert settings.database_url.get_secret_value() == "sqlite:///grapevine.db"
    assert settings.limits.gap == timedelta(minutes=15)
    assert settings.fetch_titles is False


def test_the_environment_wins_over_the_file(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (workdir / ".env").write_text("LOG_LEVEL=error\nCONVERSATION_GAP_MINUTES=7\n")
    monkeypatch.setenv("LOG_LEVEL", "info")
    settings = load()
    assert settings.log_level == "info"
    assert settings.limits.gap == timedelta(minutes=7)


def test_every_wrong_setting_is_named_at_once_without_its_value(
    workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVERSATION_GAP_MINUTES", "soon-secret")
    monkeypatch.setenv("LOG_LEVEL", "shout-secret")
    with pytest.raises(SettingsError) as raised:
        load()
    said = str(raised.value)
    assert "CONVERSATION_GAP_MINUTES" in said
    assert "LOG_LEVEL" in said
    assert "secret" not in said


def test_the_hours_of_the_rings_are_three_numbers(
    workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (workdir / ".env").write_text("RING_HOURS=0.5, 12,48\n")
    hours = [timedelta(hours=hours) for hours in (0.5, 12, 48)]
    assert list(load().rules.waits) == hours
    for wrong in ("4, 24", "4, 24, soon", "4, 24, -1", "4, 24, inf", "(4, 24, 72)", ""):
        monkeypatch.setenv("RING_HOURS", wrong)
        with pytest.raises(SettingsError, match="RING_HOURS"):
            load()


def test_a_file_that_is_no_text_is_said_to_be_none(workdir: Path) -> None:
    (workdir / ".env").write_bytes(b"LOG_LEVEL=\xff\xfe\n")
    with pytest.raises(SettingsError, match="UTF-8"):
        load()


def test_the_address_of_the_store_is_never_printed(
    workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ana:hidden-word@localhost/grapevine")
    assert "hidden-word" not in repr(load())
