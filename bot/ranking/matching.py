"""Which conversations speak of what is asked, and who used the words in them.

BM25 over whole conversations: measured, the conversation is a better unit of evidence than the
single message and three times cheaper.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.ports import Saturation
from bot.ranking.decay import Decay

if TYPE_CHECKING:
    from bot.model import Audience
    from bot.ports import Evidence, Hit
    from bot.ranking.query import Query

K1, B = 1.2, 0.75
BEST = 100  # conversations that count
# Conversations that the rarest terms may find. The others are so common that they only help to
# order what these have found.
BUDGET = 4_000
OWN_WORDS = Decay(days=180)


@dataclass(slots=True)
class Matches:
    """What the terms found.

    `hits`: the best conversations by number; `cover`: the share of the question's weight that
    each holds, 0 to 1. `used`: the terms that each account used itself in each; `own`: how much
    of the question's words each account has used in them, faded.
    """

    hits: dict[int, Hit] = field(default_factory=dict)
    cover: dict[int, float] = field(default_factory=dict)
    used: dict[tuple[int, int], set[str]] = field(default_factory=dict)
    own: dict[int, float] = field(default_factory=dict)


def match(query: Query, audience: Audience, evidence: Evidence, now: int) -> Matches:
    """Find the conversations. `now`: microseconds since 1970."""
    if not query.weights:
        return Matches()
    hits = _hits(query, audience, evidence)
    found = Matches({hit.conversation_id: hit for hit in hits})
    for hit in hits:
        found.cover[hit.conversation_id] = hit.weight / query.whole
    _who_said(found, query, audience, evidence, now)
    return found


def _hits(query: Query, audience: Audience, evidence: Evidence) -> list[Hit]:
    everything = Saturation(query.weights, K1, B, query.average)
    rare = _within_budget(query)
    if len(rare) == len(query.weights):
        return evidence.score(everything, audience, BEST, None)
    first = evidence.score(everything._replace(weights=rare), audience, 3 * BEST, None)
    return evidence.score(everything, audience, BEST, [hit.conversation_id for hit in first])


def _within_budget(query: Query) -> dict[str, float]:
    """The rarest terms, as many as may be looked up in full; at least one."""
    taken: dict[str, float] = {}
    spent = 0
    for term, weight in query.weights.items():
        spent += query.frequencies[term]
        if taken and spent > BUDGET:
            break
        taken[term] = weight
    return taken


def _who_said(
    found: Matches, query: Query, audience: Audience, evidence: Evidence, now: int
) -> None:
    said: defaultdict[tuple[int, str], float] = defaultdict(float)
    for term, number, account_id, tf in evidence.used(query.weights, found.hits, audience):
        found.used.setdefault((number, account_id), set()).add(term)
        said[account_id, term] += tf * OWN_WORDS.at(found.hits[number].last_at, now)
    for (account_id, term), amount in said.items():
        worth = OWN_WORDS.dampen(amount) * query.weights[term]
        found.own[account_id] = found.own.get(account_id, 0.0) + worth
