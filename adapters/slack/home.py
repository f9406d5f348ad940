"""The Home tab: the person's own page, which is what `me` says, kept fresh.

https://docs.slack.dev/surfaces/app-home: a view is published for each person, and replaces the
one before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from adapters.slack.calls import CallFailed
from adapters.slack.views import home
from bot.events import CommandUsed
from bot.logs import logger
from bot.replies import Reply

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.slack.offices import Office

ME = "me"

Ask = Callable[["Office", str, CommandUsed], Awaitable[Reply | None]]


@dataclass(slots=True)
class Homes:
    """Publishes Home tabs; `ask` takes a command in and answers it."""

    ask: Ask
    now: Callable[[], datetime]
    _seen: set[tuple[str, str]] = field(default_factory=set)

    async def show(
        self, office: Office, user: str, event_id: str, said: Reply | None = None
    ) -> None:
        """Publish somebody's page; `said` stands above it."""
        self._seen.add((office.community.id, user))
        home_of = office.workspace
        asked = CommandUsed(home_of.place(user), home_of.account(user), ME, "", self.now())
        reply = await self.ask(office, event_id, asked)
        if reply is None:
            return
        if said is not None:
            reply = replace(reply, sections=(*said.sections, *reply.sections))
        try:
            await office.calls.once("views.publish", user_id=user, view=home(reply))
        except CallFailed as failed:
            logger().info("a Home tab was not published", reason=str(failed))

    async def refresh(self, office: Office, user: str, event_id: str) -> None:
        """Publish somebody's page anew, if they have looked at it."""
        if (office.community.id, user) in self._seen:
            await self.show(office, user, event_id)
