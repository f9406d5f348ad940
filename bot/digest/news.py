"""What is new for somebody: reads of evidence with their audience, since a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.features import links, receipts
from bot.ranking.matching import match
from bot.ranking.query import understand
from bot.replies import Line, Source, Strong
from bot.text import words
from bot.wording import day, place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from bot.asking.model import Question
    from bot.asking.scene import Scene
    from bot.model import Audience, Share
    from bot.ports import Said

MICROS = 1_000_000
WHOLE = 0.999  # of a topic's weight: half of one is another topic
NEWEST = 200
CONSIDERED = 20


def about(scene: Scene, topic: str, audience: Audience, since: datetime) -> list[Line]:
    """New links and answered conversations about a topic, newest first."""
    found = [*_links(scene, topic, audience, since), *_talks(scene, topic, audience, since)]
    return [line for _, line in sorted(found, key=lambda one: one[0], reverse=True)]


def name_of(scene: Scene, account_id: int) -> str | None:
    """The name of somebody who may be named."""
    known = scene.unit.people.nameable([account_id])
    return known[0].name if known else None


def _links(
    scene: Scene, topic: str, audience: Audience, since: datetime
) -> Iterable[tuple[datetime, Line]]:
    for group in links.find(topic, audience, scene.unit):
        first = group[0]
        name = name_of(scene, first.account_id)
        is_theirs = first.account_id in audience.account_ids
        if first.at > since and name is not None and not is_theirs:
            where = f" in {place(first.place_name, first.elsewhere)}, {day(first.at, scene.at)} "
            source = Source(first.place, first.message, first.permalink)
            link = receipts.linked(first)
            yield first.at, (Strong(name), " shared ", link, where, source)


def _talks(
    scene: Scene, topic: str, audience: Audience, since: datetime
) -> Iterable[tuple[datetime, Line]]:
    """One answer of each conversation about the topic in which somebody answered since then."""
    evidence = scene.unit.evidence
    matches = match(understand(topic, audience, evidence), audience, evidence)
    moment = int(since.timestamp() * MICROS)
    fitting = [
        hit.conversation_id
        for hit in matches.hits.values()
        if hit.last_at > moment and matches.cover[hit.conversation_id] >= WHOLE
    ][:CONSIDERED]
    answered = {
        (part.conversation_id, part.account_id)
        for part in (evidence.parts(fitting, audience) if fitting else ())
        if part.answered_at is not None and part.answered_at > moment
    }
    said = evidence.said(fitting, None, audience) if answered else []
    theirs = [one for one in said if (one.conversation_id, one.account_id) in answered]
    shown: dict[int, Said] = {}
    for one in receipts.telling(theirs, words.terms(topic)).values():
        if one.account_id not in audience.account_ids:
            shown.setdefault(one.conversation_id, one)
    for one in shown.values():
        name = name_of(scene, one.account_id)
        if name is not None:
            yield one.at, (Strong(name), " ", *receipts.answered(one, scene.at).line)


def from_outside(
    scene: Scene, account_ids: Collection[int], audience: Audience, since: datetime
) -> Share | None:
    """The link of most sharers, in a place where somebody never wrote themselves."""
    usual = set(scene.unit.own_data.places_of(account_ids))
    new = [
        share
        for share in scene.unit.evidence.newest_shares(audience, NEWEST)
        if share.at > since
        and share.account_id not in account_ids
        and share.place_name not in usual
    ]
    often: dict[str, set[int]] = {}
    for share in new:
        often.setdefault(share.canonical, set()).add(share.account_id)
    return max(new, key=lambda one: (len(often[one.canonical]), one.at, one.id), default=None)


def questions_about(scene: Scene, topics: Iterable[str], audience: Audience) -> list[Question]:
    """Questions that stand where somebody can read and hold one of the topics whole."""
    found: dict[int, Question] = {}
    for topic in topics:
        terms = words.terms(topic)
        for one in scene.unit.evidence.questions(terms, len(terms), audience, CONSIDERED):
            question = scene.unit.questions.find(one.question_id)
            if question is not None:
                found.setdefault(question.id, question)
    return sorted(found.values(), key=lambda one: one.asked_at, reverse=True)


def used_again(
    scene: Scene, account_ids: Collection[int], audience: Audience, since: datetime
) -> list[Line]:
    """Links of somebody's that another person posted again since then."""
    evidence = scene.unit.evidence
    mine = {share.canonical: share for share in evidence.shares_by(account_ids, audience)}
    lines: list[Line] = []
    for share in evidence.shares_of(list(mine), audience) if mine else ():
        own = mine[share.canonical]
        name = name_of(scene, share.account_id)
        is_later = share.at > max(since, own.at) and share.account_id not in account_ids
        if is_later and name is not None:
            what = receipts.linked(own)
            source = Source(share.place, share.message, share.permalink)
            lines.append((Strong(name), " shared your link ", what, " again ", source))
    return lines
