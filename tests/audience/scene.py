"""Communities told through the events that platforms send, and questions asked of them.

A `Scene` lies within one transaction that is taken back at the end: thousands of small worlds
cost no more than their statements. What the core does within it (units of work with their own
caches, flushed one after another) is what it does over any store.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import select
from sqlalchemy.engine import Connection

from bot.core import Bot
from bot.events import (
    AccountRef,
    AccountSeen,
    CommandUsed,
    CommunityRef,
    CommunitySeen,
    Event,
    MembershipChanged,
    MembersSeen,
    MessagePosted,
    PlaceRef,
    PlaceSeen,
    Role,
    Visibility,
)
from bot.model import Account, Audience, Community, Place
from bot.replies import Reply, plain
from storage.audience import visible
from storage.store import Store, Unit
from storage.tables import place as place_table

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class _TakenBackError(Exception):
    """Ends a transaction without a trace."""


class OneTransaction:
    """A store whose units of work all lie within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @contextmanager
    def write(self) -> Iterator[Unit]:
        """One unit of work, written out at its end as the store does before it commits."""
        unit = Unit(self.connection)
        yield unit
        unit.finish()

    @contextmanager
    def queue(self) -> Iterator[Unit]:
        """One unit of work on the queues alone."""
        with self.write() as unit:
            yield unit

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """One unit of work that only reads."""
        yield Unit(self.connection)

    def clean_later(self) -> None:
        """Nothing is in the file yet."""

    def scrub(self) -> None:
        """Nothing is in the file yet."""

    def check(self) -> None:
        """Nothing is in the file yet."""

    def close(self) -> None:
        """The transaction belongs to whoever began it."""


@dataclass
class Scene:
    """A bot over a store, and a clock that stands still until a test moves it."""

    store: OneTransaction | Store
    at: datetime = NOON
    bot: Bot = field(init=False)
    tokens: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = []
        self.bot = Bot(self.store, self._new_token)
        self._messages = (f"said-{number}" for number in count(1))

    def _new_token(self) -> str:
        self.tokens.append(f"token-{len(self.tokens)}")
        return self.tokens[-1]

    # ── What happens ─────────────────────────────────────────────────────────────────────────

    def happens(self, *events: Event) -> None:
        """Take in events in one transaction, as an import or a catch-up does."""
        self.bot.take_in(events)

    def there_is(self, *homes: CommunityRef) -> None:
        """Found communities that go by their ids."""
        self.happens(*(CommunitySeen(home, f"{home.platform.value} {home.id}") for home in homes))

    def opens(
        self,
        spot: PlaceRef,
        visibility: Visibility = Visibility.PUBLIC,
        name: str = "",
        *,
        archived: bool = False,
    ) -> PlaceRef:
        """Tell of a place, or of how it is now."""
        self.happens(PlaceSeen(spot, name or spot.id, visibility, archived=archived))
        return spot

    def listens(self, spot: PlaceRef) -> None:
        """Switch listening on in a place."""
        with self.store.write() as unit:
            found = unit.directory.place(spot)
            assert found is not None
            unit.directory.set_captured(found.id, captured=True)

    def enters(
        self, who: AccountRef, role: Role = Role.MEMBER, name: str = "", *, active: bool = True
    ) -> AccountRef:
        """Tell what an account is in a community."""
        self.happens(AccountSeen(who, name or who.id, role, active=active))
        return who

    def lists(self, spot: PlaceRef, *members: AccountRef, minutes_ago: float = 0) -> None:
        """Tell who all is in a place."""
        seen_at = self.at - minutes_ago * MINUTE
        self.happens(MembersSeen(spot, tuple(one.id for one in members), seen_at))

    def joins(self, who: AccountRef, spot: PlaceRef, minutes_ago: float = 0) -> None:
        """Tell that somebody came into a place."""
        self.happens(MembershipChanged(spot, who, joined=True, at=self.at - minutes_ago * MINUTE))

    def leaves(self, who: AccountRef, spot: PlaceRef, minutes_ago: float = 0) -> None:
        """Tell that somebody went out of a place."""
        self.happens(MembershipChanged(spot, who, joined=False, at=self.at - minutes_ago * MINUTE))

    def says(
        self, who: AccountRef, spot: PlaceRef, text: str, *, days_ago: float = 1, ident: str = ""
    ) -> str:
        """Tell that somebody said something; returns the message's id."""
        name = ident or next(self._messages)
        self.happens(MessagePosted(spot, who, name, text, self.at - timedelta(days=days_ago)))
        return name

    # ── What is asked ────────────────────────────────────────────────────────────────────────

    def asks(
        self, who: AccountRef, spot: PlaceRef, name: str, text: str = "", *, private: bool = True
    ) -> Reply:
        """Have somebody use a command."""
        reply = self.bot.handle(CommandUsed(spot, who, name, text, self.at, private))
        assert reply is not None
        return reply

    def hears(
        self, who: AccountRef, spot: PlaceRef, name: str, text: str = "", *, private: bool = True
    ) -> str:
        """What somebody reads when they use a command."""
        return plain(self.asks(who, spot, name, text, private=private))

    def mentions(self, who: AccountRef, spot: PlaceRef, text: str) -> Reply:
        """Have somebody speak to Grapevine where others read it."""
        ident = next(self._messages)
        reply = self.bot.handle(MessagePosted(spot, who, ident, text, self.at, to_bot=True))
        assert reply is not None
        return reply

    def lends(self, spot: PlaceRef, by: AccountRef, to: AccountRef, via: PlaceRef) -> None:
        """Let two admins agree, if they have not yet, and one of them share a place."""
        if not self.allied(spot.community, via.community):
            self.asks(by, spot, "link", "new")
            assert "Linked" in self.hears(to, via, "link", self.tokens[-1])
        assert "can be found" in self.hears(by, spot, "share", "on")

    def allied(self, one: CommunityRef, other: CommunityRef) -> bool:
        """Whether two communities agreed to share with each other."""
        with self.store.read() as unit:
            return unit.network.are_allied(self.community(one).id, self.community(other).id)

    # ── Who is who ───────────────────────────────────────────────────────────────────────────

    def community(self, ref: CommunityRef) -> Community:
        """A community as the store has it."""
        with self.store.read() as unit:
            found = unit.directory.community(ref)
        assert found is not None
        return found

    def place(self, ref: PlaceRef) -> Place:
        """A place as the store has it."""
        with self.store.read() as unit:
            found = unit.directory.place(ref)
        assert found is not None
        return found

    def account(self, ref: AccountRef) -> Account:
        """An account as the store has it."""
        with self.store.read() as unit:
            found = unit.directory.account(ref)
        assert found is not None
        return found

    def alone(self, who: AccountRef, *more: AccountRef) -> Audience:
        """One person who asks privately in the community of `who`; `more`: their other accounts."""
        numbers = tuple(self.account(one).id for one in (who, *more))
        return Audience(self.at, self.community(who.community).id, numbers)

    def everyone_in(self, spot: PlaceRef) -> Audience:
        """Whoever can read a place."""
        found = self.place(spot)
        return Audience(self.at, found.community_id, place_id=found.id)

    def nobody(self, home: CommunityRef | None = None) -> Audience:
        """Somebody from outside."""
        return Audience(self.at, None if home is None else self.community(home).id)

    # ── What is seen ─────────────────────────────────────────────────────────────────────────

    def sees(self, audience: Audience) -> set[PlaceRef]:
        """The places whose content may reach an audience."""
        with self.store.read() as unit:
            numbers = set(unit.connection.scalars(*visible(audience)))
            places = [
                spot
                for home in unit.directory.communities()
                for spot in unit.directory.places(home.id)
            ]
        return {spot.ref for spot in places if (spot.id) in numbers}

    def reads(self, audience: Audience) -> set[PlaceRef]:
        """The places of which something said comes back when the audience looks into each."""
        found: set[PlaceRef] = set()
        with self.store.read() as unit:
            for number in unit.connection.scalars(select(place_table.c.id)).all():
                found |= {one.place for one in unit.evidence.recent(number, audience, 1)}
        return found


def plain_all(replies: Sequence[Reply]) -> str:
    """Everything that several replies say."""
    return "\n".join(plain(reply) for reply in replies)


@contextmanager
def scene(store: Store) -> Iterator[Scene]:
    """A scene in an empty store, which is empty again afterwards."""
    with suppress(_TakenBackError), store.write() as unit:
        yield Scene(OneTransaction(unit.connection))
        raise _TakenBackError


@contextmanager
def going_on(from_here: Scene) -> Iterator[Scene]:
    """The same scene with what happens next, which is taken back."""
    assert isinstance(from_here.store, OneTransaction)
    savepoint = from_here.store.connection.begin_nested()
    try:
        yield Scene(from_here.store, from_here.at)
    finally:
        savepoint.rollback()
