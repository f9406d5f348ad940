"""Who may see what in a server, computed as Discord does; whatever is unknown means no.

https://docs.discord.com/developers/topics/permissions#permission-overwrites and …/topics/threads.
To read a place is to view it and its history; in a voice channel, to be allowed in as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.discord.guild import EVERYTHING, PLACES, SPOKEN, Right
from bot.events import Role, Visibility

if TYPE_CHECKING:
    from adapters.discord.guild import Channel, Guild, Member, Overwrite

READING = Right.VIEW_CHANNEL | Right.READ_MESSAGE_HISTORY


def rights(guild: Guild, member: Member, channel: Channel | None = None) -> int:
    """What a member may do in the server, or in one channel of it (of a thread: in its parent)."""
    if member.id == guild.owner:
        return EVERYTHING
    base = _of_ranks(guild, member)
    if base & Right.ADMINISTRATOR:
        return EVERYTHING
    home = None if channel is None else guild.home_of(channel)
    if channel is None:
        return base
    return 0 if home is None else _overwritten(base, guild, member, home)


def _of_ranks(guild: Guild, member: Member) -> int:
    base = 0
    for rank in (guild.id, *member.ranks):
        known = guild.ranks.get(rank)
        base |= known.rights if known is not None else 0
    return base


def _overwritten(base: int, guild: Guild, member: Member, channel: Channel) -> int:
    allow = deny = 0
    for one in channel.overwrites:
        if one.id == guild.id:
            base = (base & ~one.deny) | one.allow
        elif not one.is_member and one.id in member.ranks:
            allow |= one.allow
            deny |= one.deny
    base = (base & ~deny) | allow
    for one in channel.overwrites:
        if one.is_member and one.id == member.id:
            base = (base & ~one.deny) | one.allow
    return base


def reading(channel: Channel | None) -> int:
    """The rights that it takes to read a channel."""
    spoken = channel is not None and channel.type in SPOKEN
    return READING | Right.CONNECT if spoken else READING


def may_read(guild: Guild, member: Member, channel: Channel) -> bool:
    """Whether a member can read what was said in a channel or thread."""
    home = guild.home_of(channel)
    needed = reading(home)
    allowed = rights(guild, member, channel)
    if home is None or allowed & needed != needed:
        return False
    if not channel.is_private_thread:
        return True
    is_in = member.id in guild.thread_members.get(channel.id, frozenset())
    return is_in or bool(allowed & Right.MANAGE_THREADS)


def is_open(guild: Guild, channel: Channel) -> bool:
    """Whether each and every member can read a channel, whatever roles they have.

    So no role and no person is shut out by name, unless Discord's own rules make that idle: bots
    read nothing, the owner and administrators read everything. Who has a role today does not
    count. It may be given to somebody at any time, and what is public to the core is found by every
    member, that one included; and a place that stops being open stops being kept, which must not
    happen to everybody because one person is shut out. Whoever reads a channel that is not open can
    switch it on there; then each of its readers is counted (`readers`).
    """
    everyone = guild.ranks.get(guild.id)
    if channel.type not in PLACES or everyone is None:
        return False
    needed = reading(channel)
    base = everyone.rights
    if base & Right.ADMINISTRATOR:
        return True
    for one in channel.overwrites:
        if one.id == guild.id:
            base = (base & ~one.deny) | one.allow
        elif one.deny & needed and not _is_idle(guild, one):
            return False
    return base & needed == needed


def _is_idle(guild: Guild, denied: Overwrite) -> bool:
    """Whether denying something to this role or member keeps no person from it."""
    if denied.is_member:
        member = guild.members.get(denied.id)
        return denied.id == guild.owner or (member is not None and member.is_bot)
    rank = guild.ranks.get(denied.id)
    return rank is not None and bool(rank.bot or rank.rights & Right.ADMINISTRATOR)


def visibility(guild: Guild, channel: Channel) -> Visibility:
    """What a channel, or a private thread, is to the core."""
    return Visibility.PUBLIC if is_open(guild, channel) else Visibility.PRIVATE


def readers(guild: Guild, channel: Channel) -> tuple[str, ...] | None:
    """Everybody who can read a channel, bots left out; None while not everybody is known."""
    if not guild.is_listed:
        return None
    people = (one for one in guild.members.values() if not one.is_bot)
    return tuple(sorted(one.id for one in people if may_read(guild, one, channel)))


def role(guild: Guild, member: Member) -> Role:
    """What a member is to the core: whoever may manage the server is an admin of it."""
    if rights(guild, member) & (Right.MANAGE_GUILD | Right.ADMINISTRATOR):
        return Role.ADMIN
    return Role.GUEST if member.is_guest else Role.MEMBER
