"""Several views of who will help, as one: a weighted sum of the logarithms of what each says.

Each signal says of people how likely it finds them; a logarithmic opinion pool (Genest and Zidek,
"Combining Probability Distributions", 1986) multiplies such views, each to the power of its
weight. A signal that says nothing of somebody gives 0, so that only those whom it knows are kept.
Weights are never negative: more of any signal never puts a person further back.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.ranking.rows import Present

FAINT = 0.01  # a share this small is as good as none
HOUR = 3_600_000_000  # microseconds
HOURS_MEANT = 3  # of 24: this one, the one before and the one after
DOUBT = 4  # messages after which somebody's own hours count as much as those of the day
RARELY = 0.05  # a share of messages

View = dict[int, float]  # by account


def shares(amounts: Mapping[int, float]) -> View:
    """A view from amounts: how large a share each has of them all."""
    whole = sum(amounts.values())
    if whole <= 0:
        return {}
    return {who: math.log1p(amount / whole / FAINT) for who, amount in amounts.items()}


def recency(present: Iterable[Present], now: int) -> View:
    """A view from when each was last seen, beside whoever was not seen for twice as long."""
    ages = {one.account_id: max(0, now - one.last_at) for one in present}
    longest = 2 * max(ages.values(), default=0) + HOUR
    return {who: math.log(longest / (age + HOUR)) for who, age in ages.items()}


def habit(present: Iterable[Present]) -> View:
    """A view from how much of what each writes is written at this time of the day."""
    usual = HOURS_MEANT / 24
    known = usual + RARELY
    view: View = {}
    for one in present:
        share = (one.about_now + DOUBT * usual) / (one.messages + DOUBT)
        view[one.account_id] = math.log((share + RARELY) / known)
    return view


def pool(views: Mapping[str, View], weights: Mapping[str, float]) -> dict[int, float]:
    """What all views together say of everyone whom one of them knows."""
    total: defaultdict[int, float] = defaultdict(float)
    for name, view in views.items():
        weight = weights[name]
        for who, says in view.items():
            total[who] += weight * says
    return dict(total)


def best_first(scores: Mapping[int, float]) -> list[int]:
    """The accounts in order; how a database adds up must not decide a tie."""
    return sorted(scores, key=lambda who: (-round(scores[who], 9), who))
