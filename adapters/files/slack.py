"""The reader of Slack exports: a zip file or the folder it unpacks to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from adapters.files.export import Export, Options, switched_on
from adapters.files.records import PRIVATE, LeftOut, first_name, listing, parse, shown
from adapters.files.slack_messages import Messages, Said, slack_moment
from adapters.files.slack_roster import (
    ROOTS,
    Channel,
    Person,
    folder_key,
    home_of,
    read_roster,
)
from adapters.files.source import Read, Source
from bot.events import (
    AccountRef,
    AccountSeen,
    CommunityRef,
    CommunitySeen,
    Event,
    MembersSeen,
    PlaceRef,
    PlaceSeen,
    Platform,
    Role,
    Visibility,
)

_DAY = re.compile(r"([^/]+)/([0-9]{4}-[0-9]{2}-[0-9]{2})\.json")
_TEAM_ID = re.compile(r"[TE][A-Z0-9]{6,20}")
DAYS_FOR_TEAM = 20
"""So many day files are looked at for the workspace’s id, where the people do not say it."""
_EXPORT_NAME = re.compile(r"(.+?) slack export\b.*", re.IGNORECASE)


def is_slack(source: Source) -> bool:
    """Tell whether the files are those of a Slack export."""
    days = any(_DAY.fullmatch(name) for name in source.sizes)
    roots = sum(name in source.sizes for name in ROOTS)
    return roots > 1 or (roots == 1 and (days or "channels.json" in source.sizes))


class SlackExport(Export):
    """A standard or full export of one workspace.

    Public channels are read, and those private ones that were asked for. A private channel's
    members are as of the newest message in the export, or the file's own time if that is
    earlier: the export was made no sooner, so nobody passes for a member longer than they were.
    """

    format = "Slack export"

    def __init__(self, source: Source, options: Options) -> None:
        super().__init__(source.stamp, options)
        self._source = source
        with source.reading() as read:
            roster = read_roster(read, frozenset(source.sizes), self.skipped_at_open)
            self._days = _days(source)
            team = roster.team or _team_of_messages(read, self._days)
        self._roster = roster
        self._community, self._seen = _community(source, team, options)
        self._channels = self._readable(options.private)
        self._messages = self._translator(options.url)
        self.bytes_total = sum(
            source.sizes[day] for channel in self._channels for day in self._days[channel.name]
        )
        self.skipped.update(self.skipped_at_open)

    def _readable(self, asked: frozenset[str]) -> tuple[Channel, ...]:
        """Return the channels to read, counting the others."""
        channels = self._roster.channels
        private = [(self._place(c), c.name) for c in channels if c.private]
        on = switched_on(private, frozenset(map(folder_key, asked)))
        self.skipped_at_open[PRIVATE] += len(private) - len(on)
        listed = {c.name for c in channels} | self._roster.direct
        self.skipped_at_open["folders that channels.json does not list"] += len(
            set(self._days) - listed
        )
        return tuple(c for c in channels if not c.private or self._place(c) in on)

    def _translator(self, url: str | None) -> Messages:
        people = self._roster.people
        return Messages(
            self._community,
            people={person.id: person.name for person in people},
            bots=frozenset(person.id for person in people if person.is_bot) | {"USLACKBOT"},
            places={channel.id: channel.name for channel in self._channels},
            url=url,
        )

    def _place(self, channel: Channel) -> PlaceRef:
        return PlaceRef(self._community, channel.id)

    def _events(self) -> Iterator[Event]:
        yield self._seen
        met = set()
        for person in self._roster.people:
            met.add(person.id)
            yield self._account(person)
        with self._source.reading() as read:
            yield from self._structure(read)
            for channel in self._channels:
                for day in self._days[channel.name]:
                    for said in self._day(read, channel, day):
                        yield from self._introduced(said, met)

    def _account(self, person: Person) -> AccountSeen:
        return AccountSeen(
            AccountRef(self._community, person.id),
            person.name,
            role=person.role,
            is_bot=person.is_bot,
            active=person.active,
            timezone=person.timezone,
        )

    def _structure(self, read: Read) -> Iterator[Event]:
        private = any(channel.private for channel in self._channels)
        at = self._as_of(read) if private else None
        for channel in self._channels:
            visibility = Visibility.PRIVATE if channel.private else Visibility.PUBLIC
            yield PlaceSeen(
                self._place(channel), channel.name, visibility, archived=channel.archived
            )
            if channel.private and at is not None:
                yield MembersSeen(self._place(channel), channel.members, at)

    def _as_of(self, read: Read) -> datetime | None:
        """Return the time of the newest message that is read, but not after the file's own."""
        days = [day for channel in self._channels for day in self._days[channel.name]]
        newest = max((_date(day) for day in days), default=None)
        times = [
            at
            for day in days
            if _date(day) == newest
            for at in _times(listing(parse(read(day), shown(day)), shown(day)))
        ]
        return min(max(times), self._source.changed) if times else None

    def _day(self, read: Read, channel: Channel, day: str) -> list[Said]:
        """Return what people said in one day file, in order of time."""
        values = listing(parse(read(day), shown(day)), shown(day))
        self.bytes_read += self._source.sizes[day]
        place = self._place(channel)
        found: list[Said] = []
        for value in values:
            try:
                found.append(self._messages.read(place, value))
            except LeftOut as left:
                self.skipped[left.reason] += 1
        return sorted(found, key=lambda said: (said.message.at, said.message.id))

    def _introduced(self, said: Said, met: set[str]) -> Iterator[Event]:
        """Yield a message and its reactions, each account that `users.json` lacks before it.

        Such an account comes from another workspace as a rule (Slack Connect), so it is taken
        for external: it sees nothing here until Slack says otherwise.
        """
        events: tuple[Event, ...] = (said.message, *said.reactions)
        for account in (said.message.author, *(r.account for r in said.reactions)):
            if account.id not in met:
                met.add(account.id)
                own = said.author_name if account == said.message.author else None
                yield AccountSeen(account, own or account.id, role=Role.EXTERNAL)
        yield from events


def _community(
    source: Source, team: str | None, options: Options
) -> tuple[CommunityRef, CommunitySeen]:
    """Return the workspace: its id as Slack has it, so that a live connection meets the same.

    What it shall be called is no id, unless it has the form of one or there is no other.
    """
    named = _EXPORT_NAME.fullmatch(source.path.stem if source.path.is_file() else source.path.name)
    host = options.url.partition("://")[2].partition(".")[0] if options.url else None
    called = options.community
    if called is not None and _TEAM_ID.fullmatch(called):
        team, called = called, None
    name = called or first_name(named and named[1], host, team)
    name = name or first_name(source.path.stem) or "Slack"
    ref = CommunityRef(Platform.SLACK, team or name)
    return ref, CommunitySeen(ref, name, options.url)


def _team_of_messages(read: Read, folders: Mapping[str, list[str]]) -> str | None:
    """Return the workspace that most messages say they were posted from, of some days."""
    newest = [days[-1] for days in folders.values()][:DAYS_FOR_TEAM]
    said = [one for day in newest for one in listing(parse(read(day), shown(day)), shown(day))]
    return home_of(one.get("team") for one in said if isinstance(one, dict))


def _days(source: Source) -> Mapping[str, list[str]]:
    """Return the day files by folder, each list in order of time."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(source.sizes):
        if match := _DAY.fullmatch(name):
            found[match[1]].append(name)
    return found


def _date(day: str) -> str:
    return day.rpartition("/")[2]


def _times(values: Iterable[object]) -> Iterator[datetime]:
    for value in values:
        ts = value.get("ts") if isinstance(value, dict) else None
        if isinstance(ts, str):
            try:
                yield slack_moment(ts)
            except LeftOut:
                continue
