"""How good an order of people is, when it is known who then answered."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from random import Random
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

HITS = (1, 3, 5)
RECALLED = 10
DRAWS = 2_000
SURE = 0.95


@dataclass(slots=True)
class Tally:
    """Adds up one ranking's measures over many questions.

    `firsts`: the reciprocal rank of the best placed answerer of each question, 0 when none is
    ranked; `recalls`: the share of its answerers among the first ten; `found`: for each person the
    reciprocal rank at each of their answers when the other answerers are taken out.
    """

    firsts: list[float] = field(default_factory=list)
    recalls: list[float] = field(default_factory=list)
    found: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, order: Sequence[str], answerers: Collection[str]) -> None:
        """Count one question: who was named, best first, and who answered (at least one)."""
        places = {who: place for place, who in enumerate(order, 1) if who in answerers}
        ranked = sorted(places.values())
        self.firsts.append(1 / ranked[0] if ranked else 0.0)
        self.recalls.append(sum(place <= RECALLED for place in ranked) / len(answerers))
        for who in answerers:
            others_before = sum(place < places.get(who, 0) for place in ranked)
            self.found[who].append(1 / (places[who] - others_before) if who in places else 0.0)

    def figures(self) -> dict[str, float]:
        """The measures, each from 0 to 1."""
        hits = {f"hit{k}": fmean(first >= 1 / k for first in self.firsts) for k in HITS}
        return {
            "mrr": fmean(self.firsts),
            **hits,
            f"recall{RECALLED}": fmean(self.recalls),
            "findability": fmean(fmean(each) for each in self.found.values()),
        }


def reciprocal(order: Sequence[str], wanted: Collection[str]) -> float:
    """One by the place of the first who is wanted; 0 when nobody is."""
    return next((1 / place for place, who in enumerate(order, 1) if who in wanted), 0.0)


def interval(values: Sequence[float], seed: int) -> tuple[float, float]:
    """Between what the mean of `values` lies with 95 % certainty: the percentile bootstrap.

    Efron, "Bootstrap Methods: Another Look at the Jackknife" (1979).
    """
    random = Random(seed)
    means = sorted(fmean(random.choices(values, k=len(values))) for _ in range(DRAWS))
    beside = round(DRAWS * (1 - SURE) / 2)
    return means[beside], means[-beside - 1]
