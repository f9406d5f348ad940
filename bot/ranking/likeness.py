"""Whether two texts are about the same: for a person to be told of something.

That a long conversation holds the words of a question says little: it holds many words. What is
held against a question here is one message: how alike the two are as a whole (the cosine of their
weighted terms) and in what is said beside pasted code (two listings of one language are always
alike), and how much of the question it holds, of words so rare that they do not meet by chance.
What comes unasked must be more alike than what somebody looks at anyway. The bounds come from
samples judged by hand (`benchmarks/RESULTS.md`).
"""

from __future__ import annotations

import math
import re
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

from bot.ranking.query import idf
from bot.text import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.model import Audience
    from bot.ports import Evidence, Said

COVER = 0.4  # of the question's weight, in a conversation of which the messages are looked at
# In a community that is young a word is no commonplace because two of three conversations hold it.
FEWEST = 500  # conversations that a word's rarity is reckoned by
LEAST_TERMS = 2
REPLIES = 5  # messages of others behind a question in which its answer is looked for
# A path is one name: its parts never come alone, which proves nothing. Nor do versions and numbers.
_NO_WORDS = re.compile(r"\S*/\S*/\S*|\S*\d\.\d\S*|\b\d+\b")
_LISTING = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_ASKS = re.compile(r"[?？](?:\s|$)")  # not the one in an address


class Like(NamedTuple):
    """How a text is like a question.

    `whole`: the cosine of both, 0 to 1; `prose`: that of both without listings; `held`: what the
    terms they share weigh together, in units of the weight of a term that a single conversation
    holds (above 1, no conversation would hold them all by chance), times the share of the
    question's weight that they are (few rare words are enough where nothing else is asked).
    """

    whole: float = 0.0
    prose: float = 0.0
    held: float = 0.0

    def reaches(self, least: Like) -> bool:
        """Whether it is at least so much in everything."""
        return all(mine >= bound for mine, bound in zip(self, least, strict=True))


# What is enough for somebody who asks, and for somebody who does not.
ASKED = Like(0.5, 0.2, 1.05)
UNASKED = Like(0.6, 0.45, 1.25)


def compare(
    question: str, texts: Sequence[str], audience: Audience, evidence: Evidence
) -> list[Like]:
    """How each text is like a question; what shares a single term counts as unlike.

    A term is worth its idf in what the audience can see, times the logarithm of its uses.
    """
    asked, *others = (_Text.of(text) for text in (question, *texts))
    is_near = [len(asked.whole.keys() & one.whole.keys()) >= LEAST_TERMS for one in others]
    near = list(compress(others, is_near))
    if not near:
        return [Like()] * len(others)
    everything = asked.whole.keys() | {term for one in near for term in one.whole}
    known = evidence.frequencies(everything, audience)
    total = max(evidence.size(audience)[0], FEWEST)
    rarity = {term: idf(known.get(term, 0), total) for term in everything}
    return [
        _like(asked, one, rarity, math.log(total)) if near_enough else Like()
        for one, near_enough in zip(others, is_near, strict=True)
    ]


class _Text(NamedTuple):
    """The terms of a text, and of what stands in it beside listings."""

    whole: dict[str, int]
    prose: dict[str, int]

    @classmethod
    def of(cls, text: str) -> _Text:
        text = _NO_WORDS.sub(" ", text)
        whole = words.count(text).terms
        return cls(whole, words.count(_LISTING.sub(" ", text)).terms if "```" in text else whole)


def _like(asked: _Text, other: _Text, rarity: Mapping[str, float], unit: float) -> Like:
    mine, theirs = _weights(asked.whole, rarity), _weights(other.whole, rarity)
    shared = mine.keys() & theirs.keys()
    cover = sum(mine[term] for term in shared) / sum(mine.values())
    return Like(
        whole=_cosine(mine, theirs),
        prose=_cosine(_weights(asked.prose, rarity), _weights(other.prose, rarity)),
        held=cover * sum(rarity[term] for term in shared) / unit,
    )


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    length = math.hypot(*one.values()) * math.hypot(*other.values())
    shared = one.keys() & other.keys()
    return sum(one[term] * other[term] for term in shared) / length if length else 0.0


def _weights(terms: Mapping[str, int], rarity: Mapping[str, float]) -> dict[str, float]:
    return {term: rarity[term] * (1 + math.log(uses)) for term, uses in terms.items()}


class Told(NamedTuple):
    """A conversation about what is asked: the message most like the question, and what answers."""

    like: Like
    alike: Said
    answer: Said


def told(
    question: str,
    said: Sequence[Said],
    audience: Audience,
    evidence: Evidence,
    least: Like = ASKED,
) -> list[Told]:
    """Of some conversations' messages, in order of time, those that tell of what is asked.

    One of each conversation, the most alike first. Whoever asks knows the conversations that they
    have a part in.
    """
    likes = compare(question, [one.text for one in said], audience, evidence)
    talks: dict[int, list[tuple[Like, Said]]] = {}
    for like, one in zip(likes, said, strict=True):
        talks.setdefault(one.conversation_id, []).append((like, one))
    own = {one.conversation_id for one in said if one.account_id in audience.account_ids}
    others = (talk for number, talk in talks.items() if number not in own)
    found = [_best(talk, least) for talk in others]
    return sorted(filter(None, found), key=lambda one: -one.like.whole)


def _best(talk: Sequence[tuple[Like, Said]], least: Like) -> Told | None:
    """The message of a conversation that is most like what is asked, if it is answered."""
    said = [one for _, one in talk]
    for number in sorted(range(len(talk)), key=lambda number: -talk[number][0].whole):
        like = talk[number][0]
        answer = _answer(said, number) if like.reaches(least) else None
        if answer is not None:
            return Told(like, said[number], answer)
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
