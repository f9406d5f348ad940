"""Small words that all texts share: dates, lists, quotations, places."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WHOLE_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
NOTES = "our notes"
FEED = "their feed "
QUOTED = 90  # characters of somebody's words in a list
ASKED = 1_000  # characters of a question; nobody asks a longer one in a chat


def day(at: datetime, now: datetime) -> str:
    """A date as people say it: `3 May`, with its year when that is not this one."""
    name = f"{at.day} {_MONTHS[at.month - 1]}"
    return name if at.year == now.year else f"{name} {at.year}"


def month(at: datetime) -> str:
    """A month by its name."""
    return _WHOLE_MONTHS[at.month - 1]


def listed(words: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:  # noqa: PLR2004 - one word is no list
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def short(text: str, most: int = QUOTED) -> str:
    """A text on one line, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    return line[: most - 1].rsplit(" ", 1)[0].rstrip(",;:.") + "…"


def topic(text: str, most: int = ASKED) -> str:
    """What somebody asks about, without the signs around it, and no longer than a question."""
    return " ".join(text.split())[:most].strip(" ?!.\"'“”")


def place(name: str, elsewhere: str | None = None) -> str:
    """A place's name as it is written in a chat: `#infra`, `#infra of Upstream`.

    What is on a shelf stands in no channel.
    """
    is_bare = name.startswith(("#", FEED)) or name == NOTES
    written = name if is_bare else f"#{name}"
    return f"{written} of {elsewhere}" if elsewhere else written


def shelf(host: str) -> str:
    """What the place is called in which a brought feed stands: `their feed example.org`."""
    return FEED + host


def number(count: int, one: str, many: str = "") -> str:
    """`1 link`, `3 links`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
