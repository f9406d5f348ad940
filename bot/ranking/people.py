"""Whom to name, best first: several orders of people fused into one.

Each signal orders people by itself; reciprocal rank fusion (Cormack, Clarke and Buettcher 2009)
adds w / (K + rank). It needs no training and, measured over six communities, was never below the
best single signal. Signals that know nothing of the question (who answers here lately, who is
about) only order people; whether somebody may be named for a topic is decided by their receipts.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.ranking.decay import Decay
from bot.ranking.matching import Matches, match
from bot.ranking.query import Query, understand

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.model import Audience
    from bot.ports import Evidence

K = 10
# A question wants those who will answer it, a topic those who know it, whoever is about.
QUESTION = {"conversations": 1.0, "here": 1.0, "seen": 1.0, "own": 0.6, "lately": 0.6}
TOPIC = {"conversations": 1.0, "here": 0.2, "own": 0.6}
LONGEST_TOPIC = 3  # terms
YEAR, SEASON, MONTH = Decay(days=365), Decay(days=180), Decay(days=30)
NEWEST_ANSWERS = 500
NEWEST_MESSAGES = 300


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
) -> Ranking:
    """Order the accounts that may help with `text`.

    `place_id`: where it is asked, so that who answers there lately comes forward; `without`: the
    asker's own accounts; `now`: microseconds since 1970.
    """
    query = understand(text, audience, evidence)
    matches = match(query, audience, evidence)
    credit = _credit(matches, audience, evidence, now)
    signals: dict[str, Callable[[], list[int]]] = {
        "conversations": lambda: _order({who: sum(of.values()) for who, of in credit.items()}),
        "own": lambda: _order(_own_words(query, matches, credit, now)),
        "here": lambda: _answering(evidence, audience, place_id, now) if place_id else [],
        "lately": lambda: _answering(evidence, audience, None, now),
        "seen": lambda: list(dict.fromkeys(evidence.seen_lately(audience, NEWEST_MESSAGES))),
    }
    weights = TOPIC if len(query.weights) <= LONGEST_TOPIC else QUESTION
    fused = fuse([(weight, signals[name]()) for name, weight in weights.items()], without)
    return Ranking(fused, query, matches, credit)


def fuse(orders: Iterable[tuple[float, list[int]]], without: frozenset[int]) -> list[int]:
    """Reciprocal rank fusion of weighted orders, leaving some out before ranks are given."""
    total: defaultdict[int, float] = defaultdict(float)
    for weight, order in orders:
        place = 0
        for who in order:
            if who not in without:
                place += 1
                total[who] += weight / (K + place)
    return _order(total)


def _order(scores: dict[int, float]) -> list[int]:
    return sorted(scores, key=lambda who: (-round(scores[who], 9), who))


def _credit(
    matches: Matches, audience: Audience, evidence: Evidence, now: int
) -> dict[int, dict[int, float]]:
    """What each conversation counts for those who answered in it.

    Its squared score, faded over a year, times the logarithm of how much somebody said in it.
    """
    worth = {
        number: hit.score**2 * YEAR.at(hit.last_at, now) for number, hit in matches.hits.items()
    }
    credit: defaultdict[int, dict[int, float]] = defaultdict(dict)
    for part in evidence.parts(matches.hits, audience) if matches.hits else ():
        if part.answered_at is None:
            continue
        number = part.conversation_id
        credit[part.account_id][number] = worth[number] * Decay.dampen(part.messages)
    return dict(credit)


def _own_words(
    query: Query, matches: Matches, credit: dict[int, dict[int, float]], now: int
) -> dict[int, float]:
    """How much of what is asked people said themselves where they answered, fading over months.

    What somebody says when they ask shows that they wanted to know, not that they know.
    """
    said: defaultdict[tuple[int, str], float] = defaultdict(float)
    for (number, who), used in matches.used.items():
        if number in credit.get(who, ()):
            fading = SEASON.at(matches.hits[number].last_at, now)
            for term, tf in used.items():
                said[who, term] += tf * fading
    own: defaultdict[int, float] = defaultdict(float)
    for (who, term), amount in said.items():
        own[who] += Decay.dampen(amount) * query.weights[term]
    return own


def _answering(evidence: Evidence, audience: Audience, place_id: int | None, now: int) -> list[int]:
    """Who answers lately, in one place or anywhere; each conversation once, fading fast."""
    count: defaultdict[int, float] = defaultdict(float)
    for who, at in evidence.answered_lately(audience, place_id, NEWEST_ANSWERS):
        count[who] += MONTH.at(at, now)
    return _order(count)
