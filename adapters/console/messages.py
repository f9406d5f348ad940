"""Posting, and what one does with a message that was shown: each word takes its number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from adapters.console import language
from adapters.console.clock import Clock
from adapters.console.company import Company, Seat, Spot
from adapters.console.language import Misunderstood
from adapters.console.numbers import Numbers
from adapters.console.shown import Aside, History, Notice, Said, Shown
from adapters.console.wire import Wire
from bot.errors import NotFound
from bot.events import (
    Event,
    LinkSaved,
    MessageDeleted,
    MessagePosted,
    PlaceRef,
    QuestionRaised,
    ReactionChanged,
)
from bot.room import Heard, Room


class Messages:
    """The words that post, look at and change messages."""

    def __init__(
        self,
        *,
        seat: Seat,
        room: Room,
        company: Company,
        numbers: Numbers,
        wire: Wire,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._seat = seat
        self._room = room
        self._company = company
        self._numbers = numbers
        self._wire = wire
        self._clock = clock
        self._new_id = new_id

    # ── Posting ──────────────────────────────────────────────────────────────────────────────

    def post(self, text: str) -> list[Shown]:
        """Post a message where the person is."""
        return self._post(text, self._seat.spot)

    def reply(self, rest: str) -> list[Shown]:
        """Answer a message, in its thread if it is in one."""
        number, text = language.numbered_text("reply", rest)
        target = self._find(number)
        spot = self._company.spot(self._seat.person, target.place)
        return self._post(text, spot, thread=target.thread, reply_to=target.id)

    def _post(
        self, text: str, spot: Spot, thread: str | None = None, reply_to: str | None = None
    ) -> list[Shown]:
        asked = language.talks_to_bot(text)
        event = MessagePosted(
            place=spot.ref,
            author=self._seat.person.ref,
            id=self._new_id(),
            text=text if asked is None else asked,
            at=self._clock.now(),
            thread=thread,
            reply_to=reply_to,
            to_bot=spot.direct or asked is not None,
        )
        said = self._said(event, text)
        return [said, *self._wire.send(event, self._seat.person, spot)]

    def _said(self, post: MessagePosted, text: str) -> Said:
        spot = self._company.spot(self._seat.person, post.place)
        return Said(
            number=self._numbers.keep(post),
            author=self._seat.person.name,
            when=self._clock.when(post.at),
            text=text,
            edited=post.edited_at is not None,
            in_thread=post.reply_to is not None or post.thread not in {None, post.id},
            where="" if spot.ref == self._seat.spot.ref else spot.label,
        )

    # ── Changing what one posted ─────────────────────────────────────────────────────────────

    def edit(self, rest: str) -> list[Shown]:
        """Change one's own message."""
        number, text = language.numbered_text("edit", rest)
        before = self._own(number, "change")
        asked = language.talks_to_bot(text) if before.to_bot else None
        now = self._clock.now()
        if before.edited_at is not None:
            now = max(now, before.edited_at + timedelta(microseconds=1))
        after = replace(before, text=text if asked is None else asked, edited_at=now)
        return [self._said(after, text), *self._send(after, after.place)]

    def delete(self, rest: str) -> list[Shown]:
        """Delete one's own message."""
        number = language.number_only("delete", rest)
        post = self._own(number, "delete")
        shown = self._send(MessageDeleted(post.place, post.id, self._clock.now()), post.place)
        self._numbers.bury(number)
        return [Aside(f"Message {number} is deleted."), *shown]

    def _own(self, number: int, verb: str) -> MessagePosted:
        name = self._seat.person.name
        post = _posted(self._find(number))
        if post.author != self._seat.person.ref:
            raise Misunderstood(f"{name} can only {verb} what {name} wrote.")
        return post

    # ── What one does with anybody's message ─────────────────────────────────────────────────

    def react(self, rest: str) -> list[Shown]:
        """Put an emoji on a message."""
        return self._react("react", rest, added=True)

    def unreact(self, rest: str) -> list[Shown]:
        """Take an emoji off a message again."""
        return self._react("unreact", rest, added=False)

    def _react(self, word: str, rest: str, *, added: bool) -> list[Shown]:
        number, text = language.numbered_text(word, rest)
        emoji = language.emoji(word, text)
        found = self._find(number)
        person = self._seat.person
        event = ReactionChanged(
            found.place, found.id, person.ref, emoji, added=added, at=self._clock.now()
        )
        did = "put" if added else "took"
        which = f"on message {number}" if added else f"off message {number}"
        return [Aside(f"{person.name} {did} :{emoji}: {which}."), *self._send(event, found.place)]

    def save(self, rest: str) -> list[Shown]:
        """Save the links of a message."""
        number = language.number_only("save", rest)
        post = _posted(self._find(number))
        return self._send(LinkSaved(post, self._seat.person.ref, self._clock.now()), post.place)

    def ask_the_network(self, rest: str) -> list[Shown]:
        """Ask the network what a message asks."""
        number = language.number_only("raise", rest)
        post = _posted(self._find(number))
        person = self._seat.person
        return self._send(QuestionRaised(post, person.ref, self._clock.now()), post.place)

    def open(self, rest: str) -> list[Shown]:
        """Show the whole conversation about a message, with nothing folded."""
        found = self._find(language.number_only("open", rest))
        viewer = self._seat.person
        spot = self._company.spot(viewer, found.place)
        title = "" if spot.ref == self._seat.spot.ref else spot.label
        heard = self._around(found.place, found.id)
        if not heard and isinstance(found, MessagePosted):
            return [History((self._said(found, found.text),), title, whole=True)]
        return [History(tuple(map(self._heard, heard)), title, whole=True)]

    def history(self, rest: str) -> list[Shown]:
        """Show the newest messages of the place."""
        most = language.how_many(rest)
        spot = self._seat.spot
        if spot.direct:
            return [Notice("Nothing of what you say to Grapevine alone is kept.")]
        self._wire.vouch(self._seat.person)
        heard = self._room.recent(spot.ref, self._seat.person.ref, self._clock.now(), most)
        if not heard:
            return [Notice(f"Grapevine has kept nothing of what was said in {spot.label}.")]
        return [History(tuple(map(self._heard, heard)))]

    # ── From numbers to messages ─────────────────────────────────────────────────────────────

    def _find(self, number: int) -> MessagePosted | Heard:
        known = self._numbers.find(number)
        viewer = self._seat.person
        hidden = NotFound(f"There is no message {number} that {viewer.name} can see.")
        if known is None or not self._company.sees(viewer, known.place):
            raise hidden
        if known.gone:
            raise NotFound(f"Message {number} was deleted.")
        if known.post is not None:
            return known.post
        for heard in self._around(known.place, known.message):
            if heard.id == known.message:
                return heard
        raise hidden

    def _around(self, place: PlaceRef, message: str) -> list[Heard]:
        viewer = self._seat.person
        self._wire.vouch(viewer)
        return self._room.around(place, message, viewer.ref, self._clock.now())

    def _heard(self, heard: Heard) -> Said:
        return Said(
            number=self._numbers.of(heard.place, heard.id),
            author=heard.author,
            when=self._clock.when(heard.at),
            text=heard.text,
            edited=heard.edited,
            in_thread=heard.reply_to is not None or heard.thread not in {None, heard.id},
        )

    def _send(self, event: Event, place: PlaceRef) -> list[Shown]:
        """Send an event about a message of `place`."""
        person = self._seat.person
        return self._wire.send(event, person, self._company.spot(person, place))


def _posted(found: MessagePosted | Heard) -> MessagePosted:
    """A message as its platform would tell of it."""
    if isinstance(found, MessagePosted):
        return found
    return MessagePosted(
        found.place,
        found.account,
        found.id,
        found.text,
        found.at,
        found.thread,
        found.reply_to,
    )
