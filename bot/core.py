"""The bot: takes an event, changes what is kept, and returns what to say.

Everything happens in one transaction for one event. The order is the same for all platforms: is
it about who and where? is it something said? is it a request? A request of a bot is never
answered, and neither is one of somebody the directory does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot import commands, restoring, sending, taking_in
from bot.actions import ACTIONS, FORMS
from bot.asking import due
from bot.asking.model import Rules
from bot.asking.scene import Scene
from bot.conversations import Limits
from bot.deliveries import Parcel, Ref, Trouble
from bot.digest import due as digests_due
from bot.events import (
    AccountRef,
    Arrived,
    ButtonPressed,
    CommandUsed,
    CommunityRef,
    Event,
    FormSubmitted,
    LinkSaved,
    MessagePosted,
    PersonLookedUp,
    QuestionRaised,
    Visibility,
)
from bot.features import (
    arrival,
    ask,
    asked,
    codes,
    me,
    pulse,
    saving,
    share_here,
)
from bot.features.capture import Capture
from bot.feeds import bringing, reading
from bot.queues import Claimed, Overtaken, Stored
from bot.replies import Reply, Section
from bot.requests import Request

if TYPE_CHECKING:
    from datetime import datetime

    from bot.feeds.model import Brought, Fetched, Page
    from bot.ports import Store, Unit

UNKNOWN = "I did not understand that. Say help to see what I can do."
FORGOTTEN = (
    "I keep nothing about you, so I cannot tell what you may see. "
    "If you want me to know you again, say: remember-me"
)
REMEMBERED = "Good to have you back. What you write from now on can be found again."
KNOWN = "You were never gone: I know you, and me shows what you are found for."
EXPIRED = "That button is not yours or too old. Ask again, and you get a fresh one."


@dataclass(slots=True)
class Bot:
    """Grapevine's core. `new_token` makes unguessable ids for buttons and codes."""

    store: Store
    new_token: Callable[[], str]
    limits: Limits = field(default_factory=Limits)
    rules: Rules = field(default_factory=Rules)

    def handle(self, event: Event) -> Reply | None:
        """Take in one event; what it says in return, if anything."""
        reader = taking_in.reader(event)
        if reader is not None:
            with self.store.read() as unit:
                # Somebody new is made known first, which is writing.
                is_lookup = unit.directory.has_met(reader)
                reply = self._answer(unit, event) if is_lookup else None
            if is_lookup:
                self._keep_promises(unit)
                return reply
        with self.store.write() as unit:
            reply = self._answer(unit, event)
            unit.people.keep_promises(unit.people.promised)
        if taking_in.deletes(event, reply):
            self.store.scrub()
        return reply

    def handle_stored(self, stored: Stored) -> Reply | None:
        """Like `handle`, for an event of the inbox, which is done in the same transaction.

        Raises `Overtaken` when another process has it by now. What it deletes has left the file
        when `Store.scrub` was called.
        """
        event = stored.event
        reader = taking_in.reader(event)
        with self.store.read() as unit:
            is_lookup = reader is not None and unit.directory.has_met(reader)
            reply = self._answer(unit, event) if is_lookup else None
            promised = unit.people.promised
        with self.store.queue() if is_lookup else self.store.write() as unit:
            if not is_lookup:
                reply = self._answer(unit, event)
                promised = unit.people.promised
            unit.people.keep_promises(promised)
            _finish(unit, stored)
        return reply

    def _keep_promises(self, reading: Unit) -> None:
        """Remember the buttons that were handed out while only reading."""
        if reading.people.promised:
            with self.store.queue() as unit:
                unit.people.keep_promises(reading.people.promised)

    def take_in_stored(self, several: Sequence[Stored]) -> None:
        """Like `take_in`, for events of the inbox, none of which asks anything."""
        with self.store.write() as unit:
            self.take_in_within(unit, [stored.event for stored in several], live=True)
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

    def suggest(self, typed: CommandUsed) -> list[str]:
        """What somebody may mean by what they are typing behind a command; nothing is changed.

        It is for their eyes alone, and computed from what they may see.
        """
        meant = commands.parse(typed.name, typed.text)
        if meant is None or meant[0].suggests is None:
            return []
        with self.store.read() as unit:
            is_known = unit.directory.has_met(typed.account)
            request = self._request(unit, typed, private=True) if is_known else None
            if request is None or request.account.is_bot:
                return []
            return meant[0].suggests(request, meant[1])

    def feed(self, token: str, at: datetime) -> Page | None:
        """The feed behind the secret in an address; None where that leads nowhere."""
        with self.store.read() as unit:
            return reading.read(unit, token, at)

    def due_feeds(self, at: datetime) -> list[Brought]:
        """Some feeds that people bring and that are due; each comes only once in its hour."""
        with self.store.write() as unit:
            return bringing.claim(self._scene(unit, at))

    def take_in_feed(self, place_id: int, fetched: Fetched, at: datetime) -> int:
        """Take in what stands in a brought feed; how many entries were new or changed."""
        with self.store.write() as unit:
            return bringing.take_in(self._scene(unit, at), place_id, fetched)

    # ── Deliveries and what is due ───────────────────────────────────────────────────────────

    def compose(self, claimed: Claimed, at: datetime) -> Parcel | None:
        """The words of a delivery; None: it is owed no more, or not now, and so written down."""
        with self.store.write() as unit:
            return sending.compose(self._scene(unit, at), claimed)

    def arrived(self, claimed: Claimed, ref: Ref, at: datetime) -> None:
        """A delivery stands in the chat."""
        with self.store.write() as unit:
            sending.arrived(self._scene(unit, at), claimed, ref)

    def bounced(self, claimed: Claimed, trouble: Trouble, reason: str, at: datetime) -> None:
        """A delivery can never arrive."""
        with self.store.write() as unit:
            sending.bounced(self._scene(unit, at), claimed, trouble, reason)

    def tick(self, at: datetime) -> int:
        """Do some of what is due, in one transaction; how much that was. Again until it is none."""
        with self.store.write() as unit:
            scene = self._scene(unit, at)
            return due.run(scene) + digests_due.run(scene) + pulse.run(scene)

    def sweep(self, at: datetime) -> None:
        """Drop what is of no use any more: codes and buttons that expired."""
        with self.store.write() as unit:
            unit.codes.sweep(at, at - codes.WITHIN)
            unit.people.drop_buttons(at)

    def restored(self, at: datetime) -> int:
        """A copy of the store was brought back: send nothing twice; how many deliveries wait."""
        with self.store.write() as unit:
            return restoring.settle(self._scene(unit, at))

    def _scene(self, unit: Unit, at: datetime) -> Scene:
        return Scene(unit, at, self.new_token, self.rules, self.limits)

    # ── Taking in ────────────────────────────────────────────────────────────────────────────

    def take_in(self, events: Sequence[Event]) -> int:
        """Take in many events in one transaction; how many messages were new or changed."""
        with self.store.write() as unit:
            return self.take_in_within(unit, events)

    def take_in_within(self, unit: Unit, events: Sequence[Event], *, live: bool = False) -> int:
        """Like `take_in`, within a transaction of the caller's; `live`: they happen now."""
        return taking_in.take_in(unit, events, self.limits, self._scene, live=live)

    # ── One event ────────────────────────────────────────────────────────────────────────────

    def _answer(self, unit: Unit, event: Event) -> Reply | None:
        match event:
            case CommandUsed(name=commands.REMEMBER_ME):
                return self._remember(unit, event.account)
            case CommandUsed():
                return self._run(unit, event, commands.parse(event.name, event.text))
            case MessagePosted(to_bot=True, from_bot=False, edited_at=None):
                return self._converse(unit, event)
            case ButtonPressed() | FormSubmitted():
                return self._press(unit, event)
            case LinkSaved() | QuestionRaised() | PersonLookedUp() | Arrived():
                return self._chosen(unit, event)
        self.take_in_within(unit, [event], live=True)
        return None

    def _chosen(
        self, unit: Unit, event: LinkSaved | QuestionRaised | PersonLookedUp | Arrived
    ) -> Reply | None:
        """Somebody chose something from the menu of a message or person, or invited Grapevine."""
        match event:
            case Arrived():
                note = arrival.everywhere if event.everywhere else arrival.reply
                return note(self._scene(unit, event.at), event.place)
            case LinkSaved():
                return self._save(unit, event)
            case QuestionRaised():
                return self._raise(unit, event)
            case PersonLookedUp():
                return self._look_up(unit, event)

    def _converse(self, unit: Unit, event: MessagePosted) -> Reply | None:
        place = unit.directory.place(event.place)
        is_direct = place is not None and place.visibility is Visibility.DIRECT
        if event.text.strip().lower() == commands.REMEMBER_ME:
            return self._remember(unit, event.author)
        meant = commands.understand(event.text)
        used = CommandUsed(
            event.place, event.author, "", event.text, event.at, is_direct, event.thread
        )
        if is_direct and (event.reply_to or event.thread or meant is None):
            answer = self._answer_directly(unit, used, event.thread or event.reply_to)
            if answer is not None:
                return answer
        return self._run(unit, used, meant)

    def _answer_directly(self, unit: Unit, used: CommandUsed, to: str | None) -> Reply | None:
        """What a direct message that may be an answer to a question is answered with."""
        request = self._request(unit, used, private=True)
        if request is None or request.account.is_bot:
            return None
        return asked.by_direct_message(request, used.text, to)

    def _run(
        self, unit: Unit, event: CommandUsed, meant: tuple[commands.Command, str] | None
    ) -> Reply | None:
        command, text = meant or (None, "")
        private = event.private or (command is not None and command.private)
        request = self._request(unit, event, private=private)
        if request is None:
            return Reply.say(FORGOTTEN)
        if request.account.is_bot:
            return None
        if command is None:
            return Reply.say(UNKNOWN)
        if command.writes:
            unit.manners.meet(request.account.person_id, event.at)
        return share_here.offer(request, command, text, command.handler(request, text))

    def _press(self, unit: Unit, event: ButtonPressed | FormSubmitted) -> Reply | None:
        request = self._request(unit, event, private=True)
        if request is None:
            return Reply.say(FORGOTTEN)
        unit.people.drop_buttons(event.at)
        found = unit.people.button(event.token, request.account.person_id, event.at)
        if found is None or request.account.is_bot:
            return Reply.say(EXPIRED)
        unit.manners.meet(request.account.person_id, event.at)
        action, arguments = found
        if isinstance(event, FormSubmitted):
            return FORMS[action](request, dict(event.fields), *arguments)
        return ACTIONS[action](request, *arguments)

    def _save(self, unit: Unit, event: LinkSaved) -> Reply:
        used = CommandUsed(event.message.place, event.account, "", "", event.at)
        request = self._request(unit, used, private=True)
        if request is None:
            return Reply.say(FORGOTTEN)
        return saving.reply(request, event.message, Capture(unit, self.limits))

    def _raise(self, unit: Unit, event: QuestionRaised) -> Reply:
        message = event.message
        thread = message.thread or message.id
        used = CommandUsed(message.place, event.account, "", "", event.at, thread=thread)
        request = self._request(unit, used, private=True)
        if request is None:
            return Reply.say(FORGOTTEN)
        unit.manners.meet(request.account.person_id, event.at)
        return ask.raised(request, message)

    def _look_up(self, unit: Unit, event: PersonLookedUp) -> Reply:
        used = CommandUsed(event.place, event.account, "", "", event.at, event.private)
        request = self._request(unit, used, private=event.private)
        if request is None:
            return Reply.say(FORGOTTEN)
        return me.of(request, unit.directory.account(event.about))

    def _remember(self, unit: Unit, who: AccountRef) -> Reply:
        if unit.directory.author(who) is not None:
            return Reply.say(KNOWN)
        unit.directory.welcome_back(who)
        unit.directory.author(who)
        return Reply.say(REMEMBERED)

    def _request(
        self,
        unit: Unit,
        event: CommandUsed | ButtonPressed | FormSubmitted,
        *,
        private: bool,
    ) -> Request | None:
        community = unit.directory.community(event.place.community)
        account = unit.directory.author(event.account) if community is not None else None
        if community is None or account is None:
            return None
        return Request(
            unit=unit,
            community=community,
            place=unit.directory.place(event.place),
            account=account,
            account_ids=unit.directory.accounts_of(account.person_id),
            private=private,
            at=event.at,
            new_token=self.new_token,
            limits=self.limits,
            rules=self.rules,
            thread=event.thread if isinstance(event, CommandUsed) else None,
        )


def _finish(unit: Unit, stored: Stored) -> None:
    if not unit.inbox.done(stored):
        raise Overtaken


SORRY = "Something went wrong on my side; I have noted it and nothing is lost. Please try again."


def apology(incident: str) -> Reply:
    """What a person is told when something unexpected happened; `incident` is in the log."""
    return Reply((Section(heading=(f"{SORRY} (incident {incident})",)),))
