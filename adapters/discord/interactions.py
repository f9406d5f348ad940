"""Interactions, translated: what somebody asked for with a command, a menu, a button or a form.

https://docs.discord.com/developers/interactions/receiving-and-responding. Who asks comes with the
payload, roles included, so what they may see is known as of now, without any intent: that goes to
the core before their request does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from adapters.discord import access
from adapters.discord.atlas import Atlas, Spot, community
from adapters.discord.commands import FORM, PRESS, WHAT_THEY_KNOW, Menu
from adapters.discord.guild import Channel, Guild, Member, Payload, read_channel, read_member
from adapters.discord.messages import posted, readable
from bot.events import (
    AccountRef,
    AccountSeen,
    ButtonPressed,
    CommandUsed,
    Event,
    FormSubmitted,
    LinkSaved,
    MembershipChanged,
    PersonLookedUp,
    PlaceRef,
    QuestionRaised,
)


class Kind(IntEnum):
    """What an interaction comes from."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Target(IntEnum):
    """What a command is used on."""

    NOTHING = 1
    USER = 2
    MESSAGE = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """Where an interaction happened, in which server it counts, and who is behind it."""

    guild: str
    spot: Spot
    account: AccountRef
    direct: bool


def asked(data: Payload, home: str, atlas: Atlas) -> Asked:
    """Who asks and where; `home` is the server that counts in direct messages."""
    guild = str(data.get("guild_id") or "")
    user = (data.get("member") or {}).get("user") or data["user"]
    channel = str(data["channel_id"])
    where = guild or home
    spot = atlas.spot(where, channel) if guild else Spot(atlas.direct(where, channel).place)
    return Asked(where, spot, AccountRef(community(where), str(user["id"])), direct=not guild)


def before(
    data: Payload, who: Asked, captured: Iterable[str], atlas: Atlas, now: datetime
) -> Iterator[Event]:
    """What the core has to know first: the place, who asks, and where they may read.

    `captured`: the private places of the server from which something is kept.
    """
    guild = atlas.guilds.get(who.guild)
    if who.direct:
        yield atlas.direct(who.guild, who.spot.place.id)
    if guild is None or not data.get("member"):
        return
    channel = data.get("channel")
    if channel and str(channel["id"]) not in guild.channels and channel.get("parent_id"):
        guild.channels[str(channel["id"])] = read_channel(channel)
    member = read_member(data["member"])
    yield from atlas.person(guild, member)
    yield from atlas.places(guild)
    yield from standing(guild, member, captured, str(data["channel_id"]), now)


def standing(
    guild: Guild, member: Member, captured: Iterable[str], here: str | None, now: datetime
) -> Iterator[MembershipChanged]:
    """Which of the captured private places a member reads; whoever does something `here` does."""
    home = community(guild.id)
    for place in captured:
        channel = guild.channels.get(place)
        reads = channel is not None and (place == here or _may_read(guild, member, channel))
        yield MembershipChanged(
            PlaceRef(home, place), AccountRef(home, member.id), joined=reads, at=now
        )


def _may_read(guild: Guild, member: Member, channel: Channel) -> bool:
    return access.may_read(guild, member, channel)


def seen_target(data: Payload, who: Asked, atlas: Atlas) -> Iterator[AccountSeen]:
    """Who "What do they know?" is about, as the payload tells of them."""
    about = str(data["data"].get("target_id") or "")
    resolved = data["data"].get("resolved") or {}
    user = (resolved.get("users") or {}).get(about)
    member = (resolved.get("members") or {}).get(about)
    guild = atlas.guilds.get(who.guild)
    if user is not None and member is not None and guild is not None:
        yield from atlas.person(guild, read_member(member, user))


def request(data: Payload, who: Asked, atlas: Atlas, now: datetime) -> Event | None:
    """What is asked for; None for what is none of ours."""
    match int(data["type"]):
        case Kind.COMMAND:
            return _command(data["data"], who, atlas, now)
        case Kind.COMPONENT:
            return _press(data["data"], who, now)
        case Kind.MODAL:
            return _form(data["data"], who, now)
        case _:
            return None


def _command(used: Payload, who: Asked, atlas: Atlas, now: datetime) -> Event | None:
    match int(used.get("type", Target.NOTHING)):
        case Target.USER:
            about = AccountRef(community(who.guild), str(used["target_id"]))
            known = str(used["name"]) == WHAT_THEY_KNOW
            return PersonLookedUp(who.spot.place, who.account, about, now) if known else None
        case Target.MESSAGE:
            return _on_message(used, who, atlas, now)
        case _:
            name, text = typed(used)
            # Whom somebody names there comes as an id.
            text, thread = readable(text, {}, atlas.guilds.get(who.guild)), who.spot.thread
            return CommandUsed(who.spot.place, who.account, name, text, now, thread=thread)


def _on_message(used: Payload, who: Asked, atlas: Atlas, now: datetime) -> Event | None:
    target = used["resolved"]["messages"][str(used["target_id"])]
    message = posted(target, who.guild, atlas, direct=who.direct)
    match str(used["name"]):
        case Menu.SAVE_LINK:
            return LinkSaved(message, who.account, now)
        case Menu.ASK:
            return QuestionRaised(message, who.account, now)
        case _:
            return None


def typed(used: Payload) -> tuple[str, str]:
    """The command and the words behind it, from whatever options were filled in.

    A part of `/grapevine` is a subcommand there; its own name is the command.
    """
    name, options = str(used["name"]), used.get("options") or ()
    while options and int(options[0]["type"]) in {1, 2}:
        name, options = str(options[0]["name"]), options[0].get("options") or ()
    return name, " ".join(str(one.get("value", "")) for one in options).strip()


def _press(pressed: Payload, who: Asked, now: datetime) -> Event | None:
    token = str(pressed["custom_id"])
    if not token.startswith(PRESS):
        return None
    return ButtonPressed(who.spot.place, who.account, token.removeprefix(PRESS), now)


def _form(sent: Payload, who: Asked, now: datetime) -> Event | None:
    token = str(sent["custom_id"])
    if not token.startswith(FORM):
        return None
    fields = tuple(_fields(sent.get("components") or ()))
    return FormSubmitted(who.spot.place, who.account, token.removeprefix(FORM), fields, now)


def _fields(components: Iterable[Payload]) -> Iterator[tuple[str, str]]:
    """The fields of a form: each in a label of its own."""
    for one in components:
        inner = [one["component"]] if one.get("component") else one.get("components") or ()
        for field in inner:
            yield str(field["custom_id"]), str(field.get("value") or "")
