"""What speaks for people: each view says of accounts how likely it finds that they will help.

Of the text: who answered in the conversations that match, who used the words. Of the place and
the hour: who answers there lately, who is about, who is used to be about now. Of the asker: who
answered them before.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.ranking import pooling
from bot.ranking.decay import Decay, fresh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bot.model import Audience
    from bot.ports import Evidence
    from bot.ranking.matching import Matches
    from bot.ranking.pooling import View
    from bot.ranking.query import Query
    from bot.ranking.rows import Part, Present

SEASON = Decay(days=180)
SAME_PLACE = 2  # times as much counts what was said where it is asked
# How much, beside what somebody said in answer, what they said when they asked: it shows that
# they care, not that they know.
ASKED = 0.3
ANSWERED, SPOKEN_OF = 3, 30  # days after which an answer, a conversation counts half as much
NEWEST_ANSWERS = 500
NEWEST_MESSAGES = 3_000
NEWEST_HERE = 1_000
OWN_CONVERSATIONS = 100


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, where and when.

    `place_id`: None in no place; `now`: microseconds since 1970; `own`: the asker's accounts, and
    whoever else is nobody to name.
    """

    audience: Audience
    now: int
    place_id: int | None = None
    own: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Aim:
    """What people are looked for: how much each view counts."""

    weights: Mapping[str, float]


@dataclass(slots=True)
class Found:
    """What was found for a text: the conversations, who took part, and what each is worth."""

    query: Query
    matches: Matches
    parts: list[Part]
    worth: dict[int, float]

    @classmethod
    def of(
        cls, query: Query, matches: Matches, parts: list[Part], now: int, days: float = SPOKEN_OF
    ) -> Found:
        """A conversation is worth its squared score, of which after `days` a half is left."""
        worth = {
            number: hit.score**2 * fresh(hit.last_at, now, days)
            for number, hit in matches.hits.items()
        }
        return cls(query, matches, parts, worth)


def views(found: Found, aim: Aim, asking: Asking, evidence: Evidence) -> dict[str, View]:
    """The views that the aim has weights for, by name."""
    about = _About(asking, evidence)
    ways: dict[str, Callable[[], View]] = {
        "conversations": lambda: _shares(_conversations(found, asking), asking),
        "words": lambda: _shares(_words(found, asking.now), asking),
        "here": lambda: _shares(_answering(about), asking),
        "seen": lambda: pooling.recency(about.everywhere(), asking.now),
        "seen_here": lambda: pooling.recency(about.here(), asking.now),
        "hour": lambda: pooling.habit(about.everywhere()),
        "asker": lambda: _shares(_answering_them(about), asking),
    }
    return {name: way() for name, way in ways.items() if name in aim.weights}


def _shares(amounts: dict[int, float], asking: Asking) -> View:
    return pooling.shares({who: much for who, much in amounts.items() if who not in asking.own})


class _About:
    """Who is about, looked up when it is first asked for."""

    def __init__(self, asking: Asking, evidence: Evidence) -> None:
        self.asking, self.evidence = asking, evidence
        self._everywhere: list[Present] | None = None

    def everywhere(self) -> list[Present]:
        """Who wrote the newest messages of all."""
        if self._everywhere is None:
            self._everywhere = self._present(None, NEWEST_MESSAGES)
        return self._everywhere

    def here(self) -> list[Present]:
        """Who wrote the newest messages where it is asked."""
        where = self.asking.place_id
        return [] if where is None else self._present(where, NEWEST_HERE)

    def _present(self, place_id: int | None, most: int) -> list[Present]:
        asking = self.asking
        found = self.evidence.present(asking.audience, place_id, asking.now, most)
        return [one for one in found if one.account_id not in asking.own]


def _conversations(found: Found, asking: Asking) -> dict[int, float]:
    """How much the conversations count that people answered, or at least began."""
    hits, here = found.matches.hits, asking.place_id
    counts = {
        number: worth * (SAME_PLACE if hits[number].place_id == here else 1)
        for number, worth in found.worth.items()
    }
    amounts: defaultdict[int, float] = defaultdict(float)
    for number, who, _, answered_at in found.parts:
        amounts[who] += counts[number] * (ASKED if answered_at is None else 1)
    return amounts


def _words(found: Found, now: int) -> dict[int, float]:
    """How much of what is asked people said themselves in these conversations, fading."""
    asked = {(number, who) for number, who, _, answered_at in found.parts if answered_at is None}
    said: defaultdict[tuple[int, str], float] = defaultdict(float)
    for (number, who), used in found.matches.used.items():
        fading = SEASON.at(found.matches.hits[number].last_at, now)
        counts = fading * (ASKED if (number, who) in asked else 1)
        for term, tf in used.items():
            said[who, term] += tf * counts
    amounts: defaultdict[int, float] = defaultdict(float)
    for (who, term), amount in said.items():
        amounts[who] += Decay.dampen(amount) * found.query.weights[term]
    return amounts


def _answering(about: _About) -> dict[int, float]:
    """Who answers where it is asked; each conversation once."""
    asking = about.asking
    if asking.place_id is None:
        return {}
    answers = about.evidence.answered_lately(asking.audience, asking.place_id, NEWEST_ANSWERS)
    return _faded(answers, asking.now)


def _answering_them(about: _About) -> dict[int, float]:
    """Who answered the asker before."""
    asking = about.asking
    # Who is left out may be more than the asker: those who were asked already.
    them = asking.audience.account_ids or asking.own
    if not them:
        return {}
    found = about.evidence.answered_to(them, asking.audience, OWN_CONVERSATIONS)
    return _faded(found, asking.now)


def _faded(answers: Iterable[tuple[int, int]], now: int) -> dict[int, float]:
    amounts: defaultdict[int, float] = defaultdict(float)
    for who, at in answers:
        amounts[who] += fresh(at, now, ANSWERED)
    return amounts
