"""The words that change who types and where they are, or list both."""

from __future__ import annotations

from adapters.console import language
from adapters.console.company import Company, Seat, Spot, direct_spot
from adapters.console.shown import Aside, Notice, Shown
from bot.events import Visibility
from bot.model import Account, Place


class Moves:
    """Moves `seat` within the company."""

    def __init__(self, seat: Seat, company: Company) -> None:
        self._seat = seat
        self._company = company

    def go_on_as(self, rest: str) -> list[Shown]:
        """Change who types; whoever cannot see this place goes to the first they can see."""
        if not rest:
            raise language.misused("as")
        person = self._company.person_called(rest)
        if self._seat.spot.direct:
            return self._sit(person, direct_spot(person.ref))
        if self._company.sees(person, self._seat.spot.ref):
            return self._sit(person, self._seat.spot)
        return self._sit(person, self._first_spot(person))

    def _first_spot(self, person: Account) -> Spot:
        places = self._company.places(person)
        first = next((p for p in places if p.visibility is Visibility.PUBLIC), None)
        first = first or next(iter(places), None)
        return direct_spot(person.ref) if first is None else Spot(first.ref, first.name)

    def go_to(self, rest: str) -> list[Shown]:
        """Go to a place."""
        if not rest:
            raise language.misused("in")
        person = self._seat.person
        return self._sit(person, self._company.spot_called(rest, person))

    def go_to_grapevine(self, _rest: str) -> list[Shown]:
        """Go to the direct messages with Grapevine."""
        return self._sit(self._seat.person, direct_spot(self._seat.person.ref))

    def _sit(self, person: Account, spot: Spot) -> list[Shown]:
        self._seat.person, self._seat.spot = person, spot
        where = ", alone with Grapevine" if spot.direct else f" {spot.phrase}"
        return [Aside(f"You are {person.name}{where}.")]

    def people(self, _rest: str) -> list[Shown]:
        """List everyone with their ids."""
        people = self._company.people()
        lines = tuple(f"{person.name} ({person.ref.id})" for person in people)
        return [Notice("Who you can be here, with /as NAME:", lines)]

    def places(self, _rest: str) -> list[Shown]:
        """List the places that the person can see."""
        places = self._company.places(self._seat.person)
        if not places:
            return [Notice(f"{self._seat.person.name} can see no place; there is /dm.")]
        return [Notice("Where you can go, with /in PLACE:", tuple(map(_place, places)))]


def _place(place: Place) -> str:
    return f"#{place.name}{'' if place.visibility is Visibility.PUBLIC else ' (private)'}"
