"""Which messages belong together, by the pure rules alone."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.conversations import (
    FLOOR,
    Limits,
    continues,
    cut,
    in_order,
    is_attached,
    strand_of,
)
from bot.model import Conversation, Message
from tests.capture.world import minute

LIMITS = Limits(gap=timedelta(minutes=15), thread_gap=timedelta(days=14), cap=5)
MINUTES = st.lists(st.integers(0, 200), max_size=30).map(sorted)
STRANDS = st.sampled_from([FLOOR, "thread:1", "lost:1"])


def message(at: float, ident: str = "1", **more: str) -> Message:
    return Message(0, 1, ident, 0, 1, "hello", minute(at), **more)  # type: ignore[arg-type]


def talk(strand: str, tail: float, messages: int = 1) -> Conversation:
    end = minute(tail)
    return Conversation(1, 1, strand, 1, minute(0), end, "1", end, messages, 1)


def test_a_message_lies_in_its_thread_even_when_it_replies_to_something() -> None:
    assert strand_of("7", "3") == strand_of("7", None) == "thread:7"
    assert not is_attached(message(0, thread="7", reply_to="3"))


def test_a_message_of_no_thread_that_answers_nothing_lies_on_the_open_floor() -> None:
    assert strand_of(None, None) == FLOOR
    assert not is_attached(message(0))


def test_replies_to_one_lost_message_lie_together() -> None:
    assert strand_of(None, "3") == "lost:3"
    assert is_attached(message(0, reply_to="3"))


def test_a_thread_a_lost_message_and_the_floor_never_share_a_strand() -> None:
    assert len({strand_of("floor", None), strand_of(None, "floor"), strand_of(None, None)}) == 3


def test_a_message_continues_what_was_said_up_to_a_gap_ago() -> None:
    assert continues(talk(FLOOR, tail=10), message(25), LIMITS)
    assert not continues(talk(FLOOR, tail=10), message(25.1), LIMITS)


def test_a_thread_may_be_silent_for_days() -> None:
    two_weeks = 14 * 24 * 60
    assert continues(talk("thread:1", tail=0), message(two_weeks), LIMITS)
    assert not continues(talk("thread:1", tail=0), message(two_weeks + 1), LIMITS)


def test_replies_to_a_lost_message_belong_together_however_late() -> None:
    assert continues(talk("lost:1", tail=0), message(10_000_000), LIMITS)


def test_a_full_conversation_takes_no_more() -> None:
    assert continues(talk(FLOOR, tail=0, messages=4), message(1), LIMITS)
    assert not continues(talk(FLOOR, tail=0, messages=5), message(1), LIMITS)


def test_nothing_is_cut_into_nothing() -> None:
    assert cut(FLOOR, [], LIMITS) == []


@given(STRANDS, MINUTES)
def test_cutting_loses_nothing_and_keeps_the_order(strand: str, minutes: list[int]) -> None:
    messages = [message(at, str(number)) for number, at in enumerate(minutes)]
    assert [post for run in cut(strand, messages, LIMITS) for post in run] == messages


@given(STRANDS, MINUTES)
def test_it_is_cut_where_it_must_be_and_nowhere_else(strand: str, minutes: list[int]) -> None:
    runs = cut(strand, [message(at) for at in minutes], LIMITS)
    gap = LIMITS.of(strand)
    for run in runs:
        assert 0 < len(run) <= LIMITS.cap
        assert all(later.at - earlier.at <= gap for earlier, later in pairwise(run))
    for before, after in pairwise(runs):
        assert len(before) == LIMITS.cap or after[0].at - before[-1].at > gap


@given(MINUTES)
def test_cutting_agrees_with_continuing_message_by_message(minutes: list[int]) -> None:
    one_by_one: list[list[Message]] = []
    for at in minutes:
        post = message(at)
        if one_by_one:
            run = one_by_one[-1]
            last = Conversation(
                1, 1, FLOOR, 1, run[0].at, run[-1].at, "1", run[-1].at, len(run), len(run)
            )
            if continues(last, post, LIMITS):
                run.append(post)
                continue
        one_by_one.append([post])
    assert cut(FLOOR, [message(at) for at in minutes], LIMITS) == one_by_one


def test_two_messages_of_one_moment_stand_in_the_order_of_their_ids() -> None:
    some = [message(3, "b"), message(3, "a"), message(1, "z")]
    assert [post.external_id for post in sorted(some, key=in_order)] == ["z", "a", "b"]
