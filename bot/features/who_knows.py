"""Who knows about X: people, each with the receipts that name them.

Only what the audience may see counts, names, order and all. Somebody is named when a matching
conversation they answered in, a link they shared or a claim of theirs stands for it; signals that
know nothing of X only order them. What people hid stays hidden from everyone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.features import receipts
from bot.features.capture import listens
from bot.features.receipts import Listed, Receipt
from bot.model import Listing
from bot.ranking.people import Ranking, rank
from bot.ranking.spelling import correct
from bot.replies import Quote, Reply, Section, Strong
from bot.text import words
from bot.wording import listed, place, short
from bot.wording import topic as topic_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from bot.model import Account, Audience
    from bot.ports import Unit
    from bot.requests import Request

MOST_PEOPLE = 5
CONSIDERED = 40  # people looked at for receipts before the first five are taken
# A conversation speaks of what is asked when it holds this share of the question's weight.
COVER = 0.6
MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """The people found. `asked`: the words looked for, after typing slips were put right."""

    asked: str
    people: list[Listed]
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for, for whom, where and when."""

    text: str
    audience: Audience
    at: datetime
    place_id: int | None = None
    without: frozenset[int] = frozenset()
    listing: Listing = Listing.OPEN
    scope: str = ""


def reply(request: Request, text: str) -> Reply:
    """Answer `whoknows text`."""
    topic = topic_of(text)
    if not words.terms(topic):
        return Reply.say(
            "Tell me what it is about, for example: whoknows sourdough", private=request.private
        )
    asked = Asked(
        text=topic,
        audience=request.audience,
        at=request.at,
        place_id=None if request.place is None else request.place.id,
        without=frozenset(request.account_ids),
        listing=request.community.listing,
        scope=request.community.ref.id,
    )
    return render(find(asked, request.unit), topic, request)


def render(answer: Answer, topic: str, request: Request) -> Reply:
    """The answer as people read it."""
    if not answer.people:
        return _nobody(answer, topic, request)
    about = Strong(short(answer.asked))
    sections = [Section(heading=("People here who know about ", about, ":"))]
    sections += [person_section(one) for one in answer.people]
    if answer.asked != topic:
        note = f"Nobody here wrote “{short(topic)}”, so I looked for “{short(answer.asked)}”."
        sections.insert(0, Section(heading=(note,)))
    return Reply(tuple(sections), private=request.private)


def person_section(one: Listed) -> Section:
    """A name with the receipts under it."""
    return Section(heading=(Strong(one.name),), lines=tuple(r.line for r in one.shown()))


def _nobody(answer: Answer, topic: str, request: Request) -> Reply:
    lines = [Section(heading=("I know of nobody to ask about ", Quote(short(topic)), " yet."))]
    if answer.near:
        lines.append(Section(heading=(f"Did you mean {listed(answer.near, 'or')}?",)))
    hope = f"Ask it {_where_all_read(request)}: whoever answers can be found next time."
    lines.append(Section(heading=(hope,)))
    return Reply(tuple(lines), private=request.private)


def _where_all_read(request: Request) -> str:
    """Where a question would be heard, and its answer kept."""
    spot = request.place
    return f"in {place(spot.name)}" if spot and listens(spot) else "where others can read it"


def find(asked: Asked, unit: Unit) -> Answer:
    """The people for a topic, best first, at most five, and near words when there are none."""
    people = _people(asked, unit)
    if people:
        return Answer(asked.text, people)
    corrected, near = correct(asked.text, asked.audience, unit.evidence)
    if corrected is not None:
        people = _people(replace(asked, text=corrected), unit)
    if people and corrected is not None:
        return Answer(corrected, people)
    return Answer(asked.text, [], near)


def _people(asked: Asked, unit: Unit) -> list[Listed]:
    micros = int(asked.at.timestamp() * MICROS)
    found = rank(
        asked.text,
        asked.audience,
        unit.evidence,
        micros,
        place_id=asked.place_id,
        without=asked.without,
    )
    terms = words.terms(asked.text)
    least = math.ceil(len(terms) * COVER)
    shares = [s for s, n in unit.evidence.shares(terms, asked.audience) if n >= least]
    claims = [c for c, n in unit.evidence.claims(terms, asked.audience) if n >= least]
    named = {s.account_id for s in shares} | {c.account_id for c in claims}
    speaking = _speaking(found)
    candidates = [who for who in found.order if who in speaking or who in named]
    candidates += sorted(named - set(candidates) - asked.without)
    people = _Gathering(asked, unit, terms)
    people.open([who for who in candidates if who not in asked.without][:CONSIDERED])
    people.add_answers(speaking, found)
    for share in shares:
        people.add(share.account_id, receipts.shared(share, asked.at))
    for claim in claims:
        people.add(claim.account_id, receipts.claimed(claim))
    return people.best()


def _speaking(found: Ranking) -> dict[int, list[int]]:
    """For each account the conversations that speak for it, best first.

    Where somebody used the words themselves counts twice.
    """
    speaking: dict[int, list[int]] = {}
    for who, credit in found.credit.items():
        worth = {
            number: amount * (2 if (number, who) in found.matches.used else 1)
            for number, amount in credit.items()
            if found.matches.cover[number] >= COVER
        }
        if worth:
            speaking[who] = sorted(worth, key=lambda n: (-worth[n], -n))
    return speaking


class _Gathering:
    """Collects receipts for people in their order, leaving out what may not be shown."""

    def __init__(self, asked: Asked, unit: Unit, terms: Sequence[str]) -> None:
        self._asked = asked
        self._unit = unit
        self._terms = set(terms)
        self._by_account: dict[int, Listed] = {}
        self._people: dict[int, Listed] = {}
        self._hidden: dict[int, set[tuple[str, str]]] = {}

    def open(self, candidates: Sequence[int]) -> None:
        """Make room for those of the candidates who may be named, in their order."""
        accounts = {one.id: one for one in self._unit.people.nameable(candidates)}
        by_person: dict[int, list[Account]] = {}
        for number in candidates:
            if number in accounts:
                by_person.setdefault(accounts[number].person_id, []).append(accounts[number])
        self._hidden = self._unit.people.hidden_by(by_person)
        agreed = self._agreed(by_person)
        for person_id, theirs in by_person.items():
            if self._hides_topic(person_id) or person_id not in agreed:
                continue
            listed_as = Listed(person_id, receipts.name_here(theirs, self._asked.scope))
            self._people[person_id] = listed_as
            self._by_account.update({one.id: listed_as for one in theirs})

    def _agreed(self, people: Collection[int]) -> set[int]:
        """Who may be listed for this: everyone, or in some communities who said yes to it."""
        if self._asked.listing is Listing.OPEN:
            return set(people)
        confirmed = self._unit.people.confirmed_by(people)
        return {who for who in people if self._holds(confirmed.get(who, set()))}

    def _hides_topic(self, person_id: int) -> bool:
        hidden = self._hidden.get(person_id, set())
        return self._holds({key for kind, key in hidden if kind == "topic"})

    def _holds(self, keys: Collection[str]) -> bool:
        """Whether what is asked for contains one of the topics."""
        return any(self._terms.issuperset(key.split()) for key in keys)

    def add_answers(self, speaking: dict[int, list[int]], found: Ranking) -> None:
        """Receipts for conversations that people answered in."""
        wanted = {
            who: speaking[who][: 3 * receipts.MOST] for who in self._by_account if who in speaking
        }
        numbers = {number for theirs in wanted.values() for number in theirs}
        if not numbers:
            return
        said = self._unit.evidence.said(numbers, wanted, self._asked.audience)
        telling = receipts.telling(said, found.query.weights)
        for who, theirs in wanted.items():
            for number in theirs:
                if (number, who) in telling:
                    self.add(who, receipts.answered(telling[number, who], self._asked.at))

    def add(self, account_id: int, receipt: Receipt) -> None:
        """One more receipt, unless its person hid it."""
        one = self._by_account.get(account_id)
        if one is not None and (receipt.kind, receipt.key) not in self._hidden.get(
            one.person_id, set()
        ):
            one.receipts.append(receipt)

    def best(self) -> list[Listed]:
        """The first few who have something to show."""
        return [one for one in self._people.values() if one.receipts][:MOST_PEOPLE]
