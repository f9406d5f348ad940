"""Where Grapevine was installed by OAuth, as far as a store has to know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.events import CommunityRef


@dataclass(frozen=True, slots=True)
class Installation:
    """A community that installed us.

    `sealed` is its token as the adapter encrypted it: the store never sees one that is not.
    """

    community: CommunityRef
    name: str
    sealed: str
    installed_at: datetime
