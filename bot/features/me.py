"""My page: what I am listed for and why, and everything I can change about it."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.features import claims, receipts
from bot.features.receipts import MOST as MOST_RECEIPTS
from bot.features.receipts import Receipt
from bot.replies import Button, Line, Reply, Section, Strong
from bot.text import words
from bot.wording import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.ports import Said
    from bot.requests import Request

MOST_TOPICS = 6
CONVERSATIONS = 60  # the newest that are looked at
CANDIDATES = 300  # words that are weighed


@dataclass(frozen=True, slots=True)
class Topic:
    """A word that somebody's answers or links stand for, with the receipts."""

    key: str
    name: str
    receipts: tuple[Receipt, ...]


def reply(request: Request, text: str) -> Reply:  # noqa: ARG001 - `me` takes no words
    """Answer `me`: always private, whoever asks and wherever."""
    sections = [_state(request)]
    if not request.unit.people.is_unlisted(request.account.person_id):
        topics = find(request)
        sections += [_section(topic, request) for topic in topics] or [_nothing_yet()]
    sections.append(Section(heading=(claims.summary(request),)))
    sections += _hidden(request)
    return Reply(tuple(sections))


def _state(request: Request) -> Section:
    if request.unit.people.is_unlisted(request.account.person_id):
        button = request.button("List me again", "list-me")
        return Section(
            heading=("You are in no list: nobody is pointed to you.",), buttons=(button,)
        )
    button = request.button("Take me off all lists", "unlist-me")
    text = "This is what people find you for. Each line is what names you; hide what should not."
    return Section(heading=(text,), buttons=(button,))


def _nothing_yet() -> Section:
    return Section(
        heading=("Nothing yet. Answer somebody or share a link, and it will stand here.",)
    )


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


def find(request: Request) -> list[Topic]:
    """The topics that the person's answers and links stand for most, without what they hid."""
    hidden = request.unit.people.hidden_by([request.account.person_id])
    own = hidden.get(request.account.person_id, set())
    numbers = request.unit.evidence.answered_by(request.account_ids, request.own, CONVERSATIONS)
    numbers = [number for number in numbers if ("conversation", str(number)) not in own]
    said = request.unit.evidence.said(numbers, None, request.own) if numbers else []
    found = _Found()
    for spoken, receipt in _conversations(said, request):
        found.add(spoken, receipt)
    for share in request.unit.evidence.shares_by(request.account_ids, request.own):
        if ("share", str(share.id)) not in own:
            spoken = words.count(f"{share.title or ''} {share.words}").spellings
            found.add(spoken, receipts.shared(share, request.at))
    return found.topics(request, {key for kind, key in own if kind == "topic"})


def _conversations(
    said: Sequence[Said], request: Request
) -> Iterator[tuple[dict[str, str], Receipt]]:
    """Each conversation's topics, with this person's longest answer as the receipt.

    A topic of a conversation is a word that at least two of its people used.
    """
    by_conversation: defaultdict[int, list[Said]] = defaultdict(list)
    for one in said:
        by_conversation[one.conversation_id].append(one)
    for together in by_conversation.values():
        users: defaultdict[str, set[int]] = defaultdict(set)
        spelled: dict[str, str] = {}
        for one in together:
            for term, spelling in words.count(one.text).spellings.items():
                users[term].add(one.account_id)
                spelled.setdefault(term, spelling)
        theirs = [one for one in together if one.account_id in request.account_ids]
        longest = max(theirs, key=lambda one: len(one.text))
        shared = {term: spelled[term] for term, who in users.items() if len(who) > 1}
        yield shared, receipts.answered(longest, request.at)


class _Found:
    """Gathers the receipts in which each word stands."""

    def __init__(self) -> None:
        self._receipts: defaultdict[str, dict[tuple[str, str], Receipt]] = defaultdict(dict)
        self._spellings: dict[str, str] = {}

    def add(self, spoken: dict[str, str], receipt: Receipt) -> None:
        """Note the words of one conversation or link: each term with its spelling."""
        for term, spelling in spoken.items():
            if not term.isdigit():
                self._receipts[term].setdefault((receipt.kind, receipt.key), receipt)
                self._spellings.setdefault(term, spelling)

    def topics(self, request: Request, hidden: set[str]) -> list[Topic]:
        """The words that say most: often in this person's receipts, and rare elsewhere."""
        often = {term: len(found) for term, found in self._receipts.items() if term not in hidden}
        some = sorted(often, key=lambda term: (-often[term], term))[:CANDIDATES]
        everywhere = request.unit.evidence.frequencies(some, request.own) if some else {}
        total, _ = request.unit.evidence.size(request.own)
        worth = {
            term: math.log1p(often[term]) * math.log(1 + total / everywhere[term])
            for term in some
            if term in everywhere
        }
        best = sorted(worth, key=lambda term: (-round(worth[term], 9), term))[:MOST_TOPICS]
        return [self._topic(term) for term in best]

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
    count = request.unit.people.show(request.account.person_id)
    return Reply.say(f"{number(count, 'thing').capitalize()} can be found again.")


def unlist(request: Request) -> Reply:
    """Take the person off every list."""
    request.unit.people.set_unlisted(request.account.person_id, unlisted=True)
    again = request.button("List me again", "list-me")
    return Reply.say("Done: you are in no list, and nobody is pointed to you.", buttons=(again,))


def list_again(request: Request) -> Reply:
    """Put the person back."""
    request.unit.people.set_unlisted(request.account.person_id, unlisted=False)
    return Reply.say("Welcome back: people can find you again.")
