"""The village's files, and running a benchmark as a command."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.benchmarks.village import PAST, QUESTIONS, TITLED, write


class Village(Protocol):
    """The two files of a community."""

    messages: Path
    questions: Path


class _Village:
    def __init__(self, folder: Path) -> None:
        self.messages = write(folder / "village.messages.jsonl.gz", PAST + TITLED)
        self.questions = write(folder / "village.questions.jsonl", QUESTIONS)


@pytest.fixture
def village(tmp_path: Path) -> Village:
    return _Village(tmp_path)


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a benchmark makes for itself, it removes, also when it fails."""
    own = tmp_path / "temporary"
    own.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(own))
    yield
    assert list(own.iterdir()) == []


Command = Callable[[list[str]], int]
Told = Callable[..., dict[str, Any]]
Trouble = Callable[..., str]


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """The JSON that a benchmark prints."""

    def runs(main: Command, *arguments: str | Path) -> dict[str, Any]:
        assert main([*map(str, arguments), "--json"]) == 0
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        return result

    return runs


@pytest.fixture
def trouble(capsys: pytest.CaptureFixture[str]) -> Trouble:
    """The one sentence with which a benchmark ends."""

    def runs(main: Command, *arguments: str | Path) -> str:
        assert main([*map(str, arguments)]) == 2
        said = capsys.readouterr()
        assert not said.out
        assert said.err.count("\n") == 1
        return said.err.strip()

    return runs
