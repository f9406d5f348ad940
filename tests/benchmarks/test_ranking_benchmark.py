"""The ranking benchmark, on an invented village small enough to rank by hand."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.measures import Tally
from benchmarks.ranking import main

HOUR = 3600.0
BASELINES = ("most_messages", "lately_in_channel", "message_fts")

Line = dict[str, Any]


def said(
    number: int, hour: float, user: str, text: str, thread: str | None = None, **more: Any
) -> Line:
    """One message in #garden; its thread, if any, is a name."""
    line = {"id": f"m{number}", "ts": hour * HOUR, "channel": "garden", "user": user, "text": text}
    return line | ({"thread": thread} if thread else {}) | more


def asks(
    number: int, hour: float, asker: str, text: str, answerers: list[str], **more: Any
) -> Line:
    return {
        "id": f"m{number}",
        "ts": hour * HOUR,
        "channel": "garden",
        "asker": asker,
        "text": text,
        "answerers": answerers,
        **more,
    }


# Before hour 10: ida wrote 3 messages, ben 2, eva 1, ola 1; ben answered twice, eva once, ida once.
PAST = [
    said(1, 0, "ida", "how do I keep slugs off the lettuce", "a"),
    said(2, 1, "ben", "copper tape keeps slugs away", "a"),
    said(3, 2, "ida", "when should I prune the plum tree", "b"),
    said(4, 3, "ben", "prune the plum in summer", "b"),
    said(5, 4, "ola", "which kiln is good for stoneware glaze", "c"),
    said(6, 5, "eva", "any kiln that reaches cone six", "c"),
    said(7, 6, "ida", "mine is electric", "c"),
]
# Three questions whose orders are worked out below; each is answered after it was measured.
FUTURE = [
    said(10, 10, "ola", "slugs again, on the lettuce", "d"),
    said(11, 11, "ben", "tape", "d"),
    said(20, 20, "ben", "what glaze for a kiln", "e"),
    said(21, 21, "eva", "celadon", "e"),
    said(22, 22, "ola", "ash", "e"),
    said(30, 30, "eva", "who prunes", "f"),
    said(31, 31, "kim", "I would", "f"),
    said(32, 32, "ida", "me too", "f"),
]
QUESTIONS = [
    asks(10, 10, "ola", "slugs again, on the lettuce", ["ben"]),
    asks(20, 20, "ben", "what glaze for a kiln", ["eva", "ola"]),
    asks(30, 30, "eva", "who prunes", ["kim", "ida"]),
]


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


def write(path: Path, lines: list[Line]) -> Path:
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


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
    assert set(result) == {"questions", "rankings", "seconds"}
    assert result["questions"] == 3
    assert set(result["rankings"]) == {"product", *BASELINES}
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
    assert main([str(one), str(other)]) == 1
    told = capsys.readouterr()
    assert sentence in told.err
    assert told.err.count("\n") == 1
    assert not told.out


def test_nothing_left_to_measure_by_and_a_store_in_use_are_said_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    messages = str(write(tmp_path / "m.jsonl", PAST + FUTURE))
    questions = str(write(tmp_path / "q.jsonl", QUESTIONS))
    assert main([messages, questions, "--warm", "0.99"]) == 1
    assert capsys.readouterr().err.startswith("No question is left to measure by;")
    store = ["--warm", "0", "--database", f"sqlite:///{tmp_path}/own.db"]
    assert main([messages, questions, *store]) == 0
    assert "3 questions in" in capsys.readouterr().out
    assert main([messages, questions, *store]) == 1
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
