"""The reader of DiscordChatExporter's JSON: one file, or a folder of them.

A folder may hold several servers, and one channel in several parts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters.files.discord_messages import (
    Channel,
    Header,
    Kind,
    Said,
    accounts,
    is_channel_file,
    read_header,
)
from adapters.files.export import Export, Options, switched_on
from adapters.files.records import DIRECT, PRIVATE, LeftOut, iso_moment, listing, parse, shown
from adapters.files.source import MIB, Read, Source
from bot.errors import ImportFailed
from bot.events import (
    AccountRef,
    AccountSeen,
    CommunityRef,
    CommunitySeen,
    Event,
    PlaceRef,
    PlaceSeen,
    Platform,
    Visibility,
)

MAX_OVERLAP = 280 * MIB
"""Bytes of parts of one channel that cover the same time: they are sorted in memory."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Part:
    """One file: its name, header, size in bytes, number of messages, time span and authors."""

    name: str
    header: Header
    size: int
    count: int
    first: datetime
    last: datetime
    people: Mapping[AccountRef, AccountSeen]

    @property
    def channel(self) -> tuple[int, int]:
        """The file's channel, in the order in which channels are read."""
        return int(self.header.guild), int(self.header.channel)


class DiscordExport(Export):
    """Files of DiscordChatExporter.

    All files are read once when the export is opened, which finds what is broken and who wrote;
    `events` reads them again, one at a time. Messages come in order of time within a channel and
    within a thread. Only files directly in the folder count: a deeper one may be an attachment
    that somebody posted.
    """

    format = "DiscordChatExporter JSON"

    def __init__(self, source: Source, options: Options) -> None:
        super().__init__(source.stamp, options)
        self._source = source
        self._override = options.community
        self._url = options.url
        with source.reading() as read:
            parts = list(self._survey(read))
        self._parts = self._readable(parts, options.private)
        self._runs = list(_runs(self._parts))
        self._threads = frozenset(
            p.header.channel for p in self._parts if p.header.kind is Kind.THREAD
        )
        self.total = sum(part.count for part in self._parts)
        self.bytes_total = sum(part.size for part in self._parts)
        self.skipped.update(self.skipped_at_open)

    def _survey(self, read: Read) -> Iterator[_Part]:
        """Yield what each file is, counting those that are not a channel's."""
        found = False
        for name, size in self._source.sizes.items():
            value = None if "/" in name else parse(read(name), shown(name))
            if not isinstance(value, dict) or not is_channel_file(value):
                self.skipped_at_open["files of another kind"] += 1
                continue
            found = True
            try:
                header = read_header(value)
            except LeftOut:
                self.skipped_at_open["channels of an unknown kind"] += 1
            else:
                messages = _messages(value, name)
                yield _part(name, size, header, messages, self._community(header))
        if not found:
            raise ImportFailed(f"{self._source.label} holds no chat export that Grapevine knows.")

    def _readable(self, parts: Sequence[_Part], asked: frozenset[str]) -> list[_Part]:
        """Return the parts to read in order of channel and time, counting the others."""
        kinds = {(self._own_place(p.header), p.header.name): p.header.kind for p in parts}
        private = {place for place, kind in kinds.items() if kind is Kind.PRIVATE}
        direct = {place for place, kind in kinds.items() if kind is Kind.DIRECT}
        on = switched_on(private, asked)
        self.skipped_at_open[PRIVATE] += len({place for place, _ in private} - on)
        self.skipped_at_open[DIRECT] += len({place for place, _ in direct})
        kept = [p for p in parts if self._open_to_us(p.header, on)]
        if self._override is not None and len({part.header.guild for part in kept}) > 1:
            raise ImportFailed(
                f"{self._source.label} holds several servers, which cannot all get one name; "
                "import it without the community's name."
            )
        return sorted(kept, key=lambda p: (p.channel, p.first, p.last, p.name))

    def _open_to_us(self, header: Header, on: frozenset[PlaceRef]) -> bool:
        if header.kind is Kind.PRIVATE:
            return self._own_place(header) in on
        return header.kind is not Kind.DIRECT

    def _community(self, header: Header) -> CommunityRef:
        return CommunityRef(Platform.DISCORD, self._override or header.guild)

    def _own_place(self, header: Header) -> PlaceRef:
        return PlaceRef(self._community(header), header.channel)

    def _channel(self, header: Header) -> Channel:
        place = PlaceRef(self._community(header), header.parent or header.channel)
        thread = header.channel if header.kind is Kind.THREAD else None
        return Channel(place, header.guild, header.channel, thread, self._threads)

    def _events(self) -> Iterator[Event]:
        servers = {self._community(p.header): p.header.guild_name for p in self._parts}
        for community, name in servers.items():
            yield CommunitySeen(community, self._override or name, self._url)
        people = {ref: seen for part in self._parts for ref, seen in part.people.items()}
        yield from people.values()
        yield from self._places().values()
        with self._source.reading() as read:
            for run in self._runs:
                for said in self._said(read, run):
                    yield said.message
                    yield from said.reactions

    def _places(self) -> dict[PlaceRef, PlaceSeen]:
        """Return the places; what a channel's own file says wins over what its threads say."""
        places: dict[PlaceRef, PlaceSeen] = {}
        for header in (part.header for part in self._parts):
            place = self._channel(header).place
            if header.parent is not None:
                name = header.parent_name or header.parent
                places.setdefault(place, PlaceSeen(place, name, Visibility.PUBLIC))
        for header in (part.header for part in self._parts):
            if header.parent is None:
                private = header.kind is Kind.PRIVATE
                visibility = Visibility.PRIVATE if private else Visibility.PUBLIC
                place = self._own_place(header)
                places[place] = PlaceSeen(place, header.name, visibility)
        return places

    def _said(self, read: Read, run: Sequence[_Part]) -> list[Said]:
        """Return what people said in overlapping parts by time, each in its last version."""
        found: dict[str, Said] = {}
        for part in run:
            channel = self._channel(part.header)
            for value in _messages(parse(read(part.name), shown(part.name)), part.name):
                try:
                    said = channel.read(value)
                except LeftOut as left:
                    self.skipped[left.reason] += 1
                else:
                    earlier = found.get(said.message.id, said)
                    found[said.message.id] = max(earlier, said, key=_version)
            self.bytes_read += part.size
        return sorted(found.values(), key=lambda s: (s.message.at, int(s.message.id)))


def _version(said: Said) -> datetime:
    return said.message.edited_at or _NEVER


def _messages(value: object, name: str) -> list[object]:
    return listing(value.get("messages") if isinstance(value, dict) else None, shown(name))


def _part(
    name: str,
    size: int,
    header: Header,
    messages: Sequence[object],
    community: CommunityRef,
) -> _Part:
    """Return what is known of a file; of direct messages not even who wrote them."""
    times = list(_times(messages))
    first, last = min(times, default=_NEVER), max(times, default=_NEVER)
    told = () if header.kind is Kind.DIRECT else messages
    people = {seen.account: seen for value in told for seen in accounts(community, value)}
    return _Part(name, header, size, len(messages), first, last, people)


def _times(messages: Iterable[object]) -> Iterator[datetime]:
    for message in messages:
        try:
            yield iso_moment(message.get("timestamp") if isinstance(message, dict) else None)
        except LeftOut:
            continue


def _runs(parts: Iterable[_Part]) -> Iterator[list[_Part]]:
    """Yield the parts one by one, those of one channel that overlap in time together."""
    channels: defaultdict[tuple[int, int], list[_Part]] = defaultdict(list)
    for part in parts:
        channels[part.channel].append(part)
    for files in channels.values():
        run: list[_Part] = []
        for part in files:
            if run and part.first > max(other.last for other in run):
                yield run
                run = []
            run = [*run, part]
            if len(run) > 1 and sum(other.size for other in run) > MAX_OVERLAP:
                raise ImportFailed(
                    f"The parts of #{part.header.name} overlap too much; export it again at once."
                )
        yield run
