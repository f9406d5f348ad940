"""How soon Slack is acknowledged and how quickly a history is read, measured small."""

from __future__ import annotations

from benchmarks import slack_ack, slack_backfill
from tests.benchmarks.conftest import Told


def test_all_of_a_history_is_read_in_the_calls_it_takes(told: Told) -> None:
    result = told(slack_backfill.main, "--messages", "400")
    assert result["messages"] == 400
    # Two pages, and the eight threads that begin in them.
    assert result["calls"] == 2 + 8
    assert result["rate"] > 1


def test_every_event_is_acknowledged_in_time(told: Told) -> None:
    arguments = ("--rate", "5", "--seconds", "1", "--askers", "1", "--history", "50")
    result = told(slack_ack.main, *arguments)
    assert result["messages"]["number"] == 5
    assert result["commands"]["number"] >= 1
    assert result["late"] == 0
    for name in ("messages", "commands"):
        assert 0 < result[name]["p50"] <= result[name]["p99"] <= result[name]["max"]
