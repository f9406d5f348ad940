"""A small community, a room to look into it and a core that answers, for talking with a console."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from adapters.console import Delivered, Session
from adapters.console.view import plain_lines
from bot.errors import StoreError
from bot.events import (
    AccountRef,
    ButtonPressed,
    CommandUsed,
    CommunityRef,
    Event,
    FormSubmitted,
    LinkSaved,
    MessageDeleted,
    MessagePosted,
    PlaceRef,
    Platform,
    Role,
    Visibility,
)
from bot.model import Account, Community, Place
from bot.replies import (
    Button,
    Field,
    File,
    Form,
    Link,
    Quote,
    Reply,
    Section,
    Source,
    Strong,
)
from bot.room import Heard

HOME = CommunityRef(Platform.SLACK, "T1")
READY = "\u203a"
"""What a prompt ends with."""
NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
COMMANDS = {
    "whoknows": "who knows about something",
    "ask": "ask the network",
    "export": "all about me as a file",
    "fail": "what goes wrong",
    "help": "what Grapevine does",
}


def someone(number: int, name: str, ident: str | None = None) -> Account:
    return Account(number, AccountRef(HOME, ident or f"U{number}"), number, name, is_bot=False)


def spot(name: str, visibility: Visibility = Visibility.PUBLIC, ident: str | None = None) -> Place:
    ref = PlaceRef(HOME, ident or f"C-{name}")
    return Place(0, ref, 1, name, visibility, archived=False, captured=True)


ANA, MEI, TOM, ZOE = someone(1, "ana"), someone(2, "mei"), someone(3, "tom"), someone(4, "zoe")
GENERAL, GARDEN = spot("general"), spot("garden")
COMMITTEE = spot("committee", Visibility.PRIVATE)
ATTIC = replace(spot("attic"), archived=True)


@dataclass
class Village:
    """The room: what was said, and who is where. Zoe is a guest."""

    everyone: list[Account] = field(default_factory=lambda: [ANA, MEI, TOM, ZOE])
    everywhere: list[Place] = field(default_factory=lambda: [ATTIC, COMMITTEE, GARDEN, GENERAL])
    inside: dict[PlaceRef, list[AccountRef]] = field(
        default_factory=lambda: {COMMITTEE.ref: [ANA.ref], GARDEN.ref: [ZOE.ref, MEI.ref]}
    )
    heard: list[Heard] = field(default_factory=list)

    def say(self, who: Account, where: Place, text: str, **more: Any) -> Heard:
        at = NOON - timedelta(days=400) + timedelta(minutes=len(self.heard))
        said = Heard(
            id=f"m{len(self.heard) + 1}",
            place=where.ref,
            place_name=where.name,
            account=who.ref,
            author=who.name,
            text=text,
            at=at,
            thread=more.get("thread"),
            reply_to=more.get("reply_to"),
            edited=more.get("edited", False),
        )
        self.heard.append(said)
        return said

    def role(self, account: AccountRef) -> Role:
        return Role.GUEST if account == ZOE.ref else Role.MEMBER

    def communities(self) -> list[Community]:
        return []

    def places(self, community: CommunityRef) -> list[Place]:
        return self.everywhere if community == HOME else []

    def people(self, community: CommunityRef) -> list[Account]:
        return self.everyone if community == HOME else []

    def members(self, place: PlaceRef) -> list[AccountRef]:
        return self.inside.get(place, [])

    def recent(self, place: PlaceRef, viewer: AccountRef, at: datetime, most: int) -> list[Heard]:
        assert at.tzinfo is not None
        return [h for h in self.heard if h.place == place and self._may(viewer, place)][-most:]

    def around(
        self, place: PlaceRef, message: str, viewer: AccountRef, at: datetime
    ) -> list[Heard]:
        assert at.tzinfo is not None
        said = [h for h in self.heard if h.place == place and self._may(viewer, place)]
        return said if any(h.id == message for h in said) else []

    def _may(self, viewer: AccountRef, place: PlaceRef) -> bool:
        return place != COMMITTEE.ref or viewer in self.members(place)


@dataclass
class Core:
    """A core that keeps every event and answers in a few ways."""

    village: Village
    events: list[Event] = field(default_factory=list)
    outbox: list[Delivered] = field(default_factory=list)
    mute: bool = False

    def handle(self, event: Event) -> Reply | None:
        self.events.append(event)
        match event:
            case MessagePosted(to_bot=True):
                return Reply.say("You said: ", Quote(event.text), private=False)
            case CommandUsed() if not self.mute:
                return self.command(event)
            case ButtonPressed():
                return Reply.say(f"You pressed {event.token}.", private=event.private)
            case FormSubmitted():
                told = ", ".join(f"{name} is {value}" for name, value in event.fields)
                return Reply.say(f"Got it: {told}", private=event.private)
            case LinkSaved():
                return Reply.say("Saved for ", Strong(event.message.author.id))
            case MessageDeleted(id="m-unlucky"):
                raise StoreError("The store is closed.")
            case _:
                return None

    def command(self, event: CommandUsed) -> Reply | None:
        match event.name:
            case "whoknows":
                return self.who_knows(event.text)
            case "ask":
                fields = (
                    Field("question", "Your question", event.text),
                    Field("more", "", hint="?"),
                )
                return Reply((), form=Form("Ask the network", fields, "t-form"))
            case "export":
                said = Section(heading=("Here you are.",))
                return Reply((said,), file=File("export.json", "x" * 12_345))
            case "fail":
                raise StoreError("The store is closed.")
            case _:
                return Reply.say("Ask me things.")

    def who_knows(self, topic: str) -> Reply:
        receipts = tuple(
            (Quote(h.text), " ", Source(h.place, h.id, None))
            for h in self.village.heard
            if topic in h.text
        )
        link = (Link("a page", "https://example.org/bread"),)
        buttons = (Button("Hide", "t-hide"), Button("Leave", "t-leave", danger=True))
        return Reply((Section((Strong("mei"), f" knows {topic}"), (*receipts, link), buttons),))

    def drain(self) -> list[Delivered]:
        sent, self.outbox = self.outbox, []
        return sent

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@dataclass
class Time:
    """A clock that only the session moves."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def set(self, at: datetime) -> None:
        self.at = at


@dataclass
class Table:
    """A session with all that stands around it."""

    village: Village = field(default_factory=Village)
    clock: Time = field(default_factory=Time)
    core: Core = field(init=False)
    session: Session = field(init=False)
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.core = Core(self.village)
        ids = count(1)
        given: dict[str, Any] = {
            "community": HOME,
            "person": ANA.ref,
            "place": GENERAL.ref,
            "commands": COMMANDS,
            "set_clock": self.clock.set,
            "deliveries": self.core.drain,
            "role_of": self.village.role,
            "new_id": lambda: f"new-{next(ids)}",
        }
        self.session = Session(
            self.core.handle, self.village, self.clock.now, **(given | self.options)
        )

    def type(self, *lines: str) -> list[str]:
        """Type lines; returns what the last of them showed, as plain lines."""
        shown = [self.session.type(line) for line in lines][-1]
        return [line for each in shown for line in plain_lines(each)]

    def line(self, *lines: str) -> str:
        """Type lines; returns the one line that the last of them showed."""
        (line,) = self.type(*lines)
        return line
