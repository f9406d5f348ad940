"""What Grapevine says as pages of text and buttons, within Discord's limits.

Pages become Components V2 (`layout.py`): text and the buttons that belong to it stand together,
links in it are not unfurled, and it shows where embeds are switched off. Limits:
https://docs.discord.com/developers/components/reference and .../resources/message.
"""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from adapters.discord.escape import GAP, clean, escape
from adapters.pictures import Enclosed
from bot.replies import Button, Field, Form, Line, Link, Quote, Section, Source, Span, Strong

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.replies import Reply

# Per message, counted over all of its texts; in UTF-16 units, which is never less than what counts.
MOST_TEXT = 4_000
MOST_COMPONENTS = 40  # nested ones included
MOST_IN_ROW = 5
MOST_LABEL = 80
MOST_URL = 1_500  # of a masked link; a longer one is only named
MOST_LINE = 1_800

MOST_FIELDS = 5
MOST_TITLE = 45
MOST_FIELD_LABEL = 45
MOST_PLACEHOLDER = 100
MOST_VALUE = 4_000
SHORT_FIELD = 100  # what is longer gets a box of several lines

MOST_FILE = 10 * 1024 * 1024

# Room for two buttons that turn the page, their row, and a file.
_KEPT_FREE = 4
_LISTED = "- "
_UNSAFE_IN_URL = re.compile(r"[\s<>()\\|`*]")
TOO_LARGE = "It is too large for Discord; ask whoever runs Grapevine for it."


@dataclass(frozen=True, slots=True)
class Words:
    """Text, ready to be shown."""

    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """Up to five buttons beside one another."""

    buttons: tuple[Button, ...]


Block = Words | Row


@dataclass(frozen=True, slots=True)
class Page:
    """What fits into one message."""

    blocks: tuple[Block, ...]

    def turning(self, back: Button | None, more: Button | None) -> Page:
        """The page with buttons that lead to its neighbours."""
        buttons = tuple(button for button in (back, more) if button is not None)
        return replace(self, blocks=(*self.blocks, Row(buttons))) if buttons else self


def length(text: str) -> int:
    """How long Discord takes a text to be, at most."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int) -> str:
    """A text without markup, cut to `most`."""
    if length(text) <= most:
        return text
    while length(text) > most - 1:
        text = text[: most - 1] if len(text) >= most else text[:-1]
    return text.rstrip() + "…"


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────


def pages(reply: Reply) -> tuple[Page, ...]:
    """The reply in as many pages as it needs, at least one."""
    book = _Book()
    for section in reply.sections:
        book.add(section)
    return book.bound()


class _Book:
    """Fills page after page; a section stays together where it fits on one."""

    def __init__(self) -> None:
        self._pages: list[list[Block]] = [[]]

    def add(self, section: Section) -> None:
        lines, rows = list(_lines(section)), list(_rows(section.buttons))
        if not _fits([*self._pages[-1], *_as_words(lines), *rows]) and self._pages[-1]:
            self._pages.append([])
        for line in lines:
            self._put(Words(line))
        for row in rows:
            self._put(row)

    def _put(self, block: Block) -> None:
        if not _fits([*self._pages[-1], block]):
            self._pages.append([])
        self._pages[-1].append(block)

    def bound(self) -> tuple[Page, ...]:
        return tuple(Page(tuple(_merged(blocks))) for blocks in self._pages)


def _as_words(lines: Iterable[str]) -> list[Block]:
    return [Words(line) for line in lines]


def _merged(blocks: Iterable[Block]) -> Iterator[Block]:
    """Texts that follow one another as one."""
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Words):
            lines.append(block.text)
            continue
        if lines:
            yield Words("\n".join(lines))
            lines = []
        yield block
    if lines:
        yield Words("\n".join(lines))


def _fits(blocks: Iterable[Block]) -> bool:
    text = components = 0
    for block in _merged(blocks):
        components += 1
        if isinstance(block, Words):
            text += length(block.text)
        else:
            components += len(block.buttons)
    return text <= MOST_TEXT and components <= MOST_COMPONENTS - _KEPT_FREE


def _rows(buttons: tuple[Button, ...]) -> Iterator[Row]:
    labelled = [replace(button, label=cut(_label(button), MOST_LABEL)) for button in buttons]
    for start in range(0, len(labelled), MOST_IN_ROW):
        yield Row(tuple(labelled[start : start + MOST_IN_ROW]))


def _label(button: Button) -> str:
    return clean(button.label).strip() or "…"


# ── Lines ────────────────────────────────────────────────────────────────────────────────────────


def _lines(section: Section) -> Iterator[str]:
    if section.heading:
        yield line(section.heading)
    mark = _LISTED if section.heading else ""
    for each in section.lines:
        yield mark + line(each)


def line(spans: Line) -> str:
    """One line as Discord's markdown, cut to `MOST_LINE`."""
    written = ""
    for span in spans:
        room = MOST_LINE - length(written)
        shown = _span(span)
        if length(shown) > room:
            return (written + _span(_shorter(span, room))).rstrip() + "…"
        written += shown
    # Discord refuses a text of nothing.
    return written if written.strip() else GAP


def _span(span: Span) -> str:
    match span:
        case Strong(text):
            return _strong(escape(text))
        case Quote(text):
            return f"“{escape(text).strip()}”"
        case Link(text, url):
            return _link(text, url)
        case Source(text=text, url=url):
            return _source(text, url)
        case str():
            return escape(span)


def _shorter(span: Span, room: int) -> Span:
    """As much of a span's text as is sure to fit: escaping no more than triples it."""
    text = span if isinstance(span, str) else span.text
    start = text[: max(room // 3 - 4, 0)]
    return Strong(start) if isinstance(span, Strong) else start


def _strong(escaped: str) -> str:
    bare = escaped.strip()
    return escaped.replace(bare, f"**{bare}**", 1) if bare else escaped


def _link(text: str, url: str) -> str:
    """A masked link, with the host beside it, so that no name hides where it leads."""
    address, host = _address(url)
    if address is None:
        return escape(text)
    name = text if text.strip() else host
    shown = f"[{_inside_link(name)}](<{address}>)"
    return shown if host in name.lower() else f"{shown} ({escape(host)})"


def _source(text: str, url: str | None) -> str:
    address, _ = _address(url or "")
    name = text.removesuffix("↗").rstrip()
    if address is None:
        return escape(name)
    return f"[{_inside_link(f'{name} ↗'.strip())}](<{address}>)"


def _inside_link(text: str) -> str:
    """Text of a masked link; what looks like an address there makes Discord show it unmasked."""
    return escape(text.replace("://", f":{GAP}//")).strip() or "↗"


def _address(url: str) -> tuple[str | None, str]:
    """The address as it may stand in a masked link, and its host; None when it may not."""
    address = _UNSAFE_IN_URL.sub(lambda sign: f"%{ord(sign[0]):02X}", clean(url).strip())
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None, ""
    if parts.scheme not in {"http", "https"} or not host or length(address) > MOST_URL:
        return None, ""
    return address.replace("@", "%40"), host


# ── Forms and files ──────────────────────────────────────────────────────────────────────────────


def fitted(form: Form) -> Form:
    """The form within Discord's limits."""
    return replace(
        form,
        title=cut(clean(form.title).strip() or "…", MOST_TITLE),
        fields=tuple(_field(field) for field in form.fields[:MOST_FIELDS]),
    )


def _field(field: Field) -> Field:
    return Field(
        name=field.name,
        label=cut(clean(field.label).strip() or field.name, MOST_FIELD_LABEL),
        value=cut(field.value, MOST_VALUE),
        hint=cut(clean(field.hint).strip(), MOST_PLACEHOLDER),
    )


def attachment(what: Enclosed) -> Enclosed | None:
    """A file or picture as it may be sent, packed when large; None when it stays too large."""
    if len(what.content) <= MOST_FILE:
        return what
    packed = gzip.compress(what.content)
    return Enclosed(f"{what.name}.gz", packed) if len(packed) <= MOST_FILE else None
