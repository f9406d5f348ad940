"""What Grapevine hands out and waits to get back: numbered buttons, forms and files.

Buttons are numbered through a whole session, so that `/press 3` always means the one button that
was shown as [3 …]. What came in a private answer belongs to the person who got it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count

from adapters.console.company import Spot
from adapters.console.language import Misunderstood, nearest, pairs
from adapters.console.numbers import Numbers
from adapters.console.shown import Answer, FormOpened, Marks, Shown
from adapters.pictures import Enclosed, enclosed
from bot.errors import NotFound
from bot.events import AccountRef
from bot.model import Account
from bot.replies import Button, Form, Reply, Section, Source, Span

_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Handed:
    """Where and to whom something was handed; `owner` is None where all in the place got it."""

    spot: Spot
    owner: AccountRef | None

    @property
    def private(self) -> bool:
        """Whether one person alone got it."""
        return self.owner is not None


@dataclass(frozen=True, slots=True)
class Pressable:
    """A button that can still be pressed; `answer` counts the answers of the session."""

    button: Button
    handed: Handed
    answer: int


@dataclass(frozen=True, slots=True)
class OpenForm:
    """A form that one person has before them."""

    form: Form
    handed: Handed


class Desk:
    """Keeps what replies bring: `most` buttons, and for each person a form and a file."""

    def __init__(self, numbers: Numbers, most: int = 2_000) -> None:
        self._numbers = numbers
        self._most = most
        self._next = count(1)
        self._answers = count(1)
        self._buttons: OrderedDict[int, Pressable] = OrderedDict()
        self._forms: dict[AccountRef, OpenForm] = {}
        self._enclosed: dict[AccountRef, Reply] = {}

    def take(self, reply: Reply, person: Account, spot: Spot) -> list[Shown]:
        """Number everything in a reply that `person` gets at `spot`, and keep what is waiting."""
        handed = Handed(spot, person.ref if reply.private or spot.direct else None)
        shown: list[Shown] = []
        encloses = reply.file is not None or reply.chart is not None
        if reply.sections or encloses:
            private = reply.private and not spot.direct
            shown.append(Answer(reply, self._marks(reply, handed), private))
        if encloses:
            self._enclosed[person.ref] = reply
        if reply.form:
            self._forms[person.ref] = OpenForm(reply.form, handed)
            shown.append(FormOpened(reply.form))
        return shown

    def _marks(self, reply: Reply, handed: Handed) -> Marks:
        sources = {
            (span.place, span.message): self._numbers.of(span.place, span.message)
            for span in spans(reply.sections)
            if isinstance(span, Source)
        }
        buttons: dict[str, int] = {}
        answer = next(self._answers)
        for button in chain.from_iterable(section.buttons for section in reply.sections):
            if button.token not in buttons:
                number = buttons[button.token] = next(self._next)
                self._buttons[number] = Pressable(button, handed, answer)
        while len(self._buttons) > self._most:
            self._buttons.popitem(last=False)
        return Marks(sources, buttons)

    # ── Buttons ──────────────────────────────────────────────────────────────────────────────

    def button(self, words: str, person: Account) -> Pressable:
        """Return the button with this number, or the newest with these words on it."""
        theirs = {
            number: pressable
            for number, pressable in self._buttons.items()
            if pressable.handed.owner in {None, person.ref}
        }
        wanted = words.removeprefix("[").removesuffix("]").strip()
        if wanted.isdecimal():
            found = theirs.get(int(wanted)) if len(wanted) <= _MOST_DIGITS else None
            if found is None:
                raise NotFound(f"There is no button {wanted} for {person.name} to press.")
            return found
        return _labelled(wanted, theirs, person)

    # ── Forms ────────────────────────────────────────────────────────────────────────────────

    def form(self, person: Account) -> OpenForm | None:
        """Return the form that a person has before them."""
        return self._forms.get(person.ref)

    def close(self, person: Account) -> None:
        """Take a person's form away."""
        self._forms.pop(person.ref, None)

    def file(self, person: Account) -> Enclosed | None:
        """Return the newest file or picture a person got; a picture is drawn only now."""
        reply = self._enclosed.get(person.ref)
        return None if reply is None else enclosed(reply)


def filled(form: Form, rest: str) -> tuple[tuple[str, str], ...]:
    """Read what stands behind `/fill` for a form; a field that is not named keeps its value.

    A form with one field takes the bare text as well.
    """
    names = {field.name.lower(): field.name for field in form.fields}
    only = next(iter(names)) if len(names) == 1 else None
    if only and not rest.lower().startswith((f"{only}=", f"{only} =")):
        given = [(only, rest)] if rest else []
    else:
        given = pairs(rest)
    for name, _ in given:
        if name not in names:
            raise Misunderstood(
                f"The form has no field {name}; it has {', '.join(form_names(form))}."
            )
    values = {names[name]: value for name, value in given}
    return tuple((field.name, values.get(field.name, field.value)) for field in form.fields)


def form_names(form: Form) -> list[str]:
    """Return the names of a form's fields, in order."""
    return [field.name for field in form.fields]


def spans(sections: Iterable[Section]) -> Iterator[Span]:
    """Yield all spans of some sections in the order of reading."""
    for section in sections:
        yield from chain(section.heading, *section.lines)


def _labelled(label: str, theirs: dict[int, Pressable], person: Account) -> Pressable:
    found = {n: p for n, p in theirs.items() if p.button.label.casefold() == label.casefold()}
    newest = max((p.answer for p in found.values()), default=0)
    numbers = [number for number, p in found.items() if p.answer == newest]
    if len(numbers) == 1:
        return found[numbers[0]]
    if numbers:
        raise Misunderstood(f"Which of them? Type {_either(numbers)}.")
    near = nearest(label, [p.button.label for p in theirs.values()], most=1)
    hint = f" Do you mean {near}?" if near else ""
    raise NotFound(f"There is no button {label} for {person.name} to press.{hint}")


def _either(numbers: Sequence[int]) -> str:
    return " or ".join(f"/press {number}" for number in numbers)
