"""Slack as a platform of the service: everything wired, started and stopped."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from adapters.service.incidents import noted
from adapters.slack import roster
from adapters.slack.answers import Answers, Way
from adapters.slack.app import build
from adapters.slack.arrivals import Arrivals
from adapters.slack.calls import CallFailed, Denied
from adapters.slack.carrier import SlackCarrier
from adapters.slack.explain import explained
from adapters.slack.home import Homes
from adapters.slack.inbound import Inbound, way_of
from adapters.slack.installations import Installed
from adapters.slack.installing import Flow, guarded
from adapters.slack.membership import Memberships
from adapters.slack.paging import Paging
from adapters.slack.shelf import Shelf
from adapters.slack.sockets import SocketHabits, Sockets
from adapters.slack.sources import SlackFinder
from adapters.slack.web import INSTALL, INSTALLED, Page, Web
from bot.errors import SettingsError
from bot.events import MessagePosted, Platform
from bot.logs import logger
from bot.queues import Stored, community_of
from bot.replies import Reply

if TYPE_CHECKING:
    from adapters.service.carrier import Carrier
    from adapters.service.platforms import Hub
    from adapters.slack.configuration import Configuration
    from adapters.slack.offices import Office, Offices

BEAT = 30.0
"""Seconds between two looks after the places, and two notes that all has arrived so far."""
PATIENCE = 10.0
"""Seconds in which coming up may still fail for a reason that a person must mend."""
LONGEST_WAIT = 300.0
LAST_WORDS = 10.0
"""Seconds in which whoever asked is still answered when we stop."""


@dataclass(slots=True)
class SlackService:
    """All workspaces that Grapevine is installed in."""

    hub: Hub
    configuration: Configuration
    offices: Offices
    inbound: Inbound = field(init=False)
    arrivals: Arrivals = field(init=False)
    memberships: Memberships = field(init=False)
    finder: SlackFinder = field(init=False)
    sockets: Sockets | None = None
    web: Web | None = None
    beat: float = BEAT
    socket_habits: SocketHabits = field(default_factory=SocketHabits)
    _carrier: SlackCarrier = field(init=False)
    _work: list[asyncio.Task[None]] = field(default_factory=list)
    _catching: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        hub, offices = self.hub, self.offices
        take_in = hub.intake.take_in
        self._carrier = SlackCarrier(offices, hub.intake.sources)
        self.finder = SlackFinder(offices, lambda: self._is_live)
        hub.intake.sources.look_with(Platform.SLACK, self.finder)
        self.arrivals = Arrivals(hub.store, take_in, self._answer_missed, hub.now)
        self.arrivals.witness = self.finder.witness
        self.memberships = Memberships(offices, hub.store, hub.intake.take, hub.now)
        answers = Answers(Paging(Shelf(hub.now)), Shelf(hub.now))
        self.inbound = Inbound(
            offices,
            hub.intake,
            answers,
            self.memberships,
            self.arrivals,
            self.finder,
            hub.store,
            hub.wake,
            hub.now,
        )
        self.inbound.homes = Homes(self.inbound.ask, hub.now)
        offices.opened = lambda office: self._begin(self._settle(office))
        hub.intake.tell_late(Platform.SLACK, self._tell_late)

    @property
    def name(self) -> str:
        """What people call it."""
        return "Slack"

    @property
    def carrier(self) -> Carrier:
        """Delivers to it."""
        return self._carrier

    # ── Coming and going ─────────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Connect; while Slack cannot be reached it is tried again and again in the background.

        Raises SettingsError with one sentence for what a person must mend.
        """
        coming = asyncio.create_task(self._come_up())
        self._work.append(coming)
        done, _ = await asyncio.wait({coming}, timeout=PATIENCE)
        if done:
            coming.result()

    async def _come_up(self) -> None:
        """Move in everywhere and connect. SettingsError when that will never be possible."""
        failures = 0
        while not self.offices.is_up:
            try:
                await self._reseal()
                for office in await self.offices.open_all():
                    await self._get_to_know_one(office)
                await self._connect()
                self.offices.is_up = True
            except Denied as denied:
                logger().error("Slack does not let us in", reason=explained(denied))
                raise SettingsError(explained(denied)) from denied
            except CallFailed as failed:
                logger().warning("Slack cannot be reached yet", reason=str(failed))
                await asyncio.sleep(min(1 << failures, LONGEST_WAIT))
                failures += 1
        self._begin(self._look_after())
        self._begin(self.memberships.keep_fresh())

    async def stop(self) -> None:
        """Take nothing in any more, and finish what is being answered."""
        if self.sockets is not None:
            await self.sockets.stop()
        if self.web is not None:
            await self.web.stop()
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        await self.arrivals.stop()
        try:
            await asyncio.wait_for(self.inbound.settled(), LAST_WORDS)
        except TimeoutError:
            logger().warning("somebody was not answered in time")
        await self.offices.shut()

    async def _connect(self) -> None:
        config = self.configuration
        app = build(self.offices, self.inbound, config.signing_secret)
        if config.http_port:
            web = Web(app, config.signing_secret, config.http_host, config.http_port, self._pages())
            await web.start()
            self.web = web
        if config.app_token:
            client = self.offices.client
            sockets = Sockets(app, config.app_token, client, self._back, self.socket_habits)
            await sockets.start()
            self.sockets = sockets

    def _pages(self) -> dict[str, Page]:
        """The pages by which workspaces install us, where several may."""
        chosen, installed = self.configuration.installing, self.offices.tokens
        if chosen is None or not isinstance(installed, Installed):
            return {}
        flow = Flow(self.offices, installed, chosen, self._installed)
        return {
            INSTALL: lambda request: guarded(flow.handle_installation(request)),
            INSTALLED: lambda request: guarded(flow.handle_callback(request)),
        }

    async def _installed(self, team: str) -> None:
        """A workspace installed us just now."""
        try:
            await self.offices.renew(team)
        except CallFailed as failed:
            # Its first event, or the next start, opens it.
            logger().warning("a new workspace cannot be reached yet", reason=str(failed))

    async def _settle(self, office: Office) -> None:
        """Settle in a workspace that came while we run."""
        home = office.community
        await self.hub.intake.take(f"installed {secrets.token_hex(8)}", office.introduced())
        # If it had uninstalled us before, that is over first.
        await self.hub.intake.caught_up()
        await self._get_to_know(office)
        await self.arrivals.catch_up(office)
        await self.arrivals.watch(office)
        logger().info("at home in a new workspace", team=home.id)

    async def _reseal(self) -> None:
        if isinstance(self.offices.tokens, Installed):
            changed = await self.offices.tokens.reseal()
            if changed:
                logger().warning("tokens are encrypted with the first key now", tokens=changed)

    async def _get_to_know_one(self, office: Office) -> None:
        """The same, where one of several workspaces must not stop the others."""
        try:
            await self._get_to_know(office)
        except Denied as denied:
            if self.configuration.installing is None:
                raise
            logger().error("a workspace does not let us in", reason=explained(denied))

    async def _get_to_know(self, office: Office) -> None:
        """Tell the core of a workspace and its places; its people follow in the background."""
        take_in, home = self.hub.intake.take_in, office.workspace
        await take_in([office.introduced()])
        inside: set[str] = set()
        async for page in roster.places(office):
            await take_in(page)
            home.learn(page)
            inside.update(one.place.id for one in page)
        home.inside = inside
        self._begin(self._meet_everybody(office))

    async def _meet_everybody(self, office: Office) -> None:
        async for page in roster.people(office):
            await self.hub.intake.take_in(page)
            office.workspace.learn(page)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._work = [task for task in self._work if not task.done()]
        self._work.append(asyncio.create_task(_guarded(work)))

    # ── While it runs ────────────────────────────────────────────────────────────────────────

    async def _look_after(self) -> None:
        """Catch up; then see to it that every place is read and known to be."""
        await self._catch_up()
        was_live: datetime | None = None
        while True:
            for office in self.offices.open:
                await self.arrivals.watch(office)
                if was_live is not None and not self._catching.locked():
                    await self.arrivals.seen(office, was_live)
            was_live = self.hub.now() if self._is_live else None
            await asyncio.sleep(self.beat)

    @property
    def _is_live(self) -> bool:
        return self.sockets is None or self.sockets.is_live

    async def _back(self) -> None:
        """We were away: find out who and what is there now, and read what was said meanwhile."""
        self.finder.gap()
        for office in self.offices.open:
            try:
                await self._get_to_know(office)
            except CallFailed as failed:
                logger().warning("who is there is not known anew", reason=str(failed))
        await self._catch_up()

    async def _catch_up(self) -> None:
        async with self._catching:
            for office in self.offices.open:
                await self.arrivals.catch_up(office)

    async def _answer_missed(self, office: Office, asked: MessagePosted) -> None:
        stored = await self.hub.intake.take(f"missed {asked.place.id} {asked.id}", asked)
        if stored is not None:
            await self.inbound.answer(office, stored)

    async def _tell_late(self, stored: Stored, reply: Reply) -> None:
        """Tell somebody what a process that died owed them."""
        office = self.offices.of_community(community_of(stored.event))
        if office is not None:
            way: Way = way_of(stored.event)
            await self.inbound.answers.give(office, reply, way)


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except CallFailed as failed:
        logger().warning("Slack did not answer", reason=str(failed))
    except Exception:  # noqa: BLE001 - the rest goes on
        noted("Slack’s background work stopped")
