"""What feeds need of the store; `storage/feeds.py` implements it."""

from __future__ import annotations

from typing import Protocol

from bot.feeds.model import Feed


class Feeds(Protocol):
    """The feeds that people made."""

    def save(self, feed: Feed) -> Feed: ...
    def of(self, person_id: int) -> list[Feed]: ...
    def behind(self, token_hash: str) -> Feed | None: ...
    def drop(self, feed_id: int) -> None: ...
