"""What is named for topics that nobody talks about, in a village."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import refusals
from benchmarks.refusals import KINDS, main
from bot.ranking import spelling
from tests.benchmarks.conftest import Told, Village
from tests.benchmarks.village import PAST, said, write


def test_nobody_is_named_for_what_nobody_talks_about(village: Village, told: Told) -> None:
    kinds = told(main, village.messages, "--topics", "40")["kinds"]
    assert tuple(kinds) == KINDS
    assert (kinds["unknown"]["topics"], kinds["half known"]["topics"]) == (20, 10)
    assert all(kind["topics"] for kind in kinds.values())
    assert not any(kind["named"] or kind["wrong"] for kind in kinds.values())
    for name in KINDS[1:]:
        assert kinds[name]["offered"] == kinds[name]["topics"], name


def test_a_name_for_another_word_is_wrong(
    tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were every word taken for any that begins alike, tango would be tangle."""
    more = [said(40, 40, "ida", "what a tangle", "g"), said(41, 41, "ben", "tangle indeed", "g")]
    messages = write(tmp_path / "m.jsonl", PAST + more)
    monkeypatch.setattr(refusals, "SUBJECTS", ["tango"])
    assert told(main, messages, "--topics", "4")["kinds"]["unknown"]["wrong"] == 0
    monkeypatch.setattr(spelling, "_is_slip", lambda typed, word: typed[:4] == word[:4])
    unknown = told(main, messages, "--topics", "4")["kinds"]["unknown"]
    assert (unknown["wrong"], unknown["examples"]) == (1, ["tango → tangle"])
