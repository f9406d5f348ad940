"""A community's messages and questions, as they happened.

Both files are JSON lines, plain or gzipped. A message is a line of Grapevine's own format
(`adapters/files/lines.py`), maybe with `mentions`; a question has `id` (of the message that opens
it), `asker`, `text` and `answerers`, and maybe `ts`, `channel`, `topic` and `thanked`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING

from adapters.files import open_export
from adapters.files.lines import LinesExport, opened, read_line
from adapters.files.records import (
    LeftOut,
    Record,
    id_of,
    moment,
    optional_id,
    parse,
    record,
    shown,
    strings,
    text_of,
)
from bot.errors import ImportFailed
from bot.events import AccountRef, CommunityRef, CommunitySeen, Event, MessagePosted, PlaceRef

if TYPE_CHECKING:
    from pathlib import Path


_START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asked, and who answered; all of it is history's, nothing is the bot's.

    `topic`: what it is about in a few words, as the file or the title of its thread says it;
    `mentions`: whether its message names somebody; `answerers` is without the asker,
    `first` the first of them and `thanked` those whom the asker thanked; `thread`: the
    one that its message stands in.
    """

    at: datetime
    place: PlaceRef
    asker: AccountRef
    text: str
    topic: str | None
    answerers: frozenset[str]
    first: str | None
    thanked: frozenset[str]
    mentions: bool
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class _Opening:
    """What the messages say about a question's message; `title` is that of its thread."""

    at: datetime
    channel: str
    mentions: bool
    title: str | None = None
    thread: str | None = None


def lines_export(path: Path) -> LinesExport:
    """A file of messages in Grapevine's own format. ImportFailed when it is none."""
    export = open_export(path)
    if not isinstance(export, LinesExport):
        raise ImportFailed(f"{shown(path.name)} is not Grapevine's JSON lines.")
    return export


class Community:
    """One community in a file of messages. ImportFailed when it is not one, or not in order."""

    def __init__(self, messages: Path) -> None:
        self._export = lines_export(messages)
        self._path = messages
        first = next(self._export.events(), None)
        if not isinstance(first, CommunitySeen):
            raise ImportFailed(f"{shown(messages.name)} holds no messages of people.")
        self.ref: CommunityRef = first.community

    def groups(self) -> Iterator[list[Event]]:
        """Each message in order of time, behind whatever it is the first to mention."""
        group: list[Event] = []
        for event in self._export.events():
            if isinstance(event, CommunitySeen) and event.community != self.ref:
                raise ImportFailed(
                    f"{shown(self._path.name)} holds several communities; measure one at a time."
                )
            group.append(event)
            if isinstance(event, MessagePosted):
                yield group
                group = []

    def questions(self, path: Path, warm: float) -> list[Question]:
        """The questions of a file in order of time, without those that name somebody.

        Nor are there those from the first share `warm` of the time in which people talk.
        ImportFailed when the file cannot be one of questions.
        """
        told = [(number, *_told(path, number, line)) for number, line in _lines(path)]
        if not told:
            raise ImportFailed(f"{shown(path.name)} holds no questions.")
        openings = _Openings({own for _, own, _ in told})
        for number, line in _lines(self._path):
            if not openings.note(parse(line, f"Line {number} of {shown(self._path.name)}")):
                raise ImportFailed(
                    f"{shown(self._path.name)} is not in order of time; sort its lines by ts."
                )
        begin = openings.moment_at(warm)
        found = [self._question(path, number, fields, openings) for number, _, fields in told]
        later = [one for one in found if one.at >= begin and not one.mentions]
        return sorted(later, key=lambda question: question.at)

    def _question(self, path: Path, number: int, fields: Record, openings: _Openings) -> Question:
        try:
            channel, asker = optional_id(fields, "channel"), id_of(fields, "asker")
            opening = openings.of(channel, id_of(fields, "id")) or _Opening(
                moment(fields.get("ts")), id_of(fields, "channel"), mentions=False
            )
            answerers = [who for who in strings(fields.get("answerers")) if who != asker]
            return Question(
                at=opening.at,
                place=PlaceRef(self.ref, channel or opening.channel),
                asker=AccountRef(self.ref, asker),
                text=text_of(fields, "text"),
                topic=text_of(fields, "topic") or opening.title,
                answerers=frozenset(answerers),
                first=answerers[0] if answerers else None,
                thanked=frozenset(strings(fields.get("thanked"))) & {*answerers},
                mentions=opening.mentions,
                thread=opening.thread,
            )
        except LeftOut:
            raise _not_a_question(path, number) from None


class _Openings:
    """What the messages say that the questions do not: when, where, and whether it names anyone."""

    def __init__(self, wanted: set[str]) -> None:
        self._wanted = wanted
        self._known: dict[tuple[str | None, str], _Opening] = {}
        self._first: datetime | None = None
        self._last = _START

    def note(self, line: object) -> bool:
        """Take in one message; bots' count for nothing. Whether it is in order of time."""
        try:
            fields = record(line)
            own, channel, at = (
                id_of(fields, "id"),
                id_of(fields, "channel"),
                moment(fields.get("ts")),
            )
        except LeftOut:
            return True
        if fields.get("bot"):
            return True
        in_order = at >= self._last
        self._first, self._last = self._first or at, at
        if own in self._wanted:
            mentions, title = bool(fields.get("mentions")), _title(fields, channel)
            opening = _Opening(at, channel, mentions, title, optional_id(fields, "thread"))
            self._known.setdefault((channel, own), opening)
            self._known.setdefault((None, own), opening)
        return in_order

    def of(self, channel: str | None, own: str) -> _Opening | None:
        """What is known of a question's message."""
        return self._known.get((channel, own)) or self._known.get((None, own))

    def moment_at(self, share: float) -> datetime:
        """The moment at which a share of the time has gone in which people talk."""
        first = self._first or self._last
        return first + share * (self._last - first)


@dataclass(slots=True)
class Stream:
    """The events of a community, handed out up to one moment after another."""

    groups: Iterator[list[Event]]
    _ahead: list[Event] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether the last call to `before` handed out the last of it."""
        return not self._ahead

    def before(self, at: datetime) -> list[Event]:
        """What happened since the last call and strictly before `at`."""
        ready: list[Event] = []
        while group := self._ahead or next(self.groups, []):
            message = group[-1]
            assert isinstance(message, MessagePosted)
            if message.at >= at:
                self._ahead = group
                break
            self._ahead = []
            ready += group
        return ready


def drawn(
    questions: list[Question], sample: int | None, seed: int, *, topics: bool
) -> list[Question]:
    """The questions to measure by, in order of time.

    Those that nobody but the asker answered are left out and, with `topics`, those without one.
    `sample` of the rest are drawn with `seed`; None takes all.
    """
    usable = [one for one in questions if one.answerers and (one.topic or not topics)]
    if sample is not None and sample < len(usable):
        usable = Random(seed).sample(usable, sample)
    return sorted(usable, key=lambda question: question.at)


def messages_of(events: Iterable[Event]) -> Iterator[MessagePosted]:
    """Only the messages."""
    return (event for event in events if isinstance(event, MessagePosted))


def _title(fields: Record, channel: str) -> str | None:
    """The title of a message's thread, where threads are named `channel > title`."""
    before, _, title = str(fields.get("thread")).partition(" > ")
    return title.strip() or None if before == channel else None


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with opened(path) as file:
        number = 0
        while line := read_line(file, path):
            number += 1
            if not line.isspace():
                yield number, line


def _told(path: Path, number: int, line: bytes) -> tuple[str, Record]:
    try:
        fields = record(parse(line, f"Line {number} of {shown(path.name)}"))
        return id_of(fields, "id"), fields
    except LeftOut:
        raise _not_a_question(path, number) from None


def _not_a_question(path: Path, number: int) -> ImportFailed:
    return ImportFailed(
        f"Line {number} of {shown(path.name)} is not a question: it needs id, asker, text, "
        "answerers, and ts and channel unless its message is known."
    )
