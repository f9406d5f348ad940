"""The errand of brought feeds: what is due is fetched and given to the core, one after another.

What is due stands in the store; the core puts each off by an hour before it is fetched, so that
two processes do not both fetch it, and neither does one that starts again and again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adapters.feeds.fetching import FeedFetcher
    from adapters.service.core import Taker
    from adapters.service.threads import Threads

EVERY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Errand:
    """Fetches what is due."""

    core: Taker
    fetcher: FeedFetcher
    writer: Threads
    now: Callable[[], datetime]

    async def run(self) -> None:
        """Fetch all that is due."""
        while due := await self.writer.do(self.core.due_feeds, self.now()):
            for one in due:
                fetched = await self.fetcher.fetch(one.url, one.etag, one.modified)
                await self.writer.do(self.core.take_in_feed, one.place_id, fetched, self.now())
