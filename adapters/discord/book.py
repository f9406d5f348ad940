"""What does not fit into one message, and what cannot be shown at once: kept for a while.

Pages that were composed for somebody may be turned by them alone, for as long as Discord lets us
answer; a reply that is for one person's eyes waits behind a button where others read along; a form
waits where it came too late to be opened. All of it is what the person was answered at that time:
after a restart, or when a message that it shows was deleted or changed, they ask again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from adapters.discord.commands import OPEN, PAGE
from adapters.discord.render import Page, pages
from bot.events import AccountRef
from bot.replies import Button, Line, Reply, Section, Source

LASTS = timedelta(minutes=15)
MOST = 1_000
BACK, MORE = "‹ Back", "More ›"
FOR_YOUR_EYES = "That is for your eyes only."
SHOW = "Show me"
OPEN_FORM = "Open the form"
GONE = "That was a while ago. Ask again, and you get it fresh."
NOT_YOURS = "That is somebody else's. Ask me yourself, and you get your own."


@dataclass(frozen=True, slots=True)
class Held:
    """A reply that waits for one person."""

    reply: Reply
    account: str
    until: datetime
    key: str
    pages: tuple[Page, ...]

    def page(self, number: int) -> Page:
        """One of its pages, with the buttons to turn it."""
        number = max(0, min(number, len(self.pages) - 1))
        back = Button(BACK, f"{PAGE}{self.key}:{number - 1}") if number else None
        last = number + 1 >= len(self.pages)
        more = None if last else Button(MORE, f"{PAGE}{self.key}:{number + 1}")
        return self.pages[number].turning(back, more)


@dataclass(slots=True)
class Book:
    """Everything that waits, by key; the oldest goes when it is too much."""

    now: Callable[[], datetime]
    _held: dict[str, Held] = field(default_factory=dict)

    def first_page(self, reply: Reply, account: AccountRef) -> Page:
        """The first page of a reply; the others wait, if there are any."""
        made = pages(reply)
        return made[0] if len(made) == 1 else self._hold(reply, account, made).page(0)

    def behind_a_button(self, reply: Reply, account: AccountRef) -> Reply:
        """What everybody may see instead of a private reply, or one that begins with a form."""
        held = self._hold(reply, account, pages(reply))
        label = OPEN_FORM if reply.form is not None else SHOW
        return Reply.say(FOR_YOUR_EYES, buttons=(Button(label, OPEN + held.key),))

    def form_button(self, reply: Reply, account: AccountRef) -> Reply:
        """A form that came too late to be opened, behind a button, with what was said beside it."""
        held = self._hold(reply, account, ())
        button = Button(OPEN_FORM, OPEN + held.key)
        return replace(reply, form=None, sections=(*reply.sections, Section(buttons=(button,))))

    def _hold(self, reply: Reply, account: AccountRef, made: tuple[Page, ...]) -> Held:
        self._tidy()
        held = Held(reply, account.id, self.now() + LASTS, secrets.token_urlsafe(12), made)
        self._held[held.key] = held
        return held

    def _tidy(self) -> None:
        now = self.now()
        for key in [key for key, held in self._held.items() if held.until <= now]:
            del self._held[key]
        while len(self._held) >= MOST:
            del self._held[next(iter(self._held))]

    def find(self, key: str, account: str) -> Held | Reply:
        """What waits under a key for this person; else what to say to them."""
        held = self._held.get(key)
        if held is None or held.until <= self.now():
            return Reply.say(GONE)
        return held if held.account == account else Reply.say(NOT_YOURS)

    def forget(self, message: str) -> None:
        """A message was deleted or changed: what shows it is not shown any more."""
        for key in [key for key, held in self._held.items() if message in _shown(held.reply)]:
            del self._held[key]

    def clear(self) -> None:
        """Something larger went: nothing that was composed before is shown any more."""
        self._held.clear()


def _shown(reply: Reply) -> set[str]:
    """The messages that a reply shows."""
    return {span.message for line in _lines(reply) for span in line if isinstance(span, Source)}


def _lines(reply: Reply) -> Iterator[Line]:
    for section in reply.sections:
        yield section.heading
        yield from section.lines
