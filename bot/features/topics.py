"""What somebody is found for: the topics that their answers and links stand for most."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.features import receipts
from bot.features.receipts import MOST as MOST_RECEIPTS
from bot.features.receipts import Receipt
from bot.text import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from bot.model import Audience, Share
    from bot.ports import Evidence, Said, Unit

MOST_TOPICS = 6
CONVERSATIONS = 60  # the newest that are looked at
CANDIDATES = 300  # words that are weighed
BESIDE = 0.3  # what a word beside a link weighs, of one in its title


@dataclass(frozen=True, slots=True)
class Topic:
    """A word that somebody's answers or links stand for, with the receipts."""

    key: str
    name: str
    receipts: tuple[Receipt, ...]


def topics_of(
    unit: Unit,
    person_id: int,
    account_ids: tuple[int, ...],
    name: str,
    audience: Audience,
    at: datetime,
    is_listed: Callable[[Iterable[str]], bool] = lambda _: True,
) -> list[Topic]:
    """The topics that a person's answers and links stand for most, without what they hid.

    `is_listed` says of a topic's terms whether it may be among them; without it all may.
    """
    evidence = unit.evidence
    own = unit.people.hidden_by([person_id]).get(person_id, set())
    numbers = evidence.answered_by(account_ids, audience, CONVERSATIONS)
    numbers = [number for number in numbers if ("conversation", str(number)) not in own]
    said = evidence.said(numbers, None, audience) if numbers else []
    found = _Found()
    for weights, spelled, receipt in _conversations(said, account_ids, at):
        found.add(weights, spelled, receipt, receipt.key)
    homes = {(one.place, one.external_id): str(one.conversation_id) for one in said}
    for share in evidence.shares_by(account_ids, audience):
        if ("share", str(share.id)) not in own:
            weights, spelled = _shared(share)
            home = homes.get((share.place, share.message), f"share {share.id}")
            found.add(weights, spelled, receipts.shared(share, at), home)
    out = {key for kind, key in own if kind == "topic"} | set(words.terms(name))
    return found.topics(evidence, audience, lambda term: term not in out and is_listed([term]))


def _conversations(
    said: Sequence[Said], account_ids: tuple[int, ...], at: datetime
) -> Iterator[tuple[dict[str, float], dict[str, str], Receipt]]:
    """Each conversation's topics, with this person's longest answer as the receipt.

    A topic of a conversation is a word of what it began with, or one that this person and somebody
    else used; it weighs more the more often it was said.
    """
    by_conversation: defaultdict[int, list[Said]] = defaultdict(list)
    for one in said:
        by_conversation[one.conversation_id].append(one)
    for together in by_conversation.values():
        asked = set(words.terms(together[0].text))
        users: defaultdict[str, set[int]] = defaultdict(set)
        often: Counter[str] = Counter()
        spelled: dict[str, str] = {}
        for one in together:
            counted = words.count(one.text)
            often.update(counted.terms)
            spelled = counted.spellings | spelled
            for term in counted.terms:
                users[term].add(one.account_id)
        theirs = [one for one in together if one.account_id in account_ids]
        longest = max(theirs, key=lambda one: len(one.text))
        own = set(account_ids)
        weights = {
            term: math.log1p(often[term])
            for term, who in users.items()
            if term in asked or (who & own and who - own)
        }
        yield weights, spelled, receipts.answered(longest, at)


def _shared(share: Share) -> tuple[dict[str, float], dict[str, str]]:
    """What a link stands for: the words of its title, and a little those beside it."""
    named, beside = words.count(share.title or ""), words.count(share.words)
    weights = dict.fromkeys(beside.terms, BESIDE) | dict.fromkeys(named.terms, 1.0)
    return weights, beside.spellings | named.spellings


class _Found:
    """Gathers the receipts in which each word stands, and what each weighs.

    A conversation counts once for a word, however many receipts come out of it.
    """

    def __init__(self) -> None:
        self._receipts: defaultdict[str, dict[tuple[str, str], Receipt]] = defaultdict(dict)
        self._weights: defaultdict[str, dict[str, float]] = defaultdict(dict)
        self._spellings: dict[str, str] = {}

    def add(
        self, weights: dict[str, float], spelled: dict[str, str], receipt: Receipt, home: str
    ) -> None:
        """Note the words of one conversation or link, each with its weight and spelling."""
        for term, weight in weights.items():
            if not term.isdigit():
                self._receipts[term].setdefault((receipt.kind, receipt.key), receipt)
                known = self._weights[term].get(home, 0.0)
                self._weights[term][home] = max(weight, known)
                self._spellings.setdefault(term, spelled[term])

    def topics(
        self, evidence: Evidence, audience: Audience, may: Callable[[str], bool]
    ) -> list[Topic]:
        """The words that say most: in many of this person's conversations, and rare elsewhere.

        A word whose receipts all stand under another word already says nothing new.
        """
        weights = {
            term: sum(of.values()) * len(of) for term, of in self._weights.items() if may(term)
        }
        some = sorted(weights, key=lambda term: (-weights[term], term))[:CANDIDATES]
        everywhere = evidence.frequencies(some, audience) if some else {}
        total, _ = evidence.size(audience)
        worth = {t: weights[t] * math.log(1 + total / n) for t, n in everywhere.items()}
        chosen: list[Topic] = []
        shown: set[Receipt] = set()
        for term in sorted(worth, key=lambda term: (-round(worth[term], 9), term)):
            topic = self._topic(term)
            if len(chosen) < MOST_TOPICS and not shown.issuperset(topic.receipts):
                chosen.append(topic)
                shown.update(topic.receipts)
        return chosen

    def _topic(self, term: str) -> Topic:
        newest = sorted(self._receipts[term].values(), key=lambda one: one.at, reverse=True)
        return Topic(term, self._spellings[term], tuple(newest[:MOST_RECEIPTS]))
