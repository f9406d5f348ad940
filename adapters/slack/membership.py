"""Who is in a private place, asked anew before anything of it is shown.

The core takes a membership that is older than 15 minutes for none (DESIGN section 5, rule 1).
Events keep it between; a list that cannot be had means that nobody is in.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters.slack.calls import CallFailed
from bot.events import (
    AccountRef,
    CommunityRef,
    Event,
    MembershipChanged,
    MembersSeen,
    PlaceRef,
    Role,
    Visibility,
)
from bot.logs import logger

if TYPE_CHECKING:
    from adapters.slack.offices import Office, Offices
    from bot.ports import Store

FRESH = timedelta(minutes=10)
"""Well before the core's 15, so that an answer that takes its time is still right."""
MEMBERS_ON_PAGE = 999
MOST_AT_ONCE = 4
BOTH = "public_channel,private_channel"

Take = Callable[[str, Event], Awaitable[object]]


@dataclass(slots=True)
class Memberships:
    """Keeps the lists of members fresh where they decide who may read."""

    offices: Offices
    store: Store
    take: Take
    now: Callable[[], datetime]
    page: int = MEMBERS_ON_PAGE
    _asked: dict[PlaceRef | AccountRef, datetime] = field(default_factory=dict)
    _asking: dict[PlaceRef, asyncio.Task[None]] = field(default_factory=dict)

    async def freshen(
        self, office: Office, who: AccountRef | None = None, here: PlaceRef | None = None
    ) -> None:
        """Find out who is in the private places that are kept, and in `here`.

        A guest (`who`) sees only where they are, so that is asked as well.
        """
        wanted = set(await asyncio.to_thread(self._private, office.community))
        if here is not None and not self._is_direct(office, here):
            wanted.add(here)
        old = [place for place in wanted if not self._is_fresh(place)]
        gate = asyncio.Semaphore(MOST_AT_ONCE)
        asking = [self._once(office, place, gate) for place in old]
        if who is not None and self._is_limited(office, who) and not self._is_fresh(who):
            asking.append(self._of_guest(office, who))
        await asyncio.gather(*asking)

    async def keep_fresh(self) -> None:
        """Ask again and again, so that what is sent unasked may rest on it too."""
        while True:
            for office in self.offices.open:
                await self.freshen(office)
            await asyncio.sleep(FRESH.total_seconds() / 2)

    def forget(self, place: PlaceRef) -> None:
        """What was asked about a place holds no longer."""
        self._asked.pop(place, None)

    def leave(self, home: CommunityRef) -> None:
        """We left a workspace: what was asked there is gone."""
        for one in [one for one in self._asked if one.community == home]:
            del self._asked[one]

    def _is_limited(self, office: Office, who: AccountRef) -> bool:
        seen = office.workspace.people.get(who.id)
        return seen is None or seen.role in {Role.GUEST, Role.EXTERNAL}

    async def _of_guest(self, office: Office, who: AccountRef) -> None:
        """Ask where one person is, among the places that we see."""
        at = self.now()
        inside: list[Event] = []
        listed = office.calls.pages("users.conversations", "channels", types=BOTH, user=who.id)
        try:
            async for page in listed:
                inside += [
                    MembershipChanged(office.workspace.place(one["id"]), who, joined=True, at=at)
                    for one in page
                ]
        except CallFailed as failed:
            logger().info("a guest’s places unknown", reason=str(failed))
            return
        for event in inside:
            await self._tell(event)
        self._asked[who] = at

    def _is_fresh(self, place: PlaceRef | AccountRef) -> bool:
        asked = self._asked.get(place)
        return asked is not None and timedelta(0) <= self.now() - asked < FRESH

    def _is_direct(self, office: Office, place: PlaceRef) -> bool:
        known = office.workspace.places.get(place.id)
        return known is None or known.visibility is Visibility.DIRECT

    def _private(self, community: CommunityRef) -> list[PlaceRef]:
        with self.store.read() as unit:
            home = unit.directory.community(community)
            kept = [] if home is None else unit.cursors.progress(home.id)
        return [one.place.ref for one in kept if one.place.visibility is Visibility.PRIVATE]

    async def _once(self, office: Office, place: PlaceRef, gate: asyncio.Semaphore) -> None:
        """Ask; whoever wants to know the same meanwhile waits for the same answer."""
        if place not in self._asking:
            task = asyncio.create_task(self._ask(office, place, gate))
            self._asking[place] = task
            task.add_done_callback(lambda _: self._asking.pop(place, None))
        await asyncio.shield(self._asking[place])

    async def _ask(self, office: Office, place: PlaceRef, gate: asyncio.Semaphore) -> None:
        at = self.now()
        members: list[str] = []
        try:
            async with gate:
                listed = office.calls.pages(
                    "conversations.members", "members", page=self.page, channel=place.id
                )
                async for page in listed:
                    members += [one for one in page if isinstance(one, str)]
        except CallFailed as failed:
            logger().info("members unknown", place=place.id, reason=str(failed))
            return
        people = tuple(one for one in members if one != office.workspace.bot_user)
        await self._tell(MembersSeen(place, people, at))
        self._asked[place] = at

    async def _tell(self, event: Event) -> None:
        """Take it in behind what was said of the place: of an unknown one nothing would hold."""
        await self.take(f"listed {secrets.token_hex(8)}", event)
