"""What it takes to hold a console's conversation on a platform, over the wire.

The console's session stays the one who types, numbers and shows. A bridge (`tests/slack/bridge.py`,
`tests/discord/bridge.py`) does on the platform what the session would tell the core, and compares
what people read there with what the core said.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import datetime

from adapters.cli.chatting import commands
from adapters.console import Mail, Session
from adapters.service.carrier import Carrier
from bot.core import Bot
from bot.deliveries import Parcel, Ref
from bot.events import Event
from bot.queues import Stored
from bot.replies import Line, Link, Quote, Reply, Source, Span
from storage.room import StoreRoom
from storage.store import Store
from tests.conversations.driver import HOME

# What only the console has to say to its core: a platform tells it in its own events.
QUIET = ("place_seen", "members_seen", "membership_changed", "account_seen")
# How large a file is depends on how long the ids of a platform are.
SIZE = re.compile(r"\((\d+ bytes|[\d,]+ KB)\)")
_SPACES = re.compile(r"\s+")


class Overheard(Bot):
    """The core, with a note of what it replied."""

    replies: list[Reply]

    def handle_stored(self, stored: Stored) -> Reply | None:
        reply = super().handle_stored(stored)
        if reply is not None:
            self.replies.append(reply)
        return reply


class CarriedMail(Mail):
    """Carries each delivery with the real carrier, and lays it before the session all the same."""

    def __init__(
        self,
        store: Store,
        core: Bot,
        now: Callable[[], datetime],
        carrier: Carrier,
        loop: asyncio.AbstractEventLoop,
        carried: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(store, core, now, lambda: "")
        self._carrier = carrier
        self._loop = loop
        self._carried = carried

    def _carry(self, parcel: Parcel) -> Ref:
        return asyncio.run_coroutine_threadsafe(self._bring(parcel), self._loop).result()

    async def _bring(self, parcel: Parcel) -> Ref:
        ref = parcel.edits
        if ref is None:
            ref = await self._carrier.send(parcel)
        else:
            await self._carrier.edit(parcel, ref)
        self._carried()
        return ref


class Seats:
    """A seat in each community, as the stage of the console's conversations has them."""

    def __init__(
        self,
        store: Store,
        handle: Callable[[Event], Reply | None],
        mail: Mail,
        new_id: Callable[[], str],
        clock: Callable[[], datetime],
        set_clock: Callable[[datetime], None],
    ) -> None:
        self._room = StoreRoom(store)
        self._handle = handle
        self._mail = mail
        self._new_id = new_id
        self._clock = clock
        self._set_clock = set_clock
        self._seats: dict[str, Session] = {}

    def home(self) -> Session:
        names = [one.name for one in self._room.communities()]
        return self.seat(next(name for name in names if name in HOME))

    def seat(self, name: str) -> Session:
        if name not in self._seats:
            self._seats[name] = self._sit_down(name)
        return self._seats[name]

    def _sit_down(self, name: str) -> Session:
        home = next(one for one in self._room.communities() if one.name == name)
        ana = next(one for one in self._room.people(home.ref) if one.name == "ana")
        general = next(one for one in self._room.places(home.ref) if one.name == "general")
        return Session(
            self._handle,
            self._room,
            self._clock,
            community=home.ref,
            person=ana.ref,
            place=general.ref,
            commands=commands(),
            set_clock=self._set_clock,
            deliveries=lambda: self._mail.collect(home.ref),
            role_of=self._room.role,
            new_id=self._new_id,
        )


def legible(reply: Reply) -> list[str]:
    """A reply as somebody should read it, line by line."""
    lines: list[str] = []
    for section in reply.sections:
        lines += [_flat(line) for line in (section.heading, *section.lines) if line]
        if section.buttons:
            lines.append(" ".join(f"[{one.label}]" for one in section.buttons))
    return [one_line(line) for line in lines if one_line(line)]


def _flat(line: Line) -> str:
    return "".join(map(_span, line))


def _span(span: Span) -> str:
    match span:
        case str():
            return span
        case Quote(text):
            return f"“{text.strip()}”"
        case Source(url=None, text=text):
            return text.removesuffix("↗").rstrip()
        case Link(text, url):
            return text or url
        case other:
            return other.text


def one_line(text: str) -> str:
    """A line without what a platform makes of signs in people's own words: bold text, no code."""
    return _SPACES.sub(" ", text.replace("```", "'''").replace("*", "")).strip()
