"""The one escape of Discord: what people wrote, without any power over the message it stands in.

Markdown: https://support.discord.com/hc/articles/210298617. Mentions and the other `<…>` forms:
https://docs.discord.com/developers/reference#message-formatting. `AllowedMentions.none()` on each
send is the other half: even a mention that slipped through would notify nobody.
"""

from __future__ import annotations

import re
import unicodedata

REPLACEMENT = "\ufffd"
# Stands where a mention would begin, so that it is none; nobody sees it.
GAP = "\u200b"

_JOINERS = "\u200c\u200d"  # within emoji, and between letters of Persian and of Indian scripts
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MANY_MARKS = re.compile(r"[\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]{4,}")
_BLANKS = re.compile(r"\s+")
_URL = re.compile(r"https?://[^\s<>|*`\\\"'()\[\]]+", re.IGNORECASE)
_MARKUP = re.compile(r"[\\*_~`|\[\]<>]")
# A heading, a small line, a list: only where a line begins.
_LINE_START = re.compile(r"^(\s*)(?:([#+-])|(\d+)([.)]))")
# The rest of a mention may stand in what is written next.
_AT = re.compile(r"(?<!\w)@|@(?=everyone|here|[!&]?\d|$)", re.IGNORECASE)
_AT_IN_URL = re.compile(r"@(?=everyone|here|$)", re.IGNORECASE)


def clean(text: str) -> str:
    """The text on one line, without what is invisible or turns the reading direction round.

    Blanks around it stay, one on each side. Controls and bidi overrides become U+FFFD, other
    invisible signs go; three marks at most stack up on a letter, so that no text runs into the
    lines around it.
    """
    line = _BLANKS.sub(" ", text)
    if line.isascii() and line.isprintable():
        return line
    return _MANY_MARKS.sub(lambda marks: marks[0][:3], "".join(map(_harmless, line)))


def escape(text: str) -> str:
    """The text as it must be written so that Discord shows just it, on one line.

    Addresses stay whole, so that they can be opened; an `@` that could mention everyone is written
    `%40` there, which means the same.
    """
    line = clean(text)
    parts: list[str] = []
    start = 0
    for found in _URL.finditer(line):
        parts += [_escape_words(line[start : found.start()]), _AT_IN_URL.sub("%40", found[0])]
        start = found.end()
    parts.append(_escape_words(line[start:]))
    return _LINE_START.sub(_as_text, "".join(parts))


def _escape_words(words: str) -> str:
    words = _AT.sub(f"@{GAP}", words).replace("<", f"<{GAP}")
    return _MARKUP.sub(r"\\\g<0>", words)


def _as_text(start: re.Match[str]) -> str:
    blank, sign, number, dot = start.groups()
    return f"{blank}\\{sign}" if sign else f"{blank}{number}\\{dot}"


def _harmless(sign: str) -> str:
    if sign in _JOINERS:
        return sign
    category = unicodedata.category(sign)
    if category in {"Cc", "Cs", "Zl", "Zp"} or sign in _BIDI:
        return REPLACEMENT
    return "" if category == "Cf" else sign
