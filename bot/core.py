"""The bot: takes an event, changes what is kept, and returns what to say.

Everything happens in one transaction for one event. The order is the same for all platforms: is
it about who and where? is it something said? is it a request? A request of a bot is never
answered, and neither is one of somebody the directory does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot import commands
from bot.conversations import Limits
from bot.events import (
    AccountRef,
    AccountSeen,
    Arrived,
    ButtonPressed,
    CommandUsed,
    CommunityLeft,
    CommunityRef,
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
    Visibility,
)
from bot.features import me, places, privacy, saving
from bot.features.capture import Capture
from bot.queues import Overtaken, Stored
from bot.replies import Reply, Section
from bot.requests import Request

if TYPE_CHECKING:
    from datetime import datetime

    from bot.ports import Store, Unit

UNKNOWN = "I did not understand that. Say help to see what I can do."
FORGOTTEN = (
    "I keep nothing about you, so I cannot tell what you may see. "
    "If you want me to know you again, say: remember-me"
)
REMEMBERED = "Good to have you back. What you write from now on can be found again."
EXPIRED = "That button is not yours or too old. Ask again, and you get a fresh one."

# What the buttons do; their names are kept with them in the store.
ACTIONS: dict[str, Callable[..., Reply]] = {
    "hide": me.hide,
    "show-all": me.show_all,
    "unlist-me": me.unlist,
    "list-me": me.list_again,
    "forget-me": privacy.forget,
    "empty-place": places.empty,
}


@dataclass(slots=True)
class Bot:
    """Grapevine's core. `new_token` makes unguessable ids for buttons and codes."""

    store: Store
    new_token: Callable[[], str]
    limits: Limits = field(default_factory=Limits)

    def handle(self, event: Event) -> Reply | None:
        """Take in one event; what it says in return, if anything."""
        reader = _reader(event)
        if reader is not None:
            with self.store.read() as unit:
                # Somebody new is made known first, which is writing.
                if unit.directory.has_met(reader):
                    return self._answer(unit, event)
        with self.store.write() as unit:
            reply = self._answer(unit, event)
        if _deletes(event, reply):
            self.store.scrub()
        return reply

    def handle_stored(self, stored: Stored) -> Reply | None:
        """Like `handle`, for an event of the inbox, which is done in the same transaction.

        Raises `Overtaken` when another process has it by now. What it deletes has left the file
        when `Store.scrub` was called.
        """
        event = stored.event
        reader = _reader(event)
        with self.store.read() as unit:
            is_lookup = reader is not None and unit.directory.has_met(reader)
            reply = self._answer(unit, event) if is_lookup else None
        with self.store.queue() if is_lookup else self.store.write() as unit:
            if not is_lookup:
                reply = self._answer(unit, event)
            _finish(unit, stored)
        return reply

    def take_in_stored(self, several: Sequence[Stored]) -> None:
        """Like `take_in`, for events of the inbox, none of which asks anything."""
        with self.store.write() as unit:
            self.take_in_within(unit, [stored.event for stored in several])
            for stored in several:
                _finish(unit, stored)

    def answer_outsider(self, name: str, text: str, community: CommunityRef, at: datetime) -> Reply:
        """Answer `whoknows` or `links` for somebody who is nobody there and sees what is public."""
        with self.store.read() as unit:
            home = unit.directory.community(community)
            asked = commands.parse(name, text)
            if home is None or asked is None:
                return Reply.say(UNKNOWN)
            return asked[0].handler(Request.outside(unit, home, at), asked[1])

    def take_in(self, events: Sequence[Event]) -> int:
        """Take in many events in one transaction; how many messages were new or changed."""
        with self.store.write() as unit:
            return self.take_in_within(unit, events)

    def take_in_within(self, unit: Unit, events: Sequence[Event]) -> int:
        """Like `take_in`, within a transaction of the caller's."""
        capture = Capture(unit, self.limits)
        changed = 0
        warm = False
        for event in events:
            if isinstance(event, MessagePosted) and not warm:
                warm = True
                capture.warm([one for one in events if isinstance(one, MessagePosted)])
            changed += _keep(unit, capture, event)
        capture.settle()
        return changed

    # ── One event ────────────────────────────────────────────────────────────────────────────

    def _answer(self, unit: Unit, event: Event) -> Reply | None:
        match event:
            case CommandUsed():
                asked = commands.parse(event.name, event.text)
                if event.name == commands.REMEMBER_ME:
                    return self._remember(unit, event.account)
                return self._run(unit, event, asked)
            case MessagePosted(to_bot=True, from_bot=False, edited_at=None):
                return self._converse(unit, event)
            case ButtonPressed() | FormSubmitted():
                return self._press(unit, event)
            case LinkSaved():
                return self._save(unit, event)
        self.take_in_within(unit, [event])
        return None

    def _converse(self, unit: Unit, event: MessagePosted) -> Reply | None:
        place = unit.directory.place(event.place)
        is_direct = place is not None and place.visibility is Visibility.DIRECT
        if event.text.strip().lower() == commands.REMEMBER_ME:
            return self._remember(unit, event.author)
        asked = commands.understand(event.text)
        used = CommandUsed(
            event.place, event.author, "", event.text, event.at, is_direct, event.thread
        )
        return self._run(unit, used, asked)

    def _run(
        self, unit: Unit, event: CommandUsed, asked: tuple[commands.Command, str] | None
    ) -> Reply | None:
        command, text = asked or (None, "")
        private = event.private or (command is not None and command.private)
        request = self._request(unit, event.account, event.place, event.at, private=private)
        if request is None:
            return Reply.say(FORGOTTEN)
        if request.account.is_bot:
            return None
        if command is None:
            return Reply.say(UNKNOWN)
        return command.handler(request, text)

    def _press(self, unit: Unit, event: ButtonPressed | FormSubmitted) -> Reply | None:
        request = self._request(unit, event.account, event.place, event.at, private=True)
        if request is None:
            return Reply.say(FORGOTTEN)
        unit.people.drop_buttons(event.at)
        found = unit.people.button(event.token, request.account.person_id, event.at)
        if found is None:
            return Reply.say(EXPIRED)
        action, arguments = found
        return ACTIONS[action](request, *arguments)

    def _save(self, unit: Unit, event: LinkSaved) -> Reply | None:
        request = self._request(unit, event.account, event.message.place, event.at, private=True)
        if request is None:
            return Reply.say(FORGOTTEN)
        return saving.reply(request, event.message, Capture(unit, self.limits))

    def _remember(self, unit: Unit, who: AccountRef) -> Reply:
        unit.directory.welcome_back(who)
        unit.directory.author(who)
        return Reply.say(REMEMBERED)

    def _request(
        self, unit: Unit, who: AccountRef, where: PlaceRef, at: datetime, *, private: bool
    ) -> Request | None:
        community = unit.directory.community(where.community)
        account = unit.directory.author(who) if community is not None else None
        if community is None or account is None:
            return None
        return Request(
            unit=unit,
            community=community,
            place=unit.directory.place(where),
            account=account,
            account_ids=unit.directory.accounts_of(account.person_id),
            private=private,
            at=at,
            new_token=self.new_token,
            limits=self.limits,
        )


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
    return _reader(event) is not None


def _finish(unit: Unit, stored: Stored) -> None:
    if not unit.inbox.done(stored):
        raise Overtaken


def _reader(event: Event) -> AccountRef | None:
    """Who asks, where answering cannot change anything and so need not wait for a writer."""
    match event:
        case CommandUsed():
            who, asked = event.account, commands.parse(event.name, event.text)
        case MessagePosted(to_bot=True, from_bot=False, edited_at=None):
            who, asked = event.author, commands.understand(event.text)
        case _:
            return None
    return who if asked is not None and not asked[0].writes else None


def _deletes(event: Event, reply: Reply | None) -> bool:
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


SORRY = "Something went wrong on my side; I have noted it and nothing is lost. Please try again."


def apology(incident: str) -> Reply:
    """What a person is told when something unexpected happened; `incident` is in the log."""
    return Reply((Section(heading=(f"{SORRY} (incident {incident})",)),))
