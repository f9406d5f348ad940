"""Who and what there is in one community, each person seeing only what is theirs to see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from adapters.console.language import nearest
from bot.errors import NotFound
from bot.events import AccountRef, CommunityRef, PlaceRef, Role, Visibility
from bot.model import Account, Place
from bot.room import Room


@dataclass(frozen=True, slots=True)
class Spot:
    """Where somebody is: a place, or (`direct`) alone with Grapevine."""

    ref: PlaceRef
    name: str
    direct: bool = False

    @property
    def label(self) -> str:
        """How it is written: `#general`, or `Grapevine` for direct messages."""
        return self.name if self.direct else f"#{self.name}"

    @property
    def phrase(self) -> str:
        """Where somebody is who is there: `in #general`, or `to Grapevine`."""
        return f"{'to' if self.direct else 'in'} {self.label}"


@dataclass(slots=True)
class Seat:
    """Who is typing, and where."""

    person: Account
    spot: Spot


def direct_spot(person: AccountRef) -> Spot:
    """Return the direct messages between a person and Grapevine."""
    return Spot(PlaceRef(person.community, f"dm-{person.id}"), "Grapevine", direct=True)


class Company:
    """Looks up people and places of a community in `room`.

    A full member sees public places and the private ones they are in; a guest, as `role_of` says,
    only places they are in. Archived places are left out. Whom Grapevine forgets stays in the chat
    as what they were.
    """

    def __init__(
        self, room: Room, community: CommunityRef, role_of: Callable[[AccountRef], Role]
    ) -> None:
        self._room = room
        self._community = community
        self._role_of = role_of
        self._roles: dict[AccountRef, Role] = {}

    def people(self) -> list[Account]:
        """Everyone one can speak as, by name."""
        return self._room.people(self._community)

    def person(self, ref: AccountRef) -> Account:
        """Return the person with this id."""
        for person in self.people():
            if person.ref == ref:
                return person
        raise NotFound(f"There is nobody called {ref.id} here; /people lists everyone.")

    def person_called(self, words: str) -> Account:
        """Return the one person with this name or id, whatever its case."""
        wanted = words.removeprefix("@").casefold()
        people = self.people()
        found = [p for p in people if p.ref.id.casefold() == wanted]
        found = found or [p for p in people if p.name.casefold() == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            ways = " or ".join(f"/as {p.ref.id}" for p in found)
            raise NotFound(f"There are {len(found)} people called {words}; type {ways}.")
        near = nearest(words, [p.name for p in people])
        hint = f"do you mean {near}?" if near else "/people lists everyone."
        raise NotFound(f"There is nobody called {words} here; {hint}")

    def role(self, person: Account) -> Role:
        """What a person is here; a guest when nothing was ever known of them."""
        return self._role(person.ref)

    def _role(self, who: AccountRef) -> Role:
        role = self._role_of(who)
        if role is Role.GUEST and all(person.ref != who for person in self.people()):
            return self._roles.get(who, role)
        self._roles[who] = role
        return role

    def places(self, viewer: Account) -> list[Place]:
        """The places in which a person can talk, by name."""
        return [one for one in self._seen(viewer) if one.visibility is not Visibility.SHELF]

    def _seen(self, viewer: Account) -> list[Place]:
        places = self._room.places(self._community)
        return [place for place in places if self._is_open(place, viewer.ref)]

    def sees(self, viewer: Account, ref: PlaceRef) -> bool:
        """Tell whether a person can see a place, or it is their own direct messages."""
        if ref == direct_spot(viewer.ref).ref:
            return True
        return any(place.ref == ref for place in self._seen(viewer))

    def spot(self, viewer: Account, ref: PlaceRef) -> Spot:
        """Return a place by its id, as a person sees it."""
        direct = direct_spot(viewer.ref)
        if ref == direct.ref:
            return direct
        for place in self._seen(viewer):
            if place.ref == ref:
                return Spot(ref, place.name)
        raise _no_place(ref.id, viewer, self.places(viewer))

    def spot_called(self, words: str, viewer: Account) -> Spot:
        """Return the one place with this name or id that a person can see."""
        wanted = words.removeprefix("#").casefold()
        places = self.places(viewer)
        found = [p for p in places if p.ref.id.casefold() == wanted]
        found = found or [p for p in places if p.name.casefold() == wanted]
        if len(found) == 1:
            return Spot(found[0].ref, found[0].name)
        if found:
            ways = " or ".join(f"/in {p.ref.id}" for p in found)
            raise NotFound(f"There are {len(found)} places called #{words}; type {ways}.")
        raise _no_place(words.removeprefix("#"), viewer, places)

    def memberships(self, viewer: Account) -> list[PlaceRef]:
        """The places that are open to a person only because they are in them."""
        return [p.ref for p in self.places(viewer) if not self._is_open_to_all(p, viewer.ref)]

    def inside(self, ref: PlaceRef) -> tuple[str, ...]:
        """The ids of those who are in a private place; none for any other."""
        found = (place for place in self._room.places(self._community) if place.ref == ref)
        if all(place.visibility is not Visibility.PRIVATE for place in found):
            return ()
        return tuple(one.id for one in self._room.members(ref))

    def _is_open(self, place: Place, viewer: AccountRef) -> bool:
        if place.archived or place.visibility is Visibility.DIRECT:
            return False
        return self._is_open_to_all(place, viewer) or viewer in self._room.members(place.ref)

    def _is_open_to_all(self, place: Place, viewer: AccountRef) -> bool:
        full = self._role(viewer) in {Role.ADMIN, Role.MEMBER}
        return full and place.visibility in {Visibility.PUBLIC, Visibility.SHELF}


def _no_place(name: str, viewer: Account, places: list[Place]) -> NotFound:
    near = nearest(name, [place.name for place in places], most=1)
    hint = f" Do you mean #{near}?" if near else ""
    return NotFound(f"There is no place called #{name} that {viewer.name} can see.{hint}")
