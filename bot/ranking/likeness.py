"""Whether two texts are about the same: for a person to be told of something unasked.

That a long conversation holds the words of a question says little: it holds many words. What is
held against a question here is one message: how alike the two are as a whole (the cosine of their
weighted terms), how much of the question it holds, and whether so many of its words would meet by
chance. Measured by hand-judged samples (`benchmarks/later.py`).
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from bot.ranking.query import idf
from bot.text import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.model import Audience
    from bot.ports import Evidence, Said

# What is enough. Of forty that reach this, at least seven in ten were apt; each lower, fewer were.
WHOLE, COVER, ODDS = 0.55, 0.4, 1.4
# In a community that is young a word is no commonplace because two of three conversations hold it.
FEWEST = 500  # conversations that a word's rarity is reckoned by
LEAST_TERMS = 2
REPLIES = 5  # messages of others behind a question in which its answer is looked for
_PATH = re.compile(r"\S*/\S*/\S*")  # one name: its parts never come alone, which proves nothing
_ASKS = re.compile(r"[?？](?:\s|$)")  # not the one in an address


class Like(NamedTuple):
    """How a text is like a question.

    `whole`: the cosine of both, 0 to 1; `cover`: the share of the question's weight that the text
    holds, 0 to 1; `odds`: what the terms they share weigh together, in units of the weight of one
    that a single conversation holds: above 1, no conversation would hold them all by chance.
    """

    whole: float = 0.0
    cover: float = 0.0
    odds: float = 0.0

    @property
    def is_enough(self) -> bool:
        """Whether it is worth telling the asker."""
        return self.whole >= WHOLE and self.cover >= COVER and self.odds >= ODDS


def compare(
    question: str, texts: Sequence[str], audience: Audience, evidence: Evidence
) -> list[Like]:
    """How each text is like a question; what shares a single term counts as unlike.

    A term is worth its idf in what the audience can see, times the logarithm of its uses.
    """
    asked, *others = (words.count(_PATH.sub(" ", text)).terms for text in (question, *texts))
    near = [one for one in others if len(asked.keys() & one.keys()) >= LEAST_TERMS]
    if not near:
        return [Like()] * len(others)
    everything = asked.keys() | {term for one in near for term in one}
    known = evidence.frequencies(everything, audience)
    total = max(evidence.size(audience)[0], FEWEST)
    rarity = {term: idf(known.get(term, 0), total) for term in everything}
    return [
        _like(asked, one, rarity, math.log(total))
        if len(asked.keys() & one.keys()) >= LEAST_TERMS
        else Like()
        for one in others
    ]


def _like(
    asked: Mapping[str, int], other: Mapping[str, int], rarity: Mapping[str, float], unit: float
) -> Like:
    mine, theirs = _weights(asked, rarity), _weights(other, rarity)
    shared = mine.keys() & theirs.keys()
    length = math.hypot(*mine.values()) * math.hypot(*theirs.values())
    return Like(
        whole=sum(mine[term] * theirs[term] for term in shared) / length,
        cover=sum(mine[term] for term in shared) / sum(mine.values()),
        odds=sum(rarity[term] for term in shared) / unit,
    )


def _weights(terms: Mapping[str, int], rarity: Mapping[str, float]) -> dict[str, float]:
    return {term: rarity[term] * (1 + math.log(uses)) for term, uses in terms.items()}


class Told(NamedTuple):
    """A conversation about what is asked: the message most like the question, and what answers."""

    like: Like
    alike: Said
    answer: Said


def told(question: str, said: Sequence[Said], audience: Audience, evidence: Evidence) -> list[Told]:
    """Of some conversations' messages, in order of time, those that tell of what is asked.

    One of each conversation, the most alike first.
    """
    likes = compare(question, [one.text for one in said], audience, evidence)
    talks: dict[int, list[tuple[Like, Said]]] = {}
    for like, one in zip(likes, said, strict=True):
        talks.setdefault(one.conversation_id, []).append((like, one))
    found = [_best([like for like, _ in t], [one for _, one in t]) for t in talks.values()]
    return sorted(filter(None, found), key=lambda one: -one.like.whole)


def _best(likes: Sequence[Like], talk: Sequence[Said]) -> Told | None:
    """The message of a conversation that is most like what is asked, if it is answered."""
    order = sorted(range(len(talk)), key=lambda number: -likes[number].whole)
    for number in (one for one in order if likes[one].is_enough):
        answer = _answer(talk, number)
        if answer is not None:
            return Told(likes[number], talk[number], answer)
    return None


def _answer(talk: Sequence[Said], number: int) -> Said | None:
    """What answers a message of a conversation.

    The message itself, where it asks nothing and somebody else began; else the fullest of what
    another person says next.
    """
    alike = talk[number]
    if alike.account_id != talk[0].account_id and not _ASKS.search(alike.text):
        return alike
    others = [one for one in talk[number:] if one.account_id != alike.account_id][:REPLIES]
    theirs = [one for one in others if one.account_id == others[0].account_id]
    return max(theirs, key=lambda one: len(one.text), default=None)
