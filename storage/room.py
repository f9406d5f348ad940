"""The chat as the console shows it, read from the store on behalf of who sits there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from bot.events import AccountRef, CommunityRef, PlaceRef, Role, Visibility
from bot.model import Account, Audience, Community, Place
from storage.tables import account, place_member

if TYPE_CHECKING:
    from datetime import datetime

    from bot.room import Heard
    from storage.store import Store, Unit


class StoreRoom:
    """`bot.room.Room` over a store; every look is a transaction of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def communities(self) -> list[Community]:
        """All of them, by name."""
        with self._store.read() as unit:
            return unit.directory.communities()

    def places(self, community: CommunityRef) -> list[Place]:
        """The places of one, by name; direct messages are not among them."""
        with self._store.read() as unit:
            home = unit.directory.community(community)
            spots = [] if home is None else unit.directory.places(home.id)
        return [spot for spot in spots if spot.visibility is not Visibility.DIRECT]

    def people(self, community: CommunityRef) -> list[Account]:
        """The active people of one, by name; no bots."""
        with self._store.read() as unit:
            home = unit.directory.community(community)
            return [] if home is None else unit.directory.people(home.id)

    def members(self, place: PlaceRef) -> list[AccountRef]:
        """Who was last seen in a place."""
        with self._store.read() as unit:
            spot = unit.directory.place(place)
            if spot is None:
                return []
            query = (
                select(account.c.external_id)
                .join(place_member, place_member.c.account_id == account.c.id)
                .where(place_member.c.place_id == spot.id, place_member.c.inside)
                .order_by(account.c.external_id)
            )
            names = unit.connection.scalars(query).all()
        return [AccountRef(place.community, name) for name in names]

    def role(self, who: AccountRef) -> Role:
        """What somebody is in their community; whoever is unknown counts as a guest."""
        with self._store.read() as unit:
            home, known = unit.directory.community(who.community), unit.directory.account(who)
            if home is None or known is None:
                return Role.GUEST
            membership = unit.directory.membership(home.id, known.id)
        return Role.GUEST if membership is None else membership.role

    def recent(self, place: PlaceRef, viewer: AccountRef, at: datetime, most: int) -> list[Heard]:
        """The newest messages of a place, oldest first; none where the viewer may not look."""
        with self._store.read() as unit:
            spot, audience = unit.directory.place(place), _audience(unit, viewer, at)
            if spot is None or audience is None:
                return []
            return unit.evidence.recent(spot.id, audience, most)

    def around(
        self, place: PlaceRef, message: str, viewer: AccountRef, at: datetime
    ) -> list[Heard]:
        """The whole conversation about a message; none where the viewer may not look."""
        with self._store.read() as unit:
            spot, audience = unit.directory.place(place), _audience(unit, viewer, at)
            if spot is None or audience is None:
                return []
            return unit.evidence.around(spot.id, message, audience)


def _audience(unit: Unit, viewer: AccountRef, at: datetime) -> Audience | None:
    home, who = unit.directory.community(viewer.community), unit.directory.account(viewer)
    if home is None or who is None:
        return None
    return Audience(at, home.id, unit.directory.accounts_of(who.person_id))
