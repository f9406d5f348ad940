"""What the adapter knows of one workspace by heart: who it is, and the names of people and places.

The store has the truth; this is for reading payloads, which hold ids where readers see names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from adapters.files.slack_messages import Messages
from bot.events import (
    AccountRef,
    AccountSeen,
    Arrived,
    CommunityRef,
    Event,
    PlaceDeleted,
    PlaceRef,
    PlaceSeen,
    Visibility,
)


@dataclass(slots=True)
class Workspace:
    """One workspace as its bot user sees it.

    `bot_user` and `bot_id` are our own ids there, `url` its address for permalinks; `prefix`
    stands before the names of our commands there. `places` and `people` are what
    Slack said last, `inside` the channels that we are in.
    """

    community: CommunityRef
    bot_user: str
    bot_id: str = ""
    name: str = ""
    url: str | None = None
    prefix: str = ""
    people: dict[str, AccountSeen] = field(default_factory=dict)
    places: dict[str, PlaceSeen] = field(default_factory=dict)
    inside: set[str] = field(default_factory=set)

    _reader: Messages | None = None

    @property
    def reader(self) -> Messages:
        """The translator of this workspace's messages."""
        if self._reader is None:
            names = {one.account.id: one.name for one in self.people.values()}
            bots = {one.account.id for one in self.people.values() if one.is_bot}
            places = {one.place.id: one.name for one in self.places.values()}
            everyone = frozenset(bots | {self.bot_user})
            self._reader = Messages(self.community, names, everyone, places, self.url)
        return self._reader

    def account(self, user: str) -> AccountRef:
        """The account with this user id."""
        return AccountRef(self.community, user)

    def place(self, channel: str) -> PlaceRef:
        """The place with this channel id."""
        return PlaceRef(self.community, channel)

    def as_known(self, channel: str, otherwise: Visibility) -> PlaceSeen:
        """What is known of a place; if nothing, a place called by its id."""
        return self.places.get(channel) or PlaceSeen(self.place(channel), channel, otherwise)

    def is_direct(self, channel: str) -> bool:
        """Whether a place is a direct message."""
        known = self.places.get(channel)
        return known is not None and known.visibility is Visibility.DIRECT

    def learn(self, events: Iterable[Event]) -> None:
        """Remember what events say about people and places."""
        for event in events:
            match event:
                case AccountSeen():
                    self.people[event.account.id] = event
                case PlaceSeen():
                    self.places[event.place.id] = event
                case PlaceDeleted():
                    self.places.pop(event.place.id, None)
                    self.inside.discard(event.place.id)
                case Arrived():
                    self.inside.add(event.place.id)
                case _:
                    continue
            self._reader = None

    def placed(self, channel: str, visibility: Visibility | None) -> list[Event]:
        """Say what a place is, if a payload tells something new about it.

        A payload of a place that was thought to be more open than it is must not be read as one
        of an open place.
        """
        known = self.places.get(channel)
        if known is None:
            return [self.as_known(channel, visibility or Visibility.PRIVATE)]
        if visibility is None or visibility is known.visibility:
            return []
        return [replace(known, visibility=visibility)]
