"""The one escape of the console: what people wrote, made harmless for a terminal.

A terminal obeys control characters and escape sequences, and shows text in another order than it
is written where bidirectional overrides tell it to. `clean` takes all of that out and leaves the
words; markup of rich is harmless because `view` only makes `Text` of it, which nobody parses.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

REPLACEMENT = "\ufffd"
_JOINERS = "\u200c\u200d"  # within emoji, and between letters of Persian and of Indian scripts
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MANY_MARKS = re.compile(r"[\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]{4,}")
_TAB = "    "
_NONCHARACTER = 0xFFFE  # the last two of every plane of Unicode


def clean(text: str) -> str:
    r"""Return `text` with no control but `\n`: each one, and each bidi override, becomes U+FFFD.

    Other invisible signs are dropped, but for joiners; a tab becomes four spaces, any line end
    `\n`; lone surrogates and what XML forbids become U+FFFD; three marks at most stack up on a
    letter, so that no text runs into the lines around it.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _LINE_ENDS.sub("\n", text).replace("\t", _TAB)
    return _MANY_MARKS.sub(lambda marks: marks[0][:3], "".join(map(_harmless, text)))


def inline(text: str) -> str:
    """Return `text` cleaned and on one line."""
    return re.sub(r"\s*\n\s*", " ", clean(text)).strip("\n")


@lru_cache(maxsize=4_096)
def _harmless(sign: str) -> str:
    if sign == "\n" or sign in _JOINERS:
        return sign
    category = unicodedata.category(sign)
    if category in {"Cc", "Cs", "Zl", "Zp"} or sign in _BIDI or _is_nonsense(sign):
        return REPLACEMENT
    return "" if category == "Cf" else sign


def _is_nonsense(sign: str) -> bool:
    return ord(sign) & _NONCHARACTER == _NONCHARACTER
