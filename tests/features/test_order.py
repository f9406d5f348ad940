"""Who comes first, and that more evidence never puts anybody back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ranking import pooling
from bot.ranking.rows import Present
from tests.features.village import Village, names

HOUR = 3_600_000_000
AMOUNTS = st.dictionaries(st.integers(0, 9), st.floats(0, 1e6), min_size=1)


def test_who_was_about_lately_comes_first_among_equals(village: Village) -> None:
    for who in ("bob", "mei"):
        question = village.post("ana", "does anybody keep otters?")
        village.post(who, "otters need a pond", reply_to=question)
    village.post("bob", "good morning")
    assert names(village.ask("ana", "whoknows", "otters")) == ["bob", "mei"]
    village.post("mei", "good morning")
    village.post("mei", "and good night")
    assert names(village.ask("ana", "whoknows", "otters")) == ["mei", "bob"]


def test_who_only_asked_is_not_named(village: Village) -> None:
    question = village.post("ana", "does anybody keep otters? otters, otters")
    village.post("bob", "otters need a pond", reply_to=question)
    assert names(village.ask("mei", "whoknows", "otters")) == ["bob"]


@given(AMOUNTS, st.integers(0, 9), st.floats(0, 1e6))
def test_a_larger_amount_is_never_a_smaller_share(
    amounts: dict[int, float], who: int, more: float
) -> None:
    before = pooling.best_first(pooling.shares({who: 0.0, **amounts}))
    grown = {**amounts, who: amounts.get(who, 0.0) + more}
    after = pooling.best_first(pooling.shares(grown))
    if who in before and who in after:
        assert after.index(who) <= before.index(who)


def test_nothing_makes_no_view() -> None:
    assert pooling.shares({}) == {}
    assert pooling.shares({1: 0.0}) == {}
    assert pooling.recency([], 0) == {}
    assert pooling.habit([]) == {}


def test_who_is_about_now_is_before_who_was() -> None:
    present = [Present(1, 10 * HOUR, 1, 0), Present(2, 19 * HOUR, 1, 0)]
    view = pooling.recency(present, 20 * HOUR)
    assert view[2] > view[1] > 0


@pytest.mark.parametrize(("mornings", "sign"), [(9, 1), (0, -1)])
def test_who_is_used_to_be_about_at_this_hour_gains(mornings: int, sign: int) -> None:
    view = pooling.habit([Present(1, 0, 10, mornings)])
    assert view[1] * sign > 0


def test_views_count_by_their_weights() -> None:
    views = {"here": {1: 1.0}, "seen": {1: 1.0, 2: 3.0}}
    assert pooling.pool(views, {"here": 2.0, "seen": 0.5}) == {1: 2.5, 2: 1.5}
