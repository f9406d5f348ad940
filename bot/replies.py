"""What Grapevine says, as structure: each platform renders it in its own manner.

User text stands in spans as it was written; the one escape function of each platform makes it
inert. Nothing here mentions anybody: a name is text.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.events import PlaceRef


@dataclass(frozen=True, slots=True)
class Strong:
    """Text that stands out: a person's name, a topic."""

    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """Text that leads to `url`."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody's own words."""

    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """The way to a message itself; `url` is its permalink where there is one."""

    place: PlaceRef
    message: str
    url: str | None
    text: str = "↗"


Span = str | Strong | Link | Quote | Source
Line = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press. `token` is an opaque id; `danger` marks what cannot be undone."""

    label: str
    token: str
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One text field of a form."""

    name: str
    label: str
    value: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A small form; `token` comes back with its fields."""

    title: str
    fields: tuple[Field, ...]
    token: str
    submit: str = "Send"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, the lines under it, and the buttons that belong to them."""

    heading: Line = ()
    lines: tuple[Line, ...] = ()
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """A text file that goes with a reply."""

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart; None: there is nothing that may be told."""

    label: str
    value: int | None


@dataclass(frozen=True, slots=True)
class Chart:
    """Numbers that platforms show as one picture, drawn by `adapters/pictures`.

    `facts` are a few short numbers, each with what it counts; `alt` says all of it in words for
    whoever does not see pictures. Nothing that people wrote is drawn: no font has all signs.
    """

    name: str
    title: str
    facts: tuple[tuple[str, str], ...]
    caption: str
    bars: tuple[Bar, ...]
    alt: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to one event. `private`: only the person who caused it sees it."""

    sections: tuple[Section, ...]
    private: bool = True
    form: Form | None = None
    file: File | None = None
    chart: Chart | None = None

    @classmethod
    def say(cls, *line: Span, buttons: tuple[Button, ...] = (), private: bool = True) -> Reply:
        """A reply of one line."""
        return cls((Section(heading=line, buttons=buttons),), private=private)


def plain(reply: Reply) -> str:
    """The reply as bare text, one line a line: for logs of tests and platforms without markup."""
    return "\n".join(_flat(line) for section in reply.sections for line in _lines(section))


def _lines(section: Section) -> tuple[Line, ...]:
    return ((section.heading,) if section.heading else ()) + section.lines


def _flat(line: Line) -> str:
    return "".join(span if isinstance(span, str) else span.text for span in line)
