"""What is asked for, as weighted terms of the vocabulary that the audience can see."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.text import words

if TYPE_CHECKING:
    from bot.model import Audience
    from bot.ports import Evidence

MOST_TERMS = 8  # of a long question, its rarest: more cost time and find nothing better


@dataclass(frozen=True, slots=True)
class Query:
    """The terms to look for, rarest first, each with its weight: idf times its use in the question.

    `unknown` are terms that nobody visible used; `whole` is the weight of all terms, these
    included. `conversations` is how many are visible, `average` their mean length in index words.
    """

    weights: dict[str, float]
    frequencies: dict[str, int]
    unknown: tuple[str, ...]
    whole: float
    conversations: int
    average: float

    @property
    def terms(self) -> int:
        """How many different terms are asked for."""
        return len(self.weights) + len(self.unknown)


def understand(text: str, audience: Audience, evidence: Evidence) -> Query:
    """Weigh the words of `text` by how rare they are in what the audience can see.

    Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009); the
    idf is the one that cannot become negative.
    """
    counted = words.count(text)
    conversations, length = evidence.size(audience)
    known = evidence.frequencies(list(counted.terms), audience) if counted.terms else {}
    weights = {
        term: idf(known.get(term, 0), conversations) * (1 + math.log(tf))
        for term, tf in counted.terms.items()
    }
    rarest = sorted(known, key=lambda term: (-weights[term], term))[:MOST_TERMS]
    unknown = tuple(term for term in counted.terms if term not in known)
    return Query(
        weights={term: weights[term] for term in rarest},
        frequencies={term: known[term] for term in rarest},
        unknown=unknown,
        whole=sum(weights[term] for term in rarest) + sum(weights[term] for term in unknown),
        conversations=conversations,
        average=max(1.0, length / max(1, conversations)),
    )


def idf(frequency: int, conversations: int) -> float:
    """What a term is worth that stands in so many of some conversations."""
    return math.log(1 + (conversations - frequency + 0.5) / (frequency + 0.5))
