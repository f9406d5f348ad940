"""Two linked communities, a postman of our own, and a note of who read what, and when.

    Upstream    tom (admin), ana, bob, mei, kim
                #general, #kitchen, and the private #attic, where ana and mei are
    Downstream  olga (admin), ana (the same account), finn, lee
                #general, #market, which receives questions, and the private #den: olga and finn

Everything happens through the public way in. What the postman carries is laid down in `mail`;
`on_screen` is what stands in the chat now, edits counted in. The clock stands until a test moves
it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from bot.core import Bot
from bot.deliveries import Parcel, Ref, Trouble
from bot.events import (
    AccountRef,
    AccountSeen,
    ButtonPressed,
    CommandUsed,
    CommunityRef,
    CommunitySeen,
    Event,
    FormSubmitted,
    MembersSeen,
    MessageDeleted,
    MessagePosted,
    PlaceRef,
    PlaceSeen,
    Platform,
    ReactionChanged,
    Role,
    Visibility,
)
from bot.queues import Claimed
from bot.replies import Button, Reply, plain
from storage.store import Store
from tests.audience.scene import OneTransaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.store import Unit

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UP = CommunityRef(Platform.DISCORD, "upstream")
DOWN = CommunityRef(Platform.DISCORD, "downstream")
CAST = {
    UP: {"tom": Role.ADMIN, **dict.fromkeys(("ana", "bob", "mei", "kim"), Role.MEMBER)},
    DOWN: {"olga": Role.ADMIN, **dict.fromkeys(("ana", "finn", "lee"), Role.MEMBER)},
}
GENERAL, KITCHEN, ATTIC = (PlaceRef(UP, one) for one in ("general", "kitchen", "attic"))
SQUARE, MARKET, DEN = (PlaceRef(DOWN, one) for one in ("square", "market", "den"))
OPEN = (GENERAL, KITCHEN, SQUARE, MARKET)
SECRET = {ATTIC: ("ana", "mei"), DEN: ("olga", "finn")}


class QueueingTransaction(OneTransaction):
    """A store within one transaction that has an outbox as well."""

    def queue(self) -> Any:
        """One unit of work; nobody else is there to wait for."""
        return self.write()


@dataclass(frozen=True, slots=True)
class Sent:
    """Something the postman carried. `to`: a person's direct messages, or None for a place."""

    kind: str
    payload: dict[str, Any]
    home: CommunityRef
    to: str | None
    place: str | None
    thread: str | None
    ref: Ref
    reply: Reply
    text: str
    at: datetime
    is_edit: bool


@dataclass(frozen=True, slots=True)
class Handed:
    """A button somebody was shown; `who` None: whoever is in `place`; `kind`: of which delivery."""

    button: Button
    who: str | None
    place: PlaceRef
    kind: str | None = None


@dataclass
class Village:
    """A bot with its two communities."""

    store: Store | QueueingTransaction
    at: datetime = NOON
    mail: list[Sent] = field(default_factory=list)
    buttons: list[Handed] = field(default_factory=list)
    bot: Bot = field(init=False)
    # What the platform says of a delivery instead of taking it.
    trouble: Callable[[Parcel], Trouble | None] = lambda _parcel: None

    def __post_init__(self) -> None:
        tokens, self._messages = count(1), count(1)
        self.bot = Bot(self.store, lambda: f"token-{next(tokens)}")
        self.members = {place: list(names) for place, names in SECRET.items()}
        self.bot.take_in(list(self._founding()))
        self.listen(ATTIC)
        self.listen(DEN)
        self.keep_lists_fresh()

    def _founding(self) -> Iterator[Event]:
        for home, people in CAST.items():
            yield CommunitySeen(home, home.id.capitalize())
            for name, role in people.items():
                yield AccountSeen(AccountRef(home, name), name, role)
        for place in OPEN:
            yield PlaceSeen(place, place.id, Visibility.PUBLIC)
        for place in SECRET:
            yield PlaceSeen(place, place.id, Visibility.PRIVATE)

    def listen(self, place: PlaceRef) -> None:
        """Have what is said in a place kept."""
        with self.store.write() as unit:
            found = unit.directory.place(place)
            assert found is not None
            unit.directory.set_captured(found.id, captured=True)

    def keep_lists_fresh(self) -> None:
        """Say who is in the private places, as an adapter does every few minutes."""
        self.bot.take_in(
            [MembersSeen(place, tuple(names), self.at) for place, names in self.members.items()]
        )

    def link(self) -> None:
        """Have the admins of both sides agree; #market receives questions."""
        self.command("tom", GENERAL, "link", "new")
        self.command("olga", MARKET, "link", self.last_token())
        self.command("olga", MARKET, "questions", "on")

    def last_token(self) -> str:
        """The one-time code that was made last."""
        probe = self.bot.new_token()
        return f"token-{int(probe.removeprefix('token-')) - 1}"

    # ── What people do ───────────────────────────────────────────────────────────────────────

    def do(self, event: Event, who: str, place: PlaceRef) -> Reply | None:
        """Have something happen, and note what buttons came of it."""
        reply = self.bot.handle(event)
        if reply is not None:
            seen_by = who if reply.private else None
            self._note(reply, seen_by, place, None)
        return reply

    def _note(self, reply: Reply, who: str | None, place: PlaceRef, kind: str | None) -> None:
        for section in reply.sections:
            self.buttons += [Handed(one, who, place, kind) for one in section.buttons]

    def command(self, who: str, place: PlaceRef, name: str, text: str = "") -> Reply:
        """Type a command, privately."""
        account = AccountRef(place.community, who)
        reply = self.do(CommandUsed(place, account, name, text, self.at), who, place)
        assert reply is not None
        return reply

    def press(self, who: str, place: PlaceRef, button: Button) -> Reply:
        """Press a button."""
        account = AccountRef(place.community, who)
        reply = self.do(ButtonPressed(place, account, button.token, self.at), who, place)
        assert reply is not None
        return reply

    def fill(self, who: str, place: PlaceRef, opened: Reply, text: str) -> Reply:
        """Send the form of a reply, with `text` in its one field."""
        assert opened.form is not None, plain(opened)
        account = AccountRef(place.community, who)
        fields = ((opened.form.fields[0].name, text),)
        event = FormSubmitted(place, account, opened.form.token, fields, self.at)
        reply = self.do(event, who, place)
        assert reply is not None
        return reply

    def says(
        self,
        who: str,
        place: PlaceRef,
        text: str,
        *,
        thread: str | None = None,
        reply_to: str | None = None,
        ago: timedelta = timedelta(),
    ) -> str:
        """Say something in a place; returns the message's id."""
        name = f"said-{next(self._messages)}"
        author = AccountRef(place.community, who)
        self.do(
            MessagePosted(place, author, name, text, self.at - ago, thread, reply_to), who, place
        )
        return name

    def writes(self, who: str, text: str, home: CommunityRef = UP, to: str | None = None) -> Reply:
        """Write to Grapevine directly, maybe in reply to one of its messages."""
        booth = PlaceRef(home, f"dm-{who}")
        self.bot.take_in([PlaceSeen(booth, "dm", Visibility.DIRECT)])
        name = f"said-{next(self._messages)}"
        event = MessagePosted(
            booth, AccountRef(home, who), name, text, self.at, reply_to=to, to_bot=True
        )
        reply = self.do(event, who, booth)
        assert reply is not None
        return reply

    def edits(self, who: str, place: PlaceRef, message: str, text: str) -> None:
        """Change what was said in a thread."""
        author = AccountRef(place.community, who)
        posted = MessagePosted(place, author, message, text, self.at, edited_at=self.at)
        self.do(posted, who, place)

    def deletes(self, place: PlaceRef, message: str) -> None:
        """Delete a message."""
        self.bot.handle(MessageDeleted(place, message, self.at))

    def reacts(self, who: str, place: PlaceRef, message: str, emoji: str = "tada") -> None:
        """Put an emoji on a message."""
        account = AccountRef(place.community, who)
        self.bot.handle(ReactionChanged(place, message, account, emoji, added=True, at=self.at))

    def leaves(self, who: str, home: CommunityRef) -> None:
        """Leave a community."""
        self.bot.take_in([AccountSeen(AccountRef(home, who), who, active=False)])
        for place in self.members:
            if place.community == home and who in self.members[place]:
                self.members[place].remove(who)
        self.keep_lists_fresh()

    # ── Asking, in short ─────────────────────────────────────────────────────────────────────

    def knows(self, who: str, topic: str, home: PlaceRef = GENERAL) -> None:
        """Say that one knows something, and may be asked."""
        self.command(who, home, "iknow", topic)
        self.command(who, home, "asking", "on")

    def asks(
        self,
        who: str,
        text: str,
        place: PlaceRef = GENERAL,
        how: str = "Ask the network",
        *,
        openly: bool = False,
    ) -> Reply:
        """Ask the network."""
        account = AccountRef(place.community, who)
        event = CommandUsed(place, account, "ask", text, self.at, private=not openly)
        looked = self.do(event, who, place)
        assert looked is not None
        return self.press(who, place, button(looked, how))

    def answers(self, who: str, ask: Sent, text: str) -> Reply:
        """Answer an ask, or a post, by its form."""
        place = PlaceRef(ask.home, ask.ref.place)
        return self.fill(who, place, self.press(who, place, button(ask.reply, "Answer")), text)

    # ── The postman ──────────────────────────────────────────────────────────────────────────

    def later(self, how_long: timedelta) -> list[Sent]:
        """Let time go by in one leap, and bring what is due by then."""
        self.at += how_long
        self.keep_lists_fresh()
        return self.deliver()

    def deliver(self) -> list[Sent]:
        """Do what is due and bring what is owed; what that was."""
        before = len(self.mail)
        while self.bot.tick(self.at):
            pass
        while self._round():
            pass
        return self.mail[before:]

    def _round(self) -> bool:
        with self.store.queue() as unit:
            claimed = unit.outbox.claim(Platform.DISCORD, self.at, 5 * timedelta(minutes=1), 20)
        for one in claimed:
            self.carry(one)
        return bool(claimed)

    def carry(self, one: Claimed) -> None:
        """Bring one delivery, or have the platform refuse it."""
        parcel = self.bot.compose(one, self.at)
        if parcel is None:
            return
        trouble = self.trouble(parcel)
        if trouble is not None:
            self.bot.bounced(one, trouble, "the platform said so", self.at)
            return
        to = parcel.destination
        ref = parcel.edits or Ref(to.place or f"dm-{to.account}", f"bot-{next(self._messages)}")
        self.bot.arrived(one, ref, self.at)
        kind = str(one.delivery.payload["kind"])
        sent = Sent(
            kind,
            one.delivery.payload,
            to.community,
            to.account,
            to.place,
            to.thread,
            ref,
            parcel.reply,
            plain(parcel.reply),
            self.at,
            parcel.edits is not None,
        )
        self.mail.append(sent)
        self._note(parcel.reply, to.account, PlaceRef(to.community, ref.place), kind)

    def on_screen(self) -> dict[tuple[str, str], Sent]:
        """What stands in the chat of Grapevine's messages now."""
        return {(one.ref.place, one.ref.message): one for one in self.mail}

    def got(self, who: str, kind: str | None = None) -> list[Sent]:
        """The direct messages somebody got, without edits."""
        return [
            one
            for one in self.mail
            if one.to == who and not one.is_edit and kind in {None, one.kind}
        ]

    def posted(self, place: PlaceRef, kind: str = "post") -> list[Sent]:
        """What was posted in a place, without edits."""
        return [
            one
            for one in self.mail
            if one.home == place.community
            and one.place == place.id
            and not one.is_edit
            and one.kind == kind
        ]

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        """A look into the store."""
        with self.store.read() as unit:
            yield unit


def button(reply: Reply, label: str) -> Button:
    """The button of a reply that says so."""
    found = [one for section in reply.sections for one in section.buttons if one.label == label]
    assert found, f"no button {label!r} in: {plain(reply)}"
    return found[0]


def labels(reply: Reply) -> list[str]:
    """What the buttons of a reply say."""
    return [one.label for section in reply.sections for one in section.buttons]
