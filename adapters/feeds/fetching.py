"""Fetching a feed that somebody brings, through the guard, and reading it with feedparser.

Measured with feedparser 6.0.14: an address that hangs ends after 20 seconds; of a bomb no more
than 1 MB is unpacked; entities are not followed and external ones not fetched; the worst megabyte
(a hundred thousand open tags) takes 4 seconds in a thread, and its time grows with its length.
"""

from __future__ import annotations

import asyncio
import io
import warnings
from calendar import timegm
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import feedparser
from aiohttp import ClientError, ClientResponse
from aiohttp.abc import AbstractResolver
from w3lib.html import remove_tags, replace_entities
from yarl import URL

from adapters.web.addresses import IPAddress, is_public
from adapters.web.guard import WEB_PORTS, ClosedAddressError, Guard, UnusableError
from adapters.web.titles import cleaned
from bot.feeds.bringing import MOST
from bot.feeds.model import Entry, Fetched

LONGEST_FEED: Final = 1024 * 1024
LONGEST_FETCH: Final = 20.0
LONGEST_SUMMARY: Final = 2_000  # characters looked at
LONGEST_MARK: Final = 500  # characters of a tag that is sent back
_CHUNK: Final = 16 * 1024
_HEADERS = {
    "Accept": "application/atom+xml, application/rss+xml, application/xml, text/xml;q=0.9",
    "User-Agent": "Grapevine (reads a feed on behalf of its author)",
}
NO_FEED = "there is no feed at that address"
CLOSED = "that address is not on the open web"
AWAY = "it could not be reached"
TOO_LONG = "it is longer than 1 MB"


class FeedFetcher:
    """Fetches feeds one at a time. Its arguments are those of `Guard`."""

    def __init__(
        self,
        refuse: Callable[[str], bool],
        *,
        allow: Callable[[IPAddress], bool] = is_public,
        ports: frozenset[int] = WEB_PORTS,
        resolver: AbstractResolver | None = None,
        longest: float = LONGEST_FETCH,
    ) -> None:
        self._guard = Guard(
            refuse, _HEADERS, allow=allow, ports=ports, resolver=resolver, at_once=1
        )
        self._longest = longest

    async def close(self) -> None:
        """Let go of all connections."""
        await self._guard.close()

    async def fetch(self, url: str, etag: str | None, modified: str | None) -> Fetched:
        """What stands at `url` now, if it is not what had these marks. Never raises."""
        known = {"If-None-Match": etag, "If-Modified-Since": modified}
        headers = {name: value for name, value in known.items() if value}
        try:
            async with asyncio.timeout(self._longest):
                page = self._guard.vetted(url)
                async with self._guard.get(page, headers) as (response, found_at):
                    return await _read(response, found_at)
        except ClosedAddressError:
            return Fetched(trouble=CLOSED)
        except UnusableError as problem:
            return Fetched(trouble=str(problem))
        except (ClientError, OSError, TimeoutError):
            return Fetched(trouble=AWAY)
        except Exception:  # noqa: BLE001 - whatever a parser does with what strangers wrote
            return Fetched(trouble=NO_FEED)


async def _read(response: ClientResponse, page: URL) -> Fetched:
    if response.status == HTTPStatus.NOT_MODIFIED:
        return Fetched()
    if response.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        raise UnusableError(NO_FEED)
    if response.status != HTTPStatus.OK:
        raise UnusableError(f"its server says {response.status}")
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > LONGEST_FEED:
            raise UnusableError(TOO_LONG)
    kind = response.headers.get("Content-Type", "")
    entries = await asyncio.to_thread(entries_of, bytes(body), kind, str(page))
    return Fetched(entries, _mark(response, "ETag"), _mark(response, "Last-Modified"))


def _mark(response: ClientResponse, name: str) -> str | None:
    mark = response.headers.get(name)
    return mark if mark is not None and len(mark) <= LONGEST_MARK else None


def entries_of(body: bytes, content_type: str, url: str) -> tuple[Entry, ...]:
    """The newest entries of a feed that have a link. UnusableError when it is no feed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it thinks of the feed's dates is no matter
        headers = {"content-type": content_type, "content-location": url}
        found = feedparser.parse(io.BytesIO(body), response_headers=headers)
        if not found.get("version"):
            raise UnusableError(NO_FEED)
        return tuple(_entries(found.entries))


def _entries(found: Iterable[Any]) -> Iterable[Entry]:
    for number, one in enumerate(found):
        link = one.get("link")
        if number >= MOST:
            return
        if isinstance(link, str) and link:
            yield Entry(
                id=str(one.get("id") or link),
                url=link,
                title=cleaned(_bare(one.get("title"))),
                summary=_bare(one.get("summary")),
                at=_moment(one.get("published_parsed") or one.get("updated_parsed")),
                updated_at=_moment(one.get("updated_parsed")),
            )


def _bare(markup: Any) -> str:
    """The text of a piece of HTML, on one line."""
    text = markup if isinstance(markup, str) else ""
    return " ".join(replace_entities(remove_tags(text[:LONGEST_SUMMARY])).split())


def _moment(parts: Any) -> datetime | None:
    try:
        return None if parts is None else datetime.fromtimestamp(timegm(parts), UTC)
    except (OverflowError, OSError, ValueError, TypeError):
        return None
