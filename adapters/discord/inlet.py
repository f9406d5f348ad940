"""The way in: gateway frames, read in the order in which they came, stored before all else.

The SDK hands over each frame as text (`on_socket_raw_receive`), so nothing depends on what it
remembers. A frame has no id; the same one, sent again after a resume, is the same text. When the
store is away, what came waits here; when too much waits, messages are let go, and history tells of
them later, as after any gap.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.discord import messages
from adapters.discord.atlas import Atlas, community
from adapters.discord.book import Book
from adapters.discord.guild import FORUMS, THREADS, Payload, Type
from adapters.discord.homes import Homes
from adapters.discord.interactions import standing
from adapters.discord.membership import Memberships
from adapters.discord.sources import DiscordFinder
from adapters.discord.translate import READ, Translator
from adapters.service.incidents import noted
from bot.commands import REMEMBER_ME
from bot.errors import StoreError
from bot.events import (
    AccountRef,
    AccountSeen,
    Arrived,
    CommunityLeft,
    Event,
    MessageDeleted,
    MessagePosted,
    PlaceDeleted,
    PlaceRef,
    Role,
)
from bot.logs import logger
from bot.taking_in import is_request

if TYPE_CHECKING:
    from adapters.discord.requests import Requests
    from adapters.service.intake import Intake
    from bot.ports import Store
    from bot.queues import Stored

AT_ONCE = 50
MOST_WAITING = 20_000
REST = 1.0
_INTERACTIONS_KEPT = 1_000
_STRUCTURE = ("GUILD_", "CHANNEL_", "THREAD_")

Ask = Callable[["Stored", str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Frame:
    """One event of the gateway."""

    id: str
    name: str
    data: Payload


@dataclass(slots=True)
class Inlet:
    """Takes frames in. `answer` gets requests, with the channel they came from."""

    atlas: Atlas
    homes: Homes
    book: Book
    finder: DiscordFinder
    members: Memberships
    store: Store
    intake: Intake
    ask: Callable[[], Requests]
    now: Callable[[], datetime]
    answer: Ask
    # Called with the id of a server of which we may have missed something, and when it is there.
    missed: Callable[[str], None]
    came: Callable[[str], None]
    _translator: Translator = field(init=False)
    _waiting: deque[Frame] = field(default_factory=deque)
    _in_hand: int = 0
    _interactions: dict[str, Payload] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _answering: set[asyncio.Task[None]] = field(default_factory=set)
    # Servers that are there as of now.
    _came: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._translator = Translator(self.atlas)

    # ── Frames ───────────────────────────────────────────────────────────────────────────────

    def heard(self, text: str) -> None:
        """Take one frame as the gateway sent it. Never waits."""
        frame = json.loads(text)
        name, data = frame.get("t"), frame.get("d")
        if frame.get("op") != 0 or not isinstance(data, dict):
            return
        if name == "INTERACTION_CREATE":
            self._keep_interaction(data)
        elif name in READ:
            self._wait(Frame(hashlib.sha256(text.encode()).hexdigest(), str(name), data))
        elif name == "READY":
            self._begin_anew(data)

    def _begin_anew(self, data: Payload) -> None:
        """A session begins: whatever happened before it, nobody told us."""
        self.finder.gap()
        self.book.clear()
        for guild in data.get("guilds") or ():
            self.missed(str(guild["id"]))

    def _keep_interaction(self, data: Payload) -> None:
        self._interactions[str(data["id"])] = data
        if len(self._interactions) > _INTERACTIONS_KEPT:
            del self._interactions[next(iter(self._interactions))]

    def interaction(self, number: str) -> Payload | None:
        """The payload of an interaction, once."""
        return self._interactions.pop(number, None)

    def _wait(self, frame: Frame) -> None:
        if len(self._waiting) >= MOST_WAITING and frame.name.startswith("MESSAGE_"):
            self.missed(str(frame.data.get("guild_id") or ""))
            return
        self._waiting.append(frame)
        self._woken.set()

    @property
    def is_busy(self) -> bool:
        """Whether something that was heard is not stored yet, or not answered."""
        return bool(self._waiting or self._in_hand or self._answering)

    async def run(self) -> None:
        """Take in what comes, until this task is cancelled."""
        while True:
            while self._waiting:
                await self.take_waiting()
            for guild in self._came:
                self.came(guild)
            self._came.clear()
            self._woken.clear()
            await self._woken.wait()

    async def finish(self) -> None:
        """Take in what still waits, and let what is being answered be answered."""
        while self._waiting:
            await self.take_waiting()
        if self._answering:
            await asyncio.wait(self._answering)

    async def take_waiting(self) -> None:
        """Take in some of what waits, in one transaction."""
        self._in_hand = min(AT_ONCE, len(self._waiting))
        try:
            await self._take([self._waiting.popleft() for _ in range(self._in_hand)])
        finally:
            self._in_hand = 0

    async def _take(self, frames: list[Frame]) -> None:
        events: list[tuple[str, Event, str]] = []
        for frame in frames:
            try:
                found = await self._read(frame)
            except Exception:  # noqa: BLE001 - one odd payload must not stop the others
                noted("a payload was not understood", name=frame.name)
                continue
            channel = str(frame.data.get("channel_id") or "")
            events += [(f"{frame.id}:{n}", event, channel) for n, event in enumerate(found)]
        await self.store_all(events)

    async def store_all(self, events: list[tuple[str, Event, str]]) -> None:
        """Store events in their order; requests among them are answered by themselves."""
        while events:
            taken = (self.intake.take(number, event) for number, event, _ in events)
            outcomes = await asyncio.gather(*taken, return_exceptions=True)
            left = []
            for one, outcome in zip(events, outcomes, strict=True):
                if isinstance(outcome, StoreError):
                    left.append(one)
                elif isinstance(outcome, BaseException):
                    logger().error("not stored", reason=repr(outcome), event_kind=one[1].kind)
                elif outcome is not None:
                    self._begin(outcome, one[2])
            events = left
            if events:
                await asyncio.sleep(REST)

    def _begin(self, stored: Stored, channel: str) -> None:
        task = asyncio.create_task(self._answer(stored, channel))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, stored: Stored, channel: str) -> None:
        await self.answer(stored, channel)
        event = stored.event
        if isinstance(event, MessagePosted) and event.text.strip().lower() == REMEMBER_ME:
            await self._introduce(event.place.community.id, event.author.id)

    async def _introduce(self, guild: str, who: str) -> None:
        """Tell of somebody anew: what we told before was forgotten with them."""
        self.atlas.retell(guild, who)
        if guild in self.atlas.guilds:
            events = await self.standing_of(guild, who)
            at = self.now()
            await self.store_all([(f"again:{at}:{n}", one, "") for n, one in enumerate(events)])

    # ── One frame ────────────────────────────────────────────────────────────────────────────

    async def _read(self, frame: Frame) -> list[Event]:
        """What a frame says, after looking up what it needs to be understood."""
        data = frame.data
        if frame.name == "GUILD_CREATE":
            return await self._guild(frame)
        if frame.name.startswith("MESSAGE_") and not data.get("guild_id"):
            return await self._direct(frame)
        if data.get("channel_id"):
            await self._know_channel(str(data["guild_id"]), str(data["channel_id"]))
        thread = await self._thread_deleted(frame)
        events = [*thread, *self._translator.read(frame.name, data, self.now())]
        self._note(events)
        if frame.name.startswith(_STRUCTURE):
            self.members.changed()
        return await self._vouched(events, data)

    def _note(self, events: list[Event]) -> None:
        """Remember what is there, where people act, and forget what may not be shown any more."""
        for event in events:
            match event:
                case MessagePosted():
                    self.finder.heard(event.id)
                    self.homes.acted(event.author.id, event.place.community.id)
                    if event.edited_at is not None:
                        self.book.forget(event.id)
                case MessageDeleted():
                    self.finder.gone(event.id)
                    self.book.forget(event.id)
                case PlaceDeleted() | CommunityLeft():
                    self.book.clear()
                case _:
                    pass

    async def _vouched(self, events: list[Event], data: Payload) -> list[Event]:
        """Before a request: where whoever asks may read."""
        asked = next((one for one in events if is_request(one)), None)
        if not isinstance(asked, MessagePosted):
            return events
        guild = self.atlas.guilds[asked.place.community.id]
        captured = await self.members.captured(guild.id)
        here = str(data["channel_id"])
        known = standing(guild, guild.members[asked.author.id], captured, here, self.now())
        return [*known, *events]

    async def _know_channel(self, guild: str, channel: str) -> None:
        """Look up a thread that is unknown, because it was archived when we came."""
        known = self.atlas.guilds.get(guild)
        if known is not None and channel not in known.channels:
            data = await self.ask().channel(channel)
            if data is not None:
                self.atlas.learn_channel(known, data)

    async def _thread_deleted(self, frame: Frame) -> list[Event]:
        """A deleted thread of a channel: what was said in it goes, one message after another.

        What it started from stays, where that is a message of the channel.
        """
        data = frame.data
        kinds = THREADS - {Type.PRIVATE_THREAD}
        if frame.name != "THREAD_DELETE" or int(data.get("type", 0)) not in kinds:
            return []
        guild, parent, own = (str(data[key]) for key in ("guild_id", "parent_id", "id"))
        place, now = PlaceRef(community(guild), parent), self.now()
        known = self.atlas.guilds.get(guild)
        channel = known.channels.get(parent) if known is not None else None
        is_post = channel is not None and channel.type in FORUMS
        said = await asyncio.to_thread(self._in_thread, place, own)
        return [MessageDeleted(place, one, now) for one in said if is_post or one != own]

    def _in_thread(self, ref: PlaceRef, thread: str) -> list[str]:
        with self.store.read() as unit:
            place = unit.directory.place(ref)
            return [] if place is None else unit.archive.in_thread(place.id, thread)

    # ── Servers ──────────────────────────────────────────────────────────────────────────────

    async def _guild(self, frame: Frame) -> list[Event]:
        """A server as it is now: at the beginning, after an outage, or because we were invited."""
        if frame.data.get("unavailable"):
            return []
        guild = str(frame.data["id"])
        self.missed(guild)
        told = await asyncio.to_thread(self._told, guild)
        self.atlas.was_told(guild, told or ())
        events = self._translator.read(frame.name, frame.data, self.now())
        if told is None:
            # What it stands on first; there may be thousands of people, and nobody waits for these.
            people = [one for one in events if isinstance(one, AccountSeen)]
            events = [one for one in events if not isinstance(one, AccountSeen)]
            events += [*self._arrival(guild), *people]
        self._came.add(guild)
        self.members.changed()
        return events

    def _told(self, guild: str) -> list[AccountSeen] | None:
        """What the store holds of a server's people; None when it does not know the server."""
        with self.store.read() as unit:
            home = unit.directory.community(community(guild))
            if home is None:
                return None
            return [
                AccountSeen(who.ref, who.name, what.role, who.is_bot, what.active, who.timezone)
                for who, what in unit.directory.members(home.id)
            ]

    def _arrival(self, guild: str) -> list[Event]:
        channel = self.atlas.where_admins_read(guild)
        if channel is None:
            return []
        return [Arrived(PlaceRef(community(guild), channel), self.now(), everywhere=True)]

    # ── Direct messages ──────────────────────────────────────────────────────────────────────

    async def _direct(self, frame: Frame) -> list[Event]:
        """A direct message is a request, and never kept; edits and deletions mean nothing there."""
        data = frame.data
        author = data.get("author")
        if frame.name != "MESSAGE_CREATE" or not author or not messages.is_of_a_person(data):
            return []
        guild = await self.homes.of(str(author["id"]))
        if guild is None:
            return []
        return [
            *await self.standing_of(guild, str(author["id"])),
            self.atlas.direct(guild, str(data["channel_id"])),
            messages.posted(data, guild, self.atlas, direct=True),
        ]

    async def standing_of(self, guild: str, who: str) -> list[Event]:
        """Who somebody is in a server and where they may read, as Discord just told us."""
        known = self.atlas.guilds[guild]
        member = known.members.get(who)
        if member is None:
            ref = AccountRef(community(guild), who)
            return [AccountSeen(ref, who, Role.GUEST, active=False)]
        captured = await self.members.captured(guild)
        return [
            *self.atlas.person(known, member),
            *standing(known, member, captured, None, self.now()),
        ]
