"""Putting typing slips right, with no other dictionary than what people here write."""

from __future__ import annotations

from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING

from bot.text import words

if TYPE_CHECKING:
    from bot.model import Audience
    from bot.ports import Evidence, Near

ALIKE = 0.8  # of 1: a slip in a word of six letters or more
SIMILAR = 0.7  # alike enough to be offered, not to be taken
# A term of three letters is one slip away from too many others; with one of four, the word as it
# was typed must be alike as well (`oters` is a slip for `otters`, `lease` none for `least`).
SHORTEST = 4
VERY_ALIKE = 0.9
MOST = 3
MOST_UNKNOWN = 8  # a text with more unknown words is no misspelt topic


def correct(
    text: str, audience: Audience, evidence: Evidence
) -> tuple[str | None, tuple[str, ...]]:
    """Read `text` with its unknown words put right, and the near words to offer instead.

    (None, words) when some unknown word resembles nothing that is written here.
    """
    counted = words.count(text)
    known = evidence.frequencies(list(counted.terms), audience) if counted.terms else {}
    if len(counted.terms) - len(known) > MOST_UNKNOWN:
        return None, ()
    spelled: list[str] = []
    offered: list[str] = []
    is_whole = True
    changed = False
    for term, spelling in counted.spellings.items():
        if term in known:
            spelled.append(spelling)
            continue
        near = _near(term, audience, evidence)
        alike = [one for one in near if _is_slip(term, spelling, one)]
        offered += [one.spelling for one in near]
        if alike:
            spelled.append(alike[0].spelling)
            changed = True
        else:
            is_whole = False
    reading = " ".join(spelled) if is_whole and changed else None
    return reading, tuple(dict.fromkeys(offered))[:MOST]


def _is_slip(term: str, spelling: str, one: Near) -> bool:
    """Whether a word may be taken for another one that is written here."""
    if len(term) > SHORTEST:
        return _likeness(term, one.term) >= ALIKE
    return _likeness(spelling, one.spelling) >= VERY_ALIKE


def _near(term: str, audience: Audience, evidence: Evidence) -> list[Near]:
    """The words that resemble a term, most alike first, then most used."""
    if len(term) < SHORTEST:
        return []
    found = {one.term: one for one in evidence.near(_beginnings(term), audience)}
    alike = get_close_matches(term, sorted(found), n=4 * MOST, cutoff=SIMILAR)
    begun = [name for name in found if name.startswith(term)]
    near = [found[name] for name in dict.fromkeys([*alike, *begun])]
    return sorted(near, key=lambda one: (-_likeness(term, one.term), -one.conversations, one.term))


def _likeness(word: str, other: str) -> float:
    if sorted(word) == sorted(other):
        return 1.0  # letters that changed places, the commonest slip
    return round(SequenceMatcher(None, word, other).ratio(), 2)


def _beginnings(term: str) -> set[str]:
    """How the word that was meant may begin: as typed, or with a slip in its first two letters."""
    first, second, third = term[0], term[1], term[2]
    return {first + second, second + first, first + third, second + third}
