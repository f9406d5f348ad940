"""One person's seat in the chat: a typed line in, what is to be shown out; no terminal.

A session can change who types and where they are, but never shows anybody what they could not
see: places and people come from the room as the person who types.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from uuid import uuid4

from adapters.console import language
from adapters.console.clock import Clock
from adapters.console.company import Company, Seat, direct_spot
from adapters.console.desk import Desk
from adapters.console.keeping import keep
from adapters.console.language import Misunderstood
from adapters.console.mail import Delivered, Mailbox
from adapters.console.messages import Messages
from adapters.console.moves import Moves
from adapters.console.numbers import Numbers
from adapters.console.responses import Responses
from adapters.console.shown import Answer, Aside, Notice, Shown
from adapters.console.wire import Handle, Wire
from adapters.pictures import Enclosed
from bot.errors import GrapevineError, NotFound
from bot.events import (
    AccountRef,
    CommandUsed,
    CommunityRef,
    MessagePosted,
    PlaceRef,
    Role,
)
from bot.replies import Form, plain
from bot.room import Room


def _full_member(_account: AccountRef) -> Role:
    return Role.MEMBER


def _nothing() -> list[Delivered]:
    return []


def _fresh() -> str:
    return uuid4().hex


class Session:
    """The chat as `person` at `place`, both of which must exist (else `NotFound`).

    `handle` is the core, `room` the view of the store, `now` the clock (aware). `commands` maps
    the core's commands to one-line summaries. `set_clock` lets `/at` and `/wait` work; `zone` is
    the one times are shown and set in. `deliveries` is asked after every line for what Grapevine
    has sent of its own accord since, direct messages to the place `dm-<account id>`. `role_of`
    tells guests from full members. `keep_file` writes the file of `/keep` and returns a sentence.
    `new_id` gives each new message its id.
    """

    def __init__(
        self,
        handle: Handle,
        room: Room,
        now: Callable[[], datetime],
        *,
        community: CommunityRef,
        person: AccountRef,
        place: PlaceRef,
        commands: Mapping[str, str],
        zone: tzinfo = UTC,
        set_clock: Callable[[datetime], None] | None = None,
        deliveries: Callable[[], list[Delivered]] = _nothing,
        role_of: Callable[[AccountRef], Role] = _full_member,
        keep_file: Callable[[Enclosed, str], str] = keep,
        new_id: Callable[[], str] = _fresh,
    ) -> None:
        self.ended = False
        self._commands = commands
        self._deliveries = deliveries
        self._clock = Clock(now, zone, set_clock)
        self._company = Company(room, community, role_of)
        who = self._company.person(person)
        self._seat = Seat(who, self._company.spot(who, place))
        numbers = Numbers()
        self._desk = Desk(numbers)
        self._wire = Wire(handle, now, self._company, self._desk)
        self._messages = Messages(
            seat=self._seat,
            room=room,
            company=self._company,
            numbers=numbers,
            wire=self._wire,
            clock=self._clock,
            new_id=new_id,
        )
        self._mailbox = Mailbox()
        self._numbers = numbers
        self._moves = Moves(self._seat, self._company)
        self._responses = Responses(self._seat, self._company, self._desk, self._wire, now)
        self._words = self._all_words(keep_file)

    def _all_words(
        self, keep_file: Callable[[Enclosed, str], str]
    ) -> dict[str, Callable[[str], list[Shown]]]:
        messages, moves, responses = self._messages, self._moves, self._responses
        words: dict[str, Callable[[str], list[Shown]]] = {
            "as": moves.go_on_as,
            "in": moves.go_to,
            "dm": moves.go_to_grapevine,
            "people": moves.people,
            "places": moves.places,
            "history": messages.history,
            "open": messages.open,
            "reply": messages.reply,
            "edit": messages.edit,
            "delete": messages.delete,
            "react": messages.react,
            "unreact": messages.unreact,
            "save": messages.save,
            "raise": messages.ask_the_network,
            "press": responses.press,
            "fill": responses.fill,
            "cancel": responses.cancel,
            "keep": lambda rest: responses.keep(rest, keep_file),
            "at": self._at,
            "wait": self._wait,
            "help": self._help,
            "quit": self._quit,
        }
        taken = words.keys() & self._commands.keys() - {"help"}
        if taken:
            raise ValueError(f"the console has words of its own called {', '.join(sorted(taken))}")
        return words

    @property
    def who(self) -> str:
        """The name of the person who types."""
        return self._seat.person.name

    @property
    def where(self) -> str:
        """Where they are: `in #general`, or `to Grapevine` in direct messages."""
        return self._seat.spot.phrase

    @property
    def form(self) -> Form | None:
        """The form that the person has before them."""
        return self._responses.form

    def type(self, line: str) -> list[Shown]:
        """Take in one typed line; a blank one shows nothing."""
        if not line.strip():
            return []
        return self._guarded(lambda: self._typed(line))

    def fill(self, fields: Mapping[str, str]) -> list[Shown]:
        """Send the open form with these values; a field that is missing keeps its own."""
        return self._guarded(lambda: self._responses.submit(fields))

    def _guarded(self, act: Callable[[], list[Shown]]) -> list[Shown]:
        shown: list[Shown] = []
        for step in (act, self._arrivals):
            try:
                shown += step()
            except GrapevineError as error:
                shown.append(Notice(str(error)))
        return shown

    def _typed(self, line: str) -> list[Shown]:
        if not line.startswith("/"):
            return self._post(line.strip())
        word, rest = language.split_word(line)
        if word in self._words:
            if rest and not language.WORDS[word].usage:
                raise language.misused(word)
            return self._words[word](rest)
        if word in self._commands:
            return self._command(word, rest)
        raise language.unknown(word, [*self._words, *self._commands])

    def _post(self, text: str) -> list[Shown]:
        form = self.form
        if form is not None:
            raise Misunderstood(f"The form “{form.title}” is open: send it with /fill, or /cancel.")
        self._look_around()
        return self._messages.post(text)

    def _command(self, name: str, text: str) -> list[Shown]:
        self._look_around()
        seat = self._seat
        event = CommandUsed(seat.spot.ref, seat.person.ref, name, text, self._clock.now())
        return self._wire.send(event, seat.person, seat.spot)

    def _look_around(self) -> None:
        """Raise if the person may no longer be where they are."""
        if not self._company.sees(self._seat.person, self._seat.spot.ref):
            gone = f"{self.who} can no longer see {self._seat.spot.label}"
            raise NotFound(f"{gone}; /places lists where to go.")

    # ── The clock, help, the end ─────────────────────────────────────────────────────────────

    def _at(self, rest: str) -> list[Shown]:
        return [Aside(self._clock.set(language.moment(rest, self._clock.zone)))]

    def _wait(self, rest: str) -> list[Shown]:
        return [Aside(self._clock.wait(language.span(rest)))]

    def _help(self, rest: str) -> list[Shown]:
        word = rest.removeprefix("/").lower()
        if word in self._words.keys() - self._commands.keys():
            return [Notice("\n".join(language.help_lines([word])))]
        theirs = self._command("help", rest)
        ours: list[Shown] = [] if rest else [Notice(language.INTRODUCTION, self._own_help())]
        if not theirs and self._commands:
            rows = ((f"/{name}", summary) for name, summary in self._commands.items())
            theirs = [Notice("What Grapevine does:", language.listed(rows))]
        return [*ours, *theirs]

    def _own_help(self) -> tuple[str, ...]:
        hidden = set() if self._clock.can_be_set else {"at", "wait"}
        return language.help_lines(word for word in language.WORDS if word not in hidden)

    def _quit(self, _rest: str) -> list[Shown]:
        self.ended = True
        return []

    # ── What Grapevine sends of its own accord ───────────────────────────────────────────────

    def _arrivals(self) -> list[Shown]:
        """Show what came to where the person is, and say where else something came."""
        here = self._seat.spot
        places = self._mailbox.lay(self._deliveries())
        shown = [each for one in self._mailbox.take(here.ref) for each in self._arrived(one)]
        notes = [note for place in places if place != here.ref and (note := self._came(place))]
        return [*shown, *map(Notice, notes)]

    def _arrived(self, came: Delivered) -> list[Shown]:
        """Show one message of Grapevine's under its number, by which it can be replied to."""
        here = self._seat.spot
        post = MessagePosted(
            came.place,
            AccountRef(came.place.community, "grapevine"),
            came.message,
            plain(came.reply),
            self._clock.now(),
            came.thread,
            from_bot=True,
        )
        number = self._numbers.keep(post)
        # All who are in a place see what is sent there.
        mine = came.reply if here.direct else replace(came.reply, private=False)
        shown = self._desk.take(mine, self._seat.person, here)
        return [
            replace(each, number=number, edited=came.edited) if isinstance(each, Answer) else each
            for each in shown
        ]

    def _came(self, ref: PlaceRef) -> str:
        for person in self._company.people():
            if direct_spot(person.ref).ref == ref:
                return f"Grapevine wrote to {person.name}."
        if self._company.sees(self._seat.person, ref):
            return f"Grapevine wrote in {self._company.spot(self._seat.person, ref).label}."
        return ""
