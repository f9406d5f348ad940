"""My page: what I am listed for and why, and everything I can change about it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.asking.coming_back import thanks_lines
from bot.features import (
    accounts,
    bring,
    claims,
    digest,
    feed,
    follow,
    manners,
    newcomers,
    questions,
    receipts,
)
from bot.features.receipts import MOST as MOST_RECEIPTS
from bot.features.receipts import Receipt
from bot.model import Listing
from bot.replies import Button, Line, Reply, Section, Strong
from bot.text import words
from bot.wording import listed, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from bot.model import Account, Audience, Share
    from bot.ports import Evidence, Said, Unit
    from bot.requests import Request

MOST_TOPICS = 6
CONVERSATIONS = 60  # the newest that are looked at
CANDIDATES = 300  # words that are weighed
# The same for somebody who is in no list and somebody of whom there is nothing.
NOTHING_TO_SHOW = "I know nothing of them that could be shown."
BESIDE = 0.3  # what a word beside a link weighs, of one in its title


@dataclass(frozen=True, slots=True)
class Topic:
    """A word that somebody's answers or links stand for, with the receipts."""

    key: str
    name: str
    receipts: tuple[Receipt, ...]


def reply(request: Request, text: str) -> Reply:
    """Answer `me`: always private, whoever asks and wherever; `me feed` and `me bring`."""
    head, _, rest = text.strip().partition(" ")
    match head.lower():
        case "feed":
            return feed.reply(request, rest or "me")
        case "bring":
            return bring.reply(request, rest)
    sections = [*newcomers.steps(request), _state(request)]
    if not request.unit.people.is_unlisted(request.account.person_id):
        topics = topics_of(
            request.unit,
            request.account.person_id,
            request.account_ids,
            request.account.name,
            request.own,
            request.at,
        )
        sections += [_section(topic, request) for topic in topics] or [_nothing_yet()]
    sections.append(Section(heading=(claims.summary(request),)))
    sections += _hidden(request)
    sections += questions.mine(request)
    sections += _thanks(request)
    sections.append(manners.section(request))
    sections += digest.summary(request)
    sections.append(Section(heading=(follow.summary(request),)))
    sections += [*feed.summary(request), *bring.summary(request)]
    sections.append(Section(heading=(accounts.summary(request),)))
    return Reply(tuple(sections))


def _thanks(request: Request) -> list[Section]:
    """The thanks that this person has not heard of yet; now they have."""
    lines = thanks_lines(request.scene, request.account)
    if not lines:
        return []
    request.unit.answers.tell(request.account_ids, request.at, request.at)
    return [Section(("What you shared was of use:",), tuple(lines))]


def of(request: Request, about: Account | None) -> Reply:
    """Answer "What do they know?": what somebody is found for, as far as the viewer may see it."""
    if about is None or not request.unit.people.nameable([about.id]):
        return Reply.say(NOTHING_TO_SHOW, private=request.private)
    theirs = request.unit.directory.accounts_of(about.person_id)
    is_listed = _listed_for(request, about.person_id)
    topics = topics_of(
        request.unit,
        about.person_id,
        theirs,
        about.name,
        request.audience,
        request.at,
        is_listed,
    )
    claimed = request.unit.evidence.claims_by(theirs, request.audience)
    said = [one.topic for one in claimed if is_listed(words.terms(one.topic))]
    sections = [
        Section((Strong(topic.name),), tuple(one.line for one in topic.receipts))
        for topic in topics
    ]
    if said:
        sections.append(Section((f"{about.name} says: knows {listed(list(dict.fromkeys(said)))}",)))
    if not sections:
        return Reply.say(NOTHING_TO_SHOW, private=request.private)
    head = Section(("What ", Strong(about.name), " is found for:"))
    return Reply((head, *sections), private=request.private)


def named(request: Request, name: str) -> Reply:
    """Answer `whoknows @name`: the same, of whoever is called so here."""
    wanted = words.fold(" ".join(name.split()))
    here = request.unit.directory.people(request.community.id)
    found = [one for one in here if words.fold(one.name) == wanted]
    replies = [of(request, one) for one in found] or [of(request, None)]
    telling = [one for one in replies if len(one.sections) > 1] or replies[:1]
    return replace(telling[0], sections=tuple(s for one in telling for s in one.sections))


def _listed_for(request: Request, person_id: int) -> Callable[[Iterable[str]], bool]:
    """Whether somebody may be listed for a topic, by its terms: as `whoknows` decides it."""
    people = request.unit.people
    hidden = people.hidden_by([person_id]).get(person_id, set())
    never = {key for kind, key in hidden if kind == "topic"}
    confirmed = people.confirmed_by([person_id]).get(person_id, set())
    is_open = request.community.listing is Listing.OPEN

    def decide(terms: Iterable[str]) -> bool:
        held = set(terms)
        if any(held.issuperset(key.split()) for key in never):
            return False
        return is_open or any(held.issuperset(key.split()) for key in confirmed)

    return decide


def _state(request: Request) -> Section:
    if request.unit.people.is_unlisted(request.account.person_id):
        button = request.button("List me again", "list-me")
        return Section(
            heading=("You are in no list: nobody is pointed to you.",), buttons=(button,)
        )
    button = request.button("Take me off all lists", "unlist-me")
    text = "What people find you for most, and what shows it. Hide what nobody should be shown."
    return Section(heading=(text,), buttons=(button,))


def _nothing_yet() -> Section:
    return Section(heading=("Nothing yet. Answer somebody or share a link, and it stands here.",))


def _section(topic: Topic, request: Request) -> Section:
    buttons: list[Button] = []
    lines: list[Line] = []
    for index, receipt in enumerate(topic.receipts, 1):
        lines.append((f"{index}. ", *receipt.line))
        buttons.append(request.button(f"Hide {index}", "hide", receipt.kind, receipt.key))
    hide_all = request.button(f"Never for “{topic.name}”", "hide", "topic", topic.key)
    return Section((Strong(topic.name),), tuple(lines), (*buttons, hide_all))


def _hidden(request: Request) -> list[Section]:
    hidden = request.unit.people.hidden_by([request.account.person_id])
    count = len(hidden.get(request.account.person_id, ()))
    if not count:
        return []
    button = request.button("Show them again", "show-all")
    return [Section(heading=(f"You hid {number(count, 'thing')}.",), buttons=(button,))]


# ── What somebody is listed for ──────────────────────────────────────────────────────────────


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


# ── Changing it ──────────────────────────────────────────────────────────────────────────────


def hide(request: Request, kind: str, key: str) -> Reply:
    """Keep a receipt or a topic out of every list from now on."""
    request.unit.people.hide(request.account.person_id, kind, key)
    return Reply.say("Hidden. Nobody is shown that about you any more.")


def show_all(request: Request) -> Reply:
    """Undo all hiding."""
    count = request.unit.people.show_all(request.account.person_id)
    if not count:
        return Reply.say("Nothing is hidden.")
    return Reply.say(f"Done: {number(count, 'thing')} you had hidden can be found again.")


def unlist(request: Request) -> Reply:
    """Take the person off every list."""
    request.unit.people.set_unlisted(request.account.person_id, unlisted=True)
    again = request.button("List me again", "list-me")
    return Reply.say("Done: you are in no list, and nobody is pointed to you.", buttons=(again,))


def list_again(request: Request) -> Reply:
    """Put the person back."""
    request.unit.people.set_unlisted(request.account.person_id, unlisted=False)
    return Reply.say("Welcome back: people can find you again.")
