"""A feed as Atom (RFC 4287), as JSON Feed 1.1 and as a Netscape bookmark file.

The same page gives the same bytes. Its own address is in none of them: that is a secret, and such
files are passed on.
"""

from __future__ import annotations

import json
import re
from html import escape
from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.feeds.model import Item, Page

_ATOM = "http://www.w3.org/2005/Atom"
# What XML 1.0 has no way to write down (section 2.2); lxml refuses it.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BOOKMARKS = """<!DOCTYPE NETSCAPE-Bookmark-file-1>
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<TITLE>{title}</TITLE>
<H1>{title}</H1>
<DL><p>
{items}</DL><p>
"""


def atom(page: Page) -> bytes:
    """The page as Atom."""
    root = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})
    _put(root, "id", page.id)
    _put(root, "title", page.title)
    _put(root, "updated", _rfc3339(page.updated_at))
    _put(root, "generator", "Grapevine")
    for item in page.items:
        _entry(root, item)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _entry(root: etree._Element, item: Item) -> None:
    entry = etree.SubElement(root, f"{{{_ATOM}}}entry")
    _put(entry, "id", item.id)
    _put(entry, "title", item.title)
    if item.url:
        _put(entry, "link", href=item.url)
    if item.via is not None:
        _put(entry, "link", rel="via", href=item.via)
    _put(entry, "published", _rfc3339(item.at))
    _put(entry, "updated", _rfc3339(item.at))
    _put(_put(entry, "author"), "name", item.author)
    _put(entry, "content", said(item), type="text")


def _put(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}")
    element.text = _NOT_XML.sub("", text) or None
    for attribute, value in attributes.items():
        element.set(attribute, _NOT_XML.sub("", value))
    return element


def said(item: Item) -> str:
    """Who shared it and where, with their words, and who kept them."""
    where = f"{item.author} in {item.place}"
    if item.kept_by is not None:
        where = f"{where}, kept by {item.kept_by}"
    return f"{item.words} — {where}" if item.words else where


def json_feed(page: Page) -> bytes:
    """The page as JSON Feed (jsonfeed.org/version/1.1)."""
    whole = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": page.title,
        "items": [_json_item(item) for item in page.items],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _json_item(item: Item) -> dict[str, Any]:
    addresses = {"url": item.via or item.url, "external_url": item.url} if item.url else {}
    return {
        "id": item.id,
        **addresses,
        "title": item.title,
        "content_text": said(item),
        "date_published": _rfc3339(item.at),
        "authors": [{"name": item.author}],
    }


def bookmarks(page: Page) -> bytes:
    """The page as the bookmark file that every browser reads."""
    items = "".join(
        f'    <DT><A HREF="{escape(item.url)}" ADD_DATE="{int(item.at.timestamp())}">'
        f"{escape(item.title)}</A>\n    <DD>{escape(said(item))}\n"
        for item in page.items
        if item.url
    )
    whole = _BOOKMARKS.format(title=escape(page.title), items=items)
    return whole.encode("utf-8", "replace")


def _rfc3339(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


# What the file is called in an address, how it is made, and what it is (IANA; for bookmarks HTML).
FORMATS: dict[str, tuple[Callable[[Page], bytes], str]] = {
    "atom.xml": (atom, "application/atom+xml; charset=utf-8"),
    "feed.json": (json_feed, "application/feed+json; charset=utf-8"),
    "bookmarks.html": (bookmarks, "text/html; charset=utf-8"),
}
