"""The errand of brought feeds: what is due is fetched and given to the core, one after another.

What is due stands in the store; the core puts each off by an hour before it is fetched, so that
two processes do not both fetch it, and neither does one that starts again and again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adapters.feeds.fetching import FeedFetcher
    from adapters.service.core import Taker
    from adapters.service.threads import Threads
    from bot.feeds.model import Brought, Fetched

EVERY = timedelta(seconds=30)


@dataclass(slots=True)
class Errand:
    """Fetches what is due, until it is told to stop."""

    core: Taker
    fetcher: FeedFetcher
    writer: Threads
    now: Callable[[], datetime]
    _fetching: asyncio.Task[Fetched] | None = None
    _is_stopping: bool = False

    async def run(self) -> None:
        """Fetch all that is due."""
        while due := await self.writer.do(self.core.due_feeds, self.now()):
            for one in due:
                fetched = await self._fetch(one)
                if fetched is None:
                    return
                await self.writer.do(self.core.take_in_feed, one.place_id, fetched, self.now())

    async def stop(self) -> None:
        """Fetch no more; what was not fetched is due again in an hour."""
        self._is_stopping = True
        if self._fetching is not None:
            self._fetching.cancel()
        await self.fetcher.close()

    async def _fetch(self, one: Brought) -> Fetched | None:
        """What came of it; None when there is no more to be fetched."""
        if self._is_stopping:
            return None
        fetching = asyncio.create_task(self.fetcher.fetch(one.url, one.etag, one.modified))
        self._fetching = fetching
        await asyncio.wait({fetching})
        return None if fetching.cancelled() else fetching.result()
