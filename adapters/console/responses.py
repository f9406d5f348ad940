"""The words that respond to what Grapevine handed out: buttons, forms and files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from adapters.console import language
from adapters.console.company import Company, Seat
from adapters.console.desk import Desk, OpenForm, filled
from adapters.console.shown import Aside, Notice, Shown
from adapters.console.wire import Wire
from adapters.pictures import Enclosed
from bot.errors import NotFound
from bot.events import ButtonPressed, FormSubmitted
from bot.replies import Form


class Responses:
    """Gives back to the core what waits on the desk, where and as privately as it came."""

    def __init__(
        self, seat: Seat, company: Company, desk: Desk, wire: Wire, now: Callable[[], datetime]
    ) -> None:
        self._seat = seat
        self._company = company
        self._desk = desk
        self._wire = wire
        self._now = now

    def press(self, rest: str) -> list[Shown]:
        """Press a button, by its number or its words."""
        if not rest:
            raise language.misused("press")
        person = self._seat.person
        found = self._desk.button(rest, person)
        spot = found.handed.spot
        if not self._company.sees(person, spot.ref):
            raise NotFound(f"There is no button {rest} for {person.name} to press.")
        event = ButtonPressed(
            spot.ref, person.ref, found.button.token, self._now(), private=found.handed.private
        )
        return self._wire.send(event, person, spot)

    @property
    def form(self) -> Form | None:
        """The form that the person has before them."""
        waiting = self._desk.form(self._seat.person)
        return None if waiting is None else waiting.form

    def fill(self, rest: str) -> list[Shown]:
        """Send the open form with fields as they are typed."""
        waiting = self._waiting()
        return self._submit(waiting, filled(waiting.form, rest))

    def submit(self, values: Mapping[str, str]) -> list[Shown]:
        """Send the open form; a field that is missing in `values` keeps its own."""
        waiting = self._waiting()
        fields = (
            (field.name, values.get(field.name, field.value)) for field in waiting.form.fields
        )
        return self._submit(waiting, tuple(fields))

    def _submit(self, waiting: OpenForm, fields: tuple[tuple[str, str], ...]) -> list[Shown]:
        person, handed = self._seat.person, waiting.handed
        self._desk.close(person)
        if not self._company.sees(person, handed.spot.ref):
            raise NotFound(f"{person.name} can no longer see where this form came from.")
        event = FormSubmitted(
            handed.spot.ref,
            person.ref,
            waiting.form.token,
            fields,
            self._now(),
            private=handed.private,
        )
        return self._wire.send(event, person, handed.spot)

    def cancel(self, _rest: str) -> list[Shown]:
        """Close the open form."""
        title = self._waiting().form.title
        self._desk.close(self._seat.person)
        return [Aside(f"Closed “{title}”; nothing was sent.")]

    def _waiting(self) -> OpenForm:
        waiting = self._desk.form(self._seat.person)
        if waiting is None:
            raise NotFound("No form is open.")
        return waiting

    def keep(self, rest: str, write: Callable[[Enclosed, str], str]) -> list[Shown]:
        """Save the newest file the person got."""
        file = self._desk.file(self._seat.person)
        if file is None:
            raise NotFound(f"{self._seat.person.name} has got no file to keep yet.")
        if not rest:
            raise language.misused("keep")
        return [Notice(write(file, rest))]
