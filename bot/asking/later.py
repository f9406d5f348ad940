"""Right on time: what turns up later and answers an open question is offered to its asker.

A question is held against what was said since it was looked at last: a conversation in which
somebody answered, a link, a claim. Only a message that is much like the question counts, in a
conversation that the asker has no part in (what is said in theirs they know). At most one thing a
week is offered, and nothing twice. `benchmarks/later.py` measures how many such notes a question
draws in a year.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.asking.model import Kind
from bot.asking.scene import key
from bot.deliveries import Ref
from bot.features import sharing
from bot.moments import micros
from bot.ranking.likeness import COVER, LEAST_TERMS, UNASKED, compare, told
from bot.ranking.matching import match
from bot.ranking.query import understand
from bot.text import words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bot.asking.model import Given, Question
    from bot.asking.scene import Scene
    from bot.model import Audience, Share

OFTEN = timedelta(days=1)
SELDOM = timedelta(days=7)
LATELY = timedelta(days=30)  # how long a question is looked at often
BETWEEN = timedelta(days=7)
CONSIDERED = 20  # conversations, or links, of which each message is looked at


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that may answer a question: `kind` and `key` as it is remembered by."""

    kind: str
    key: int
    account_id: int
    at: datetime


def look(scene: Scene, question: Question) -> None:
    """Hold a question against what is new, and offer its asker the best of it."""
    last = scene.unit.questions.last_found(question.id)
    if last is not None and last + BETWEEN > scene.at:
        scene.unit.questions.save(replace(question, looks_at=last + BETWEEN))
        return
    found = find(scene, question)
    if found is not None:
        _offer(scene, question, found)
    young = scene.at - question.asked_at < LATELY
    again = scene.at + (OFTEN if young else SELDOM)
    scene.unit.questions.save(replace(question, looked_at=scene.at, looks_at=again))


def _offer(scene: Scene, question: Question, found: Finding) -> None:
    asker = scene.asker(question)
    if asker is None or not scene.unit.questions.found(
        question.id, found.kind, found.key, scene.at
    ):
        return
    who = scene.unit.directory.met(found.account_id)
    scene.owe_person(
        Kind.FOUND,
        asker,
        {"question": question.id, "found": found.kind, "key": found.key, "who": found.account_id},
        question.id,
        found.kind,
        found.key,
        about_id=None if who is None else who.person_id,
    )


def find(scene: Scene, question: Question) -> Finding | None:
    """What was said since the question was looked at and answers it best, if anything does."""
    audience = scene.audience(question)
    if audience is None:
        return None
    for look_for in (_conversations, _links, _claims):
        for found in look_for(scene, question, audience):
            if not scene.unit.questions.was_found(question.id, found.kind, found.key):
                return found
    return None


def _conversations(scene: Scene, question: Question, audience: Audience) -> Iterator[Finding]:
    """The new conversations with a message like the question, and who answered there."""
    evidence = scene.unit.evidence
    matches = match(understand(question.text, audience, evidence), audience, evidence)
    since = micros(question.looked_at)
    own = _own(scene, question)
    new = [n for n, hit in matches.hits.items() if hit.last_at > since and n not in own]
    fitting = [number for number in new if matches.cover[number] >= COVER][:CONSIDERED]
    said = evidence.said(fitting, None, audience) if fitting else []
    for one in told(question.text, said, audience, evidence, UNASKED):
        if one.answer.at > question.looked_at:
            number = one.answer.conversation_id
            yield Finding("conversation", number, one.answer.account_id, one.answer.at)


def _own(scene: Scene, question: Question) -> set[int]:
    """The conversations about the question itself: what is answered there was brought already."""
    said: list[tuple[int | None, str | None]] = [
        (one.place_id, one.message) for one in scene.unit.asks.posts_of(question.id)
    ]
    for given in scene.unit.answers.of(question.id):
        said += [(given.place_id, given.message), *_brought(scene, question, given)]
    kept = (scene.unit.archive.find(where, name) for where, name in said if where and name)
    return {one.conversation_id for one in kept if one is not None}


def _brought(scene: Scene, question: Question, given: Given) -> list[tuple[int | None, str | None]]:
    record = scene.unit.outbox.find(key(Kind.ANSWER, given.id))
    if record is None or not record.sent_ref:
        return []
    return [(question.place_id, Ref.read(record.sent_ref).message)]


def _links(scene: Scene, question: Question, audience: Audience) -> Iterator[Finding]:
    """The new links like the question, by their titles and the words they were shared with."""
    terms = words.terms(question.text)
    evidence = scene.unit.evidence
    found = evidence.sharers(terms, LEAST_TERMS, audience, CONSIDERED)
    shares = evidence.shares([number for number, _ in found], audience) if found else []
    known_texts = [question.text, *(one.text for one in scene.unit.answers.of(question.id))]
    known = {form for text in known_texts for form in sharing.links_in(text)}
    new = [one for one in shares if one.canonical not in known and _is_new(one, question, audience)]
    texts = [f"{one.title or ''} {one.words}" for one in new]
    likes = compare(question.text, texts, audience, evidence)
    alike = [
        (like.whole, one) for like, one in zip(likes, new, strict=True) if like.reaches(UNASKED)
    ]
    for _, one in sorted(alike, key=lambda pair: -pair[0]):
        if not _was_there(scene, one, audience):
            yield Finding("share", one.id, one.account_id, one.at)


def _was_there(scene: Scene, share: Share, audience: Audience) -> bool:
    """Whether the asker has a part in the conversation in which a link was shared."""
    where = scene.unit.directory.place(share.place)
    kept = None if where is None else scene.unit.archive.find(where.id, share.message)
    if kept is None or kept.conversation_id is None:
        return False
    theirs = scene.unit.evidence.said([kept.conversation_id], audience.account_ids, audience)
    return bool(theirs)


def _is_new(share: Share, question: Question, audience: Audience) -> bool:
    return share.at > question.looked_at and share.account_id not in audience.account_ids


def _claims(scene: Scene, question: Question, audience: Audience) -> Iterator[Finding]:
    """Those who say since then that they know just what the question is about."""
    terms = words.terms(question.text)
    for claim, held in scene.unit.evidence.claims(terms, audience):
        is_whole = held == len(words.terms(claim.topic))
        is_new = claim.at > question.looked_at and claim.account_id not in audience.account_ids
        if is_whole and is_new and _is_rare(scene, claim.topic, audience):
            yield Finding("claim", claim.id, claim.account_id, claim.at)


def _is_rare(scene: Scene, topic: str, audience: Audience) -> bool:
    """Whether a topic's words tell something: one that stands everywhere is no reason to write."""
    total, _ = scene.unit.evidence.size(audience)
    known = scene.unit.evidence.frequencies(words.terms(topic), audience)
    return min(known.values(), default=0) <= max(3, total // 100)
