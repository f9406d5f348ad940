"""What Grapevine sends of its own accord, as the console gets it: at once, after each typed line.

The console is its own courier. It ticks the core with its own clock, takes whatever is due from
the outbox, for every platform whose chat it plays, and lays it into the place it belongs to.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from bot.deliveries import Parcel, Ref
from bot.events import CommunityRef, PlaceRef, Platform
from bot.queues import Claimed
from bot.replies import Reply

if TYPE_CHECKING:
    from bot.ports import Store

MOST_WAITING = 100
"""What waits for a place where nobody has looked yet; older ones are let go."""
_LEASE = timedelta(minutes=5)
_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message of Grapevine's in a place; `edited`: it stood there before and reads so now."""

    place: PlaceRef
    message: str
    reply: Reply
    thread: str | None = None
    edited: bool = False


class Sender(Protocol):
    """The core, as far as deliveries go."""

    def tick(self, at: datetime) -> int:
        """Do some of what is due."""

    def compose(self, claimed: Claimed, at: datetime) -> Parcel | None:
        """The words of a delivery."""

    def arrived(self, claimed: Claimed, ref: Ref, at: datetime) -> None:
        """A delivery stands in the chat."""


class Mail:
    """Drains the outbox of `store`; what came waits for its community until that is looked at."""

    def __init__(
        self,
        store: Store,
        core: Sender,
        now: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._core = core
        self._now = now
        self._new_id = new_id
        self._came: defaultdict[CommunityRef, deque[Delivered]] = defaultdict(deque)

    def collect(self, community: CommunityRef) -> list[Delivered]:
        """What came to a community since it was asked for last, in order."""
        while self._core.tick(self._now()):
            pass
        while sum(self._deliver(platform) for platform in Platform):
            pass
        came, self._came[community] = self._came[community], deque()
        return list(came)

    def _deliver(self, platform: Platform) -> bool:
        with self._store.queue() as unit:
            claimed = unit.outbox.claim(platform, self._now(), _LEASE, _AT_ONCE)
        for one in claimed:
            parcel = self._core.compose(one, self._now())
            if parcel is not None:
                ref = self._carry(parcel)
                self._core.arrived(one, ref, self._now())
                self._lay(parcel, ref)
        return bool(claimed)

    def _carry(self, parcel: Parcel) -> Ref:
        """Where a delivery stands: the console needs to bring it nowhere."""
        return parcel.edits or Ref(self._place(parcel), self._new_id())

    @staticmethod
    def _place(parcel: Parcel) -> str:
        to = parcel.destination
        return to.place or f"dm-{to.account}"

    def _lay(self, parcel: Parcel, ref: Ref) -> None:
        home = parcel.destination.community
        place = PlaceRef(home, self._place(parcel))
        edited = parcel.edits is not None
        thread = parcel.destination.thread
        self._came[home].append(Delivered(place, ref.message, parcel.reply, thread, edited))


class Mailbox:
    """What came to each place of one community and was not looked at yet."""

    def __init__(self) -> None:
        self._waiting: defaultdict[PlaceRef, deque[Delivered]] = defaultdict(
            lambda: deque(maxlen=MOST_WAITING)
        )

    def take(self, place: PlaceRef) -> list[Delivered]:
        """What came to a place; it is looked at now."""
        return list(self._waiting.pop(place, ()))

    def lay(self, came: list[Delivered]) -> list[PlaceRef]:
        """Take in what came; the places that something new came to, each once."""
        for one in came:
            self._waiting[one.place].append(one)
        return list(dict.fromkeys(one.place for one in came))
