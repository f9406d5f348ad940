"""The reader of Grapevine's own format: one JSON object a line, plain or gzipped.

A line has `id`, `ts` (Unix seconds), `channel`, `user` and `text`. It may have `thread`,
`reply_to`, `name` (of the user), `permalink`, `bot` and `private` (true or false), `community` and
`platform` ("slack", "discord" or "console").
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple

from adapters.files.export import Export, Options, switched_on
from adapters.files.records import (
    BOTS,
    PRIVATE,
    LeftOut,
    Record,
    first_name,
    id_of,
    moment,
    optional_id,
    parse,
    record,
    shown,
    text_of,
    web_address,
)
from adapters.files.source import MAX_RATIO, MAX_TOTAL, MIB, refuse_reading, status
from bot.errors import ImportFailed
from bot.events import (
    AccountRef,
    AccountSeen,
    CommunityRef,
    CommunitySeen,
    Event,
    MessagePosted,
    PlaceRef,
    PlaceSeen,
    Platform,
    Visibility,
)

MAX_LINE = 4 * MIB
MAX_SORTED = 1_000_000
"""Messages that are sorted in memory if a file is not in order of time."""
MAX_BLANK = 1000
"""Empty lines in a row; a gigabyte of them would keep a machine busy for minutes."""
_RATIO_FROM = 64 * MIB
_FIELDS = frozenset({"id", "ts", "channel", "user", "text"})
_ENOUGH = 3
_ENDINGS = (".gz", ".jsonl", ".ndjson", ".json", ".messages")
_START = datetime(1970, 1, 1, tzinfo=UTC)
_PLATFORMS = tuple(platform.value for platform in Platform)

_Key = tuple[str, str, str]


class _Line(NamedTuple):
    """A line that may be a message.

    `key` is its channel (platform, community, id), `community` what the line itself says.
    """

    key: _Key
    community: str | None
    at: datetime
    fields: Record


@dataclass(slots=True)
class _Channel:
    """What the first reading learns of a channel."""

    private: bool = False
    messages: int = 0
    latest: datetime = _START


@dataclass(slots=True)
class _Survey:
    """What the first reading learns of the file."""

    stamp: str = ""
    size: int = 0
    in_order: bool = True
    communities: set[str | None] = field(default_factory=set)
    channels: dict[_Key, _Channel] = field(default_factory=dict)

    def note(self, line: _Line) -> None:
        """Take in one line."""
        self.communities.add(line.community)
        channel = self.channels.setdefault(line.key, _Channel())
        if line.fields.get("private"):
            channel.private = True
        if line.at < channel.latest:
            self.in_order = False
        channel.latest = line.at
        if not line.fields.get("bot"):
            channel.messages += 1


def is_line(value: object) -> bool:
    """Tell whether a JSON value looks like a line of this format."""
    return isinstance(value, dict) and len(_FIELDS & value.keys()) >= _ENOUGH


@contextmanager
def opened(path: Path) -> Iterator[BufferedIOBase]:
    """Open a file for reading bytes, unpacked if it is gzipped, whatever its name."""
    try:
        raw = path.open("rb")
        packed = raw.peek(2)[:2] == b"\x1f\x8b"
    except (OSError, ValueError):
        refuse_reading(path)
    with raw:
        if not packed:
            yield raw
            return
        with gzip.GzipFile(fileobj=raw) as unpacked:
            yield unpacked


def read_line(file: BufferedIOBase, path: Path) -> bytes:
    """Return the next line, at most one byte over `MAX_LINE`; b"" at the end."""
    try:
        return file.readline(MAX_LINE + 1)
    except (EOFError, OSError, zlib.error):
        raise ImportFailed(f"{shown(path.name)} is damaged or cut short; get it again.") from None


class LinesExport(Export):
    """A file of JSON lines.

    It is read once when it is opened, which finds every line that is not JSON, counts, and learns
    which channels are private (one private line makes a channel private). `events` reads it again
    and sorts the messages only if a channel's are not in order of time.
    """

    format = "Grapevine JSONL"

    def __init__(self, path: Path, options: Options) -> None:
        self._path = path
        self._label = shown(path.name)
        self._override = options.community
        self._url = options.url
        self._default = options.community or _stem(path)
        survey = self._survey()
        super().__init__(f"{survey.stamp} {self._default}", options)
        self._in_order = survey.in_order
        self._private = frozenset(k for k, c in survey.channels.items() if c.private)
        self._off = self._private - self._switched_on(options.private)
        self.total = sum(c.messages for k, c in survey.channels.items() if k not in self._off)
        self.bytes_total = survey.size
        self.skipped_at_open[PRIVATE] = len(self._off)
        self.skipped.update(self.skipped_at_open)
        self._refuse(survey)

    def _survey(self) -> _Survey:
        survey, digest = _Survey(), blake2b(digest_size=16)
        for number, raw in self._raw_lines():
            survey.size += len(raw)
            digest.update(raw)
            try:
                survey.note(self._line(number, raw))
            except LeftOut:
                continue
        if not survey.size:
            raise ImportFailed(f"{self._label} is empty.")
        survey.stamp = digest.hexdigest()
        return survey

    def _refuse(self, survey: _Survey) -> None:
        """Raise for what neither `community` nor the memory can bring into one order."""
        if self._override is not None and len(survey.communities) > 1:
            raise ImportFailed(
                f"{self._label} holds several communities, which cannot all get one name; "
                "import it without the community's name."
            )
        if not survey.in_order and (self.total or 0) > MAX_SORTED:
            raise ImportFailed(f"{self._label} is not in order of time; sort its lines by ts.")

    def _switched_on(self, asked: frozenset[str]) -> frozenset[_Key]:
        places = {_place(key): key for key in self._private}
        on = switched_on(((place, place.id) for place in places), asked)
        return frozenset(places[place] for place in on)

    def _raw_lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield the lines that are not blank with their numbers, from 1."""
        limit = min(MAX_TOTAL, max(_RATIO_FROM, MAX_RATIO * status(self._path).st_size))
        read = number = blank = 0
        with opened(self._path) as file:
            while raw := read_line(file, self._path):
                number += 1
                read += len(raw)
                if len(raw) > MAX_LINE:
                    raise ImportFailed(f"Line {number} of {self._label} is over 4 MiB; remove it.")
                if read > limit:
                    raise ImportFailed(f"{self._label} unpacks to far more than a chat would.")
                blank = blank + 1 if raw.isspace() else 0
                if blank > MAX_BLANK:
                    raise ImportFailed(f"Line {number} of {self._label} is one empty line of many.")
                if not blank:
                    yield number, raw

    def _line(self, number: int, raw: bytes) -> _Line:
        fields = record(parse(raw, f"Line {number} of {self._label}"))
        platform = fields.get("platform")
        if platform is not None and platform not in _PLATFORMS:
            raise LeftOut
        own = optional_id(fields, "community")
        community = self._override or own or self._default
        key = (str(platform or Platform.CONSOLE), community, id_of(fields, "channel"))
        return _Line(key, own, moment(fields.get("ts")), fields)

    def _lines(self) -> Iterator[_Line]:
        """Yield the lines to import in the order of the file, counting the others."""
        for number, raw in self._raw_lines():
            self.bytes_read += len(raw)
            try:
                line = self._line(number, raw)
            except LeftOut as left:
                self.skipped[left.reason] += 1
                continue
            if line.key in self._off:
                continue
            if line.fields.get("bot"):
                self.skipped[BOTS] += 1
                continue
            yield line

    def _events(self) -> Iterator[Event]:
        lines: Iterable[_Line] = self._lines()
        if not self._in_order:
            lines = sorted(lines, key=lambda line: line.at)
        cast = _Cast(self._private, self._url)
        for line in lines:
            try:
                found = cast.read(line)
            except LeftOut as left:
                self.skipped[left.reason] += 1
            else:
                yield from found


class _Cast:
    """The communities, places and accounts met so far, each introduced before its message."""

    def __init__(self, private: frozenset[_Key], url: str | None) -> None:
        self._private = private
        self._url = url
        self._communities: set[CommunityRef] = set()
        self._places: dict[_Key, PlaceRef] = {}
        self._accounts: dict[_Key, AccountRef] = {}

    def read(self, line: _Line) -> list[Event]:
        """Return a line's message, behind whatever it is the first to mention."""
        fields = line.fields
        author = id_of(fields, "user")
        own = id_of(fields, "id")
        text = text_of(fields, "text")
        thread = optional_id(fields, "thread")
        reply_to = optional_id(fields, "reply_to")
        found: list[Event] = []
        place = self._places.get(line.key) or self._new_place(line.key, found)
        account_key = (*line.key[:2], author)
        account = self._accounts.get(account_key)
        if account is None:
            name = first_name(fields.get("name"), author) or author
            account = self._accounts[account_key] = AccountRef(place.community, author)
            found.append(AccountSeen(account, name))
        link = web_address(fields.get("permalink"))
        found.append(
            MessagePosted(
                place,
                account,
                own,
                text,
                line.at,
                thread=thread,
                reply_to=reply_to,
                permalink=link,
            )
        )
        return found

    def _new_place(self, key: _Key, found: list[Event]) -> PlaceRef:
        place = self._places[key] = _place(key)
        if place.community not in self._communities:
            self._communities.add(place.community)
            found.append(CommunitySeen(place.community, key[1], self._url))
        visibility = Visibility.PRIVATE if key in self._private else Visibility.PUBLIC
        found.append(PlaceSeen(place, first_name(key[2]) or key[2], visibility))
        return place


def _place(key: _Key) -> PlaceRef:
    platform, community, channel = key
    return PlaceRef(CommunityRef(Platform(platform), community), channel)


def _stem(path: Path) -> str:
    """Return the file's name without its endings: `acme` for `acme.messages.jsonl.gz`."""
    name = path.name
    while ending := next((e for e in _ENDINGS if name.lower().endswith(e)), None):
        name = name[: -len(ending)]
    return first_name(name) or "console"
