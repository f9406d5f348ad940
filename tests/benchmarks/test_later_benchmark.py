"""The benchmark of later finds, on an invented village in which slugs come back every year."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.later import main
from tests.benchmarks.conftest import Told, Trouble
from tests.benchmarks.village import Line, asks, said, write

DAY = 24.0  # hours
WEEKS = [said(90 + n, n * 7 * DAY, "ola", f"week {n} at the market") for n in range(30)]
ASKED = said(10, 30 * DAY, "ida", "which copper tape keeps slugs off raised lettuce beds?", "a")
QUESTION = asks(10, 30 * DAY, "ida", str(ASKED["text"]), ["ben"])
IN_ITS_THREAD = said(11, 31 * DAY, "ben", "copper tape for raised lettuce beds: slugs hate it", "a")
LATER = [
    said(20, 90 * DAY, "eva", "does copper tape keep slugs off raised lettuce beds?", "b"),
    said(21, 90 * DAY + 1, "ben", "it did here, the wide one", "b"),
]


def village(folder: Path, *lines: Line) -> list[str | Path]:
    """The two files of a village in which some more is said."""
    messages = sorted([*WEEKS, ASKED, *lines], key=lambda line: float(line["ts"]))
    return [write(folder / "m.jsonl", messages), write(folder / "q.jsonl", [QUESTION])]


def finds(result: dict[str, Any]) -> dict[str, int]:
    counts: dict[str, int] = result["by_kind"]
    return counts


def test_what_is_said_months_later_is_found_once(tmp_path: Path, told: Told) -> None:
    result = told(main, *village(tmp_path, *LATER))
    assert finds(result) == {"conversation": 1}
    assert result["questions"] == 1
    assert result["question_years"] == pytest.approx(173 / 365, abs=0.05)
    assert result["finds_per_question_year"] == pytest.approx(365 / 173, abs=0.05)
    assert result["share_with_finds"] == 1


def test_a_link_is_a_find_of_its_own_kind(tmp_path: Path, told: Told) -> None:
    text = "copper tape that keeps slugs off raised lettuce beds https://tape.example.org/"
    assert finds(told(main, *village(tmp_path, said(30, 99 * DAY, "ben", text)))) == {"share": 1}


def test_what_stands_in_the_question_s_own_thread_is_no_find(tmp_path: Path, told: Told) -> None:
    """In service it would have come to the asker as an answer."""
    in_two_months = IN_ITS_THREAD | {"ts": 95 * DAY * 3600, "id": "m12"}
    more = said(13, 95 * DAY + 1, "eva", "slugs left my raised lettuce beds too", "a")
    assert finds(told(main, *village(tmp_path, IN_ITS_THREAD, in_two_months, more))) == {}


def test_looking_back_finds_what_was_said_before(tmp_path: Path, told: Told) -> None:
    before = [line | {"ts": line["ts"] - 70 * DAY * 3600} for line in LATER]
    files = village(tmp_path, *before)
    assert finds(told(main, *files, "--look-back")) == {"answer": 1}
    assert finds(told(main, *files)) == {}


def test_finds_are_shown_beside_their_questions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*map(str, village(tmp_path, *LATER)), "--show", "9"]) == 0
    shown = capsys.readouterr().out
    assert "which copper tape keeps slugs off" in shown
    assert "ben answered eva in #garden" in shown
    assert "ben: it did here, the wide one" in shown
    assert "finds in a question's year" in shown


def test_without_a_question_early_enough_it_ends_in_one_sentence(
    tmp_path: Path, trouble: Trouble
) -> None:
    sentence = trouble(main, *village(tmp_path, *LATER), "--until", "0")
    assert sentence.startswith("No question is left to ask;")
