"""How long a start takes, measured on a village's store."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.startup import Starts, main
from benchmarks.taking_in import by_the_product
from storage.store import open_store
from tests.benchmarks.conftest import Told, Trouble, Village


@pytest.fixture
def store(village: Village, tmp_path: Path) -> Path:
    by_the_product(village.messages, tmp_path / "own.db")
    return tmp_path / "own.db"


def test_the_json_tells_of_the_product_of_python_and_of_sqlalchemy(
    store: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The word asked for is one that is really said; settings of whoever measures do not count."""
    monkeypatch.setenv("LOG_LEVEL", "nonsense")
    monkeypatch.chdir(store.parent)
    result = told(main, store.name, "--runs", "1")
    assert list(result) == ["topic", "runs", "product", "python", "sqlalchemy", "machine"]
    assert result["topic"] in {"slugs", "kiln"}
    assert result["runs"] == 1
    for name in ("product", "python", "sqlalchemy"):
        assert list(result[name]) == ["median", "worst"]
        assert 0 < result[name]["median"] == result[name]["worst"]
    assert result["python"]["median"] < result["product"]["median"]


def test_median_and_worst_are_milliseconds() -> None:
    assert Starts.of([0.3, 0.1, 0.2]) == Starts(median=200, worst=300)


def test_trouble_is_one_sentence(store: Path, tmp_path: Path, trouble: Trouble) -> None:
    gone = trouble(main, tmp_path / "gone.db")
    assert gone == "There is no store gone.db; make one with grapevine import."
    text = tmp_path / "text.db"
    text.write_text("no database at all, but long enough for one" * 100)
    assert "is not a Grapevine database" in trouble(main, text)
    with closing(open_store(f"sqlite:///{tmp_path}/empty.db")):
        pass
    assert "is empty" in trouble(main, tmp_path / "empty.db")


def test_a_start_that_fails_is_told(
    store: Path, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    assert trouble(main, store).startswith("A process failed that should have answered; it said: ")
