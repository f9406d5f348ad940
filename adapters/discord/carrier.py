"""Deliveries to Discord, each once.

The delivery's key is the nonce, which makes Discord take it once within some minutes, also when
the SDK or we send it again; and its first component carries a number made from the key, by which
it is found in the history later (the nonce does not come back with that).

https://docs.discord.com/developers/resources/message#create-message, error codes:
…/topics/opcodes-and-status-codes#json.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from adapters.discord import access
from adapters.discord.guild import Payload, Right
from adapters.discord.layout import NOBODY, marker, upload, view
from adapters.discord.render import Page, Words, pages
from adapters.discord.requests import Requests
from adapters.service.carrier import Carrier, Later, NotCarried, Refused, Unclear
from adapters.service.sources import Sources, Uncertain
from bot.deliveries import Parcel, Ref, Trouble
from bot.events import Platform
from bot.logs import logger

if TYPE_CHECKING:
    from adapters.discord.atlas import Atlas
    from bot.queues import Destination

NONCE = 25
PAGES_SEARCHED = 3
# Discord bans an address after 10,000 refused requests in ten minutes; we stop long before.
MOST_REFUSED, WITHIN = 300, timedelta(minutes=10)
# Opening many direct channels at once looks like spam; nobody says how many are too many.
MOST_OPENED, OPENED_WITHIN = 10, timedelta(minutes=1)
BANNED_FOR = timedelta(minutes=10)
RECHECK = timedelta(seconds=2)
LOOK_AGAIN = timedelta(seconds=30)
MOST_TAGS = 5

_CLOSED = {50_007, 50_278, 20_009}
_GONE = {10_003, 10_004, 10_008, 50_001, 50_013, 50_083, 50_005, 160_005}
_LEFT = {10_007, 10_013, 50_033}
_TOO_FAST = {40_003, 30_046, 20_016, 20_026}


@dataclass(slots=True)
class Window:
    """Counts what happened within some time, and says how long until there is room again."""

    most: int
    within: timedelta
    now: Callable[[], datetime]
    _times: deque[datetime] = field(default_factory=deque)

    def add(self) -> None:
        """One more."""
        self._times.append(self.now())

    def wait(self) -> timedelta | None:
        """How long until there is room; None when there is."""
        now = self.now()
        while self._times and now - self._times[0] >= self.within:
            self._times.popleft()
        return None if len(self._times) < self.most else self._times[0] + self.within - now


@dataclass(slots=True)
class DiscordCarrier(Carrier):
    """Carries with a client that only sends; `client` raises `Later` when there is none."""

    client: Callable[[], discord.Client]
    atlas: Atlas
    sources: Sources
    now: Callable[[], datetime]
    _directs: dict[str, str] = field(default_factory=dict)
    _refused: Window = field(init=False)
    _opened: Window = field(init=False)

    def __post_init__(self) -> None:
        self._refused = Window(MOST_REFUSED, WITHIN, self.now)
        self._opened = Window(MOST_OPENED, OPENED_WITHIN, self.now)

    @property
    def platform(self) -> Platform:
        """Discord."""
        return Platform.DISCORD

    def _ask(self) -> Requests:
        return Requests(self.client().http)

    # ── The three verbs ──────────────────────────────────────────────────────────────────────

    async def send(self, parcel: Parcel) -> Ref:
        """Deliver once; where it now stands."""
        await self._still_true(parcel)
        channel, under = await self._spot(parcel.destination)
        file, words = upload(parcel.reply)
        page = _first(pages(parcel.reply), words)
        shown = view(page, parcel.key, file)
        more: dict[str, Any] = {"file": file} if file is not None else {}
        if under is not None:
            more["reference"] = discord.MessageReference(
                message_id=int(under), channel_id=int(channel), fail_if_not_exists=False
            )
        sending = (
            self.client()
            .get_partial_messageable(int(channel))
            .send(view=shown, nonce=parcel.key[:NONCE], allowed_mentions=NOBODY, **more)
        )
        message = await self._done(sending)
        return Ref(channel, str(message.id))

    async def edit(self, parcel: Parcel, ref: Ref) -> None:
        """Replace what was delivered before."""
        await self._still_true(parcel)
        shown = view(_first(pages(parcel.reply), None), parcel.key)
        channel = self.client().get_partial_messageable(int(ref.place))
        message = channel.get_partial_message(int(ref.message))
        await self._done(message.edit(view=shown, allowed_mentions=NOBODY))
        if parcel.solved:
            await self._solve(parcel.destination.community.id, ref.place)

    async def _solve(self, guild: str, thread: str) -> None:
        """Give a forum's post its tag for what is solved, where there is one and we may."""
        known = self.atlas.guilds.get(guild)
        post = known.channels.get(thread) if known is not None else None
        myself = known.members.get(self.atlas.me) if known is not None else None
        if known is None or post is None or myself is None or known.is_solved(post):
            return
        home = known.home_of(post)
        tag = next(iter(home.solved_by), None) if home is not None else None
        may = access.rights(known, myself, post) & Right.MANAGE_THREADS
        if tag is None or not may or post.archived or len(post.tags) >= MOST_TAGS:
            return
        try:
            await self._ask().put_tags(thread, [*post.tags, tag.id])
        except discord.HTTPException as error:
            # The words are there; the tag is only a courtesy.
            logger().warning("a post was not tagged as solved", reason=repr(error))

    async def find(self, parcel: Parcel) -> Ref | None:
        """Where the parcel with this key stands, if it did arrive."""
        channel, _ = await self._spot(parcel.destination)
        if not self._reads(parcel.destination, channel):
            raise Unclear("the history of the channel cannot be read")
        before: str | None = None
        for _ in range(PAGES_SEARCHED):
            found: list[Payload] = await self._done(self._ask().history(channel, before=before))
            for message in found:
                if self._is_ours(message, marker(parcel.key)):
                    return Ref(channel, str(message["id"]))
            if not found:
                break
            before = str(found[-1]["id"])
        return None

    def _is_ours(self, message: Payload, number: int) -> bool:
        first: Payload = next(iter(message.get("components") or ()), {})
        return str(message["author"]["id"]) == self.atlas.me and first.get("id") == number

    def _reads(self, destination: Destination, channel: str) -> bool:
        """Without the right to read it, a history is just empty, whatever stands in it."""
        guild = self.atlas.guilds.get(destination.community.id)
        if destination.place is None or destination.account is not None or guild is None:
            return destination.place is None or destination.account is not None
        known, myself = guild.channels.get(channel), guild.members.get(self.atlas.me)
        needed = Right.VIEW_CHANNEL | Right.READ_MESSAGE_HISTORY
        if known is None or myself is None:
            return False
        return access.rights(guild, myself, known) & needed == needed

    # ── Where it goes ────────────────────────────────────────────────────────────────────────

    async def _spot(self, destination: Destination) -> tuple[str, str | None]:
        """The channel it goes to, and the message there that it answers, if any.

        What only one person may see goes to them directly: Discord has messages for one pair of
        eyes in a channel only as answers to what they do. A "thread" may be a message under which
        nobody has opened a thread; then it is an answer to that.
        """
        self._may_ask()
        if destination.account is not None:
            return await self._direct(destination.account), None
        assert destination.place is not None
        if destination.thread is None:
            return destination.place, None
        if await self._is_thread(destination.community.id, destination.thread):
            return destination.thread, None
        return destination.place, destination.thread

    async def _is_thread(self, guild: str, thread: str) -> bool:
        known = self.atlas.guilds.get(guild)
        if known is None or thread in known.channels:
            return True
        data: Payload | None = await self._done(self._ask().channel(thread))
        if data is not None:
            self.atlas.learn_channel(known, data)
        return data is not None

    async def _direct(self, account: str) -> str:
        """The channel for direct messages with somebody.

        Opening many at once looks like spam, so that has a pace of its own.
        """
        if account not in self._directs:
            wait = self._opened.wait()
            if wait is not None:
                raise Later(wait)
            self._opened.add()
            self._directs[account] = await self._done(self._ask().direct(account))
        return self._directs[account]

    async def _still_true(self, parcel: Parcel) -> None:
        """Look whether what it quotes is still there; if not, it must be composed anew."""
        try:
            missing = await self.sources.missing(parcel.reply)
        except Uncertain:
            raise Later(LOOK_AGAIN) from None
        if missing:
            raise Later(RECHECK)

    # ── What may go wrong ────────────────────────────────────────────────────────────────────

    def _may_ask(self) -> None:
        wait = self._refused.wait()
        if wait is not None:
            raise Later(wait, everywhere=True)

    async def _done(self, work: Any) -> Any:
        """Do it; whatever goes wrong, as the courier understands it."""
        try:
            return await work
        except discord.RateLimited as error:
            raise Later(timedelta(seconds=error.retry_after)) from error
        except discord.HTTPException as error:
            if error.status in {401, 403, 429}:
                self._refused.add()
            raise trouble(error) from error
        except aiohttp.ClientConnectorError as error:
            raise Later from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Unclear(repr(error)) from error


def _first(made: Iterable[Page], words: Words | None) -> Page:
    """The first page, which is all that a delivery has room for; what follows is cut off."""
    first, *others = made
    rest = tuple(one for one in (words, Words("…") if others else None) if one is not None)
    return Page((*first.blocks, *rest))


def trouble(error: discord.HTTPException) -> NotCarried:
    """What an error of Discord's means for a delivery."""
    reason = f"{error.status} {error.code}"
    if error.status == 429:  # noqa: PLR2004 - Cloudflare's, which the SDK gives up on
        return Later(BANNED_FOR, everywhere=True)
    if error.status == 401:  # noqa: PLR2004 - nothing will work before there is another token
        return Later(BANNED_FOR, everywhere=True)
    if error.status >= 500:  # noqa: PLR2004 - a failure of theirs says nothing about our message
        return Unclear(reason)
    if error.code in _TOO_FAST:
        return Later(BANNED_FOR)
    for codes, why in ((_CLOSED, Trouble.CLOSED), (_GONE, Trouble.GONE), (_LEFT, Trouble.LEFT)):
        if error.code in codes:
            return Refused(why, reason)
    return Refused(Trouble.GONE if error.status in {403, 404} else Trouble.REJECTED, reason)
