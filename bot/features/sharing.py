"""Links that people post anyway, kept with who posted them and in what words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bot.text import words
from bot.text.secrets import carries_secret, redact
from bot.text.urls import canonical, find_urls, host, may_hold_url

if TYPE_CHECKING:
    from bot.events import MessagePosted, Unfurl
    from bot.model import Message
    from bot.ports import Shares

MOST_LINKS = 20  # of one message; a longer list is a dump, not a recommendation
LONGEST_TITLE = 200  # characters
WORDS_AROUND = 400  # characters about a link that it can be found by
_NOT_WORDS = re.compile(r"[^\w+#-]+|_")


def keep(shares: Shares, post: Message, event: MessagePosted) -> None:
    """Keep each link of a message once.

    The links are looked for in the event's text: in the stored one secrets are already blotted out.
    """
    if not may_hold_url(event.text):
        return
    titles = _titles(event.unfurls) if event.unfurls else {}
    for form, url in links_in(event.text).items():
        title = titles.get(form)
        shares.add(post, url, form, title, found_by(form, title, around(url, post.text)))


def links_in(text: str) -> dict[str, str]:
    """The links of a text that may be kept: how each is compared, and how it is clicked.

    Links that carry secrets are passed over.
    """
    found: dict[str, str] = {}
    for url in find_urls(storable(text))[:MOST_LINKS]:
        form = None if carries_secret(url) else canonical(url)
        if form is not None:
            found.setdefault(form, url)
    return found


def entitle(shares: Shares, post: Message, event: MessagePosted) -> bool:
    """Give links of a kept message the titles its platform found later. Whether any was new."""
    named = [
        shares.name(post, form, title, words.terms(title))
        for form, title in _titles(event.unfurls).items()
    ]
    return any(named)


def storable(text: str) -> str:
    """A text in characters that both databases take."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\x00", "")


def around(url: str, text: str) -> str:
    """The part of a message that speaks of a link: all of a short one, else what is nearest."""
    room = WORDS_AROUND + len(url)
    start = max(0, min(text.find(url) - WORDS_AROUND // 2, len(text) - room))
    said = text[start : start + room]
    return said.partition(" ")[2] if start else said  # not the rest of a word


def found_by(form: str, title: str | None, said: str) -> list[str]:
    """The terms that lead to a link: of its address, its title and the words around it."""
    address = _NOT_WORDS.sub(" ", unquote(form.partition("://")[2]))
    return words.terms(f"{address} {host(form)} {title or ''} {said}")


def _titles(unfurls: tuple[Unfurl, ...]) -> dict[str, str]:
    """The titles a platform showed, by the canonical form of their links."""
    found: dict[str, str] = {}
    for unfurl in unfurls:
        form = None if carries_secret(unfurl.url) else canonical(unfurl.url)
        title = " ".join(redact(storable(unfurl.title)).split())[:LONGEST_TITLE]
        if form is not None and title:
            found.setdefault(form, title)
    return found
