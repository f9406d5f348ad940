"""What was said before we came, and while we heard nothing.

A place is read backwards from the moment at which the reading began, then its threads, newest
first. How far that has come is kept after every few pages, so that a reading that was killed goes
on; `grapevine status` and the log tell it.
What is missing after a gap is read forwards from the time up to which everything had arrived, until
the gap ended. What is said from then on is heard, in order with all else that happens, and not
read. Only places that are listened to are read, and only with the Message Content intent: without
it there is nothing to see.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters.discord.atlas import Atlas, community
from adapters.discord.guild import FORUMS, Guild, Payload, read_member
from adapters.discord.messages import is_of_a_person, posted
from adapters.discord.requests import A_PAGE
from adapters.service.incidents import noted
from bot.errors import StoreError
from bot.events import Event, Visibility
from bot.logs import logger
from bot.queues import EventState
from bot.reading import Progress, Reading

if TYPE_CHECKING:
    from adapters.discord.requests import Requests
    from adapters.service.intake import Intake
    from bot.ports import Store

# https://docs.discord.com/developers/reference#snowflakes
EPOCH_MS = 1_420_070_400_000
# Clocks differ, and what was sent last may come late.
MARGIN = timedelta(minutes=1)
LOOK_EVERY = timedelta(seconds=30)
A_MOMENT = 0.1
# Messages that are taken in together: with fewer, grouping and committing take most of the time;
# with more, whoever says something meanwhile waits too long.
AT_ONCE = 5 * A_PAGE
TOLD_EVERY = 5_000
HANDLED_WITHIN = 60.0
_THREADS = "t"


def snowflake(at: datetime) -> str:
    """The id that a message of this moment would have."""
    return str(max(int(at.timestamp() * 1_000) - EPOCH_MS, 0) << 22)


@dataclass(slots=True)
class Histories:
    """Reads histories for all servers, one place after another.

    `may_read`: whether we hear what happens, and see contents; `is_busy`: whether something else
    waits, which goes first.
    """

    atlas: Atlas
    store: Store
    intake: Intake
    ask: Callable[[], Requests]
    now: Callable[[], datetime]
    may_read: Callable[[], bool]
    is_busy: Callable[[], bool]
    # The servers of which we missed something, and when we heard of them again.
    _gaps: dict[str, datetime] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    # Since when each server has told us what happens there.
    _heard_since: dict[str, datetime] = field(default_factory=dict)
    # How many messages were read, for whoever measures.
    read: int = 0

    def missed(self, guild: str) -> None:
        """Something of a server may have passed us by."""
        self._gaps[guild] = self._heard_since[guild] = self.now()

    def wake(self) -> None:
        """There may be something to read."""
        self._woken.set()

    async def run(self) -> None:
        """Read on whenever there is something to read, until this task is cancelled."""
        while True:
            self._woken.clear()
            try:
                await self._handled()
                await self.look()
            except Exception:  # noqa: BLE001 - the rest is read next time
                noted("a history was not read")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY.total_seconds()):
                    await self._woken.wait()

    async def look(self) -> None:
        """Fill gaps first, then read on what is not finished, then note up to when all is here."""
        if not self.may_read():
            return
        for guild in list(self.atlas.guilds.values()):
            began = self.now()
            several = await asyncio.to_thread(self._progress, guild.id)
            ended = self._gaps.get(guild.id)
            if ended is not None:
                for one in several:
                    await self._fill(guild, one, ended)
                if self._gaps[guild.id] == ended:
                    del self._gaps[guild.id]
            for one in several:
                await self._read_on(guild, one)
            if self.may_read() and guild.id not in self._gaps and not self.is_busy():
                await asyncio.to_thread(self._all_here, guild.id, began - MARGIN)

    def _progress(self, guild: str) -> list[Progress]:
        with self.store.read() as unit:
            home = unit.directory.community(community(guild))
            return [] if home is None else unit.cursors.progress(home.id)

    def _all_here(self, guild: str, until: datetime) -> None:
        with self.store.write() as unit:
            home = unit.directory.community(community(guild))
            if home is not None:
                unit.cursors.seen(home.id, until)

    # ── Backwards, once ──────────────────────────────────────────────────────────────────────

    async def _read_on(self, guild: Guild, progress: Progress) -> None:
        """Read the rest of a place's history."""
        reading = progress.reading or self._beginning(guild, progress)
        if reading.finished_at is not None or not self._sees(guild, progress):
            return
        place = progress.place
        in_threads = (reading.before or "").startswith(_THREADS)
        begun = snowflake(reading.begun_at)
        if not in_threads and not self._is_forum(guild, place.ref.id):
            async for page, before in self._backwards(place.ref.id, reading.before or begun):
                reading = await self._keep(guild, progress, page, reading, before)
        for thread in await self._threads(guild, place.ref.id, reading.before):
            async for page, _ in self._backwards(thread, begun):
                reading = await self._keep(guild, progress, page, reading, reading.before)
            reading = await self._keep(guild, progress, [], reading, _THREADS + thread)
        await self._save(place.id, replace(reading, finished_at=self.now()))
        logger().info("a history was read", place=place.ref.id, messages=reading.messages)

    def _beginning(self, guild: Guild, progress: Progress) -> Reading:
        """A reading that begins now, with what was said before we heard of it as it happened.

        A private place was not listened to before somebody in it switched it on, just now.
        """
        is_public = progress.place.visibility is Visibility.PUBLIC
        since = self._heard_since.get(guild.id, self.now()) if is_public else self.now()
        return Reading(None, 0, since, None, since)

    async def _backwards(
        self, channel: str, before: str
    ) -> AsyncIterator[tuple[list[Payload], str]]:
        """Some pages after the other, each time with the id of the oldest message."""
        several: list[Payload] = []
        while True:
            await self._wait_for_others()
            page = await self.ask().history(channel, before=before)
            several += page
            if page:
                before = str(page[-1]["id"])
            is_last = len(page) < A_PAGE
            if several and (is_last or len(several) >= AT_ONCE):
                yield several, before
                several = []
            if is_last:
                return

    async def _keep(
        self,
        guild: Guild,
        progress: Progress,
        page: Sequence[Payload],
        reading: Reading,
        before: str | None,
    ) -> Reading:
        """Take a page in, and note how far we are."""
        count = await self._take(guild, page)
        reading = replace(reading, before=before, messages=reading.messages + count)
        await self._save(progress.place.id, reading)
        if reading.messages // TOLD_EVERY > (reading.messages - count) // TOLD_EVERY:
            place = progress.place.ref.id
            logger().info("reading a history", place=place, messages=reading.messages)
        return reading

    async def _save(self, place: int, reading: Reading) -> None:
        def write() -> None:
            with self.store.write() as unit:
                unit.cursors.save(place, reading)

        await asyncio.to_thread(write)

    async def _threads(self, guild: Guild, channel: str, before: str | None) -> list[str]:
        """The public threads of a channel that are not read yet, newest first."""
        found = {str(one["id"]) for one in await self._active(guild, channel)}
        found |= {str(one["id"]) async for one in self._archived(guild, channel)}
        done = before[1:] if before and before.startswith(_THREADS) else None
        left = [one for one in found if done is None or int(one) < int(done)]
        return sorted(left, key=int, reverse=True)

    async def _active(self, guild: Guild, channel: str) -> list[Payload]:
        threads = await self.ask().active_threads(guild.id)
        return self._known(guild, [one for one in threads if str(one.get("parent_id")) == channel])

    async def _archived(
        self, guild: Guild, channel: str, since: datetime | None = None
    ) -> AsyncIterator[Payload]:
        """Archived threads, the one archived last first; only those archived after `since`."""
        before: str | None = None
        while True:
            page, more = await self.ask().archived_threads(channel, before)
            for thread in self._known(guild, page):
                before = str(thread["thread_metadata"]["archive_timestamp"])
                if since is not None and datetime.fromisoformat(before) < since:
                    return
                yield thread
            if not more or not page:
                return

    def _known(self, guild: Guild, threads: Sequence[Payload]) -> list[Payload]:
        """Threads that everybody in the channel sees; the atlas learns of them."""
        for thread in threads:
            self.atlas.learn_channel(guild, thread)
        return [one for one in threads if not guild.channels[str(one["id"])].is_private_thread]

    # ── Forwards, after a gap ────────────────────────────────────────────────────────────────

    async def _fill(self, guild: Guild, progress: Progress, ended: datetime) -> None:
        """Read what was said in a place between when everything had arrived and `ended`."""
        if progress.reading is None or not self._sees(guild, progress):
            return
        channel, since = progress.place.ref.id, progress.reading.seen_until - MARGIN
        threads = [str(one["id"]) for one in await self._active(guild, channel)]
        threads += [str(one["id"]) async for one in self._archived(guild, channel, since)]
        own = [] if self._is_forum(guild, channel) else [channel]
        last = int(snowflake(ended))
        for one in (*own, *threads):
            after = snowflake(since)
            while int(after) <= last:
                page = await self.ask().history(one, after=after)
                await self._take(guild, [data for data in page if int(data["id"]) <= last])
                if len(page) < A_PAGE:
                    break
                after = str(page[0]["id"])

    # ── One page ─────────────────────────────────────────────────────────────────────────────

    async def _take(self, guild: Guild, page: Sequence[Payload]) -> int:
        """Take in what people said in a page, oldest first; how many messages it had."""
        events: list[Event] = []
        for data in reversed(page):
            if is_of_a_person(data):
                events += await self._author(guild, data["author"])
                message = posted(data, guild.id, self.atlas)
                if message.text and not message.to_bot:
                    events.append(message)
        if events:
            await self._store(events)
        self.read += len(page)
        return len(page)

    async def _store(self, events: list[Event]) -> None:
        while True:
            try:
                await self.intake.take_in(events)
            except StoreError:
                await asyncio.sleep(1.0)
            else:
                return

    async def _author(self, guild: Guild, user: Payload) -> list[Event]:
        """Who wrote it: a member, or somebody who has left since."""
        who = str(user["id"])
        if self.atlas.knows(guild.id, who):
            return []
        if who not in guild.members and not guild.is_listed:
            data = await self.ask().member(guild.id, who)
            if data is not None:
                return list(self.atlas.person(guild, read_member(data)))
        known = guild.members.get(who)
        if known is not None:
            return list(self.atlas.person(guild, known))
        name = user.get("global_name") or user.get("username") or who
        return list(self.atlas.left(guild, who, str(name)))

    def _sees(self, guild: Guild, progress: Progress) -> bool:
        channel = guild.channels.get(progress.place.ref.id)
        return channel is not None and self.atlas.sees(guild, channel)

    def _is_forum(self, guild: Guild, channel: str) -> bool:
        known = guild.channels.get(channel)
        return known is not None and known.type in FORUMS

    async def _wait_for_others(self) -> None:
        """What happens now goes before what was said long ago."""
        while self.is_busy():  # noqa: ASYNC110 - nobody tells when it is over
            await asyncio.sleep(A_MOMENT)

    async def _handled(self) -> None:
        """Until what came before is handled: which places there are, and who may be kept.

        What a process that died had in its hands comes much later, and is not waited for.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(HANDLED_WITHIN):
                while self.is_busy() or await asyncio.to_thread(self._is_pending):  # noqa: ASYNC110
                    await asyncio.sleep(A_MOMENT)
                await self.intake.caught_up()

    def _is_pending(self) -> bool:
        with self.store.read() as unit:
            return bool(unit.inbox.counts()[EventState.PENDING])
