"""How soon Discord's messages are stored and how fast its histories are read, in the small."""

from __future__ import annotations

from benchmarks import discord_backfill, discord_inbox
from tests.benchmarks.conftest import Told


def test_the_json_tells_how_long_messages_were_on_their_way(told: Told) -> None:
    result = told(discord_inbox.main, "--rate", "20", "--seconds", "1")
    assert list(result) == ["stored", "behind", "machine"]
    stored = result["stored"]
    assert stored["number"] == 20
    assert 0 < stored["p50"] <= stored["p99"] <= stored["max"]


def test_the_json_tells_how_fast_a_history_was_read(told: Told) -> None:
    result = told(discord_backfill.main, "--messages", "250")
    assert list(result) == ["messages", "seconds", "rate", "requests", "machine"]
    assert result["messages"] == 250
    assert result["rate"] > 0
