"""A small community with a private place, a linkless direct line and neighbours next door."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from adapters.feeds.documents import FORMATS
from bot.asking.model import Rules
from bot.core import Bot
from bot.events import (
    AccountRef,
    AccountSeen,
    ButtonPressed,
    CommandUsed,
    CommunityRef,
    CommunitySeen,
    Event,
    MembersSeen,
    MessagePosted,
    PlaceRef,
    PlaceSeen,
    Platform,
    Role,
    Visibility,
)
from bot.replies import Link, Reply
from storage.store import Store, open_store

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
URL = "https://grapevine.example.org"
HOME, NEXT_DOOR = CommunityRef(Platform.DISCORD, "1"), CommunityRef(Platform.DISCORD, "2")
HALL, SHED, DEN = (PlaceRef(HOME, name) for name in ("hall", "shed", "den"))
AWAY = PlaceRef(NEXT_DOOR, "away")
PEOPLE = ("ana", "bea", "cem")
GUEST = "gil"


class Garden:
    """A bot over a store in which nobody has said anything yet."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.at = NOON
        rules = Rules(feeds_url=URL, brings_feeds=True)
        self.bot = Bot(store, lambda: secrets.token_urlsafe(32), rules=rules)
        self.bot.take_in(list(_setting()))

    def says(self, name: str, where: PlaceRef, ident: str, text: str, minutes: int = 0) -> None:
        at = NOON - timedelta(days=1) + timedelta(minutes=minutes)
        self.bot.take_in([MessagePosted(where, AccountRef(where.community, name), ident, text, at)])

    def asks(self, name: str, words: str, where: PlaceRef = HALL) -> Reply:
        command, _, rest = words.partition(" ")
        who = AccountRef(where.community, name)
        reply = self.bot.handle(CommandUsed(where, who, command, rest, self.at, private=True))
        assert reply is not None
        return reply

    def presses(self, name: str, reply: Reply, label: str) -> Reply:
        buttons = [button for section in reply.sections for button in section.buttons]
        token = next(button.token for button in buttons if button.label == label)
        said = self.bot.handle(ButtonPressed(HALL, AccountRef(HOME, name), token, self.at))
        assert said is not None
        return said

    def secret(self, name: str, words: str, where: PlaceRef = HALL) -> str:
        """Have somebody make a feed; the secret in its address."""
        return secret_in(self.asks(name, words, where))

    def reads(self, secret: str, file: str = "atom.xml") -> bytes | None:
        """What stands behind an address."""
        page = self.bot.feed(secret, self.at)
        return None if page is None else FORMATS[file][0](page)

    def urls(self, secret: str) -> list[str]:
        """The links of a feed."""
        page = self.bot.feed(secret, self.at)
        assert page is not None
        return [item.url for item in page.items]


def secret_in(reply: Reply) -> str:
    """The secret in the address that a reply shows."""
    spans = [span for section in reply.sections for line in section.lines for span in line]
    link = next(span for span in spans if isinstance(span, Link))
    assert link.url.startswith(f"{URL}/feeds/")
    return link.url.split("/")[4]


def _setting() -> Iterator[Event]:
    for home, places in ((HOME, (HALL, SHED)), (NEXT_DOOR, (AWAY,))):
        yield CommunitySeen(home, f"Community {home.id}")
        for name in PEOPLE:
            yield AccountSeen(AccountRef(home, name), name.capitalize(), Role.MEMBER)
        for place in places:
            yield PlaceSeen(place, place.id, Visibility.PUBLIC)
    yield AccountSeen(AccountRef(HOME, GUEST), "Gil", Role.GUEST)
    yield PlaceSeen(DEN, "den", Visibility.PRIVATE)
    yield MembersSeen(DEN, PEOPLE, NOON)


@contextmanager
def garden(url: str) -> Iterator[Garden]:
    """A garden over an empty database."""
    store = open_store(url)
    try:
        made = Garden(store)
        with store.write() as unit:
            den = unit.directory.place(DEN)
            assert den is not None
            unit.directory.set_captured(den.id, captured=True)
        yield made
    finally:
        store.close()
