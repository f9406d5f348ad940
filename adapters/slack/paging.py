"""A long reply over several pages: one message, and buttons that turn it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from adapters.slack.render import TURN, Page, button, notice, pages
from bot.replies import Button, Reply

if TYPE_CHECKING:
    from adapters.slack.shelf import Shelf

TOO_OLD = (
    "That list is too old to turn its pages, or it is somebody else’s. Ask again for a new one."
)


@dataclass(frozen=True, slots=True)
class Book:
    """A reply of several pages, one of which is open."""

    reply: Reply
    pages: tuple[Page, ...]
    open: int = 0


@dataclass(slots=True)
class Paging:
    """Gives each reply its first page, and the others when they are asked for."""

    shelf: Shelf[Book]

    def first(self, reply: Reply, whose: str | None) -> Page:
        """The page to send; `whose` is who may turn it, None: whoever sees it."""
        return self.shown(Book(reply, tuple(pages(reply))), whose)

    def turned(self, name: str, who: str) -> Book | None:
        """The reply, open where somebody turned to; None: they cannot, or no more."""
        return self.shelf.get(name, who)

    def shown(self, book: Book, whose: str | None) -> Page:
        """The open page of a reply, with its buttons."""
        page = book.pages[book.open]
        if len(book.pages) == 1:
            return page
        steps = {"Back": book.open - 1, "More": book.open + 1}
        buttons = [
            button(Button(label, self.shelf.put(replace(book, open=to), whose)), number, TURN)
            for number, (label, to) in enumerate(steps.items())
            if 0 <= to < len(book.pages)
        ]
        where = notice(f"Page {book.open + 1} of {len(book.pages)}") | {"block_id": "where"}
        turner = {"type": "actions", "block_id": "turn", "elements": buttons}
        return Page(page.text, [*page.blocks, where, turner])
