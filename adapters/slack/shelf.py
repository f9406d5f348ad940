"""What waits for one more press: the other pages of a reply, a form that could not open at once.

In memory, for a quarter of an hour: what was true when it was written may not be later on.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.model import MEMBERSHIP_IS_FRESH

T = TypeVar("T")
MOST = 1_000


@dataclass(slots=True)
class Shelf(Generic[T]):
    """Keeps things under unguessable names; only `whose` gets them, or anybody if that is None."""

    now: Callable[[], datetime]
    lasts: timedelta = MEMBERSHIP_IS_FRESH
    _kept: OrderedDict[str, tuple[T, str | None, datetime]] = field(default_factory=OrderedDict)

    def put(self, thing: T, whose: str | None) -> str:
        """Keep something; the name to get it by."""
        name = secrets.token_urlsafe(12)
        self._kept[name] = thing, whose, self.now()
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return name

    def get(self, name: str, who: str) -> T | None:
        """What is kept under a name, if it is theirs and not too old."""
        found = self._kept.get(name)
        if found is None:
            return None
        thing, whose, at = found
        if self.now() - at > self.lasts:
            del self._kept[name]
            return None
        return thing if whose in {None, who} else None
