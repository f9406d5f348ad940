"""A community's messages and questions, as they happened.

Both files are JSON lines, plain or gzipped. A message is a line of Grapevine's own format
(`adapters/files/lines.py`), maybe with `mentions`; a question has `id` (of the message that opens
it), `asker`, `text` and `answerers`, and maybe `ts`, `channel` and `topic`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
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
    from datetime import datetime
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asked, and who answered; all of it is history's, nothing is the bot's.

    `mentions`: whether its message names somebody; `answerers` is without the asker.
    """

    id: str
    at: datetime
    place: PlaceRef
    asker: AccountRef
    text: str
    topic: str | None
    answerers: frozenset[str]
    mentions: bool


@dataclass(frozen=True, slots=True)
class _Opening:
    """What the messages say about a question's message."""

    at: datetime
    channel: str
    mentions: bool


class Community:
    """One community in a file of messages. ImportFailed when it is not one, or not in order."""

    def __init__(self, messages: Path) -> None:
        export = open_export(messages)
        if not isinstance(export, LinesExport):
            raise ImportFailed(f"{shown(messages.name)} is not Grapevine's JSON lines.")
        self._export = export
        self._path = messages
        first = next(export.events(), None)
        if not isinstance(first, CommunitySeen):
            raise ImportFailed(f"{shown(messages.name)} holds no messages of people.")
        self.ref: CommunityRef = first.community

    def groups(self) -> Iterator[list[Event]]:
        """Each message in order of time, behind whatever it is the first to mention."""
        group: list[Event] = []
        last: datetime | None = None
        for event in self._export.events():
            if isinstance(event, CommunitySeen) and event.community != self.ref:
                raise ImportFailed(
                    f"{shown(self._path.name)} holds several communities; measure one at a time."
                )
            group.append(event)
            if isinstance(event, MessagePosted):
                if last is not None and event.at < last:
                    raise ImportFailed(
                        f"{shown(self._path.name)} is not in order of time; sort its lines by ts."
                    )
                last = event.at
                yield group
                group = []

    def questions(self, path: Path) -> list[Question]:
        """The questions of a file in order of time. ImportFailed when it cannot be one."""
        told = [(number, _told(path, number, line)) for number, line in _lines(path)]
        openings = self._openings({told_id for _, (told_id, _) in told})
        found = [self._question(path, number, fields, openings) for number, (_, fields) in told]
        if not found:
            raise ImportFailed(f"{shown(path.name)} holds no questions.")
        return sorted(found, key=lambda question: question.at)

    def _openings(self, wanted: set[str]) -> dict[tuple[str | None, str], _Opening]:
        """What is known of the questions' messages, by channel and id, and by id alone."""
        found: dict[tuple[str | None, str], _Opening] = {}
        for number, line in _lines(self._path):
            try:
                fields = record(parse(line, f"Line {number} of {shown(self._path.name)}"))
                own = id_of(fields, "id")
                if own in wanted:
                    channel = id_of(fields, "channel")
                    at, mentions = moment(fields.get("ts")), bool(fields.get("mentions"))
                    opening = _Opening(at, channel, mentions)
                    found.setdefault((channel, own), opening)
                    found.setdefault((None, own), opening)
            except LeftOut:
                continue
        return found

    def _question(
        self,
        path: Path,
        number: int,
        fields: Record,
        openings: dict[tuple[str | None, str], _Opening],
    ) -> Question:
        try:
            own, channel = id_of(fields, "id"), optional_id(fields, "channel")
            opening = openings.get((channel, own)) or openings.get((None, own))
            if opening is None:
                opening = _Opening(moment(fields.get("ts")), id_of(fields, "channel"), False)  # noqa: FBT003 - a record's field
            asker = id_of(fields, "asker")
            return Question(
                id=own,
                at=opening.at,
                place=PlaceRef(self.ref, channel or opening.channel),
                asker=AccountRef(self.ref, asker),
                text=text_of(fields, "text"),
                topic=text_of(fields, "topic") or None,
                answerers=frozenset(strings(fields.get("answerers"))) - {asker},
                mentions=opening.mentions,
            )
        except LeftOut:
            raise _not_a_question(path, number) from None


@dataclass(slots=True)
class Stream:
    """The events of a community, handed out up to one moment after another."""

    groups: Iterator[list[Event]]
    _ahead: list[Event] = field(default_factory=list)

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


def chosen(
    questions: list[Question], warm: float, sample: int | None, seed: int, *, topics: bool
) -> list[Question]:
    """The questions to measure by, in order of time.

    Left out are the first share `warm` of them, those that already name somebody, those that
    nobody but the asker answered and, with `topics`, those without one. `sample` of the rest are
    then drawn with `seed`; None takes all.
    """
    assert all(one.at <= other.at for one, other in pairwise(questions))
    later = questions[int(len(questions) * warm) :]
    usable = [one for one in later if one.answerers and not one.mentions]
    if topics:
        usable = [one for one in usable if one.topic]
    if sample is not None and sample < len(usable):
        usable = Random(seed).sample(usable, sample)
    if not usable:
        raise ImportFailed("No question is left to measure by; take more of them, or less --warm.")
    return sorted(usable, key=lambda question: question.at)


def messages_of(events: Iterable[Event]) -> Iterator[MessagePosted]:
    """Only the messages."""
    return (event for event in events if isinstance(event, MessagePosted))


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
