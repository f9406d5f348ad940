"""The ranking benchmark, on an invented village small enough to rank by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.measures import Tally
from benchmarks.ranking import main
from tests.benchmarks.village import FUTURE, PAST, QUESTIONS, Line, asks, said, write

BASELINES = ("most_messages", "lately_in_channel", "message_fts")


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Run the benchmark over lines and give back its JSON."""

    def runs(messages: list[Line], questions: list[Line], *options: str) -> dict[str, Any]:
        paths = [write(tmp_path / "village.jsonl", messages), write(tmp_path / "q", questions)]
        options = ("--warm", "0", *options)
        assert main([*map(str, paths), "--json", *options]) == 0
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        return result

    return runs


def figures(mrr: float, hits: tuple[float, float, float], recall: float, found: float) -> Line:
    one, three, five = hits
    return {
        "mrr": pytest.approx(mrr),
        "hit1": pytest.approx(one),
        "hit3": pytest.approx(three),
        "hit5": pytest.approx(five),
        "recall10": pytest.approx(recall),
        "findability": pytest.approx(found),
    }


def test_the_measures_of_three_questions_agree_with_those_made_by_hand(
    run: Callable[..., dict[str, Any]],
) -> None:
    result = run(PAST + FUTURE, QUESTIONS)
    assert result["questions"] == 3
    # Messages written before each question, without the asker:
    #   ola: ida 3, ben 2, eva 1            ben is 2nd
    #   ben: ida 3, ola 2, eva 1            ola is 2nd, eva 3rd; eva alone would be 2nd
    #   eva: ben 4, ida 3, ola 3            ida is 2nd, kim never wrote
    # ben 1/2; eva 1/2; ola 1/2; ida 1/2; kim 0
    assert result["rankings"]["most_messages"] == figures(
        1 / 2, (0, 1, 1), (1 + 1 + 1 / 2) / 3, (4 * (1 / 2) + 0) / 5
    )
    # Conversations answered, the later count more:
    #   ola: ben 2, ida 1 (at hour 6), eva 1 (at 5)     ben is 1st
    #   ben: ida 1, eva 1                               eva is 2nd; ola never answered
    #   eva: ben 3, ola 1 (at 22), ida 1 (at 6)         ida is 3rd
    assert result["rankings"]["lately_in_channel"] == figures(
        (1 + 1 / 2 + 1 / 3) / 3, (1 / 3, 1, 1), (1 + 1 / 2 + 1 / 2) / 3, (1 + 1 / 2 + 1 / 3) / 5
    )
    # Messages that hold a word of the question ("the" and "for" are words too):
    #   ola: ida and ben wrote of slugs, ida also of lettuce     ben is 2nd
    #   ben: ola wrote glaze, kiln, for; eva kiln; ida nothing   ola is 1st, eva 2nd or, alone, 1st
    #   eva: ida and ben wrote "prune"; ben's message is the shorter one   ida is 2nd
    assert result["rankings"]["message_fts"] == figures(
        (1 / 2 + 1 + 1 / 2) / 3,
        (1 / 3, 1, 1),
        (1 + 1 + 1 / 2) / 3,
        (1 / 2 + 1 + 1 + 1 / 2 + 0) / 5,
    )


def test_the_json_is_what_was_agreed_on(run: Callable[..., dict[str, Any]]) -> None:
    """Others read it: not a name more, not a name less, in this order."""
    measures = ["mrr", "hit1", "hit3", "hit5", "recall10", "findability"]
    for options in ([], ["--sample", "2", "--seed", "5"], ["--warm", "0.3"], ["--query", "text"]):
        result = run(PAST + FUTURE, QUESTIONS, *options)
        assert list(result) == ["questions", "rankings", "seconds"]
        assert isinstance(result["questions"], int)
        assert isinstance(result["seconds"], float)
        assert list(result["rankings"]) == ["product", *BASELINES]
        for ranking in result["rankings"].values():
            assert list(ranking) == measures
            assert all(isinstance(value, float) for value in ranking.values())
            assert all(0 <= value <= 1 for value in ranking.values())


def test_a_sample_is_as_large_as_it_should_be(run: Callable[..., dict[str, Any]]) -> None:
    assert run(PAST + FUTURE, QUESTIONS, "--sample", "2")["questions"] == 2
    assert run(PAST + FUTURE, QUESTIONS, "--sample", "99")["questions"] == 3


def test_the_table_tells_what_each_ranking_cost_and_on_which_machine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    messages, questions = write(tmp_path / "m", PAST + FUTURE), write(tmp_path / "q", QUESTIONS)
    assert main([str(messages), str(questions), "--warm", "0"]) == 0
    head, *rows, seconds, machine = capsys.readouterr().out.splitlines()
    assert head.split()[-4:] == ["hear", "s", "rank", "s"]
    assert [row.split()[0] for row in rows] == ["product", *BASELINES]
    assert all(len(row.split()) == 9 for row in rows)
    assert seconds.startswith("3 questions in ")
    assert " cores of " in machine


@pytest.mark.parametrize(
    "options", [["--warm", "1"], ["--warm", "x"], ["--sample", "0"], ["--seed", "x"], ["--query"]]
)
def test_an_option_that_makes_no_sense_is_refused(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["m.jsonl", "q.jsonl", *options])
    assert f"argument {options[0]}" in capsys.readouterr().err


def test_the_product_finds_who_answered_the_like_before(run: Callable[..., dict[str, Any]]) -> None:
    result = run(PAST + FUTURE, QUESTIONS[:2])
    assert result["rankings"]["product"]["mrr"] == 1
    assert result["rankings"]["product"]["hit1"] == 1


@pytest.mark.parametrize("hour", [10, 10.5, 40], ids=["at once", "soon", "later"])
def test_what_is_said_at_the_time_of_a_question_or_after_it_helps_no_ranking(
    run: Callable[..., dict[str, Any]], hour: float
) -> None:
    """Zoe knows all about it, but nobody can know that yet."""
    question = asks(10, 10, "ola", "slugs again, on the lettuce", ["zoe", "ben"])
    alone = run(PAST + FUTURE[:1], [question])["rankings"]
    zoe = [said(50 + n, hour, "zoe", "slugs lettuce slugs lettuce", f"z{n}") for n in range(5)]
    zoe += [said(60, hour, "ida", "slugs on the lettuce", "y"), said(61, hour, "zoe", "tape", "y")]
    in_order = sorted([*PAST, *zoe, *FUTURE[:1]], key=lambda line: float(line["ts"]))
    assert run(in_order, [question])["rankings"] == alone


def test_what_was_said_a_moment_before_a_question_does_help(
    run: Callable[..., dict[str, Any]],
) -> None:
    zoe = said(50, 9.999, "zoe", "slugs lettuce slugs lettuce", "a")
    question = asks(10, 10, "ola", "slugs again, on the lettuce", ["zoe"])
    found = run([*PAST, zoe, *FUTURE[:1]], [question])["rankings"]
    assert all(ranking["recall10"] == 1 for ranking in found.values())


def test_packed_files_and_plain_ones_agree(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = []
    for ending in ("jsonl", "jsonl.gz"):
        messages = write(tmp_path / f"village.{ending}", PAST + FUTURE)
        questions = write(tmp_path / f"asked.{ending}", QUESTIONS)
        assert main([str(messages), str(questions), "--json", "--warm", "0"]) == 0
        seen.append(json.loads(capsys.readouterr().out)["rankings"])
    assert seen[0] == seen[1]


def test_the_first_share_of_the_time_only_feeds(run: Callable[..., dict[str, Any]]) -> None:
    """From hour 0 to 32: .32 of it is over at 10:14."""
    assert run(PAST + FUTURE, QUESTIONS, "--warm", "0.32")["questions"] == 2
    assert run(PAST + FUTURE, QUESTIONS, "--warm", "0.31")["questions"] == 3


def test_questions_that_name_somebody_or_that_no_known_person_answered_are_left_out(
    run: Callable[..., dict[str, Any]],
) -> None:
    naming = [line | ({"mentions": ["ben"]} if line["id"] == "m10" else {}) for line in FUTURE]
    assert run(PAST + naming, QUESTIONS)["questions"] == 2
    alone = [QUESTIONS[0], QUESTIONS[1] | {"answerers": ["ben"]}, QUESTIONS[2] | {"answerers": []}]
    assert run(PAST + FUTURE, alone)["questions"] == 1
    stranger = [QUESTIONS[0], QUESTIONS[2] | {"answerers": ["kim"]}]
    assert run(PAST + FUTURE, stranger)["questions"] == 1


def test_a_topic_is_asked_without_a_channel_and_only_where_there_is_one(
    run: Callable[..., dict[str, Any]],
) -> None:
    elsewhere = [line | {"channel": "old"} for line in PAST]
    asked = [QUESTIONS[0], QUESTIONS[1] | {"topic": "kiln glaze"}]
    by_topic = run(elsewhere + FUTURE, asked, "--query", "topic")
    assert by_topic["questions"] == 1
    assert by_topic["rankings"]["lately_in_channel"]["mrr"] == 1 / 2  # ida, then eva
    by_text = run(elsewhere + FUTURE, asked[1:])
    assert by_text["rankings"]["lately_in_channel"]["mrr"] == 0


def test_where_threads_have_titles_they_are_topics(run: Callable[..., dict[str, Any]]) -> None:
    """Only as `channel > title`; what the file of questions says comes first."""
    threads = {"d": "garden > slugs", "e": "kitchen > glaze", "f": "garden > "}
    titled = [line | {"thread": threads[line["thread"]]} for line in FUTURE]
    assert run(PAST + titled, QUESTIONS, "--query", "topic")["questions"] == 1
    named = [QUESTIONS[0] | {"topic": "celadon"}]
    found = run(PAST + titled, named, "--query", "topic")["rankings"]
    assert found["message_fts"]["mrr"] == 0  # nobody wrote of celadon yet, but ben of slugs


def test_a_sample_is_the_same_for_the_same_seed(run: Callable[..., dict[str, Any]]) -> None:
    def drawn(seed: str) -> Any:
        return run(PAST + FUTURE, QUESTIONS, "--sample", "1", "--seed", seed)["rankings"]

    assert drawn("3") == drawn("3")
    assert len({json.dumps(drawn(str(seed))) for seed in range(9)}) > 1


def test_optional_fields_may_be_missing_and_messages_may_hang_on_others(
    run: Callable[..., dict[str, Any]],
) -> None:
    """Without threads a conversation is what a message replies to, else a run in the channel."""
    bare = [
        said(1, 0, "ida", "slugs", reply_to=None),
        said(2, 0.1, "ben", "copper", reply_to="m1"),
        said(3, 0.2, "eva", "beer"),
        said(4, 5, "ola", "slugs", mentions=[]),
    ]
    question = {"id": "m4", "asker": "ola", "text": "slugs", "answerers": ["ben"]}
    found = run(bare, [question])["rankings"]
    assert found["lately_in_channel"]["mrr"] == 1 / 2  # eva answered ida later than ben
    assert found["product"]["recall10"] == 1


@pytest.mark.parametrize(
    ("messages", "questions", "sentence"),
    [
        (b"", b"{}", "m.jsonl is empty."),
        (b"not json\n", b"{}", "m.jsonl is not an export that Grapevine knows"),
        (b"good", b"", "q.jsonl holds no questions."),
        (b"good", b'{"id": "m1"}\n', "Line 1 of q.jsonl is not a question"),
        (b"good", b"\n{oh\n", "Line 2 of q.jsonl is not valid JSON"),
        (b"good", b"[]\n", "Line 1 of q.jsonl is not a question"),
        (b"backwards", b"good", "m.jsonl is not in order of time; sort its lines by ts."),
        (b"two", b"good", "m.jsonl holds several communities; measure one at a time."),
        (b"bots", b"good", "m.jsonl holds no messages of people."),
    ],
)
def test_bad_input_gets_one_sentence(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    messages: bytes,
    questions: bytes,
    sentence: str,
) -> None:
    known = {
        b"good": PAST + FUTURE,
        b"backwards": [*FUTURE, PAST[0] | {"channel": "old"}],
        b"two": [PAST[0] | {"community": "x"}, PAST[1] | {"community": "y"}, *FUTURE],
        b"bots": [line | {"bot": True} for line in PAST],
    }
    one, other = tmp_path / "m.jsonl", tmp_path / "q.jsonl"
    for path, data, good in ((one, messages, None), (other, questions, QUESTIONS)):
        if data in known:
            write(path, good or known[data])
        else:
            path.write_bytes(data)
    assert main([str(one), str(other)]) == 2
    told = capsys.readouterr()
    assert sentence in told.err
    assert told.err.count("\n") == 1
    assert not told.out


def test_nothing_left_to_measure_by_and_a_store_in_use_are_said_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    messages = str(write(tmp_path / "m.jsonl", PAST + FUTURE))
    questions = str(write(tmp_path / "q.jsonl", QUESTIONS))
    assert main([messages, questions, "--warm", "0.99"]) == 2
    assert capsys.readouterr().err.startswith("No question is left to measure by;")
    store = ["--warm", "0", "--database", f"sqlite:///{tmp_path}/own.db"]
    assert main([messages, questions, *store]) == 0
    assert "3 questions in" in capsys.readouterr().out
    assert main([messages, questions, *store]) == 2
    assert capsys.readouterr().err.endswith("is in use; give the benchmark an empty one.\n")


@given(
    order=st.lists(st.sampled_from("abcdefghijklmnop"), unique=True),
    answerers=st.sets(st.sampled_from("abcdefghijklmnop"), min_size=1),
)
def test_findability_is_the_place_that_is_left_without_the_other_answerers(
    order: list[str], answerers: set[str]
) -> None:
    tally = Tally()
    tally.add(order, answerers)
    for who in answerers:
        others = [one for one in order if one == who or one not in answerers]
        expected = 1 / (others.index(who) + 1) if who in others else 0
        assert tally.found[who] == [pytest.approx(expected)]
    best = [order.index(who) for who in answerers if who in order]
    assert tally.figures()["mrr"] == pytest.approx(1 / (min(best) + 1) if best else 0)
    assert tally.figures()["recall10"] == pytest.approx(
        len(answerers & set(order[:10])) / len(answerers)
    )
