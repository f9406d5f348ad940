"""Other ways to rank beside the product's, in a village; and what a community teaches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.learned import FEWEST, MOST, Example, fit
from benchmarks.roads import FADING, main
from bot.ranking.people import ASK
from tests.benchmarks.conftest import Told, Village

START = {"told": 0.5, "seen": 0.5}


def test_every_road_is_measured_beside_the_product(village: Village, told: Told) -> None:
    result = told(main, village.messages, village.questions, "--warm", "0")
    assert result["questions"] == 3
    names = ["product", "learned", "by ranks", "equal weights"]
    names += [f"{way} {name}" for way in ("without", "only") for name in ASK.weights]
    names += [f"fading {days} days" for days in FADING]
    assert list(result["roads"]) == names
    for road in result["roads"].values():
        assert 3 * road["mrr"] == pytest.approx(road["earlier"] + 2 * road["later"], abs=0.001)
    assert (result["roads"]["product"]["low"], result["roads"]["product"]["high"]) == (0, 0)
    assert result["weights"] == ASK.weights  # three questions teach nothing yet


def example(*, by_told: bool) -> Example:
    """Two people; one answered, whom one of the views likes best."""
    views = {"told": {1: 3.0, 2: 1.0}, "seen": {1: 1.0, 2: 3.0}}
    return Example(views, frozenset({1 if by_told else 2}))


def test_the_view_that_was_right_gains() -> None:
    weights = fit([example(by_told=True)] * 200, START)
    assert weights["told"] > START["told"]
    assert weights["seen"] < START["seen"]
    assert all(0 <= weight <= MOST for weight in weights.values())


def test_a_few_examples_change_nothing() -> None:
    assert fit([example(by_told=True)] * (FEWEST - 1), START) == START
    nobody = Example({"told": {1: 1.0}, "seen": {}}, frozenset())
    assert fit([nobody] * 99, START) == START


@given(right=st.lists(st.booleans(), min_size=FEWEST, max_size=60))
def test_weights_stay_within_their_bounds(right: list[bool]) -> None:
    weights = fit([example(by_told=one) for one in right], START)
    assert all(0 <= weight <= MOST for weight in weights.values())


def test_views_that_agree_half_the_time_stay_alike() -> None:
    weights = fit([example(by_told=n % 2 == 0) for n in range(200)], START)
    assert weights["told"] == pytest.approx(weights["seen"])
