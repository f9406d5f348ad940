"""Who knows about X: people, each with the receipts that name them.

Only what the audience may see counts, names, order and all. Somebody is named when a matching
conversation they answered in, a link they shared or a claim of theirs stands for it; signals that
know nothing of X only order them. What people hid stays hidden from everyone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from bot.features import cases, receipts
from bot.features.capture import listens
from bot.features.cases import Gathered
from bot.model import Listing
from bot.moments import micros
from bot.ranking.people import rank
from bot.ranking.spelling import correct
from bot.replies import Quote, Reply, Section, Strong
from bot.text import words
from bot.wording import listed, place, short
from bot.wording import topic as topic_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime

    from bot.features.cases import Case
    from bot.features.receipts import Listed
    from bot.model import Account, Audience
    from bot.ports import Unit
    from bot.ranking.people import Ranking
    from bot.ranking.views import Aim
    from bot.replies import Button
    from bot.requests import Request

MOST_PEOPLE = 5
CONSIDERED = 40  # people looked at before the first five who may be named are taken
MOST_SHARES = 200
# A conversation speaks of what is asked when it holds this share of the question's weight; half a
# topic of two words is another topic.
COVER = 0.6
COVER_OF_TWO = 0.999
ASK = "put-question"
THANKED = 4  # what a conversation counts in which somebody was thanked


@dataclass(frozen=True, slots=True)
class Answer:
    """The people found. `asked`: the words looked for, after typing slips were put right."""

    asked: str
    people: list[Listed]
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for, for whom, where and when.

    `cover`: the share of the question's weight that evidence must hold; None: as a topic needs.
    `aim`: whether who knows or who will answer; None: as the length of the text says.
    """

    text: str
    audience: Audience
    at: datetime
    place_id: int | None = None
    without: frozenset[int] = frozenset()
    listing: Listing = Listing.OPEN
    scope: str = ""
    cover: float | None = None
    aim: Aim | None = None


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
    lines.append(Section(heading=(hope,), buttons=_ask(topic, request)))
    return Reply(tuple(lines), private=request.private)


def _ask(topic: str, request: Request) -> tuple[Button, ...]:
    """The way on to people, for whoever asked; in an answer to all it would be one for all."""
    is_theirs = request.private and request.account.id
    return (request.promise("Ask the network", ASK, short(topic)),) if is_theirs else ()


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
    ranking, shown = candidates(asked, unit, MOST_PEOPLE)
    return cases.listed(shown, ranking.query.weights, asked.audience, asked.at, unit)


def candidates(
    asked: Asked,
    unit: Unit,
    most: int,
    may: Callable[[Collection[int]], Collection[int]] = set,
    considered: int = CONSIDERED,
) -> tuple[Ranking, list[Case]]:
    """Up to `most` people for whom something speaks, best first, with what orders them.

    `may` says which of some people come into question at all; without it all do. `considered` is
    how many accounts are looked at.
    """
    ranking = rank(
        asked.text,
        asked.audience,
        unit.evidence,
        micros(asked.at),
        place_id=asked.place_id,
        without=asked.without,
        aim=asked.aim,
    )
    found = _gather(asked, ranking, unit)
    speaks_for = found.accounts()
    order = [who for who in ranking.order if who in speaks_for]
    order += sorted(speaks_for.difference(order))
    first = [who for who in order if who not in asked.without][:considered]
    return ranking, list(islice(filter(None, _cases(first, found, asked, unit, may)), most))


def _gather(asked: Asked, ranking: Ranking, unit: Unit) -> Gathered:
    """The answers, shares and claims that hold most of what is asked."""
    terms = words.terms(asked.text)
    least = math.ceil(len(terms) * (asked.cover or COVER))
    thanked = unit.evidence.thanked(ranking.matches.hits, ranking.credit, asked.audience)
    found = Gathered(_answers(ranking, asked.cover, thanked), thanked=thanked)
    for number, who in _sharers(terms, least, ranking, asked.audience, unit):
        found.shares.setdefault(who, []).append(number)
    for claim, held in unit.evidence.claims(terms, asked.audience):
        # What somebody says they know is a topic by itself, whatever else a question says.
        is_whole = asked.cover is not None and held == len(words.terms(claim.topic))
        if held >= least or is_whole:
            found.claims.setdefault(claim.account_id, []).append(claim)
    return found


def _sharers(
    terms: Sequence[str], least: int, ranking: Ranking, audience: Audience, unit: Unit
) -> list[tuple[int, int]]:
    """The links with at least so many of the terms, as (share, account), those with most first.

    As with conversations the rarest terms find them, where all would find too many.
    """
    rare, after = ranking.matches.rare, ranking.matches.after
    if len(rare) == len(ranking.query.weights):
        return unit.evidence.sharers(terms, least, audience, MOST_SHARES, after=after)
    first = unit.evidence.sharers(rare, 1, audience, 2 * MOST_SHARES, after=after)
    within = [number for number, _ in first]
    return unit.evidence.sharers(terms, least, audience, MOST_SHARES, within) if first else []


def _answers(
    ranking: Ranking, cover: float | None, thanked: set[tuple[int, int]]
) -> dict[int, list[int]]:
    """For each account the conversations that speak for it, best first.

    Where somebody used the words themselves counts twice, where they were thanked four times.
    """
    usual = COVER if ranking.query.terms > 2 else COVER_OF_TWO  # noqa: PLR2004 - as said above
    least = usual if cover is None else cover
    answers: dict[int, list[int]] = {}
    for who, credit in ranking.credit.items():
        worth = {
            number: amount
            * (2 if (number, who) in ranking.matches.used else 1)
            * (THANKED if (number, who) in thanked else 1)
            for number, amount in credit.items()
            if ranking.matches.cover[number] >= least
        }
        if worth:
            answers[who] = sorted(worth, key=lambda n: (-worth[n], -n))
    return answers


def _cases(
    order: Sequence[int],
    found: Gathered,
    asked: Asked,
    unit: Unit,
    may: Callable[[Collection[int]], Collection[int]],
) -> Iterator[Case]:
    """What can be shown for each of some accounts who may be named, in their order."""
    accounts = {one.id: one for one in unit.people.nameable(order)}
    by_person: dict[int, list[Account]] = {}
    for number in order:
        if number in accounts:
            by_person.setdefault(accounts[number].person_id, []).append(accounts[number])
    wanted = may(by_person)
    by_person = {who: theirs for who, theirs in by_person.items() if who in wanted}
    hidden = unit.people.hidden_by(by_person)
    agreed = _agreed(by_person, asked, unit)
    for person_id, theirs in by_person.items():
        own = hidden.get(person_id, set())
        if person_id in agreed and not _holds(asked, {key for kind, key in own if kind == "topic"}):
            name = receipts.name_here(theirs, asked.scope)
            yield cases.make(person_id, name, [one.id for one in theirs], found, own)


def _agreed(people: Collection[int], asked: Asked, unit: Unit) -> set[int]:
    """Who may be listed for this: everyone, or in some communities who said yes to it."""
    if asked.listing is Listing.OPEN:
        return set(people)
    confirmed = unit.people.confirmed_by(people)
    return {who for who in people if _holds(asked, confirmed.get(who, set()))}


def _holds(asked: Asked, keys: Collection[str]) -> bool:
    """Whether what is asked for contains one of the topics."""
    terms = set(words.terms(asked.text))
    return any(terms.issuperset(key.split()) for key in keys)
