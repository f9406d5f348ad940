"""All figures at once, of a village."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import startup
from benchmarks.figures import Figure, communities, main
from tests.benchmarks.conftest import Told, Trouble, Village


def test_every_figure_stands_beside_its_goal(
    village: Village, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(startup, "RUNS", 1)
    result = told(main, village.messages.parent)
    assert list(result) == ["figures", "machine"]
    assert all(
        list(figure) == ["name", "value", "goal", "at_least", "met"] for figure in result["figures"]
    )
    goals = [figure["goal"] for figure in result["figures"]]
    assert goals[:-1] == [3_000, 1.3, 15, 50, 200, 1_000]
    assert result["figures"][-1]["name"].startswith("village: MRR of 3, by ")


def test_a_figure_is_met_at_its_goal() -> None:
    assert Figure("", 3, 3, at_least=True).met
    assert Figure("", 3, 3).met
    assert not Figure("", 2, 3, at_least=True).met
    assert not Figure("", 4, 3).met
    assert "missed" in str(Figure("", 4, 3))


def test_the_largest_community_comes_first_and_one_without_questions_not_at_all(
    tmp_path: Path,
) -> None:
    for name, size in (("small", 1), ("large.messages", 9), ("none", 99)):
        (tmp_path / f"{name}.messages.jsonl.gz").write_bytes(b"x" * size)
        if size < 99:
            (tmp_path / f"{name}.questions.jsonl").touch()
    assert [one.name for one in communities(tmp_path)][-1] == "small"
    assert len(communities(tmp_path)) == 1 + 1


def test_a_folder_without_communities_is_told(tmp_path: Path, trouble: Trouble) -> None:
    (tmp_path / "empty").mkdir()
    for folder in ("empty", "gone"):
        assert trouble(main, tmp_path / folder).startswith(f"{folder} holds no communities: ")
