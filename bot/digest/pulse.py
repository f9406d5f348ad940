"""The pulse of a community: what was helped, and how fast; never a person, no group under three.

Everything is counted for one audience: questions count where they stand, links where they were
posted, as far as that audience may see it. What fewer than three people did is not told, nor what
could be reckoned from it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from bot.text import words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from bot.digest.model import Asked, Crossed
    from bot.model import Audience, Share
    from bot.ports import Unit

LEAST = 3  # people
MOST_TOPICS = 5
MOST_LINKS = 3
STILL_WANTED = timedelta(days=365)  # how long a question counts that nobody answered


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is counted: who asked it when, and who first helped when."""

    id: int
    asker: int
    asked_at: datetime
    helpers: tuple[tuple[int, datetime], ...]

    @property
    def wait(self) -> timedelta | None:
        """How long until somebody helped."""
        return self.helpers[0][1] - self.asked_at if self.helpers else None


@dataclass(frozen=True, slots=True)
class Pulse:
    """What may be told of some time; None and nothing where too few people stand behind it.

    `asked` and `helped` count questions; `wait` is how long half of the helped ones waited.
    """

    asked: int | None
    helped: int | None
    wait: timedelta | None
    first_time: int | None
    topics: tuple[str, ...]
    crossed: int | None
    links: tuple[Share, ...]

    @property
    def is_silent(self) -> bool:
        """Whether there is nothing to tell."""
        counts = (self.asked, self.first_time, self.crossed)
        return not any(counts) and not self.topics


def take(
    unit: Unit, community_id: int, audience: Audience, since: datetime, until: datetime
) -> Pulse:
    """The pulse of a community from `since` up to `until`, as an audience may be told it."""
    questions = _questions(unit.evidence.asked(community_id, audience), until)
    new = [one for one in questions if one.asked_at >= since]
    helped = [one for one in new if one.helpers]
    asked = _count(new)
    fits = asked is not None and _tells_nobody(new, helped)
    waits = [one.wait.total_seconds() for one in helped if one.wait is not None]
    crossed = _Crossing(unit, audience, since, until)
    return Pulse(
        asked=asked,
        helped=len(helped) if fits else None,
        wait=timedelta(seconds=median(waits)) if _count(helped) else None,
        first_time=_first_time(questions, since),
        topics=_topics(unit, questions, audience, until - STILL_WANTED),
        crossed=crossed.count,
        links=crossed.links(),
    )


def helped_by_month(
    unit: Unit, community_id: int, audience: Audience, edges: Sequence[datetime]
) -> list[int | None]:
    """How many questions of each span between two edges were helped; None where too few asked."""
    questions = _questions(unit.evidence.asked(community_id, audience), edges[-1])
    found: list[int | None] = []
    for since, until in pairwise(edges):
        some = [one for one in questions if since <= one.asked_at < until and one.helpers]
        found.append(_count(some))
    return found


def _questions(rows: Iterable[Asked], until: datetime) -> list[Question]:
    """The questions up to a moment with their helpers; whoever asks does not help themselves."""
    found: dict[int, Question] = {}
    helpers: defaultdict[int, list[tuple[int, datetime]]] = defaultdict(list)
    for row in rows:
        if row.asked_at >= until:
            continue
        found[row.question_id] = Question(row.question_id, row.asker, row.asked_at, ())
        is_other = row.helper is not None and row.helper != row.asker
        if is_other and row.helper and row.helped_at is not None and row.helped_at < until:
            helpers[row.question_id].append((row.helper, row.helped_at))
    return [
        Question(one.id, one.asker, one.asked_at, tuple(helpers[one.id])) for one in found.values()
    ]


def _askers(questions: Collection[Question]) -> set[int]:
    return {one.asker for one in questions}


def _count(questions: Collection[Question]) -> int | None:
    """How many there are, if enough people asked."""
    return len(questions) if len(_askers(questions)) >= LEAST else None


def _tells_nobody(new: Collection[Question], helped: Collection[Question]) -> bool:
    """Whether neither those that were helped nor the others are those of one or two people."""
    others = [one for one in new if not one.helpers]
    return all(not some or len(_askers(some)) >= LEAST for some in (helped, others))


def _first_time(questions: Iterable[Question], since: datetime) -> int | None:
    """How many people helped for the first time."""
    first: dict[int, datetime] = {}
    for one in questions:
        for helper, at in one.helpers:
            first[helper] = min(at, first.get(helper, at))
    count = sum(1 for at in first.values() if at >= since)
    return count if count >= LEAST else None


# ── Topics ───────────────────────────────────────────────────────────────────────────────────


def _topics(
    unit: Unit, questions: Collection[Question], audience: Audience, since: datetime
) -> tuple[str, ...]:
    """Words that several people asked about, and none of whose questions was helped.

    Nor does anybody say that they know it.
    """
    recent = {one.id: one for one in questions if one.asked_at >= since}
    by_term: defaultdict[str, list[Question]] = defaultdict(list)
    for term, number in unit.evidence.asked_terms(list(recent), audience) if recent else ():
        by_term[term].append(recent[number])
    wanted = [
        term
        for term, some in by_term.items()
        if len(_askers(some)) >= LEAST and not any(one.helpers for one in some)
    ]
    if not wanted:
        return ()
    often = {term: len(_askers(by_term[term])) for term in wanted}
    open_ones = [one for one in wanted if not unit.evidence.claims([one], audience)]
    best = sorted(open_ones, key=lambda one: (-often[one], one))[:MOST_TOPICS]
    return tuple(_spelled(unit, one, by_term[one]) for one in best)


def _spelled(unit: Unit, term: str, questions: Iterable[Question]) -> str:
    """A word as whoever asked last wrote it."""
    for one in sorted(questions, key=lambda one: one.asked_at, reverse=True):
        question = unit.questions.find(one.id)
        if question is not None:
            return words.count(question.text).spellings.get(term, term)
    return term


# ── Links ────────────────────────────────────────────────────────────────────────────────────


class _Crossing:
    """The links that came to another place in some time, as far as it may be told."""

    def __init__(self, unit: Unit, audience: Audience, since: datetime, until: datetime) -> None:
        self._unit, self._audience = unit, audience
        rows = self._nameable(unit.evidence.crossed(since, until, audience))
        by_link: defaultdict[str, list[Crossed]] = defaultdict(list)
        for row in rows:
            by_link[row.canonical].append(row)
        self._found = [some for some in by_link.values() if _arrives(some, since)]

    def _nameable(self, rows: Sequence[Crossed]) -> list[Crossed]:
        """The shares but for those that their sharer hid, or who is in no list."""
        people = self._unit.people
        may = {one.id for one in people.nameable({row.account_id for row in rows})}
        hidden = people.hidden_by({row.person_id for row in rows})
        return [
            row
            for row in rows
            if row.account_id in may
            and ("share", str(row.share_id)) not in hidden.get(row.person_id, set())
        ]

    @property
    def count(self) -> int | None:
        """How many there are, if enough people shared them."""
        people = {row.person_id for some in self._found for row in some}
        return len(self._found) if len(people) >= LEAST else None

    def links(self) -> tuple[Share, ...]:
        """Those that enough people shared, of most people first; each as it was shared first."""
        often = [(len({row.person_id for row in some}), some) for some in self._found]
        fit = [(count, some) for count, some in often if count >= LEAST]
        best = sorted(fit, key=lambda one: (-one[0], one[1][0].share_id))[:MOST_LINKS]
        numbers = [some[0].share_id for _, some in best]
        found = {one.id: one for one in self._unit.evidence.shares(numbers, self._audience)}
        return tuple(found[number] for number in numbers if number in found)


def _arrives(shares: Sequence[Crossed], since: datetime) -> bool:
    """Whether a link came to another place since then; shares come in order of time."""
    first: dict[int, datetime] = {}
    for share in shares:
        first.setdefault(share.place_id, share.at)
    arrivals = sorted(first.values())
    return len(arrivals) > 1 and arrivals[-1] >= since


# ── Months ───────────────────────────────────────────────────────────────────────────────────


def months(until: datetime, count: int) -> list[datetime]:
    """The beginnings of the last `count` months up to `until` in its zone, and `until`, in UTC."""
    year, month = until.year, until.month
    edges = [until]
    while len(edges) <= count:
        begin = datetime(year, month, 1, tzinfo=until.tzinfo)
        if begin < until:
            edges.append(begin)
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return [one.astimezone(UTC) for one in reversed(edges)]
