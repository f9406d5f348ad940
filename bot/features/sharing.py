"""Links that people post anyway, kept with who posted them and in what words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bot.text import words
from bot.text.secrets import carries_secret
from bot.text.urls import canonical, find_urls, host, may_hold_url

if TYPE_CHECKING:
    from bot.events import MessagePosted, Unfurl
    from bot.model import Message
    from bot.ports import Shares

MOST_LINKS = 20  # of one message; a longer list is a dump, not a recommendation
WORDS_AROUND = 400  # characters of the message that a link can be found by
_NOT_WORDS = re.compile(r"[^\w+#-]+|_")


def keep(shares: Shares, post: Message, event: MessagePosted) -> None:
    """Keep each link of a message once. Links that carry secrets are passed over.

    The links are looked for in the event's text: in the stored one secrets are already blotted out.
    """
    if not may_hold_url(event.text):
        return
    seen: set[str] = set()
    for url in find_urls(event.text)[:MOST_LINKS]:
        form = None if carries_secret(url) else canonical(url)
        if form is None or form in seen:
            continue
        seen.add(form)
        title = _title(form, event.unfurls)
        shares.add(post, url, form, title, found_by(form, title, post.text))


def found_by(form: str, title: str | None, text: str) -> list[str]:
    """The terms that lead to a link: of its address, its title and the words around it."""
    address = _NOT_WORDS.sub(" ", unquote(form.partition("://")[2]))
    said = text[:WORDS_AROUND]
    return words.terms(f"{address} {host(form)} {title or ''} {said}")


def _title(form: str, unfurls: tuple[Unfurl, ...]) -> str | None:
    for unfurl in unfurls:
        if unfurl.title and canonical(unfurl.url) == form:
            return " ".join(unfurl.title.split())[:200]
    return None
