"""A small community whose bot is told things as sentences, and looks into what it then keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import event as engine_event
from sqlalchemy import text

from bot.conversations import Limits
from bot.core import Bot
from bot.events import (
    AccountRef,
    AccountSeen,
    ButtonPressed,
    CommandUsed,
    CommunityRef,
    CommunitySeen,
    Event,
    MessageDeleted,
    MessagePosted,
    PlaceRef,
    PlaceSeen,
    Platform,
    ReactionChanged,
    Role,
    Visibility,
)
from bot.model import Audience
from bot.replies import Reply
from storage.store import Store, open_store

HOME = CommunityRef(Platform.SLACK, "T1")
GENERAL, GARDEN = PlaceRef(HOME, "C-general"), PlaceRef(HOME, "C-garden")
NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
PEOPLE = ("ana", "ben", "cy")
LATER = 100_000


def minute(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def who(name: str, community: CommunityRef = HOME) -> AccountRef:
    return AccountRef(community, f"U-{name}")


def said(
    name: str,
    ident: str,
    words: str = "hello",
    at: float = 0,
    place: PlaceRef = GENERAL,
    **more: Any,
) -> MessagePosted:
    return MessagePosted(place, who(name, place.community), ident, words, minute(at), **more)


def edited(post: MessagePosted, words: str, at: float, **more: Any) -> MessagePosted:
    return replace(post, text=words, edited_at=minute(at), **more)


def gone(ident: str, place: PlaceRef = GENERAL, at: float = LATER) -> MessageDeleted:
    return MessageDeleted(place, ident, minute(at))


def reacted(
    name: str, ident: str, emoji: str = "bee", at: float = 0, *, added: bool = True
) -> ReactionChanged:
    return ReactionChanged(GENERAL, ident, who(name), emoji, added, minute(at))


def used(name: str, command: str, words: str = "", place: PlaceRef = GENERAL) -> CommandUsed:
    return CommandUsed(place, who(name, place.community), command, words, minute(LATER))


class World:
    """The bot over a store, with two public places and three people in them."""

    def __init__(self, url: str, limits: Limits | None = None) -> None:
        self.store: Store = open_store(url)
        numbers = count(1)
        self.bot = Bot(self.store, lambda: f"token-{next(numbers)}", limits or Limits())
        self.take_in(
            CommunitySeen(HOME, "Riverside"),
            PlaceSeen(GENERAL, "general", Visibility.PUBLIC),
            PlaceSeen(GARDEN, "garden", Visibility.PUBLIC),
            *(AccountSeen(who(name), name.title(), Role.ADMIN) for name in PEOPLE),
        )

    def hear(self, *events: Event) -> None:
        """Let the bot take events in as they happen, one by one."""
        for event in events:
            self.bot.handle(event)

    def take_in(self, *events: Event) -> None:
        """Let the bot take events in at once, as from an export."""
        self.bot.take_in(events)

    def ask(self, name: str, command: str, words: str = "", place: PlaceRef = GENERAL) -> Reply:
        reply = self.bot.handle(used(name, command, words, place))
        assert reply is not None
        return reply

    def press(self, name: str, reply: Reply, label: str, place: PlaceRef = GENERAL) -> Reply:
        """Press the button of a reply that begins with a label."""
        buttons = [button for section in reply.sections for button in section.buttons]
        token = next(button.token for button in buttons if button.label.startswith(label))
        person = who(name, place.community)
        answer = self.bot.handle(ButtonPressed(place, person, token, minute(LATER)))
        assert answer is not None
        return answer

    # ── What is kept ─────────────────────────────────────────────────────────────────────────

    def rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.store.read() as unit:
            return [tuple(row) for row in unit.connection.execute(text(query), values)]

    def count(self, table: str) -> int:
        return int(self.rows(f"select count(*) from {table}")[0][0])

    def conversations(self, place: PlaceRef = GENERAL) -> list[list[str]]:
        """The messages of each conversation in order of time, the oldest conversation first."""
        rows = self.rows(
            "select m.conversation_id, m.external_id from message m join place p"
            " on p.id = m.place_id where p.external_id = :place order by m.at, m.external_id",
            place=place.id,
        )
        found: dict[int, list[str]] = {}
        for number, ident in rows:
            found.setdefault(number, []).append(ident)
        return list(found.values())

    def texts(self) -> dict[str, str]:
        return dict(self.rows("select external_id, text from message"))

    def spellings(self, place: PlaceRef = GENERAL) -> dict[str, str]:
        """How each word of a place is shown to those who read it, by its term."""
        with self.store.read() as unit:
            found = unit.directory.place(place)
            assert found is not None
            readers = Audience(minute(LATER), found.community_id, place_id=found.id)
            return unit.evidence.spelled(self.terms(place), readers)

    def terms(self, place: PlaceRef = GENERAL) -> set[str]:
        """The words by which the conversations of a place are found."""
        rows = self.rows(
            "select distinct t.term from posting t join place p on p.id = t.place_id"
            " where p.external_id = :place",
            place=place.id,
        )
        counted = self.rows(
            "select v.term from vocabulary v join place p on p.id = v.place_id"
            " where p.external_id = :place",
            place=place.id,
        )
        assert sorted(counted) == sorted(rows)
        return {term for (term,) in rows}

    def links(self) -> list[str]:
        return [form for (form,) in self.rows("select canonical from share order by canonical")]

    def reactions(self, *names: str) -> list[tuple[str, str, str]]:
        """(name, message, emoji) of some people's reactions, as their export lists them."""
        found: list[tuple[str, str, str]] = []
        with self.store.read() as unit:
            for name in names or PEOPLE:
                account = unit.directory.account(who(name))
                assert account is not None
                everything = unit.own_data.everything([account.id], account.person_id)
                found += [(name, one["message"], one["emoji"]) for one in everything["reactions"]]
        return sorted(found)

    def sizes(self, tables: Sequence[str]) -> Mapping[str, int]:
        return {table: self.count(table) for table in tables}


@contextmanager
def opened(url: str, limits: Limits | None = None) -> Iterator[World]:
    world = World(url, limits)
    try:
        yield world
    finally:
        world.store.close()


def hurry(store: Store) -> None:
    """Spare the disk: for tests of many small transactions that no power cut will meet."""
    if store.backend == "sqlite":
        engine_event.listen(store._engine, "checkout", _without_waiting)


def _without_waiting(connection: Any, _record: Any, _proxy: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")
