"""What is new for somebody: reads of evidence with their audience, since a moment."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.asking import texts
from bot.features import links, receipts
from bot.moments import micros
from bot.replies import Line, Source, Strong
from bot.text import words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from bot.asking.model import Question
    from bot.asking.scene import Scene
    from bot.model import Account, Audience, Share
    from bot.ports import Said

MOST = 5
CONSIDERED = 20
OUTSIDE = 10


@dataclass(frozen=True, slots=True)
class Item:
    """One new thing: `topic` is what it is about, `canonical` which link it is, if one."""

    at: datetime
    topic: str
    line: Line
    canonical: str = ""


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks for news, since when, and as whom."""

    scene: Scene
    audience: Audience
    since: datetime
    _known: dict[int, tuple[Account, set[tuple[str, str]]] | None] = field(default_factory=dict)

    @property
    def mine(self) -> tuple[int, ...]:
        """The accounts of whoever looks."""
        return self.audience.account_ids

    def meet(self, account_ids: Iterable[int]) -> None:
        """Look up several people at once who may have to be named."""
        new = {one for one in account_ids if one not in self._known}
        if new:
            self._known.update(dict.fromkeys(new))
            self._known.update(self.scene.unit.people.nameable_hiding(new))

    def named(self, account_id: int, kind: str, key: object) -> Account | None:
        """Somebody, if they may be named and did not hide what they would be named for."""
        self.meet([account_id])
        who, hidden = self._known[account_id] or (None, ())
        return None if (kind, str(key)) in hidden else who


def about(looking: Looking, topics: Iterable[str]) -> list[Item]:
    """New links and answered conversations about some topics, newest first, each once."""
    terms = {topic: frozenset(words.terms(topic)) for topic in topics}
    wanted = {topic: held for topic, held in terms.items() if held}
    if not wanted:
        return []
    every = frozenset().union(*wanted.values())
    often = looking.scene.unit.evidence.frequencies(every, looking.audience)
    found = [*_links(looking, wanted, often), *_talks(looking, wanted, often)]
    return sorted(found, key=lambda one: one.at, reverse=True)[:MOST]


def _links(
    looking: Looking, wanted: dict[str, frozenset[str]], often: Mapping[str, int]
) -> list[Item]:
    """Links that somebody shared for the first time.

    A link that holds enough of a topic's words holds one of its rarest; these lead to few.
    """
    evidence = looking.scene.unit.evidence
    every = frozenset().union(*wanted.values())
    rare = {
        term
        for terms in wanted.values()
        for term in sorted(terms, key=lambda term: (often.get(term, 0), term))[: _leading(terms)]
    }
    held: defaultdict[int, set[str]] = defaultdict(set)
    for term, number in evidence.shared_with(rare, looking.since, looking.audience):
        held[number].add(term)
    if held and every != rare:
        for term, number in evidence.leads_to(every - rare, list(held), looking.audience):
            held[number].add(term)
    topics = {number: _fitting(some, wanted, links.COVER) for number, some in held.items()}
    fitting = [number for number, topic in topics.items() if topic is not None]
    new = first_of(looking, fitting)
    items: list[Item] = []
    looking.meet(share.account_id for share in new[:CONSIDERED])
    for share in new[:CONSIDERED]:
        if len(items) < MOST and share.account_id not in looking.mine:
            who = looking.named(share.account_id, "share", share.id)
            if who is not None:
                line = texts.found_share(who.name, share, receipts.linked(share), looking.scene.at)
                items.append(Item(share.at, topics[share.id] or "", line, share.canonical))
    return items


def _leading(terms: Collection[str]) -> int:
    """How many of a topic's rarest words one must be of, where enough of its words are held."""
    return len(terms) - math.ceil(len(terms) * links.COVER) + 1


def first_of(looking: Looking, share_ids: Collection[int]) -> list[Share]:
    """Those of some shares that were the first of their link, newest first."""
    evidence = looking.scene.unit.evidence
    shares = evidence.shares(share_ids, looking.audience) if share_ids else []
    forms = {share.canonical for share in shares}
    first = evidence.first_shared(forms, looking.audience) if forms else {}
    return [share for share in shares if share.at <= first.get(share.canonical, share.at)]


def _fitting(held: Collection[str], wanted: dict[str, frozenset[str]], cover: float) -> str | None:
    """The first topic of whose words enough are held."""
    for topic, terms in wanted.items():
        if len(terms.intersection(held)) >= math.ceil(len(terms) * cover):
            return topic
    return None


def _talks(
    looking: Looking, wanted: dict[str, frozenset[str]], often: Mapping[str, int]
) -> list[Item]:
    """One answer of each conversation about a topic in which somebody answered since then."""
    topics = _conversations(looking, wanted, often)
    evidence = looking.scene.unit.evidence
    moment = micros(looking.since)
    answered: dict[int, list[tuple[int, int]]] = {}
    for part in evidence.parts(list(topics), looking.audience) if topics else ():
        if part.answered_at is not None and part.answered_at > moment:
            answered.setdefault(part.conversation_id, []).append(
                (part.answered_at, part.account_id)
            )
    newest = sorted(answered, key=lambda one: max(answered[one]), reverse=True)
    items: list[Item] = []
    for start in range(0, min(len(newest), CONSIDERED), MOST):
        some = newest[start : start + MOST]
        people = {who for one in some for _, who in answered[one]} - set(looking.mine)
        said = evidence.said(some, people, looking.audience) if people else []
        looking.meet(people)
        told = [_talk(looking, each, topics[one]) for one, each in _by_talk(said).items()]
        items += [one for one in told if one is not None]
        if len(items) >= MOST:
            break
    return items


def _conversations(
    looking: Looking, wanted: dict[str, frozenset[str]], often: Mapping[str, int]
) -> dict[int, str]:
    """The conversations that went on since then and hold a topic whole, with that topic.

    They are looked for by the rarest word of each topic, which leads to few.
    """
    evidence, audience = looking.scene.unit.evidence, looking.audience
    every = frozenset().union(*wanted.values())
    rarest = {
        topic: min(terms, key=lambda term: (often[term], term))
        for topic, terms in wanted.items()
        if all(term in often for term in terms)
    }
    held: defaultdict[int, set[str]] = defaultdict(set)
    if rarest:
        for term, number in evidence.talked_of(set(rarest.values()), looking.since, audience):
            held[number].add(term)
    others = every - set(rarest.values())
    if held and others:
        for term, number, _, _ in evidence.used(others, list(held), audience):
            held[number].add(term)
    known = {topic: wanted[topic] for topic in rarest}
    found = {number: _fitting(some, known, 1.0) for number, some in held.items()}
    return {number: topic for number, topic in found.items() if topic is not None}


def _by_talk(said: Iterable[Said]) -> dict[int, list[Said]]:
    found: dict[int, list[Said]] = {}
    for one in said:
        found.setdefault(one.conversation_id, []).append(one)
    return found


def _talk(looking: Looking, said: Sequence[Said], topic: str) -> Item | None:
    """The answer that shows most of the topic, of somebody who may be named for it."""
    told = receipts.telling(said, words.terms(topic)).values()
    for one in sorted(told, key=lambda one: (one.at, one.external_id)):
        who = looking.named(one.account_id, "conversation", one.conversation_id)
        if who is not None:
            receipt = receipts.answered(one, looking.scene.at)
            return Item(one.at, topic, (Strong(who.name), " ", *receipt.line))
    return None


def from_outside(
    looking: Looking, wants: Collection[str], told: Collection[str]
) -> tuple[Share, str] | None:
    """The link of most people in a place where somebody never wrote, and who shared it.

    Without what they were `told` already, and places of which they want less (`wants`).
    """
    evidence = looking.scene.unit.evidence
    usual = looking.scene.unit.own_data.usual_places(looking.mine)
    numbers = evidence.outside(usual, looking.mine, looking.since, looking.audience, OUTSIDE)
    shares = {one.id: one for one in evidence.shares(numbers, looking.audience)} if numbers else {}
    looking.meet(one.account_id for one in shares.values())
    for number in numbers:
        share = shares.get(number)
        if share is None or share.canonical in told or share.place.id in wants:
            continue
        who = looking.named(share.account_id, "share", share.id)
        if who is not None:
            return share, who.name
    return None


def questions_about(looking: Looking, topics: Iterable[str]) -> list[Question]:
    """New open questions that stand where somebody can read and hold one of the topics whole."""
    wanted = {topic: frozenset(words.terms(topic)) for topic in topics}
    wanted = {topic: terms for topic, terms in wanted.items() if terms}
    if not wanted:
        return []
    unit, held = looking.scene.unit, defaultdict[int, set[str]](set)
    every = frozenset().union(*wanted.values())
    for term, number in unit.evidence.asked_with(every, looking.since, looking.audience):
        held[number].add(term)
    fitting = [number for number, some in held.items() if _fitting(some, wanted, 1.0) is not None]
    questions = (unit.questions.find(number) for number in fitting)
    found = [one for one in questions if one is not None]
    return sorted(found, key=lambda one: (one.asked_at, one.id), reverse=True)


def used_again(looking: Looking, most: int) -> list[Line]:
    """Links that somebody shared first and another person posted again since then."""
    evidence, mine = looking.scene.unit.evidence, looking.mine
    numbers = evidence.used_again(mine, looking.since, looking.audience, CONSIDERED)
    again = evidence.shares(numbers, looking.audience) if numbers else []
    first = _first_by_me(looking, {one.canonical for one in again})
    lines: list[Line] = []
    for share in again:
        own = first.get(share.canonical)
        who = looking.named(share.account_id, "share", share.id) if own is not None else None
        if own is not None and who is not None and len(lines) < most:
            source = Source(share.place, share.message, share.permalink)
            what = receipts.linked(own)
            lines.append((Strong(who.name), " shared your link ", what, " again ", source))
    return lines


def _first_by_me(looking: Looking, forms: Collection[str]) -> dict[str, Share]:
    """Those of some links that were shared by somebody first, with that share."""
    evidence = looking.scene.unit.evidence
    first = evidence.first_shared(forms, looking.audience) if forms else {}
    own: dict[str, Share] = {}
    for share in evidence.shares_by(looking.mine, looking.audience) if first else ():
        if share.canonical in first and share.at <= first[share.canonical]:
            own[share.canonical] = share
    return own


def found_for(looking: Looking, question: Question) -> list[Line]:
    """What turned up since then for somebody's own question."""
    unit, lines = looking.scene.unit, []
    for kind, key in unit.questions.found_since(question.id, looking.since):
        line = _find(looking, question, kind, key)
        if line is not None:
            lines.append(line)
    return lines


def _find(looking: Looking, question: Question, kind: str, key: int) -> Line | None:
    evidence, at = looking.scene.unit.evidence, looking.scene.at
    if kind == "share":
        for share in evidence.shares([key], looking.audience):
            who = looking.named(share.account_id, "share", share.id)
            if who is not None:
                return texts.found_share(who.name, share, receipts.linked(share), at)
    if kind == "conversation":
        said = [
            one
            for one in evidence.said([key], None, looking.audience)
            if one.account_id not in looking.mine
        ]
        best = _talk(looking, said, question.text) if said else None
        return None if best is None else best.line
    return None
