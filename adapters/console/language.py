"""What can be typed: the console's own words, and how to read what stands behind them.

Everything here is pure. A line that cannot be read raises `Misunderstood` with one sentence that
says what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from difflib import get_close_matches
from typing import NamedTuple

from bot.errors import GrapevineError


class Misunderstood(GrapevineError):
    """A typed line could not be read; the text says what to type instead."""


class Word(NamedTuple):
    """One of the console's own words: what goes behind it and what it is for."""

    usage: str
    summary: str


WORDS: Mapping[str, Word] = {
    "as": Word("NAME", "go on as somebody else"),
    "in": Word("PLACE", "go to another place"),
    "dm": Word("", "talk with Grapevine alone"),
    "people": Word("", "who is here"),
    "places": Word("", "the places you can see"),
    "history": Word("[N]", "the newest N messages of this place"),
    "open": Word("N", "the conversation around N or ↗N"),
    "reply": Word("N TEXT", "answer message N"),
    "edit": Word("N TEXT", "change your message N"),
    "delete": Word("N", "delete your message N"),
    "react": Word("N :EMOJI:", "put an emoji on message N"),
    "unreact": Word("N :EMOJI:", "take it off again"),
    "save": Word("N", "save the links of message N"),
    "raise": Word("N", "ask the network about message N"),
    "press": Word("N", "press button [N …]; its words do too"),
    "fill": Word("FIELD=VALUE; …", "send the open form"),
    "cancel": Word("", "close the open form"),
    "keep": Word("PATH", "save the file of the last answer"),
    "at": Word("YYYY-MM-DD HH:MM", "set the clock"),
    "wait": Word("3 days", "let time pass"),
    "help": Word("[COMMAND]", "this page, or more about a command"),
    "quit": Word("", "leave"),
}

INTRODUCTION = (
    "Plain text is a message to everyone here; a space before it lets it begin with any sign. "
    "@grapevine … asks Grapevine where all can read it."
)
MOST_SHOWN = 200
"""Messages that one `/history` shows at most."""
_USUAL = 15
_LONGEST_WAIT = timedelta(days=3_660)
_WORD = re.compile(r"/(\S*)(.*)", re.DOTALL)
_MENTION = re.compile(r"@grapevine(?![\w-])[\s,:]*", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:↗\s*)?(\d{1,9})(?:\s+(.*))?", re.DOTALL)
_EMOJI = re.compile(r":?([\w+'-]+):?", re.ASCII)
_MOMENT = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2}))?", re.ASCII)
_SPAN = re.compile(r"(\d{1,6})\s*([a-z]+)", re.ASCII | re.IGNORECASE)
_PAIR = re.compile(
    r"""\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"\s*|([^;]*))(?:;|$)""",
    re.DOTALL,
)
_UNITS = {
    **dict.fromkeys(("m", "min", "minute"), "minutes"),
    **dict.fromkeys(("h", "hour"), "hours"),
    **dict.fromkeys(("d", "day"), "days"),
    **dict.fromkeys(("w", "week"), "weeks"),
}


def usage(word: str) -> str:
    """Return a word as it is typed: `/reply N TEXT`."""
    return f"/{word} {WORDS[word].usage}".rstrip()


def help_lines(words: Iterable[str] = WORDS) -> tuple[str, ...]:
    """Return some of the console's own words, a line each."""
    return listed((usage(word), WORDS[word].summary) for word in words)


def listed(rows: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return two columns as lines."""
    rows = list(rows)
    widest = max((len(first) for first, _ in rows), default=0)
    return tuple(f"{first:<{widest}}  {second}" for first, second in rows)


def unknown(word: str, known: Iterable[str]) -> Misunderstood:
    """Say that there is no such word, with the nearest there is."""
    near = get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    if near:
        return Misunderstood(f"Did you mean /{near[0]}?")
    return Misunderstood(f"There is no /{word}; /help lists what there is.")


def split_word(line: str) -> tuple[str, str]:
    """Split `/word the rest` into its word, in small letters, and the rest."""
    found = _WORD.match(line)
    assert found is not None, "the line begins with a slash"
    return found[1].lower(), found[2].strip()


def talks_to_bot(text: str) -> str | None:
    """Return what is said to Grapevine in a text that begins with its mention, else None."""
    mention = _MENTION.match(text)
    return None if mention is None else text[mention.end() :].strip()


def numbered(word: str, rest: str) -> tuple[int, str]:
    """Read `N text`; the text may be missing."""
    found = _NUMBERED.fullmatch(rest)
    if found is None:
        raise misused(word)
    return int(found[1]), (found[2] or "").strip()


def numbered_text(word: str, rest: str) -> tuple[int, str]:
    """Read `N text` with both there."""
    number, text = numbered(word, rest)
    if not text:
        raise misused(word)
    return number, text


def number_only(word: str, rest: str) -> int:
    """Read `N` and nothing behind it."""
    number, text = numbered(word, rest)
    if text:
        raise misused(word)
    return number


def misused(word: str) -> Misunderstood:
    """Say how a word is used."""
    return Misunderstood(f"Type it like this: {usage(word)}")


def emoji(word: str, text: str) -> str:
    """Read an emoji's short name, with or without colons."""
    found = _EMOJI.fullmatch(text)
    if found is None:
        raise Misunderstood(f"Write the emoji by its name, like /{word} 3 :thumbsup:")
    return found[1]


def how_many(rest: str) -> int:
    """Read the optional number of `/history`."""
    if not rest:
        return _USUAL
    return max(1, min(number_only("history", rest), MOST_SHOWN))


def moment(rest: str, zone: tzinfo) -> datetime:
    """Read `2026-05-03 10:00` (midnight without a time) in `zone`; returns UTC."""
    found = _MOMENT.fullmatch(rest)
    if found is None:
        raise misused("at")
    year, month, day, hour, minute = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)
    except (OverflowError, ValueError):
        raise Misunderstood(f"There is no such moment as {rest}.") from None


def span(rest: str) -> timedelta:
    """Read `3 days`, `90 minutes`, `2 weeks`."""
    found = _SPAN.fullmatch(rest)
    unit = _UNITS.get(found[2].lower().removesuffix("s")) if found else None
    if found is None or unit is None:
        raise misused("wait")
    length = timedelta(**{unit: int(found[1])})
    if length > _LONGEST_WAIT:
        raise Misunderstood("Wait ten years at most.")
    return length


def pairs(rest: str) -> list[tuple[str, str]]:
    r"""Read `field=value; other="quoted; value"`; `\"` stands for a quote within quotes."""
    found: list[tuple[str, str]] = []
    rest, at = rest.rstrip("; "), 0
    while at < len(rest):
        pair = _PAIR.match(rest, at)
        if pair is None:
            raise misused("fill")
        quoted, bare = pair[2], pair[3]
        value = bare.strip() if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        found.append((pair[1].lower(), value))
        at = pair.end()
    return found


def nearest(name: str, names: Iterable[str], most: int = 3) -> str:
    """Return the names most like `name`, joined with commas; empty where none is."""
    by_key = {each.casefold(): each for each in names}
    near = get_close_matches(name.casefold(), list(by_key), n=most, cutoff=0.5)
    return ", ".join(by_key[key] for key in near)
