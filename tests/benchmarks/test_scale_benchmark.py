"""How a store grows, measured on a hamlet that is made up."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.generated import Generated, word
from benchmarks.scale import main
from tests.benchmarks.conftest import Told

SMALL = ("--messages", "300", "--lookups", "3", "--sqlite-only")


def test_each_store_is_told_at_each_size(told: Told) -> None:
    result = told(main, *SMALL)
    assert list(result) == ["messages", "people", "stores", "machine"]
    assert list(result["stores"]) == ["sqlite", "message_fts"]
    for name, sizes in result["stores"].items():
        assert [one["messages"] for one in sizes] == [3, 30, 300]
        assert [one["size"] for one in sizes] == sorted(one["size"] for one in sizes)
        kinds = ["whoknows", "ask", *(["links", "digest"] if name == "sqlite" else [])]
        for one in sizes:
            assert list(one["waits"]) == kinds
            assert all(0 < each["p50"] <= each["p99"] for each in one["waits"].values())


def test_the_table_names_the_goals(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(list(SMALL)) == 0
    said = capsys.readouterr().out
    assert "sqlite: whoknows p50 " in said
    assert said.count("of the alternative's") == 2
    assert "20 people" in said


def lines(folder: Path, seed: int, messages: int = 2_000) -> list[dict[str, str]]:
    path = folder / f"{seed}.jsonl"
    Generated(100, seed).write(messages, path)
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_the_same_seed_makes_the_same_community(tmp_path: Path) -> None:
    assert lines(tmp_path, 1) == lines(tmp_path, 1)
    assert lines(tmp_path, 1) != lines(tmp_path, 2)


def test_the_made_up_community_has_the_statistics_it_names(tmp_path: Path) -> None:
    said = lines(tmp_path, 1)
    assert [line["ts"] for line in said] == sorted(line["ts"] for line in said)
    threads = Counter(line["thread"] for line in said)
    assert 10 < len(said) / len(threads) < 24
    openers = {line["thread"]: line["user"] for line in reversed(said)}
    assert len(set(openers.values())) > 20
    linked = sum("https://" in line["text"] for line in said)
    assert 0.12 < linked / len(said) < 0.22
    assert len({word(rank) for rank in range(5_000)}) == 5_000
