"""The one escape of Slack: what people wrote, made inert.

Slack reads mentions, channels and links only out of angle brackets, and asks for three characters
to be escaped: https://docs.slack.dev/messaging/formatting-message-text. `render` also switches off
the guessing of names in every block (`verbatim`), so that a bare `@channel` stays two words.
"""

from __future__ import annotations

import re

REPLACEMENT = "\ufffd"
# Controls, bidirectional overrides and lone surrogates: unseen, reordering, or not to be sent.
_HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_SPACE = re.compile(r"[\s\x85]+")


def clean(text: str) -> str:
    """Return `text` on one line, without anything unseen that changes what is seen."""
    return _HARMFUL.sub(REPLACEMENT, _SPACE.sub(" ", text))


def escape(text: str) -> str:
    """Return `text` as Slack has to be told it: nothing in it is a mention, a link or a command.

    Three backticks would open a block of code that swallows the lines after it.
    """
    text = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("```", "'''")


def link(text: str, url: str) -> str:
    """Return a link called `text`; only the text where `url` leads to no web page.

    Text that looks like another address is not believed: the address itself is shown.
    """
    target = _address(url)
    if target is None:
        return escape(text)
    label = escape(text).replace("|", "¦").strip()
    if not label or _looks_like_address(text, url):
        return f"<{target}>"
    return f"<{target}|{label}>"


def _address(url: str) -> str | None:
    if not url.lower().startswith(("https://", "http://")) or clean(url) != url:
        return None
    quoted = url.replace(" ", "%20").replace("|", "%7C").replace("<", "%3C").replace(">", "%3E")
    return quoted.replace("&", "&amp;")


def _looks_like_address(text: str, url: str) -> bool:
    said = text.strip().lower()
    return said.startswith(("http://", "https://", "www.")) and said.rstrip("/") not in url.lower()
