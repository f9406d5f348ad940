"""How soon an event is stored, measured on a village."""

from __future__ import annotations

import pytest

from benchmarks.acknowledging import Waits, main
from tests.benchmarks.conftest import Told, Trouble, Village


def test_the_json_tells_how_long_events_and_people_waited(
    village: Village, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    result = told(main, village.messages, "--rate", "5", "--seconds", "1", "--askers", "3")
    assert "incident" not in caplog.text
    assert list(result) == ["stored", "answered", "behind", "history", "machine"]
    assert result["stored"]["number"] == 5
    assert result["answered"]["number"] >= 1
    for name in ("stored", "answered"):
        assert 0 < result[name]["p50"] <= result[name]["p99"] <= result[name]["max"]
    assert result["history"] > 0


def test_the_figures_are_milliseconds() -> None:
    assert Waits.of([number / 1000 for number in range(1, 101)]) == Waits(50, 99, 100, 100)


def test_too_few_messages_are_one_sentence(village: Village, trouble: Trouble) -> None:
    said = trouble(main, village.messages, "--rate", "5000")
    assert said == "There are not enough messages for so many seconds."
