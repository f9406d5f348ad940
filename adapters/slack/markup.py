"""Lines of a reply as Slack's markup, cut into texts of a length that Slack takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from adapters.slack.escape import clean, escape, link
from adapters.slack.limits import SECTION_TEXT, URL
from bot.replies import Line, Link, Quote, Source, Span, Strong

BULLET = "• "


class Piece(NamedTuple):
    """A run of markup that is never cut; `mark` stands around it and its equals."""

    text: str
    mark: str = ""


def texts(lines: Iterable[tuple[str, Line]], most: int = SECTION_TEXT) -> list[str]:
    """Return lines, each behind its prefix, as texts of `most` characters at most."""
    packed: list[str] = []
    for prefix, line in lines:
        for index, part in enumerate(_packed([Piece(prefix), *_pieces(line)], most)):
            begins = index > 0 or not packed or len(packed[-1]) + 1 + len(part) > most
            if begins:
                packed.append(part)
            else:
                packed[-1] = f"{packed[-1]}\n{part}"
    return [text for text in packed if text.strip()]


def _pieces(line: Line) -> Iterator[Piece]:
    for span in line:
        yield from _span(span)


def _span(span: Span) -> Iterator[Piece]:
    match span:
        case Strong(text):
            yield from _strong(text)
        case Quote(text):
            yield from _words(f"“{text.strip()}”")
        case Link(text, url):
            yield from _link(text or url, url)
        case Source(url=None, text=text):
            yield from _words(text.removesuffix("↗").rstrip())
        case Source(url=str(url), text=text):
            yield from _link(text, url)
        case str():
            yield from _words(span)


def _strong(text: str) -> Iterator[Piece]:
    """Yield bold text; the spaces at its ends stand outside, or Slack would show the stars."""
    bare = text.strip()
    head, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    yield from _words(head)
    yield from _words(bare, "" if "*" in bare or not bare else "*")
    yield from _words(tail)


def _link(text: str, url: str) -> Iterator[Piece]:
    marked = link(text, url)
    if len(url) <= URL and len(marked) <= SECTION_TEXT // 2:
        yield Piece(marked)
    else:
        yield from _words(text)


def _words(text: str, mark: str = "") -> Iterator[Piece]:
    """Yield a text word by word, each with the space before it."""
    for index, word in enumerate(clean(text).split(" ")):
        gap = " " if index else ""
        for start in range(0, max(len(word), 1), 100):
            yield Piece(escape((gap if not start else "") + word[start : start + 100]), mark)


def _packed(pieces: list[Piece], most: int) -> Iterator[str]:
    """Yield pieces joined to texts of `most` characters at most."""
    held: list[Piece] = []
    for piece in pieces:
        if held and len(_joined([*held, piece])) > most:
            yield _joined(held)
            held = []
        held.append(piece)
    yield _joined(held)


def _joined(pieces: list[Piece]) -> str:
    out = ""
    mark = ""
    for piece in pieces:
        if piece.mark != mark:
            out += mark + piece.mark
            mark = piece.mark
        out += piece.text
    return out + mark
