"""People of the world `empty` doing things, one line each; what they get is the core's reply."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

from bot.core import Bot
from bot.events import (
    AccountRef,
    ButtonPressed,
    CommandUsed,
    Event,
    MessageDeleted,
    MessagePosted,
    PlaceRef,
    ReactionChanged,
)
from bot.replies import Button, Reply, plain
from storage.store import Store
from tests.conversations.driver import NOW, UPSTREAM


def person(name: str) -> AccountRef:
    return AccountRef(UPSTREAM, name)


def place(name: str) -> PlaceRef:
    return PlaceRef(UPSTREAM, name)


class Village:
    """Upstream, at a time that moves on by a minute with each thing that is done."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._tokens = count(1)
        self._messages = count(1)
        self.bot = Bot(store, lambda: f"token-{next(self._tokens)}")
        self.now = NOW

    def do(self, event: Event) -> Reply | None:
        return self.bot.handle(event)

    def _tick(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    def post(self, who: str, text: str, where: str = "kitchen", reply_to: str | None = None) -> str:
        """Post a message; returns its id. Nobody is answered who did not ask."""
        name = f"m{next(self._messages)}"
        post = MessagePosted(place(where), person(who), name, text, self._tick(), reply_to=reply_to)
        assert self.do(post) is None
        return name

    def delete(self, message: str, where: str = "kitchen") -> None:
        assert self.do(MessageDeleted(place(where), message, self._tick())) is None

    def react(self, who: str, message: str, where: str = "kitchen") -> None:
        event = ReactionChanged(
            place(where), message, person(who), "tada", added=True, at=self._tick()
        )
        assert self.do(event) is None

    def mention(self, who: str, text: str, where: str = "kitchen") -> Reply:
        """Say something to Grapevine where all can read it."""
        name = f"m{next(self._messages)}"
        post = MessagePosted(place(where), person(who), name, text, self._tick(), to_bot=True)
        return _said(self.do(post))

    def ask(self, who: str, command: str, text: str = "", where: str = "kitchen") -> Reply:
        """Use a command."""
        return _said(self.do(CommandUsed(place(where), person(who), command, text, self._tick())))

    def press(self, who: str, token: str, where: str = "kitchen") -> Reply:
        return _said(self.do(ButtonPressed(place(where), person(who), token, self._tick())))

    def finds(self, who: str, topic: str) -> bool:
        """Whether somebody is named for a topic."""
        return "People here who know" in plain(self.ask(who, "whoknows", topic))


def _said(reply: Reply | None) -> Reply:
    assert reply is not None
    return reply


def buttons(reply: Reply) -> dict[str, Button]:
    """The buttons of a reply by their labels."""
    return {button.label: button for section in reply.sections for button in section.buttons}


def names(reply: Reply) -> list[str]:
    """The people whom an answer to who-knows names, in its order."""
    sections = [section for section in reply.sections if section.lines]
    return [plain(Reply((section,))).partition("\n")[0] for section in sections]
