"""The console's line to the core: every event of a person goes through here.

As the platform, the console vouches for who is in which place: the core takes a membership for
gone that nobody has seen for 15 minutes. It also goes on knowing who people are whom Grapevine has
forgotten, and says so again, in case they want to be known.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from adapters.console.company import Company, Spot
from adapters.console.desk import Desk
from adapters.console.shown import Notice, Shown
from bot.errors import GrapevineError
from bot.events import (
    AccountRef,
    AccountSeen,
    Event,
    MembershipChanged,
    MembersSeen,
    PlaceRef,
    PlaceSeen,
    Role,
    Visibility,
)
from bot.model import Account
from bot.replies import Reply

Handle = Callable[[Event], Reply | None]

VOUCH_EVERY = timedelta(minutes=10)


class Wire:
    """Sends events to `handle` and puts what it replies on the desk."""

    def __init__(
        self, handle: Handle, now: Callable[[], datetime], company: Company, desk: Desk
    ) -> None:
        self._handle = handle
        self._now = now
        self._company = company
        self._desk = desk
        self._vouched: dict[AccountRef, datetime] = {}
        self._listed: dict[PlaceRef, datetime] = {}
        self._announced: set[PlaceRef] = set()
        self._roles: dict[AccountRef, Role] = {}

    def send(self, event: Event, person: Account, spot: Spot) -> list[Shown]:
        """Send what `person` did at `spot`; returns what is to be shown to them."""
        try:
            self._announce(spot)
            self.vouch(person)
            self._list(spot)
            self._roles.setdefault(person.ref, self._company.role(person))
            reply = self._handle(event)
            self._introduce(person)
        except GrapevineError as error:
            return [Notice(str(error))]
        return [] if reply is None else self._desk.take(reply, person, spot)

    def _announce(self, spot: Spot) -> None:
        if spot.direct and spot.ref not in self._announced:
            self._handle(PlaceSeen(spot.ref, spot.name, Visibility.DIRECT))
            self._announced.add(spot.ref)

    def _list(self, spot: Spot) -> None:
        """Say who is in a private place, before anything is said there to all of them."""
        now = self._now()
        last = self._listed.get(spot.ref)
        if last is not None and abs(now - last) <= VOUCH_EVERY:
            return
        names = self._company.inside(spot.ref)
        if names:
            self._handle(MembersSeen(spot.ref, names, now))
        self._listed[spot.ref] = now

    def _introduce(self, person: Account) -> None:
        role = self._roles[person.ref]
        if self._company.role(person) is not role:
            self._handle(AccountSeen(person.ref, person.name, role))

    def vouch(self, person: Account) -> None:
        """Say that a person is where they are, before anything is read as them."""
        now = self._now()
        last = self._vouched.get(person.ref)
        if last is not None and abs(now - last) <= VOUCH_EVERY:
            return
        for place in self._company.memberships(person):
            self._handle(MembershipChanged(place, person.ref, joined=True, at=now))
        self._vouched[person.ref] = now
