"""Who put which emoji on what, as the core sees it; `storage/reactions.py` says what each does."""

from __future__ import annotations

from typing import Protocol

from bot.events import ReactionChanged, ReactionsCleared


class Reactions(Protocol):
    """Who put which emoji on what."""

    def save(self, event: ReactionChanged, place_id: int, account_id: int) -> None: ...
    def drop(self, event: ReactionChanged, place_id: int, account_id: int) -> None: ...
    def clear(self, event: ReactionsCleared, place_id: int) -> None: ...
    def drop_of(self, account_id: int) -> None: ...
