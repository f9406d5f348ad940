"""From text to the words that the index keeps and questions are matched by.

A *term* is a lower-case stem (Snowball English, which leaves most other languages' words alone),
without accents; its *spelling* is the word as somebody wrote it. The index keeps terms, people
are shown spellings. Whoever changes what `count` returns must raise `VERSION`: the store then
rebuilds its index when it is next opened.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from Stemmer import Stemmer

VERSION = "1"
LONGEST = 40  # characters of a term; longer runs are hashes and base64, not words

_URL = re.compile(r"(?:https?://|www\.)[^\s<>]+", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_SIGNED = re.compile(r"\b[a-z](?:\+\+|#)(?!\w)")  # c++ and c#, the only signs that words carry
# e-ink, wi-fi: one word, and its second half. Written so that only hyphens are looked at.
_HYPHENED = re.compile(r"-(?:(?<=\b[^\W_]-)|(?<=\b[^\W_][^\W_]-))([^\W_]+)")
_ASCII_WORDS = str.maketrans({chr(n): " " for n in range(128) if not chr(n).isalnum()})
_ENDING = re.compile(r"['’](?:t|s|m|d|re|ve|ll)\b")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,}")
_ACCENT = re.compile(r"[\u0300-\u036f]")
_REMEMBERED = 100_000  # stems kept at hand; the commonest words of a chat are far fewer

_STOP = frozenset(
    """
    a about actually after again ah all also always am an and another any anybody anyone
    anything are as at back be because been before being best better both btw but by can cannot
    come could did do does doing done each either else ever every everyone few find first for
    from get gets getting give go goes going good got great had has have having he hello help
    her here hey hi him his hm hmm how i idea if in into is it its just keep kind know knows
    last less let like little lol look lot made make makes many may maybe me mean might mine
    more most much must my myself need never new next nice no nobody none nope not nothing now
    of off ok okay on once one only oh or other our out over own people please pretty put quite
    rather really right said same say see seem seems seen she should since so some somebody
    someone something sorry still such sure take tell than thank thanks that the their them then
    there these they thing things think this those though thought to today too tried try trying
    two up upon us use used uses using very want wanted wants was way we well went were what
    when where which while who whom whose why will with within without work works would yeah yep
    yes yet you your yours aren can couldn didn doesn don hadn hasn haven isn shouldn wasn won
    wouldn cant dont im
    """.split()
)


@dataclass(frozen=True, slots=True)
class Words:
    """The terms of one text with how often each stands in it, and a spelling of each."""

    terms: dict[str, int]
    spellings: dict[str, str]


class _Terms(dict[str, str]):
    """The term of each word met so far; empty for words that carry no meaning."""

    def __init__(self) -> None:
        super().__init__()
        self._stemmer = Stemmer("english")

    def __missing__(self, word: str) -> str:
        if len(self) >= _REMEMBERED:
            self.clear()
        term = self[word] = self._stemmer.stemWord(word) if _carries_meaning(word) else ""
        return term


_TERMS = _Terms()


def _carries_meaning(word: str) -> bool:
    if word in _STOP or len(word) > LONGEST:
        return False
    return len(word) > 1 or not word.isascii() or word.isdigit()


def fold(text: str) -> str:
    """Lower case without accents; one spelling for what Unicode writes in several ways."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", _ACCENT.sub("", apart))


def _words(text: str) -> list[str]:
    """The words of `text` in lower case, in order, also those that carry no meaning."""
    folded = fold(text)
    if "://" in folded or "www." in folded:
        folded = _URL.sub(" ", folded)
    if "'" in folded or "’" in folded:
        folded = _ENDING.sub("", folded)
    extra = _SIGNED.findall(folded) if "+" in folded or "#" in folded else []
    if "-" in folded:
        folded = _HYPHENED.sub(r"\1 \1", folded)
    if folded.isascii():
        return extra + folded.translate(_ASCII_WORDS).split()
    words = _WORD.findall(folded)
    if _CJK.search(folded):
        words = [part for word in words for part in _pairs(word)]
    return extra + words


def _pairs(word: str) -> list[str]:
    """Scripts without spaces are indexed by pairs of characters."""
    if _CJK.search(word) is None:
        return [word]
    return [word[i : i + 2] for i in range(len(word) - 1)]


def sequence(text: str) -> list[str]:
    """The terms of `text` in order, repeats included."""
    return [term for term in map(_TERMS.__getitem__, _words(text)) if term]


def count(text: str) -> Words:
    """The terms of `text`, counted, each with the spelling that stands first."""
    spelled: dict[str, str] = {}
    tally: Counter[str] = Counter()
    for word in _words(text):
        if term := _TERMS[word]:
            tally[term] += 1
            spelled.setdefault(term, word)
    return Words(tally, spelled)


def terms(text: str) -> list[str]:
    """The distinct terms of `text`, in the order in which they first stand in it."""
    return list(dict.fromkeys(sequence(text)))


def key(topic: str) -> str:
    """What two spellings of one topic have in common: `Rust servers` and `rust server` agree."""
    return " ".join(sorted(terms(topic)))[:200] or fold(topic).strip()[:200]
