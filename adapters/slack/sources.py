"""Looks in Slack whether messages are still there (`adapters/service/sources.py`).

https://docs.slack.dev/messaging/retrieving-messages: a message is in the history of its channel, an
answer in a thread among the replies to what it stands under, which its permalink names. What lies
near to one another is looked at together: Slack counts calls.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from adapters.service.sources import STANDS, Uncertain
from adapters.slack.calls import PAGE, CallFailed, Denied
from bot.logs import logger

if TYPE_CHECKING:
    from adapters.slack.offices import Office, Offices
    from bot.events import MessagePosted, PlaceRef
    from bot.replies import Source

REMEMBERED = 100_000
AT_ONCE = 5
GONE = frozenset({"thread_not_found", "message_not_found"})
TOMBSTONE = "tombstone"
_TS = re.compile(r"[0-9]{1,10}\.[0-9]{1,6}")
_THREAD = re.compile(r"[?&]thread_ts=([0-9.]+)")

Where = tuple["PlaceRef", str]


@dataclass(slots=True)
class SlackFinder:
    """Looks messages up, and remembers those that were there.

    `listens`: whether we hear of deletions now. Where we may not look, Slack tells nothing, and
    what is kept is taken for what is there.
    """

    offices: Offices
    listens: Callable[[], bool]
    clock: Callable[[], float] = time.monotonic
    _there: dict[tuple[PlaceRef, str], float] = field(default_factory=dict)
    _gaps: int = 0

    def heard(self, place: PlaceRef, message: str) -> None:
        """A message was there just now."""
        self._there.pop((place, message), None)
        self._there[place, message] = self.clock()
        if len(self._there) > REMEMBERED:
            del self._there[next(iter(self._there))]

    def witness(self) -> Callable[[Sequence[MessagePosted]], None]:
        """Take this before messages are read, and give it them after: they were there.

        If there was a gap meanwhile, they may have gone in it.
        """
        gaps = self._gaps

        def seen(said: Sequence[MessagePosted]) -> None:
            for one in said if gaps == self._gaps else ():
                self.heard(one.place, one.id)

        return seen

    def gone(self, place: PlaceRef, message: str) -> None:
        """A message was deleted."""
        self._there.pop((place, message), None)

    def gap(self) -> None:
        """There was a time in which we heard nothing."""
        self._there.clear()
        self._gaps += 1

    async def missing(self, sources: Collection[Source]) -> set[Source]:
        """Which of some messages are gone. `Uncertain` if that is not known."""
        few = asyncio.Semaphore(AT_ONCE)
        unknown = [one for one in sources if _TS.fullmatch(one.message) and not self._stands(one)]
        looks = [self._look(where, several, few) for where, several in _together(unknown)]
        try:
            found = await asyncio.gather(*looks)
        except CallFailed as failed:
            raise Uncertain from failed
        return set().union(*found)

    def _stands(self, source: Source) -> bool:
        at = self._there.get((source.place, source.message))
        return at is not None and (self.listens() or self.clock() - at < STANDS)

    async def _look(
        self, where: Where, several: list[Source], few: asyncio.Semaphore
    ) -> set[Source]:
        """Which of some messages of one place, or of one thread there, are gone."""
        place, thread = where
        office = self.offices.of_community(place.community)
        if office is None or office.calls.revoked is not None:
            return set()
        gaps = self._gaps
        async with few:
            there = await self._seen(office, place.id, thread, {one.message for one in several})
        for one in several:
            if one.message in there and gaps == self._gaps:
                self.heard(one.place, one.message)
        return {one for one in several if one.message not in there}

    async def _seen(self, office: Office, channel: str, thread: str, wanted: set[str]) -> set[str]:
        """Those of some messages that are there, or that we may not look at."""
        try:
            there = await self._there_of(office, channel, thread, wanted)
            if wanted <= there or await self._reaches(office, channel, thread, wanted - there):
                return there
        except Denied as denied:
            logger().info("not to be looked at", place=channel, reason=denied.error)
        return wanted

    async def _reaches(self, office: Office, channel: str, thread: str, gone: set[str]) -> bool:
        """Whether Slack shows us what is as old as that: some plans hide what is older.

        https://slack.com/help/articles/27204752526611-Feature-limitations-on-the-free-version-of-Slack.
        """
        oldest = thread or min(gone, key=float)
        said = await office.calls.read(
            "conversations.history", channel=channel, latest=oldest, inclusive=True, limit=1
        )
        return bool(said.get("messages"))

    async def _there_of(
        self, office: Office, channel: str, thread: str, wanted: set[str]
    ) -> set[str]:
        """The messages that are there, of some that stand in one list of Slack's."""
        method = "conversations.replies" if thread else "conversations.history"
        left = sorted(wanted, key=float)
        there: set[str] = set()
        while left:
            span = {"oldest": left[0], "latest": left[-1], "inclusive": True, "limit": PAGE}
            try:
                said = await office.calls.read(method, channel=channel, ts=thread or None, **span)
            except Denied as denied:
                if denied.error in GONE:
                    return there
                raise
            shown = {ts: one for one in said.get("messages") or () if (ts := _ts(one))}
            there |= {ts for ts in left if ts in shown and _is_there(shown[ts])}
            left = _undecided(left, shown, is_more=bool(said.get("has_more")), newest=not thread)
        return there


def _together(unknown: list[Source]) -> Iterator[tuple[Where, list[Source]]]:
    """Messages that stand in one list of Slack's."""
    order = sorted(unknown, key=lambda one: (one.place.community.id, one.place.id, _thread(one)))
    for where, several in groupby(order, key=lambda one: (one.place, _thread(one))):
        yield where, list(several)


def _thread(source: Source) -> str:
    """The thread in which a message stands, as its permalink has it; "": in none, or on top.

    Without a permalink nobody knows; Slack finds a message as a thread of its own, wherever it is.
    """
    if source.url is None:
        return source.message
    found = _THREAD.search(source.url)
    return "" if found is None or found[1] == source.message else found[1]


def _ts(message: Any) -> str:
    return str(message.get("ts") or "") if isinstance(message, dict) else ""


def _is_there(message: dict[str, Any]) -> bool:
    return message.get("subtype") != TOMBSTONE


def _undecided(left: list[str], shown: dict[str, Any], *, is_more: bool, newest: bool) -> list[str]:
    """What a page did not reach; pages begin with the newest message, in threads with the oldest.

    A page decides at least about the message it begins with, so that there is an end.
    """
    if not is_more:
        return []
    reached = [ts for ts in shown if float(left[0]) <= float(ts) <= float(left[-1])]
    if newest:
        end = min(map(float, reached), default=float(left[-1]))
        return [ts for ts in left[:-1] if float(ts) < end]
    end = max(map(float, reached), default=float(left[0]))
    return [ts for ts in left[1:] if float(ts) > end]
