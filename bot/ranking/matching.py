"""Which conversations speak of what is asked, and who used the words in them.

BM25 over whole conversations: measured, the conversation is a better unit of evidence than the
single message and three times cheaper.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.ranking.rows import Saturation

if TYPE_CHECKING:
    from bot.model import Audience
    from bot.ports import Evidence
    from bot.ranking.query import Query
    from bot.ranking.rows import Hit

K1, B = 1.2, 0.75
BEST = 100  # conversations that count
# Conversations that the rarest terms may find. The others are so common that they only help to
# order what these have found.
BUDGET = 1_500


@dataclass(slots=True)
class Matches:
    """What the terms found.

    `hits`: the best conversations by number; `cover`: the share of the question's weight that
    each holds, 0 to 1. `used`: how often each account used each term itself in each of them, by
    (conversation, account). `rare`: the terms that found them, where the others only ordered what
    these had found. `after`: where so many speak of it that only the newest were looked at, the
    number of the conversation behind which; else 0. Links are numbered in the same row.
    """

    hits: dict[int, Hit] = field(default_factory=dict)
    cover: dict[int, float] = field(default_factory=dict)
    used: dict[tuple[int, int], dict[str, int]] = field(default_factory=dict)
    rare: tuple[str, ...] = ()
    after: int = 0


def match(query: Query, audience: Audience, evidence: Evidence) -> Matches:
    """Find the conversations, and who said what is asked in them."""
    if not query.weights:
        return Matches()
    rare, found = _within_budget(query)
    after = 0
    if found > 2 * BUDGET:
        # Even the rarest term stands in too many: of these the newest, as many as may be.
        after = evidence.newest(audience, query.conversations * BUDGET // found)
    hits = _hits(query, rare, after, audience, evidence)
    matches = Matches({hit.conversation_id: hit for hit in hits}, rare=tuple(rare), after=after)
    for hit in hits:
        matches.cover[hit.conversation_id] = hit.weight / query.whole
    for term, number, account_id, tf in evidence.used(query.weights, matches.hits, audience):
        matches.used.setdefault((number, account_id), {})[term] = tf
    return matches


def _hits(
    query: Query, rare: dict[str, float], after: int, audience: Audience, evidence: Evidence
) -> list[Hit]:
    """The best conversations: found by the rare terms, and put in order by all."""
    everything = Saturation(query.weights, K1, B, query.average)
    if len(rare) == len(query.weights):
        return evidence.score(everything, audience, BEST, after=after)
    first = evidence.score(everything._replace(weights=rare), audience, 2 * BEST, after=after)
    return evidence.score(everything, audience, BEST, [hit.conversation_id for hit in first])


def _within_budget(query: Query) -> tuple[dict[str, float], int]:
    """The rarest terms, as many as may be looked up in full, at least one; how much they find."""
    taken: dict[str, float] = {}
    spent = 0
    for term, weight in query.weights.items():
        if taken and spent + query.frequencies[term] > BUDGET:
            break
        spent += query.frequencies[term]
        taken[term] = weight
    return taken, spent
