"""The way in of a payload: understood, stored, then acknowledged, then answered.

`take` is all that happens before Slack is acknowledged. What cannot be stored is not acknowledged
either, and Slack sends it again. Who asked something is answered after the acknowledgement; only a
form that was sent is answered with it, because that is how Slack shows what is wrong in it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from adapters.service.incidents import noted
from adapters.service.standing import standing, standing_answer
from adapters.slack import interactions, paging, roster, views
from adapters.slack.answers import Answers, Way
from adapters.slack.calls import CallFailed
from adapters.slack.translate import (
    HOME_OPENED,
    SHARED,
    TOKENS_REVOKED,
    UNINSTALLED,
    UNSHARED,
    revoked_bots,
    translate,
)
from adapters.slack.views import Origin
from bot.events import (
    AccountRef,
    AccountSeen,
    Arrived,
    CommandUsed,
    CommunityLeft,
    Event,
    FormSubmitted,
    LinkSaved,
    MessageDeleted,
    MessagePosted,
    PlaceSeen,
    QuestionRaised,
)
from bot.logs import logger
from bot.queues import Stored, account_of
from bot.replies import Reply
from bot.taking_in import is_lookup

if TYPE_CHECKING:
    from adapters.service.intake import Intake
    from adapters.slack.arrivals import Arrivals
    from adapters.slack.home import Homes
    from adapters.slack.interactions import Interaction
    from adapters.slack.membership import Memberships
    from adapters.slack.offices import Office, Offices
    from adapters.slack.sources import SlackFinder
    from bot.ports import Store

GET_READY = 1.5
"""Seconds to find out who asks and who is where; then the answer goes without."""
BEFORE_ACK = 2.2
"""Seconds that the answer to a form may take to stand in the form: Slack waits for 3."""

Payload = dict[str, Any]
_HOLDERS = (("view", "app_installed_team_id"), ("view", "team_id"), ("message", "team"))


@dataclass(slots=True)
class Inbound:
    """Takes payloads in, for all workspaces."""

    offices: Offices
    intake: Intake
    answers: Answers
    memberships: Memberships
    arrivals: Arrivals
    finder: SlackFinder
    store: Store
    wake: Callable[[], None]
    now: Callable[[], datetime]
    homes: Homes = field(init=False)
    _busy: set[asyncio.Task[Any]] = field(default_factory=set)

    async def take(self, body: Payload) -> Payload | None:
        """Take a payload in; what to acknowledge it with. Raises when it must not be."""
        office = await self.offices.of(team_of(body))
        if office is None:
            logger().info("a payload of a workspace that is not ours")
            return None
        if body.get("type") == "event_callback":
            await self._event(office, body)
            return None
        done = interactions.read(body, office.workspace, self.now())
        return None if done is None else await self._interaction(office, done, body)

    async def settled(self) -> None:
        """Wait until everybody who asked is answered."""
        while self._busy:
            await asyncio.wait(self._busy)

    # ── Events ───────────────────────────────────────────────────────────────────────────────

    async def _event(self, office: Office, body: Payload) -> None:
        event = body.get("event")
        if not isinstance(event, dict):
            return
        event_id = str(body.get("event_id") or "")
        if event.get("type") in {UNINSTALLED, TOKENS_REVOKED} and _is_of_before(body, office):
            logger().info("told late of an installation that there was before")
            return
        match event.get("type"):
            case what if what == HOME_OPENED:
                if event.get("tab") == "home":
                    self._later(self.homes.show(office, str(event.get("user")), event_id))
                return
            case what if what == TOKENS_REVOKED:
                if office.workspace.bot_user in revoked_bots(body):
                    office.calls.revoked = "token_revoked"
                return
            case what if what in {SHARED, UNSHARED}:
                self.memberships.forget(office.workspace.place(str(event.get("channel"))))
                return
        events = translate(body, office.workspace)
        stored = await self._take_all(office, event_id, events)
        self._note(events)
        self._look_into(office, events)
        for one in stored:
            self._later(self.answer(office, one))
        if any(isinstance(one, CommunityLeft) for one in events):
            await self.offices.close(office.community.id)
            self.memberships.leave(office.community)

    async def _take_all(self, office: Office, event_id: str, events: list[Event]) -> list[Stored]:
        """Store events in their order; those that somebody waits for."""
        # The last one is what the payload is about, and has its id.
        names = [f"{event_id}/{number}" for number in range(1, len(events))] + [event_id]
        taken = await asyncio.gather(*map(self.intake.take, names, events))
        office.workspace.learn(events)
        return [one for one in taken if one is not None]

    def _note(self, events: list[Event]) -> None:
        """Remember what is there, and show nothing any more of what is not."""
        for event in events:
            match event:
                case MessagePosted():
                    self.finder.heard(event.place, event.id)
                case MessageDeleted():
                    self.finder.gone(event.place, event.id)
                case _:
                    pass

    def _look_into(self, office: Office, events: list[Event]) -> None:
        """Find out the names of whom and what we just met."""
        for event in events:
            who = account_of(event)
            if who is not None and who.id not in office.workspace.people:
                self._later(self._meet(office, who.id))
            if isinstance(event, PlaceSeen) and event.name == event.place.id:
                self._later(self._visit(office, event.place.id))

    async def _meet(self, office: Office, user: str) -> None:
        if user in office.workspace.people or user == office.workspace.bot_user:
            return
        office.workspace.people[user] = AccountSeen(office.workspace.account(user), user)
        await self._found(office, await roster.person(office, user))

    async def _visit(self, office: Office, channel: str) -> None:
        await self._found(office, await roster.place(office, channel))

    async def _found(self, office: Office, event: Event | None) -> None:
        """Take in what we looked up, behind what the payload itself could say of it."""
        if event is not None:
            await self.intake.take(f"found {secrets.token_hex(8)}", event)
            office.workspace.learn([event])

    # ── Interactions ─────────────────────────────────────────────────────────────────────────

    async def _interaction(
        self, office: Office, done: Interaction, body: Payload
    ) -> Payload | None:
        way = Way(done.user, done.origin, done.trigger, done.in_view)
        if done.turn is not None:
            self._later(self._turn(office, done.turn, way, body))
        elif done.opens is not None:
            self._later(self.answers.open_waiting(office, done.opens, way))
        if done.event is None:
            return None
        stored = await self._take_all(office, done.trigger, [*done.before, done.event])
        for one in stored:
            if isinstance(done.event, FormSubmitted):
                return await self._submitted(office, one, way)
            self._later(self.answer(office, one, way, on_home=done.on_home))
        return None

    async def _turn(self, office: Office, name: str, way: Way, body: Payload) -> None:
        book = self.answers.paging.turned(name, way.user)
        if book is None:
            await self.answers.give(office, Reply.say(paging.TOO_OLD), way)
            return
        checked = await standing(self.intake, book.reply)
        if checked != book.reply:
            await self.answers.give(office, checked, way)
            return
        page = self.answers.paging.shown(book, way.user)
        ts = (body.get("container") or {}).get("message_ts")
        await self.answers.turn(office, page, way, ts)

    async def _submitted(self, office: Office, stored: Stored, way: Way) -> Payload | None:
        """What a form that was sent is acknowledged with: nothing closes it."""
        asking = self._later(self._reply(office, stored))
        done, _ = await asyncio.wait({asking}, timeout=BEFORE_ACK)
        event = stored.event
        assert isinstance(event, FormSubmitted)
        if not done:
            self._later(self._after_form(office, asking, way))
            return None
        reply = asking.result()
        if reply is not None and reply.form is not None:
            wrong = views.errors(reply, event.fields)
            if wrong:
                return {"response_action": "errors", "errors": wrong}
            view = views.modal(reply.form, way.origin, reply)
            return {"response_action": "update", "view": view}
        self._later(self._after_form(office, asking, way))
        return None

    async def _after_form(
        self, office: Office, asking: asyncio.Task[Reply | None], way: Way
    ) -> None:
        reply = await asking
        if reply is not None:
            # Its modal closed; another one could only open over it.
            await self.answers.give(office, reply, Way(way.user, way.origin))
        await self.homes.refresh(office, way.user, f"home {way.trigger}")

    # ── Answering ────────────────────────────────────────────────────────────────────────────

    async def answer(
        self, office: Office, stored: Stored, way: Way | None = None, *, on_home: bool = False
    ) -> None:
        """Answer what was taken, and bring the answer on its way."""
        reply = await self._reply(office, stored)
        event = stored.event
        if isinstance(event, Arrived):
            self.arrivals.begin(office, event.place)
        way = way or way_of(event)
        if on_home and reply is not None and reply.form is None and reply.file is None:
            await self.homes.show(office, way.user, f"home {way.trigger}", said=reply)
            return
        if reply is not None:
            await self.answers.give(office, reply, way)
        if not is_lookup(event) and way.trigger:
            await self.homes.refresh(office, way.user, f"home {way.trigger}")

    async def _reply(self, office: Office, stored: Stored) -> Reply | None:
        await self._prepare(office, stored.event)
        reply = await self.intake.answer(stored)
        self.wake()
        await self._introduce(office, stored.event)
        return None if reply is None else await standing_answer(self.intake, reply, stored)

    async def _introduce(self, office: Office, event: Event) -> None:
        """Say again who somebody is, if the core met them anew: they may want to be known."""
        who = account_of(event)
        seen = None if who is None else office.workspace.people.get(who.id)
        if seen is not None and _is_known(seen):
            known = await asyncio.to_thread(self._name_of, seen.account)
            if known == seen.account.id:
                await self.intake.take_in([seen])

    def _name_of(self, who: AccountRef) -> str | None:
        with self.store.read() as unit:
            account = unit.directory.account(who)
        return None if account is None else account.name

    async def ask(self, office: Office, event_id: str, command: CommandUsed) -> Reply | None:
        """Take a command of our own making in and answer it."""
        stored = await self.intake.take(event_id, command)
        return None if stored is None else await self._reply(office, stored)

    async def _prepare(self, office: Office, event: Event) -> None:
        """Know who asks and who is in which private place, before anything is read for them."""
        who = account_of(event)
        home = office.workspace
        try:
            async with asyncio.timeout(GET_READY):
                if isinstance(event, Arrived):
                    await self._visit(office, event.place.id)
                elif isinstance(event, LinkSaved | QuestionRaised):
                    who = event.account
                if who is not None and not _is_known(home.people.get(who.id)):
                    await self._found(office, await roster.person(office, who.id))
                # Only what all may read depends on who else reads there.
                here = event.place if isinstance(event, MessagePosted) else None
                await self.memberships.freshen(office, who, here)
        except (TimeoutError, CallFailed) as late:
            logger().info("answered with what was known", reason=type(late).__name__)

    def _later(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Do something after the acknowledgement; what goes wrong is in the log."""
        task = asyncio.create_task(_guarded(work))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)
        return task


async def _guarded(work: Coroutine[Any, Any, Any]) -> Any:
    try:
        return await work
    except CallFailed as failed:
        logger().warning("Slack did not answer", reason=str(failed))
    except Exception:  # noqa: BLE001 - nobody waits for it
        noted("left undone")
    return None


def _is_of_before(body: Payload, office: Office) -> bool:
    """Whether something happened before we were installed as we are: Slack tells for an hour."""
    at = body.get("event_time")
    return office.since is not None and isinstance(at, int) and at < int(office.since.timestamp())


def _is_known(seen: AccountSeen | None) -> bool:
    return seen is not None and seen.name != seen.account.id


def team_of(body: Payload) -> str:
    """The workspace that a payload is for: the one where we are installed.

    In a shared channel `team` may be that of the other side; what was pressed knows whose it is.
    """
    for one in body.get("authorizations") or []:
        if isinstance(one, dict) and one.get("team_id"):
            return str(one["team_id"])
    for holder, key in (
        ("view", "app_installed_team_id"),
        ("view", "team_id"),
        ("message", "team"),
    ):
        inner = body.get(holder)
        if body.get("type") != "message_action" and isinstance(inner, dict) and inner.get(key):
            return str(inner[key])
    team = body.get("team")
    number = team.get("id") if isinstance(team, dict) else None
    return str(number or body.get("team_id") or "")


def way_of(event: Event) -> Way:
    """The way back to whoever asked, as far as the event itself says it."""
    match event:
        case MessagePosted():
            direct = event.place.id.startswith("D")
            thread = event.thread or (None if direct else event.id)
            return Way(event.author.id, Origin(event.place.id, thread))
        case CommandUsed():
            return Way(event.account.id, Origin(event.place.id, event.thread))
        case LinkSaved() | QuestionRaised():
            return Way(event.account.id, Origin(event.message.place.id))
        case Arrived():
            return Way("" if event.by is None else event.by.id, Origin(event.place.id))
        case FormSubmitted():
            return Way(event.account.id, Origin(event.place.id))
        case _:
            who = account_of(event)
            place = getattr(event, "place", None)
            return Way("" if who is None else who.id, Origin("" if place is None else place.id))
