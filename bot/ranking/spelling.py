"""Putting typing slips right, with no other dictionary than what people here write."""

from __future__ import annotations

from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING

from bot.text import words

if TYPE_CHECKING:
    from bot.model import Audience
    from bot.ports import Evidence, Near

ALIKE = 0.82  # of 1
SIMILAR = 0.7  # terms so alike are looked at
WRITTEN = 0.75  # as they are written two words must be so alike
SHORTEST = 4  # letters: one of three is a slip away from too many others
MOST = 3
LONGEST_TOPIC = 4  # terms
MOST_UNKNOWN = 8  # a text with more unknown words is no misspelt topic


def correct(
    text: str, audience: Audience, evidence: Evidence
) -> tuple[str | None, tuple[str, ...]]:
    """Read `text` with its unknown words put right, and the near words to offer instead.

    (None, words) when some unknown word resembles nothing that is written here. Of a topic of a
    few words those that are written here are near to it, too.
    """
    counted = words.count(text)
    known = evidence.frequencies(list(counted.terms), audience) if counted.terms else {}
    unknown = [term for term in counted.terms if term not in known]
    if len(unknown) > MOST_UNKNOWN:
        return None, ()
    near = {term: _near(term, audience, evidence) for term in unknown}
    shown = evidence.spelled({one.term for some in near.values() for one in some}, audience)
    meant = dict(counted.spellings)
    for term in unknown:
        alike = [one.term for one in near[term] if _is_slip(meant[term], shown[one.term])]
        meant[term] = shown[alike[0]] if alike else ""
    reading = " ".join(meant.values()) if unknown and all(meant.values()) else None
    offered = [
        shown[one.term]
        for term, some in near.items()
        for one in some
        if _is_offered(counted.spellings[term], shown[one.term], one.conversations)
    ]
    if 1 < len(counted.terms) <= LONGEST_TOPIC:
        rarest = sorted(known, key=lambda term: (known[term], term))
        offered += [counted.spellings[term] for term in rarest]
    return reading, tuple(dict.fromkeys(offered))[:MOST]


def _is_slip(typed: str, word: str) -> bool:
    """Whether a word may be taken for another one that is written here.

    Only when a letter is missing or doubled, or two neighbours have changed places, and not the
    first: a word with another letter in it is as often another word (`oncology`, `ontology`), and
    one that goes on with another letter as well (`opera`, `operad`).
    """
    if len(typed) <= SHORTEST:
        return False
    typed, word = (one.lower().removesuffix("s") for one in (typed, word))  # one or many of it
    if typed[:1] != word[:1]:
        return False
    swapped = (typed[:n] + typed[n + 1] + typed[n] + typed[n + 2 :] for n in range(len(typed) - 1))
    missing = (word[:n] + word[n + 1 :] for n in range(len(word) - 1))
    doubled = (word[:n] + word[n - 1] + word[n:] for n in range(1, len(word) + 1))
    return word in swapped or typed in missing or typed in doubled


def _is_offered(typed: str, word: str, conversations: int) -> bool:
    """Whether a word is worth a question: people talk about it, or it is very much alike."""
    typed, word = typed.lower(), word.lower()
    least = WRITTEN if conversations > 1 else ALIKE
    return word.startswith(typed) or _likeness(typed, word) >= least


def _near(term: str, audience: Audience, evidence: Evidence) -> list[Near]:
    """The words that resemble a term, most alike first, then most used.

    Where there is no letter there is no slip: another number is another thing.
    """
    if len(term) < SHORTEST or not any(map(str.isalpha, term)):
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
