"""Whom to name, best first: several views of people pooled into one order.

Views that know nothing of the question (who answers here lately, who is about) only order people;
whether somebody may be named for a topic is decided by their receipts.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.ranking import pooling
from bot.ranking.decay import Decay
from bot.ranking.matching import Matches, match
from bot.ranking.query import Query, understand
from bot.ranking.views import Aim, Asking, Found, views

if TYPE_CHECKING:
    from bot.model import Audience
    from bot.ports import Evidence

# A question wants those who will answer it, a topic those who know it, at whatever hour.
ASK = Aim(
    {
        "conversations": 0.65,
        "words": 0.35,
        "here": 0.45,
        "seen": 0.25,
        "seen_here": 0.15,
        "hour": 0.4,
        "asker": 0.15,
    }
)
KNOWS = Aim({"conversations": 0.6, "words": 0.3, "here": 0.2, "seen": 0.25, "asker": 0.2})
LONGEST_TOPIC = 3  # terms


@dataclass(slots=True)
class Ranking:
    """People in order, as account numbers, with the evidence that speaks for each.

    `credit`: for each account the conversations it answered, with how much each counts.
    """

    order: list[int]
    query: Query
    matches: Matches
    credit: dict[int, dict[int, float]] = field(default_factory=dict)


def rank(
    text: str,
    audience: Audience,
    evidence: Evidence,
    now: int,
    *,
    place_id: int | None = None,
    without: frozenset[int] = frozenset(),
    aim: Aim | None = None,
) -> Ranking:
    """Order the accounts that may help with `text`.

    `place_id`: where it is asked, so that who answers there lately comes forward; `without`: the
    asker's own accounts; `now`: microseconds since 1970; `aim`: ASK to find who will answer,
    KNOWS to find who knows, None to let the length of the text decide.
    """
    asking = Asking(audience, now, place_id, without)
    found = find(text, asking, evidence)
    if aim is None:
        aim = KNOWS if found.query.terms <= LONGEST_TOPIC else ASK
    pooled = pooling.pool(views(found, aim, asking, evidence), aim.weights)
    order = [who for who in pooling.best_first(pooled) if who not in without]
    return Ranking(order, found.query, found.matches, _credit(found))


def find(text: str, asking: Asking, evidence: Evidence) -> Found:
    """The conversations that speak of `text`, and who took part in them."""
    query = understand(text, asking.audience, evidence)
    matches = match(query, asking.audience, evidence)
    parts = evidence.parts(matches.hits, asking.audience) if matches.hits else []
    return Found.of(query, matches, parts, asking.now)


def _credit(found: Found) -> dict[int, dict[int, float]]:
    """What each conversation counts for those who answered in it, by how much they said."""
    credit: defaultdict[int, dict[int, float]] = defaultdict(dict)
    for number, who, messages, answered_at in found.parts:
        if answered_at is not None:
            credit[who][number] = found.worth[number] * Decay.dampen(messages)
    return dict(credit)
