"""Reading the history of a place: when we come to it, and what we missed when we were away.

A history is read from the newest message backwards, some pages at a time; they are kept before the
cursor that is after them, so a reading that is killed goes on where it was. What is read twice
changes nothing.

While we are connected, `seen_until` of every place moves on; after a gap everything since then is
read again, with the threads of the days before, whose answers stand in no list of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters.service.incidents import noted
from adapters.slack.calls import PAGE, CallFailed, Denied
from adapters.slack.history import Page, page_of, replies_of
from bot.events import Event, MessagePosted, PlaceRef, Visibility
from bot.logs import logger
from bot.reading import Progress, Reading
from bot.taking_in import is_request

if TYPE_CHECKING:
    from adapters.slack.offices import Office
    from bot.ports import Store

HELD = 1_000
"""So many messages of a history are kept together: one by one they come in the wrong order."""
LOOK_BACK = timedelta(days=3)
"""How far before a gap threads are looked at for answers that came in it."""
OVERLAP = timedelta(minutes=5)
"""Slack may deliver late; what it delivers twice is known by its id."""
ANSWER_WITHIN = timedelta(hours=1)
"""A question to us that we missed is answered if it is no older."""

TakeIn = Callable[[Sequence[Event]], Awaitable[int]]
Witness = Callable[[Sequence[MessagePosted]], None]
Missed = Callable[["Office", MessagePosted], Awaitable[None]]


@dataclass(slots=True)
class Arrivals:
    """Reads histories; `missed` gets the requests that nobody answered meanwhile."""

    store: Store
    take_in: TakeIn
    missed: Missed
    now: Callable[[], datetime]
    page: int = PAGE
    held: int = HELD
    # Who is to know what was seen to be there: asked before, told after.
    witness: Callable[[], Witness] = lambda: lambda _found: None
    _reading: dict[PlaceRef, asyncio.Task[None]] = field(default_factory=dict)

    # ── When to read ─────────────────────────────────────────────────────────────────────────

    def begin(self, office: Office, place: PlaceRef) -> None:
        """Read a place's history in the background, if it may be kept and was not read yet."""
        if place in self._reading:
            return
        task = asyncio.create_task(self._read_one(office, place))
        self._reading[place] = task
        task.add_done_callback(lambda _: self._reading.pop(place, None))

    async def settled(self) -> None:
        """Wait until no history is being read."""
        while self._reading:
            await asyncio.wait(self._reading.values())

    async def stop(self) -> None:
        """Leave off; the cursors know where to go on."""
        for task in list(self._reading.values()):
            task.cancel()
        await self.settled()

    async def watch(self, office: Office) -> None:
        """Begin with the places that may be kept and have no reading yet."""
        for one in await asyncio.to_thread(self.progress, office):
            is_read = one.reading is not None and one.reading.finished_at is not None
            if not is_read and one.place.ref.id in office.workspace.inside:
                self.begin(office, one.place.ref)

    async def seen(self, office: Office, until: datetime) -> None:
        """All that was said up to `until` has arrived."""
        await asyncio.to_thread(self._note_seen, office, until)

    async def catch_up(self, office: Office) -> int:
        """Read what was said in the places we keep since we were last sure; how much was new."""
        found = 0
        for one in await asyncio.to_thread(self.progress, office):
            if one.reading is None or one.place.ref.id not in office.workspace.inside:
                continue
            try:
                found += await self._catch_up_one(office, one.place.ref, one.reading.seen_until)
            except CallFailed as failed:
                logger().warning("not caught up", place=one.place.ref.id, reason=str(failed))
        if found:
            logger().info("caught up", messages=found)
        return found

    # ── Reading ──────────────────────────────────────────────────────────────────────────────

    async def _read_one(self, office: Office, place: PlaceRef) -> None:
        try:
            reading = await asyncio.to_thread(self._start, place)
            if reading is not None and reading.finished_at is None:
                await self._read_on(office, place, reading)
        except Denied as denied:
            # Not a member any more, or the like: until we are invited again.
            office.workspace.inside.discard(place.id)
            logger().warning("a history was not read", place=place.id, reason=denied.error)
        except CallFailed as failed:
            logger().warning("a history was not read", place=place.id, reason=str(failed))
        except Exception:  # noqa: BLE001 - it goes on from its cursor at the next start
            noted("a history was not read", place=place.id)

    def _start(self, place: PlaceRef) -> Reading | None:
        """The reading of a place, begun if it may be. None: nothing of it is kept.

        Of a private place nothing is read that was said before it was switched on.
        """
        with self.store.write() as unit:
            known = unit.directory.place(place)
            if known is None or not known.captured or known.archived:
                return None
            found = unit.cursors.find(known.id)
            if found is None:
                now = self.now()
                is_open = known.visibility is Visibility.PUBLIC
                found = Reading(None, 0, now, None if is_open else now, now)
                unit.cursors.save(known.id, found)
            return found

    async def _read_on(self, office: Office, place: PlaceRef, reading: Reading) -> None:
        while reading.finished_at is None:
            found: list[MessagePosted] = []
            before, more, seen = reading.before, True, self.witness()
            while more and len(found) < self.held:
                page = await self._page(office, place, before)
                found += await self._with_threads(office, place, page)
                before, more = page.oldest or before, page.more
            # What is said later leans on what was said before: the oldest comes first.
            found.sort(key=_when)
            await self.take_in(found)
            seen(found)
            reading = replace(
                reading,
                before=before,
                messages=reading.messages + len(found),
                finished_at=None if more else self.now(),
            )
            if not await asyncio.to_thread(self._note, place, reading):
                return
            logger().info("reading a history", place=place.id, messages=reading.messages)

    async def _page(self, office: Office, place: PlaceRef, before: str | None) -> Page:
        said = await office.calls.read(
            "conversations.history", channel=place.id, limit=self.page, latest=before
        )
        return page_of(said, place.id, office.workspace)

    async def _with_threads(
        self, office: Office, place: PlaceRef, page: Page, since: datetime | None = None
    ) -> list[MessagePosted]:
        """The messages of a page, oldest first, with what was said in the threads under them."""
        found = list(page.messages)
        for parent in page.parents:
            if since is not None and parent.last is not None and parent.last < since:
                continue
            oldest = None if since is None else str(since.timestamp())
            listed = office.calls.pages(
                "conversations.replies",
                "messages",
                page=self.page,
                channel=place.id,
                ts=parent.ts,
                oldest=oldest,
            )
            async for some in listed:
                found += replies_of(some, parent.ts, place.id, office.workspace)
        return sorted(found, key=_when)

    async def _catch_up_one(self, office: Office, place: PlaceRef, since: datetime) -> int:
        gap, seen = since - OVERLAP, self.witness()
        listed = office.calls.pages(
            "conversations.history",
            "messages",
            page=self.page,
            channel=place.id,
            oldest=str((gap - LOOK_BACK).timestamp()),
        )
        new = 0
        async for some in listed:
            page = page_of({"messages": some}, place.id, office.workspace)
            found = await self._with_threads(office, place, page, since=gap)
            for one in found:
                if is_request(one) and one.at >= max(gap, self.now() - ANSWER_WITHIN):
                    await self.missed(office, one)
            new += await self.take_in([one for one in found if not is_request(one)])
            seen(found)
        return new

    # ── What the store knows ─────────────────────────────────────────────────────────────────

    def progress(self, office: Office) -> list[Progress]:
        """The places of a workspace that are kept, and how far each was read."""
        with self.store.read() as unit:
            home = unit.directory.community(office.community)
            return [] if home is None else unit.cursors.progress(home.id)

    def _note(self, place: PlaceRef, reading: Reading) -> bool:
        """Note how far a place was read; whether it may be read on."""
        with self.store.write() as unit:
            known = unit.directory.place(place)
            if known is None or not known.captured:
                return False
            before = unit.cursors.find(known.id)
            until = reading.seen_until if before is None else before.seen_until
            unit.cursors.save(known.id, replace(reading, seen_until=until))
            return True

    def _note_seen(self, office: Office, until: datetime) -> None:
        with self.store.write() as unit:
            home = unit.directory.community(office.community)
            if home is not None:
                unit.cursors.seen(home.id, until)


def _when(message: MessagePosted) -> datetime:
    return message.at
