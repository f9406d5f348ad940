"""The addresses of feeds: `/feeds/<secret>/atom.xml`, `feed.json`, `bookmarks.html`.

Whatever is not such an address is 404, with the same words: nobody learns what there was. A secret
never comes into a log.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.helpers import ETag

from adapters.feeds.documents import FORMATS
from bot.errors import StoreError

if TYPE_CHECKING:
    from adapters.service.core import Publisher

# What `secrets.token_urlsafe(32)` gives: 256 bits.
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_HEADERS = {
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
# Kept by nobody on the way, and asked for anew each time: a feed can be switched off.
_KEEP = {"Cache-Control": "private, no-cache"}


@dataclass(frozen=True, slots=True)
class FeedPages:
    """Answers with the feeds of `publisher`."""

    publisher: Publisher
    now: Callable[[], datetime]

    def add_to(self, app: web.Application) -> None:
        """Serve them in a web server's application."""
        app.router.add_route("*", "/feeds/{secret}/{file}", self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        secret, file = request.match_info["secret"], request.match_info["file"]
        is_read = request.method in {"GET", "HEAD"}
        if not is_read or file not in FORMATS or not _SECRET.fullmatch(secret):
            return _nothing_there()
        try:
            found = await asyncio.to_thread(self._found, secret, file)
        except StoreError:
            return _plain("Grapevine cannot read its store just now.\n", 503)
        return _nothing_there() if found is None else _answer(request, *found)

    def _found(self, secret: str, file: str) -> tuple[bytes, str, datetime] | None:
        page = self.publisher.feed(secret, self.now())
        if page is None:
            return None
        make, kind = FORMATS[file]
        return make(page), kind, page.updated_at.astimezone(UTC).replace(microsecond=0)


def _answer(request: web.Request, body: bytes, kind: str, updated_at: datetime) -> web.Response:
    tag = ETag(hashlib.sha256(body).hexdigest()[:32])
    is_known = _is_known(request, tag, updated_at)
    response = web.Response(
        status=HTTPStatus.NOT_MODIFIED if is_known else HTTPStatus.OK,
        body=None if is_known else body,
        headers=_HEADERS | _KEEP | ({} if is_known else {"Content-Type": kind}),
    )
    response.etag = tag
    response.last_modified = updated_at
    return response


def _is_known(request: web.Request, tag: ETag, updated_at: datetime) -> bool:
    """Whether the reader has it already (RFC 9110, section 13.2.2: the tag decides)."""
    tags = request.if_none_match
    if tags is not None:
        return any(one.value in {"*", tag.value} for one in tags)
    since = request.if_modified_since
    return since is not None and since == updated_at


def _nothing_there() -> web.Response:
    return _plain("There is nothing here.\n", HTTPStatus.NOT_FOUND)


def _plain(text: str, status: int) -> web.Response:
    return web.Response(text=text, status=status, headers=_HEADERS)
