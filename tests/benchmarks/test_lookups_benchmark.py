"""How long a lookup takes, measured in a village."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.lookups import Waits, main
from tests.benchmarks.conftest import Told, Trouble, Village
from tests.benchmarks.village import PAST, QUESTIONS, TITLED, asks, said, write

KEYS = ["topics", "product", "message_fts", "peak_memory_mib", "machine"]
WAITS = ["p50", "p90", "p99", "max", "answered"]


def test_the_json_tells_of_the_product_and_of_plain_search(village: Village, told: Told) -> None:
    """Three questions with titles, two of them the same but for their spelling."""
    result = told(main, village.messages, village.questions)
    assert list(result) == KEYS
    assert result["topics"] == 2
    for name in ("product", "message_fts"):
        assert list(result[name]) == WAITS
        assert 0 < result[name]["p50"] <= result[name]["p99"] <= result[name]["max"]
        assert result[name]["answered"] == 2
    assert result["peak_memory_mib"] > 20


def test_no_more_topics_are_asked_than_wanted_and_the_seed_says_which(
    village: Village, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [str(village.messages), str(village.questions)]
    assert main([*paths, "--topics", "1", "--seed", "7"]) == 0
    head, product, fts, topics, machine = capsys.readouterr().out.splitlines()
    assert head.split() == ["milliseconds", *WAITS]
    assert (product.split()[0], fts.split()[0]) == ("product", "message_fts")
    assert topics.startswith("1 topics; peak memory")
    assert " cores of " in machine


def test_without_topics_and_titles_it_is_the_words_that_questions_share(
    tmp_path: Path, told: Told
) -> None:
    """Each loses "electric" and "cone", which nobody else asks for."""
    more = [
        said(40, 40, "ida", "which electric kiln has the best glaze", "g"),
        said(41, 41, "eva", "the small one", "g"),
        said(50, 50, "ola", "a cone for the kiln and a glaze", "h"),
        said(51, 51, "eva", "cone six", "h"),
    ]
    asked = [
        asks(n, n, line["user"], line["text"], ["eva"])
        for n, line in ((40, more[0]), (50, more[2]))
    ]
    messages = write(tmp_path / "m.jsonl", PAST + more)
    result = told(main, messages, write(tmp_path / "q.jsonl.gz", asked))
    assert result["topics"] == 1  # "kiln glaze" both
    alone = write(tmp_path / "alone.jsonl", asked[:1])
    assert main([str(messages), str(alone)]) == 2


def test_trouble_is_one_sentence(village: Village, tmp_path: Path, trouble: Trouble) -> None:
    missing = "There is no file or folder"
    assert missing in trouble(main, tmp_path / "gone.jsonl", village.questions)
    assert missing in trouble(main, village.messages, tmp_path / "gone.jsonl")
    assert "is not a question" in trouble(main, village.messages, village.messages)
    alone = write(tmp_path / "alone.jsonl", [QUESTIONS[0] | {"topic": "to the"}])
    assert trouble(main, village.messages, alone).endswith("alone.jsonl has a topic to ask.")
    nowhere = tmp_path / "no" / "such" / "folder.db"
    assert trouble(main, village.messages, village.questions, "--store", nowhere)


@given(ms=st.lists(st.floats(0.1, 1_000), min_size=1, max_size=300))
def test_a_percentile_is_the_least_wait_that_so_many_did_not_exceed(ms: list[float]) -> None:
    waits = Waits.of([one / 1000 for one in ms], 0)
    for percent, value in ((50, waits.p50), (90, waits.p90), (99, waits.p99), (100, waits.max)):
        within = [one for one in ms if round(one, 2) <= value]
        below = [one for one in ms if round(one, 2) < value]
        assert len(within) * 100 >= percent * len(ms) > len(below) * 100


def test_of_a_hundred_waits_the_50th_is_the_median() -> None:
    waits = Waits.of([n / 1000 for n in range(100, 0, -1)], answered=3)
    assert waits == Waits(p50=50, p90=90, p99=99, max=100, answered=3)


def test_a_store_is_made_once_and_then_kept(
    village: Village, told: Told, trouble: Trouble, tmp_path: Path
) -> None:
    store = tmp_path / "own.db"
    first = told(main, village.messages, village.questions, "--store", store)
    made = store.stat()
    again = told(main, village.messages, village.questions, "--store", store)
    assert store.stat().st_ino == made.st_ino
    assert again["product"]["answered"] == first["product"]["answered"]
    assert sorted(path.name for path in tmp_path.glob("own*")) == ["own.db"]
    others = [line | {"user": f"{line['user']}2"} for line in PAST + TITLED]
    asked = [line | {"asker": f"{line['asker']}2"} for line in QUESTIONS]
    write(village.messages, others)
    write(village.questions, asked)
    sentence = trouble(main, village.messages, village.questions, "--store", store)
    assert sentence.endswith("does not hold these messages; give another --store.")
    store.write_text("no database at all, but long enough for one" * 100)
    sentence = trouble(main, village.messages, village.questions, "--store", store)
    assert "is not a Grapevine database" in sentence
