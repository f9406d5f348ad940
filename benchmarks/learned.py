"""Weights that a community teaches: a small conditional logit over the ranking's views.

Measured, not in the product (`benchmarks/RESULTS.md`). Each question whose answers are known is an
example: the weights are moved so that those who answered become likelier among all whom the views
know. They never fall below 0 nor rise above `MOST`, and are held to the starting weights as if
`HELD` examples had agreed with these, so that little data changes little.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.ranking.pooling import pool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.ranking.pooling import View

MOST, HELD = 1.2, 4.0
STEPS, PACE = 40, 0.5
FEWEST = 30  # examples


@dataclass(frozen=True, slots=True)
class Example:
    """What the views said of people, and who of these then answered."""

    views: Mapping[str, View]
    answered: frozenset[int]


def fit(examples: Sequence[Example], start: Mapping[str, float]) -> dict[str, float]:
    """The weights under which the answers of the examples are likeliest, near `start`."""
    weights = dict(start)
    useful = [one for one in examples if one.answered]
    if len(useful) < FEWEST:
        return weights
    for step in range(STEPS):
        slope = dict.fromkeys(weights, 0.0)
        for example in useful:
            for name, much in _slope(example, weights).items():
                slope[name] += much / len(useful)
        pace = PACE / math.sqrt(1 + step)
        for name, weight in weights.items():
            pull = 2 * HELD * (weight - start[name]) / len(useful)
            weights[name] = min(MOST, max(0.0, weight + pace * (slope[name] - pull)))
    return weights


def _slope(example: Example, weights: Mapping[str, float]) -> dict[str, float]:
    """How the logarithm of the answers' likelihood grows with each weight."""
    scores = pool(example.views, weights)
    highest = max(scores.values())
    likely = {who: math.exp(score - highest) for who, score in scores.items()}
    whole = sum(likely.values())
    share = 1 / len(example.answered)
    return {
        name: sum(
            says * (share * (who in example.answered) - likely[who] / whole)
            for who, says in view.items()
        )
        for name, view in example.views.items()
    }
