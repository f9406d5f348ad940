"""How many digests a second, measured in a village."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.digests import main
from tests.benchmarks.conftest import Told, Trouble, Village
from tests.benchmarks.village import PAST, write


def test_everybody_gets_one_and_those_who_follow_what_was_talked_of_are_told(
    village: Village, told: Told
) -> None:
    result = told(main, village.messages, "--digests", "30")
    assert result["messages"] == 15
    assert result["digests"] == 30
    assert 25 <= result["told"] <= 30  # whoever said it all is told nothing of it
    assert result["second"] > 0
    assert 0 < result["cpu_second"] <= result["built_cpu_second"]
    assert 0 < result["composing_ms_p50"] <= result["composing_ms_p99"]
    assert result["memory_last_mib"] < 2 * result["memory_first_mib"]


def test_the_table_says_on_what_it_was_measured(
    village: Village, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(village.messages), "--digests", "3", "--seed", "7"]) == 0
    *rows, machine = capsys.readouterr().out.splitlines()
    assert json.loads(rows[1].split()[-1]) == 3
    assert " cores of " in machine


def test_without_titles_there_is_nothing_to_follow(tmp_path: Path, trouble: Trouble) -> None:
    messages = write(tmp_path / "plain.jsonl", PAST)
    assert trouble(main, messages) == "No thread in plain.jsonl has a title to follow."
