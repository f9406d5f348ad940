"""Discord in `grapevine run`: what belongs together, started and stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import discord

from adapters.discord import portal
from adapters.discord.answers import Answers
from adapters.discord.atlas import Atlas
from adapters.discord.book import Book
from adapters.discord.carrier import DiscordCarrier
from adapters.discord.client import GrapevineClient, IdentifyPace, wanted_intents
from adapters.discord.commands import fingerprint, registrations
from adapters.discord.history import Histories
from adapters.discord.homes import Homes
from adapters.discord.inlet import Inlet
from adapters.discord.membership import Memberships
from adapters.discord.requests import Requests
from adapters.discord.sources import DiscordFinder
from adapters.service.carrier import Later
from adapters.service.incidents import noted
from adapters.service.platforms import Hub
from bot.errors import GrapevineError, SettingsError
from bot.events import Platform
from bot.logs import logger

if TYPE_CHECKING:
    from adapters.discord.portal import Application

REGISTERED = "discord.commands"
NO_INTENTS = (
    "Discord refuses the privileged intents of this bot. Switch them on in the developer portal "
    "(your application, Bot), or set DISCORD_MESSAGE_CONTENT=false."
)
NOT_CONNECTED = "Discord did not let us connect ({})."
CONNECTED_WITHIN = 60.0
# Seconds in which coming up may still fail for a reason that a person must mend.
PATIENCE = 20.0
LONGEST_WAIT = 300.0
# All members of a server may be asked for every 30 seconds:
# https://docs.discord.com/developers/events/gateway-events#request-guild-members
LIST_AGAIN_AFTER = 35.0
AGAIN_AFTER = timedelta(seconds=30)
# What trying again cannot mend: a wrong token, wrong shards or intents.
_FATAL = {4_004, 4_010, 4_011, 4_012, 4_013, 4_014}


class NotConnected(GrapevineError):
    """The gateway did not take us in time."""


@dataclass(slots=True)
class DiscordService:
    """One bot user in all of its servers."""

    hub: Hub
    pace: IdentifyPace = field(default_factory=IdentifyPace)
    atlas: Atlas = field(init=False)
    book: Book = field(init=False)
    finder: DiscordFinder = field(init=False)
    homes: Homes = field(init=False)
    members: Memberships = field(init=False)
    inlet: Inlet = field(init=False)
    histories: Histories = field(init=False)
    carrier: DiscordCarrier = field(init=False)
    answers: Answers | None = None
    reads_contents: bool = False
    _client: GrapevineClient | None = None
    _sender: discord.Client | None = None
    _work: set[asyncio.Task[None]] = field(default_factory=set)
    _connections: set[asyncio.Task[None]] = field(default_factory=set)
    _asked: set[asyncio.Task[None]] = field(default_factory=set)
    _listing: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _is_stopping: bool = False

    def __post_init__(self) -> None:
        hub = self.hub
        self.atlas = Atlas("")
        self.book = Book(hub.now)
        self.finder = DiscordFinder(self._requests, lambda: self.is_connected)
        hub.intake.sources.look_with(Platform.DISCORD, self.finder)
        self.homes = Homes(self.atlas, hub.store, self._requests)
        self.members = Memberships(
            self.atlas, hub.store, hub.intake, self._requests, hub.now, lambda: self.is_connected
        )
        self.histories = Histories(
            self.atlas,
            hub.store,
            hub.intake,
            self._requests,
            hub.now,
            lambda: self.is_connected and self.reads_contents,
            lambda: self.inlet.is_busy,
        )
        self.inlet = Inlet(
            self.atlas,
            self.homes,
            self.book,
            self.finder,
            self.members,
            hub.store,
            hub.intake,
            self._requests,
            hub.now,
            self._answer_message,
            self.histories.missed,
            self._came,
        )
        self.carrier = DiscordCarrier(self._send_with, self.atlas, hub.intake.sources, hub.now)

    @property
    def name(self) -> str:
        """What people call it."""
        return "Discord"

    @property
    def is_connected(self) -> bool:
        """Whether we hear what happens."""
        return self._client is not None and self._client.is_connected

    def client(self) -> GrapevineClient:
        """The client of the moment. `Later` while there is none."""
        if self._client is None:
            raise Later
        return self._client

    def _send_with(self) -> discord.Client:
        """The client that deliveries go through. `Later` while there is none."""
        if self._sender is None:
            raise Later
        return self._sender

    def _requests(self) -> Requests:
        return Requests(self.client().http)

    # ── Starting and stopping ────────────────────────────────────────────────────────────────

    async def start(self) -> None:
        """Connect, and take in what happens.

        While Discord cannot be reached it is tried again and again in the background. SettingsError
        with one sentence for what a person must mend.
        """
        portal.point_at(self.hub.settings)
        self.hub.intake.tell_late(Platform.DISCORD, self._late)
        coming = asyncio.create_task(self._come_up())
        self._work.add(coming)
        done, _ = await asyncio.wait({coming}, timeout=PATIENCE)
        if done:
            self._work.discard(coming)
            coming.result()
        else:
            coming.add_done_callback(self._came_up)

    async def _come_up(self) -> None:
        """Connect for the first time. SettingsError when that will never be possible."""
        failures = 0
        while True:
            try:
                app = await portal.application(self.hub.settings)
                self._sender = self._sender or await portal.sender(self.hub.settings)
                await self._connect(app)
            except (portal.Unreachable, NotConnected, *portal.PASSING) as error:
                logger().warning("Discord cannot be reached yet", reason=str(error))
                await asyncio.sleep(min(1 << failures, LONGEST_WAIT))
                failures += 1
            else:
                break
        for work in (self.inlet.run(), self.members.run(), self.histories.run()):
            self._keep(self._work, work)

    def _came_up(self, coming: asyncio.Task[None]) -> None:
        self._work.discard(coming)
        error = None if coming.cancelled() else coming.exception()
        if error is not None:
            logger().error("Discord does not let us in", reason=str(error))

    async def _connect(self, app: Application) -> None:
        """Make a client and wait until it hears; whatever ends it later is looked at then."""
        settings = self.hub.settings
        content = app.content and settings.discord_message_content
        if settings.discord_message_content and not app.content:
            logger().warning("without the Message Content intent nothing is kept by itself")
        self.reads_contents = content
        intents = wanted_intents(members=app.members, content=content)
        client = GrapevineClient(intents, self.inlet.heard, self._answer_interaction, self.pace)
        await client.login(settings.discord_bot_token.get_secret_value())
        assert client.user is not None
        self.atlas.me, self.atlas.hears_members = str(client.user.id), app.members
        self._client = client
        self.answers = self._answers(client)
        await self._register(app.id)
        connecting = asyncio.create_task(client.connect())
        self._connections.add(connecting)
        await self._until_ready(client, connecting)
        connecting.add_done_callback(lambda task: self._ended(task, app))

    async def _until_ready(self, client: GrapevineClient, connecting: asyncio.Task[None]) -> None:
        ready = asyncio.create_task(client.began.wait())
        done, _ = await asyncio.wait(
            {ready, connecting}, timeout=CONNECTED_WITHIN, return_when=asyncio.FIRST_COMPLETED
        )
        ready.cancel()
        if ready in done:
            return
        await client.close()
        error = connecting.exception() if connecting in done else TimeoutError()
        if isinstance(error, discord.PrivilegedIntentsRequired):
            raise SettingsError(NO_INTENTS) from None
        raise NotConnected(NOT_CONNECTED.format(type(error).__name__)) from error

    def _ended(self, task: asyncio.Task[None], app: Application) -> None:
        """The SDK gave up. Connect anew after a while, unless that cannot help."""
        self._connections.discard(task)
        if self._is_stopping or task.cancelled():
            return
        error = task.exception()
        code = getattr(error, "code", None)
        if code in _FATAL or isinstance(error, discord.PrivilegedIntentsRequired):
            logger().error("Discord has ended the connection for good", reason=repr(error))
            return
        logger().warning("the connection to Discord ended", reason=repr(error))
        self._keep(self._work, self._connect_again(app))

    async def _connect_again(self, app: Application) -> None:
        while not self._is_stopping:
            await asyncio.sleep(AGAIN_AFTER.total_seconds())
            try:
                await self._connect(app)
            except Exception:  # noqa: BLE001 - there is always another try
                noted("still not connected to Discord")
            else:
                return

    async def stop(self) -> None:
        """Take nothing in any more, and finish what is being answered."""
        self._is_stopping = True
        if self._asked:
            await asyncio.wait(self._asked)
        await self._cancel(self._work)
        for client in (self._client, self._sender):
            if client is not None:
                await client.close()
        await self._cancel(self._connections)
        await self.inlet.finish()

    async def _cancel(self, tasks: set[asyncio.Task[None]]) -> None:
        for task in list(tasks):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task

    def _keep(
        self, where: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]
    ) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        where.add(task)
        task.add_done_callback(where.discard)
        return task

    # ── Commands ─────────────────────────────────────────────────────────────────────────────

    async def _register(self, application: str) -> None:
        """Tell Discord of our commands, if they are others than last time."""
        wanted = registrations()
        mark = f"{application} {fingerprint(wanted)}"
        if await asyncio.to_thread(self._noted) == mark:
            return
        await self._requests().put_commands(application, wanted)
        await asyncio.to_thread(self._note, mark)

    def _noted(self) -> str | None:
        with self.hub.store.read() as unit:
            return unit.memos.read(REGISTERED)

    def _note(self, mark: str) -> None:
        with self.hub.store.write() as unit:
            unit.memos.write(REGISTERED, mark)

    # ── What happens ─────────────────────────────────────────────────────────────────────────

    def _answers(self, client: discord.Client) -> Answers:
        hub = self.hub
        return Answers(
            client,
            self.atlas,
            self.homes,
            self.book,
            hub.intake,
            lambda: self.inlet,
            self._requests,
            hub.now,
            hub.core.suggest,
            hub.wake,
        )

    async def _answer_interaction(self, interaction: discord.Interaction[Any]) -> None:
        data = self.inlet.interaction(str(interaction.id))
        if data is not None and self.answers is not None and not self._is_stopping:
            task = asyncio.current_task()
            assert task is not None
            self._asked.add(task)
            task.add_done_callback(self._asked.discard)
            await self.answers.interaction(interaction, data)

    async def _answer_message(self, stored: Any, channel: str) -> None:
        assert self.answers is not None
        await self.answers.message(stored, channel)

    async def _late(self, stored: Any, reply: Any) -> None:
        if self.answers is not None:
            await self.answers.late(stored, reply)

    def _came(self, guild: str) -> None:
        """A server is there: list its members, read its history on."""
        self.histories.wake()
        before = self._listing.pop(guild, None)
        if before is not None:
            before.cancel()
        self._listing[guild] = self._keep(self._work, self._list_members(guild))

    async def _list_members(self, guild: str) -> None:
        """Ask for the list until it came; before that nobody is vouched for."""
        while self.atlas.hears_members and not self._is_listed(guild):
            known = self.client().get_guild(int(guild))
            try:
                if known is not None:
                    await known.chunk(cache=False)
            except Exception:  # noqa: BLE001 - it is asked for again
                noted("members not listed")
            await asyncio.sleep(LIST_AGAIN_AFTER)

    def _is_listed(self, guild: str) -> bool:
        known = self.atlas.guilds.get(guild)
        return known is None or known.is_listed
