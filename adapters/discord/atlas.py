"""All servers the bot is in, and what the core was told of them: it is told only what is new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from adapters.discord import access
from adapters.discord.guild import (
    PLACES,
    Channel,
    Guild,
    Member,
    Payload,
    Right,
    Type,
    read_channel,
)
from bot.events import (
    AccountRef,
    AccountSeen,
    CommunityRef,
    Event,
    PlaceRef,
    PlaceSeen,
    Platform,
    Visibility,
)

DIRECT = "direct message"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something happened: the place, and the thread of it, if it was in one."""

    place: PlaceRef
    thread: str | None = None


def community(guild: str) -> CommunityRef:
    """The community that a server is."""
    return CommunityRef(Platform.DISCORD, guild)


@dataclass(slots=True)
class Atlas:
    """The servers, by id; `me` is the bot's own user id.

    `hears_members`: Discord tells us of everyone who comes, changes and goes (Members intent), so
    that a complete list stays one.
    """

    me: str
    hears_members: bool = False
    guilds: dict[str, Guild] = field(default_factory=dict)
    _told: dict[tuple[str, str], AccountSeen] = field(default_factory=dict)
    _places: dict[PlaceRef, PlaceSeen] = field(default_factory=dict)

    def learn_guild(self, guild: Guild) -> None:
        """Take in a server as it is now."""
        guild.is_listed = guild.is_listed and self.hears_members
        self.guilds[guild.id] = guild

    # ── Places ───────────────────────────────────────────────────────────────────────────────

    def guild_of(self, data: Payload) -> Guild | None:
        """The server a payload belongs to."""
        return self.guilds.get(str(data.get("guild_id") or ""))

    def spot(self, guild: str, channel: str) -> Spot:
        """Where a channel or thread is to the core; one that is unknown is a place of its own."""
        home = community(guild)
        known = self.guilds[guild].channels.get(channel) if guild in self.guilds else None
        if known is None or not known.is_thread or known.is_private_thread or not known.parent:
            return Spot(PlaceRef(home, channel))
        return Spot(PlaceRef(home, known.parent), known.id)

    def learn_channel(self, guild: Guild, data: Payload) -> None:
        """Take in a channel or thread as a payload tells of it."""
        channel = read_channel(data)
        guild.channels[channel.id] = channel

    def places(self, guild: Guild) -> Iterator[Event]:
        """What is new about the places of a server.

        What the bot itself cannot see is no place; if it was one, nobody sees it through us.
        """
        for channel in list(guild.channels.values()):
            seen = self._place(guild, channel)
            if seen is not None and self._places.get(seen.place) != seen:
                self._places[seen.place] = seen
                yield seen

    def _place(self, guild: Guild, channel: Channel) -> PlaceSeen | None:
        if channel.type not in PLACES and not channel.is_private_thread:
            return None
        ref = PlaceRef(community(guild.id), channel.id)
        parent = channel.parent if channel.is_thread else None
        if self.sees(guild, channel):
            how = access.visibility(guild, channel)
            return PlaceSeen(ref, channel.name, how, parent, archived=channel.archived)
        if ref not in self._places:
            return None
        return PlaceSeen(ref, self._places[ref].name, Visibility.PRIVATE, parent, archived=True)

    def sees(self, guild: Guild, channel: Channel) -> bool:
        """Whether the bot itself can read a channel."""
        myself = guild.members.get(self.me)
        if myself is None:
            return False
        if not channel.is_private_thread:
            return access.may_read(guild, myself, channel)
        # Discord tells a bot of the private threads that it sees, and of no others.
        home = guild.home_of(channel)
        return home is not None and access.may_read(guild, myself, home)

    def direct(self, guild: str, channel: str) -> PlaceSeen:
        """The place that a direct message is, in a community."""
        return PlaceSeen(PlaceRef(community(guild), channel), DIRECT, Visibility.DIRECT)

    def where_admins_read(self, guild: str) -> str | None:
        """Where a note to the admins of a server goes: their own channel if there is one.

        Else where newcomers are greeted, else the first channel in which the bot may write.
        """
        known = self.guilds[guild]
        texts = [one for one in known.channels.values() if one.type == Type.TEXT]
        wanted = [known.channels.get(one) for one in known.notes_go_to]
        for channel in (*(one for one in wanted if one is not None), *texts):
            if self._may_write(known, channel):
                return channel.id
        return None

    def _may_write(self, guild: Guild, channel: Channel) -> bool:
        myself = guild.members.get(self.me)
        needed = Right.VIEW_CHANNEL | Right.SEND_MESSAGES
        return myself is not None and access.rights(guild, myself, channel) & needed == needed

    def forget_place(self, place: PlaceRef) -> None:
        """A place is gone."""
        self._places.pop(place, None)

    # ── People ───────────────────────────────────────────────────────────────────────────────

    def person(self, guild: Guild, member: Member) -> Iterator[AccountSeen]:
        """What is new about a member, who is taken in."""
        guild.members[member.id] = member
        if member.id == self.me:
            return
        seen = AccountSeen(
            AccountRef(community(guild.id), member.id),
            member.name,
            access.role(guild, member),
            is_bot=member.is_bot,
        )
        yield from self._new(guild, seen)

    def left(self, guild: Guild, who: str, name: str) -> Iterator[AccountSeen]:
        """Somebody is not in the server any more."""
        guild.members.pop(who, None)
        ref = AccountRef(community(guild.id), who)
        yield from self._new(guild, AccountSeen(ref, name, active=False))

    def people(self, guild: Guild) -> Iterator[AccountSeen]:
        """What is new about all members that are known."""
        for member in list(guild.members.values()):
            yield from self.person(guild, member)

    def _new(self, guild: Guild, seen: AccountSeen) -> Iterator[AccountSeen]:
        key = guild.id, seen.account.id
        if self._told.get(key) != seen:
            self._told[key] = seen
            yield seen

    def was_told(self, guild: str, several: Iterable[AccountSeen]) -> None:
        """What the store holds already."""
        self._told |= {(guild, seen.account.id): seen for seen in several}

    def knows(self, guild: str, who: str) -> bool:
        """Whether somebody was told of."""
        return (guild, who) in self._told

    def retell(self, guild: str, who: str) -> None:
        """Tell of somebody anew with the next thing they do."""
        self._told.pop((guild, who), None)

    def absent(self, guild: Guild) -> Iterator[AccountSeen]:
        """Whoever was told of as active and is not in the complete list of members."""
        if guild.is_listed:
            for (home, who), seen in list(self._told.items()):
                if home == guild.id and seen.active and who not in guild.members:
                    yield from self.left(guild, who, seen.name)

    def drop(self, guild: str) -> None:
        """The bot is not in a server any more."""
        self.guilds.pop(guild, None)
        self._told = {key: seen for key, seen in self._told.items() if key[0] != guild}
        home = community(guild)
        self._places = {ref: one for ref, one in self._places.items() if ref.community != home}
