"""What somebody sitting in the chat can look at: for platforms that show the chat themselves.

Slack and Discord show their own history; the console has none but the store, and reads it as the
person it speaks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.events import AccountRef, CommunityRef, PlaceRef, Role
from bot.model import Account, Community, Place


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as it is shown: who said what, when and where; `reply_to` outside threads."""

    id: str
    place: PlaceRef
    place_name: str
    account: AccountRef
    author: str
    text: str
    at: datetime
    thread: str | None
    reply_to: str | None
    edited: bool


class Room(Protocol):
    """Looks into the communities of the store."""

    def communities(self) -> list[Community]:
        """All of them, by name."""

    def places(self, community: CommunityRef) -> list[Place]:
        """The places of one, by name; direct messages are not among them."""

    def people(self, community: CommunityRef) -> list[Account]:
        """The active people of one, by name; no bots."""

    def role(self, who: AccountRef) -> Role:
        """What an account is in its community; whoever is unknown counts as a guest."""

    def members(self, place: PlaceRef) -> list[AccountRef]:
        """Who was last seen in a place."""

    def recent(self, place: PlaceRef, viewer: AccountRef, at: datetime, most: int) -> list[Heard]:
        """The newest messages of a place, oldest first; none where the viewer may not look."""

    def around(
        self, place: PlaceRef, message: str, viewer: AccountRef, at: datetime
    ) -> list[Heard]:
        """The whole conversation about a message; none where the viewer may not look."""
