"""What an event changes in what is kept; whether somebody waits for an answer to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from bot import commands
from bot.asking import answering
from bot.asking.scene import Scene
from bot.conversations import Limits
from bot.events import (
    AccountRef,
    AccountSeen,
    Arrived,
    ButtonPressed,
    CommandUsed,
    CommunityLeft,
    CommunitySeen,
    Event,
    FormSubmitted,
    LinkSaved,
    MembershipChanged,
    MembersSeen,
    MessageDeleted,
    MessagePosted,
    PersonLookedUp,
    PlaceDeleted,
    PlaceRef,
    PlaceSeen,
    QuestionRaised,
    ReactionChanged,
    ReactionsCleared,
    ThreadSolved,
)
from bot.features import credit
from bot.features.capture import Capture
from bot.replies import Reply

if TYPE_CHECKING:
    from datetime import datetime

    from bot.ports import Unit


def take_in(
    unit: Unit,
    events: Sequence[Event],
    limits: Limits,
    scene: Callable[[Unit, datetime], Scene],
    *,
    live: bool = False,
) -> int:
    """Take in events; how many messages were new or changed.

    `live`: they happen now, while somebody is there to be told; else they are history.
    """
    capture = Capture(unit, limits)
    changed = 0
    # By place, as a place may be made known only just before what is said there.
    cold: defaultdict[PlaceRef, list[MessagePosted]] = defaultdict(list)
    for event in events:
        if isinstance(event, MessagePosted):
            cold[event.place].append(event)
    for event in events:
        if isinstance(event, MessagePosted) and event.place in cold:
            capture.warm(cold.pop(event.place))
        changed += _keep(unit, capture, event)
        _overhear(unit, event, scene)
    capture.settle()
    if live:
        for event in events:
            if isinstance(event, MessagePosted):
                credit.overhear(scene(unit, event.at), event)
    return changed


def _overhear(unit: Unit, event: Event, scene: Callable[[Unit, datetime], Scene]) -> None:
    """Notice what is said, changed, deleted or thanked for in reply to a question."""
    match event:
        case MessagePosted():
            answering.overhear(scene(unit, event.at), event)
        case MessageDeleted():
            answering.unsaid(scene(unit, event.at), event)
        case ReactionChanged(added=True):
            answering.reacted(scene(unit, event.at), event)
        case ThreadSolved():
            answering.solved(scene(unit, event.at), event)
        case _:
            pass


def _keep(unit: Unit, capture: Capture, event: Event) -> bool:  # noqa: C901 - a list
    """Take in what an event says. Whether a message is new or changed."""
    directory = unit.directory
    match event:
        case MessagePosted():
            return capture.post(event)
        case MessageDeleted():
            return capture.delete(event)
        case ReactionChanged():
            capture.react(event)
        case ReactionsCleared():
            capture.clear_reactions(event)
        case CommunitySeen():
            directory.save_community(event)
        case CommunityLeft():
            capture.finish()
            directory.drop_community(event.community)
        case AccountSeen():
            _meet(unit, capture, event)
        case PlaceSeen():
            directory.save_place(event)
        case PlaceDeleted():
            capture.finish()
            directory.drop_place(event.place)
        case MembersSeen():
            _count_in(unit, event)
        case MembershipChanged():
            place = directory.place(event.place)
            who = None if place is None else directory.author(event.account)
            if place is not None and who is not None:
                directory.set_member(place.id, who.id, event.at, inside=event.joined)
    return False


def _meet(unit: Unit, capture: Capture, event: AccountSeen) -> None:
    """Take in what an account is; what it said before it was known as a bot goes."""
    before, after = unit.directory.account(event.account), unit.directory.save_account(event)
    if before is not None and after is not None and after.is_bot and not before.is_bot:
        capture.silence(after)


def _count_in(unit: Unit, event: MembersSeen) -> None:
    """Take in who is in a place."""
    place = unit.directory.place(event.place)
    if place is not None:
        refs = [AccountRef(event.place.community, name) for name in event.members]
        unit.directory.warm(refs)
        known = [unit.directory.author(ref) for ref in refs]
        numbers = [one.id for one in known if one is not None]
        unit.directory.set_members(place.id, numbers, event.at)


def is_request(event: Event) -> bool:
    """Whether somebody waits for an answer to an event."""
    match event:
        case MessagePosted():
            return event.to_bot and not event.from_bot and event.edited_at is None
        case (
            CommandUsed()
            | ButtonPressed()
            | FormSubmitted()
            | LinkSaved()
            | QuestionRaised()
            | PersonLookedUp()
            | Arrived()
        ):
            return True
        case _:
            return False


def is_lookup(event: Event) -> bool:
    """Whether answering an event changes nothing, once its account is known."""
    return reader(event) is not None


def reader(event: Event) -> AccountRef | None:
    """Who asks, where answering cannot change anything and so need not wait for a writer."""
    match event:
        case CommandUsed():
            who, asked = event.account, commands.parse(event.name, event.text)
        case MessagePosted(to_bot=True, from_bot=False, edited_at=None):
            who, asked = event.author, commands.understand(event.text)
        case _:
            return None
    return who if asked is not None and not asked[0].writes else None


def deletes(event: Event, reply: Reply | None) -> bool:
    """Whether something may have to leave the database's file as well."""
    match event:
        case MessageDeleted() | PlaceDeleted() | CommunityLeft() | ButtonPressed():
            return True
        case AccountSeen():
            return event.is_bot
        case LinkSaved():
            return event.message.edited_at is not None
        case MessagePosted():
            return event.edited_at is not None and reply is None
    return False
