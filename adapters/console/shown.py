"""What a session shows for a typed line: values without any form, which `view` gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.events import PlaceRef
from bot.replies import Form, Reply


@dataclass(frozen=True, slots=True)
class Said:
    """A message as the chat shows it, under its `number`.

    `when` is written out; `where` is there only for a message of another place.
    """

    number: int
    author: str
    when: str
    text: str
    edited: bool = False
    in_thread: bool = False
    where: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """Several messages, oldest first.

    `title` names the place if it is another one; `whole`: none of them is folded.
    """

    said: tuple[Said, ...]
    title: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Marks:
    """The numbers in one answer.

    `sources` has a number for each (place, message), `buttons` one for each token.
    """

    sources: Mapping[tuple[PlaceRef, str], int] = field(default_factory=dict)
    buttons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What Grapevine says; `private`: only the person who is typing sees it.

    What it says of its own accord stands in the chat under a `number`, and may be `edited`.
    """

    reply: Reply
    marks: Marks
    private: bool
    number: int | None = None
    edited: bool = False


@dataclass(frozen=True, slots=True)
class FormOpened:
    """A form that waits for `/fill` or `/cancel`."""

    form: Form


@dataclass(frozen=True, slots=True)
class Notice:
    """The console answers what was typed: a sentence, a list of lines, or both."""

    text: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Aside:
    """The console says where one is now: read by people, not compared by scripts."""

    text: str


Shown = Said | History | Answer | FormOpened | Notice | Aside


def answers(shown: Shown) -> bool:
    """Tell whether this answers the typed line, rather than repeat or confirm it."""
    return not isinstance(shown, Said | Aside)
