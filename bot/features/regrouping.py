"""Grouping anew what came late or went: as little of a strand as can be changed by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import conversations

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from bot.conversations import Limits
    from bot.model import Message, Stretch
    from bot.ports import Archive

FEW = 4
"""So many conversations are looked at first where something came late; more if it goes further."""


def regroup(
    archive: Archive,
    limits: Limits,
    where: tuple[int, str],
    waiting: Sequence[tuple[datetime, int]],
) -> None:
    """Group a place's strand anew about some moments, stretch by stretch, the earliest first.

    `waiting`: when something came late or went, and into or out of which conversation, in order of
    time. What lies before the first of them is grouped as it should be.
    """
    most = FEW
    while waiting:
        unsettled = {home for _, home in waiting}
        stretch = archive.stretch(*where, waiting[0][0], most, unsettled)
        end = stretch.horizon
        inside = [at for at, _ in waiting if end is None or at < end]
        said = archive.said_in(stretch.conversations)
        groups = _groups(limits, where[1], stretch, said, inside, unsettled)
        if groups is None:
            most *= FEW
            continue
        _group_as(archive, where[1], groups, said)
        waiting, most = waiting[len(inside) :], FEW


def _groups(
    limits: Limits,
    strand: str,
    stretch: Stretch,
    said: Sequence[Message],
    inside: Sequence[datetime],
    unsettled: Collection[int],
) -> list[list[Message]] | None:
    """The groups of a stretch as far as something can change by what happened `inside` it.

    That ends where a conversation begins that began there before. None: it goes on beyond.
    """
    on_strand = [post for post in said if not conversations.is_attached(post)]
    begins = _beginnings(on_strand)
    start = None if stretch.first is None else begins.get(stretch.first)
    if start is not None:
        on_strand = [post for post in on_strand if conversations.in_order(post) >= start]
    if stretch.horizon is not None:
        on_strand = [post for post in on_strand if post.at < stretch.horizon]
    groups = conversations.cut(strand, on_strand, limits)
    ends = [
        number
        for number, group in enumerate(groups)
        if inside
        and group[0].at > inside[-1]
        and group[0].conversation_id not in unsettled
        and begins[group[0].conversation_id] == conversations.in_order(group[0])
    ]
    if ends:
        return groups[: ends[0]]
    return groups if stretch.horizon is None else None


def _group_as(
    archive: Archive,
    strand: str,
    groups: Sequence[Sequence[Message]],
    said: Sequence[Message],
) -> None:
    """Make conversations of these groups, out of those there are as far as that goes."""
    taken: set[int] = set()
    for group in groups:
        home = next((p.conversation_id for p in group if p.conversation_id not in taken), None)
        moving = [post for post in group if post.conversation_id != home]
        if home is None or moving:
            home = archive.move(moving or group, home, strand)
            bring(archive, moving or group, said, home)
        taken.add(home)


def bring(archive: Archive, moved: Sequence[Message], said: Sequence[Message], home: int) -> None:
    """Move what hangs on moved messages along with them."""
    hanging = conversations.hanging_on(moved, said)
    if hanging:
        archive.move(hanging, home, "")


def _beginnings(on_strand: Sequence[Message]) -> dict[int, tuple[datetime, str]]:
    """Where conversations begin, of messages in order."""
    begins: dict[int, tuple[datetime, str]] = {}
    for post in on_strand:
        begins.setdefault(post.conversation_id, conversations.in_order(post))
    return begins
