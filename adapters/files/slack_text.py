"""Slack's message markup turned into what a reader sees.

Escapes and the forms in angle brackets are those of
https://docs.slack.dev/messaging/formatting-message-text; emoji stay as `:shortcodes:`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_TOKEN = re.compile(r"<([^<>]*)>")
_SCHEMES = ("http://", "https://", "ftp://", "mailto:", "tel:")


def readable(text: str, people: Mapping[str, str], places: Mapping[str, str]) -> str:
    """Return `text` without markup; `people` and `places` are names by id.

    URLs stand whole and apart from the words around them; a label that says something else than
    its URL stands in front of it.
    """
    parts: list[str] = []
    end = 0
    for token in _TOKEN.finditer(text):
        parts.append(unescape(text[end : token.start()]))
        word = _token(token[1], people, places)
        parts.append(_apart(word, text[: token.start()][-1:], text[token.end() :][:1]))
        end = token.end()
    return "".join(parts) + unescape(text[end:])


def unescape(text: str) -> str:
    """Undo the three escapes that Slack makes."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _token(inside: str, people: Mapping[str, str], places: Mapping[str, str]) -> str:
    target, _, label = inside.partition("|")
    label = unescape(label)
    if target.startswith(("@U", "@W")):
        return "@" + (people.get(target[1:]) or label.removeprefix("@") or target[1:])
    if target.startswith("#"):
        return "#" + (label.removeprefix("#") or places.get(target[1:]) or target[1:])
    if target.startswith("!"):
        return _special(target[1:], label)
    if target.lower().startswith(_SCHEMES):
        return _link(unescape(target), label)
    return f"<{unescape(inside)}>"


def _special(target: str, label: str) -> str:
    """Return `!here`, `!subteam^S1|@group` or `!date^0^{date}|1 May` as they are shown."""
    kind, _, rest = target.partition("^")
    if kind == "date":
        return label or rest
    return "@" + (label.removeprefix("@") or rest or kind)


def _link(url: str, label: str) -> str:
    if url.startswith(("mailto:", "tel:")):
        url = url.partition(":")[2]
    bare = url.partition("://")[2] or url
    if label.rstrip("/") in {"", url.rstrip("/"), bare.rstrip("/")}:
        return url
    return f"{label} {url}"


def _apart(word: str, before: str, after: str) -> str:
    """Return the word with a space where its neighbour would otherwise be read as part of it."""
    head = " " if before.isalnum() else ""
    tail = " " if after.isalnum() or after in {"/", "_", "-", "#", "&", "<"} else ""
    return head + word + tail
