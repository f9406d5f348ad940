"""Looking back before anybody is bothered: what was already shared about a question.

Answered conversations, links, and earlier questions that were answered, each with its person.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.features import links, receipts, who_knows
from bot.features.who_knows import Asked
from bot.ranking import likeness
from bot.ranking.matching import match
from bot.ranking.query import understand
from bot.replies import Line, Quote, Source, Strong
from bot.text import words
from bot.wording import day, place, short

if TYPE_CHECKING:
    from bot.model import Share
    from bot.ports import Said
    from bot.requests import Request

MOST_TALKS, MOST_LINKS, MOST_QUESTIONS = 3, 2, 2
CONSIDERED = 12
# Of the question's weight that speaks for a person: it has many words beside its topic.
COVER = 0.4
OF_A_TOPIC = 3  # terms; what is no longer is looked up as a topic is
QUOTED = 140


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was shared before: how it reads, and whom to thank for what.

    `account_id` helped by the message `message` of the place `place_id`; `kind` is how thanks
    are remembered.
    """

    line: Line
    kind: str
    account_id: int
    place_id: int
    message: str


def find(request: Request, text: str) -> list[Found]:
    """What the asker may see of what was shared about a question, best first."""
    return _talks(request, text) + _links(request, text)


def asked(request: Request, text: str) -> Asked:
    """The question as who-knows takes it, for the asker alone."""
    return Asked(
        text=text,
        audience=request.own,
        at=request.at,
        place_id=None if request.place is None else request.place.id,
        without=frozenset(request.account_ids),
        listing=request.community.listing,
        scope=request.community.ref.id,
        cover=COVER if len(words.terms(text)) > OF_A_TOPIC else None,
    )


def _talks(request: Request, text: str) -> list[Found]:
    """The conversations in which somebody else answered the like, one answer of each."""
    evidence, own = request.unit.evidence, request.own
    matches = match(understand(text, own, evidence), own, evidence)
    best = [n for n in matches.hits if matches.cover[n] >= likeness.COVER][:CONSIDERED]
    said = evidence.said(best, None, own) if best else []
    answers = [one.answer for one in likeness.told(text, said, own, evidence)]
    people = {one.account_id for one in answers} - set(request.account_ids)
    names = {one.id: one.name for one in request.unit.people.nameable(people)}
    shown = [one for one in answers if one.account_id in names][:MOST_TALKS]
    talks = (_talk(request, one, names[one.account_id]) for one in shown)
    return [one for one in talks if one is not None]


def _talk(request: Request, said: Said, name: str) -> Found | None:
    where = request.unit.directory.place(said.place)
    if where is None:
        return None
    line: Line = (
        Strong(name),
        f" in {place(said.place_name, said.elsewhere)}, {day(said.at, request.at)} ",
        Source(said.place, said.external_id, said.permalink),
        " ",
        Quote(short(said.text, QUOTED)),
    )
    return Found(line, "answer", said.account_id, where.id, said.external_id)


def _links(request: Request, text: str) -> list[Found]:
    """The links that were shared with much the same words."""
    found: list[Found] = []
    groups = links.find(text, request.own, request.unit)
    texts = [f"{group[0].title or ''} {group[0].words}" for group in groups]
    likes = likeness.compare(text, texts, request.own, request.unit.evidence)
    for group, like in zip(groups, likes, strict=True):
        first = group[0]
        known = request.unit.people.nameable([first.account_id])
        if like.reaches(likeness.ASKED) and known and first.account_id not in request.account_ids:
            found.append(_link(request, first, known[0].name))
    return found[:MOST_LINKS]


def _link(request: Request, share: Share, name: str) -> Found:
    where = request.unit.directory.place(share.place)
    assert where is not None, "a link stands in a place"
    line: Line = (
        Strong(name),
        " shared ",
        receipts.linked(share),
        f" in {place(share.place_name, share.elsewhere)}, {day(share.at, request.at)} ",
        Source(share.place, share.message, share.permalink),
    )
    return Found(line, "link", share.account_id, where.id, share.message)


def places(request: Request, text: str) -> Counter[int]:
    """In which places there are conversations about it, and how many messages they have."""
    ranking, _ = who_knows.candidates(asked(request, text), request.unit, 0)
    best = list(ranking.matches.hits)[:CONSIDERED]
    said = request.unit.evidence.said(best, None, request.own) if best else []
    counted = Counter(one.place for one in said)
    found: Counter[int] = Counter()
    for ref, count in counted.items():
        where = request.unit.directory.place(ref)
        if where is not None:
            found[where.id] = count
    return found


def questions(request: Request, text: str) -> list[Line]:
    """Earlier questions like it that stand where the asker can read, with who answered them."""
    terms = words.terms(text)
    least = max(2, round(len(terms) * COVER))
    found = request.unit.evidence.questions(terms, least, request.own, CONSIDERED)
    lines: list[Line] = []
    for one in found:
        question = request.unit.questions.find(one.question_id)
        if question is None or question.account_id in request.account_ids:
            continue
        answers = request.unit.answers.of(question.id)
        people = [request.unit.directory.met(given.account_id) for given in answers]
        names = dict.fromkeys(who.name for who in people if who is not None)
        tail = f", answered by {', '.join(names)} " if names else ", not answered yet "
        lines.append(
            (
                Quote(short(question.text, QUOTED)),
                f" {day(question.asked_at, request.at)}{tail}",
                Source(one.place, one.message, None),
            )
        )
    return lines[:MOST_QUESTIONS]
