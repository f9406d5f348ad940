"""How people get their answers: to commands, menus, buttons and forms, and to what they write.

Discord gives three seconds for the first response and fifteen minutes for the rest. What is quick
is said at once; for the others Discord is told that we think, to the asker alone. A form has to be
the first response, so what comes later waits behind a button. Answers are private unless the reply
says otherwise; in a channel a written answer cannot be, so a private one waits behind a button.

https://docs.discord.com/developers/interactions/receiving-and-responding
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from adapters.discord import interactions
from adapters.discord.atlas import community
from adapters.discord.book import Book, Held
from adapters.discord.commands import MOST_CHOICE, MOST_CHOICES, OPEN, PAGE
from adapters.discord.interactions import Asked, Kind
from adapters.discord.layout import NOBODY, modal, upload, view
from adapters.discord.render import Page, cut
from adapters.service.incidents import noted
from adapters.service.standing import standing, standing_answer
from bot.errors import StoreError
from bot.events import AccountRef, Arrived, CommandUsed, Event, MessagePosted
from bot.logs import logger
from bot.replies import Reply

if TYPE_CHECKING:
    from adapters.discord.atlas import Atlas
    from adapters.discord.guild import Payload
    from adapters.discord.homes import Homes
    from adapters.discord.inlet import Inlet
    from adapters.discord.requests import Requests
    from adapters.service.intake import Intake
    from bot.queues import Stored

# Of the three seconds; the rest is for the way there and back.
QUICK = 1.7
COMPLETED_WITHIN = 2.0
NO_HOME = "I only answer people who are in a server with me."
NOT_STORED = "I cannot write anything down just now. Try again in a moment, please."
IN_PUBLIC = "It is in the channel now, for everyone."
DONE = "Done."
_TROUBLES = (discord.DiscordException, aiohttp.ClientError, OSError)

Interaction = discord.Interaction[Any]
# What may be meant by what is being typed behind a command.
Suggest = Callable[[CommandUsed], list[str]]


@dataclass(slots=True)
class Answers:
    """Answers for one client. `wake` lets the courier look for what an answer may owe."""

    client: discord.Client
    atlas: Atlas
    homes: Homes
    book: Book
    intake: Intake
    inlet: Callable[[], Inlet]
    ask: Callable[[], Requests]
    now: Callable[[], datetime]
    suggest: Suggest
    wake: Callable[[], None]

    # ── Interactions ─────────────────────────────────────────────────────────────────────────

    async def interaction(self, interaction: Interaction, data: Payload) -> None:
        """Answer an interaction. Never raises."""
        began = time.monotonic()
        try:
            if int(data["type"]) == Kind.AUTOCOMPLETE:
                await self._complete(interaction, data)
            elif not await self._open(interaction, data):
                await self._answer(interaction, data, began)
        except _TROUBLES as error:
            # The person sees Discord's own words for it; whatever they asked for is done.
            logger().warning("an answer did not arrive", reason=repr(error))
        except Exception:  # noqa: BLE001 - the others go on
            noted("an interaction was not answered")

    async def _answer(self, interaction: Interaction, data: Payload, began: float) -> None:
        work = asyncio.create_task(self._reply_to(data))
        left = QUICK - (time.monotonic() - began)
        done, _ = await asyncio.wait({work}, timeout=max(left, 0.0))
        if not done:
            await interaction.response.defer(ephemeral=True, thinking=True)
        reply = await work
        self.wake()
        if reply is None:
            await self._say_nothing(interaction, data)
            return
        await self._tell(interaction, reply)

    async def _reply_to(self, data: Payload) -> Reply | None:
        """Take the request in with what the core has to know first, and let it be answered."""
        home = data.get("guild_id") or await self.homes.of(str(_user(data)["id"]))
        if not home:
            return Reply.say(NO_HOME)
        who = interactions.asked(data, str(home), self.atlas)
        self.homes.acted(who.account.id, who.guild)
        now = self.now()
        first = await self._first(data, who, now)
        request = interactions.request(data, who, self.atlas, now)
        if request is None:
            return None
        try:
            stored = await self._take(str(data["id"]), [*first, request])
        except StoreError:
            noted("a request was not stored", event_kind=request.kind)
            return Reply.say(NOT_STORED)
        if stored is None:
            return None
        return await self._answer_to(stored)

    async def _first(self, data: Payload, who: Asked, now: datetime) -> list[Event]:
        captured = await self.inlet().members.captured(who.guild)
        known = [
            *interactions.before(data, who, captured, self.atlas, now),
            *interactions.seen_target(data, who, self.atlas),
        ]
        return [*known, *await self._standing(who)] if who.direct else known

    async def _standing(self, who: Asked) -> list[Event]:
        await self.homes.of(who.account.id)
        return await self.inlet().standing_of(who.guild, who.account.id)

    async def _take(self, number: str, events: list[Event]) -> Stored | None:
        """Store events together; the last one is the request."""
        taken = (self.intake.take(f"{number}:{n}", event) for n, event in enumerate(events))
        return (await asyncio.gather(*taken))[-1]

    async def _answer_to(self, stored: Stored) -> Reply | None:
        reply = await self.intake.answer(stored)
        return None if reply is None else await standing_answer(self.intake, reply, stored)

    # ── What they see ────────────────────────────────────────────────────────────────────────

    async def _tell(self, interaction: Interaction, reply: Reply) -> None:
        account = AccountRef(self._anywhere(interaction), str(interaction.user.id))
        if reply.form is not None:
            if not interaction.response.is_done():
                await interaction.response.send_modal(modal(reply.form))
                return
            reply = self.book.form_button(reply, account)
        file, words = upload(reply)
        page = self.book.first_page(reply, account)
        if words is not None:
            page = replace(page, blocks=(*page.blocks, words))
        await self._show(interaction, page, file, private=reply.private)

    def _anywhere(self, interaction: Interaction) -> Any:
        return community(str(interaction.guild_id or ""))

    async def _show(
        self, interaction: Interaction, page: Page, file: discord.File | None, *, private: bool
    ) -> None:
        shown = view(page, file=file)
        files = [file] if file is not None else []
        if not interaction.response.is_done():
            await interaction.response.send_message(
                view=shown, files=files, ephemeral=private, allowed_mentions=NOBODY
            )
        elif private:
            await interaction.edit_original_response(
                view=shown, attachments=files, allowed_mentions=NOBODY
            )
        else:
            # What was deferred privately stays private; so the answer comes after it.
            aside = view(self.book.first_page(Reply.say(IN_PUBLIC), _NOBODY_AT_ALL))
            await interaction.edit_original_response(view=aside, allowed_mentions=NOBODY)
            await interaction.followup.send(view=shown, files=files, allowed_mentions=NOBODY)

    async def _say_nothing(self, interaction: Interaction, data: Payload) -> None:
        """There is nothing to say; Discord wants to hear even that."""
        if int(data["type"]) == Kind.COMPONENT and not interaction.response.is_done():
            await interaction.response.defer()
        else:
            await self._tell(interaction, Reply.say(DONE))

    # ── Pages, forms and what waits behind buttons ───────────────────────────────────────────

    async def _open(self, interaction: Interaction, data: Payload) -> bool:
        """Turn a page or open what waits; whether it was that."""
        token = str(data["data"].get("custom_id") or "")
        if not token.startswith((PAGE, OPEN)):
            return False
        key, _, number = token[2:].partition(":")
        found = self.book.find(key, str(interaction.user.id))
        if isinstance(found, Reply):
            await self._tell(interaction, found)
        elif token.startswith(PAGE):
            await self._turn(interaction, found, int(number or 0))
        else:
            await self._tell(interaction, found.reply)
        return True

    async def _turn(self, interaction: Interaction, held: Held, number: int) -> None:
        """Show another page in place of this one; without what was deleted meanwhile."""
        checked = await standing(self.intake, held.reply)
        if checked != held.reply:
            await self._tell(interaction, checked)
            return
        shown = view(held.page(number))
        await interaction.response.edit_message(view=shown, allowed_mentions=NOBODY)

    # ── Completion ───────────────────────────────────────────────────────────────────────────

    async def _complete(self, interaction: Interaction, data: Payload) -> None:
        """Offer topics and people that begin like what is typed; nothing, if that takes long."""
        offered: list[str] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(COMPLETED_WITHIN):
                offered = await self._offers(data)
        names = list(dict.fromkeys(cut(one, MOST_CHOICE) for one in offered if one.strip()))
        choices = [discord.app_commands.Choice(name=one, value=one) for one in names]
        await interaction.response.autocomplete(choices[:MOST_CHOICES])

    async def _offers(self, data: Payload) -> list[str]:
        home = data.get("guild_id") or await self.homes.of(str(_user(data)["id"]))
        if not home:
            return []
        who = interactions.asked(data, str(home), self.atlas)
        typing = interactions.request({**data, "type": Kind.COMMAND}, who, self.atlas, self.now())
        if not isinstance(typing, CommandUsed):
            return []
        return await asyncio.to_thread(self.suggest, typing)

    # ── Written requests ─────────────────────────────────────────────────────────────────────

    async def message(self, stored: Stored, channel: str) -> None:
        """Answer what somebody wrote to the bot, or that it arrived. Never raises."""
        try:
            reply = await self._answer_to(stored)
            self.wake()
            if reply is not None:
                await self._write(stored.event, reply, channel)
        except _TROUBLES as error:
            logger().warning("an answer did not arrive", reason=repr(error))
        except Exception:  # noqa: BLE001 - the others go on
            noted("a message was not answered")

    async def _write(self, event: Event, reply: Reply, channel: str) -> None:
        """Write an answer where everybody reads along, or to the one who wrote directly."""
        if isinstance(event, Arrived):
            await self._post(event.place.id, reply, None, "")
        if not isinstance(event, MessagePosted):
            return
        # Only direct messages have no address that others can open.
        alone = event.permalink is None
        if (reply.private and not alone) or reply.form is not None:
            reply = self.book.behind_a_button(reply, event.author)
        await self._post(channel, reply, event.author, event.id, refer=not alone)

    async def _post(
        self,
        channel: str,
        reply: Reply,
        account: AccountRef | None,
        message: str,
        *,
        refer: bool = False,
    ) -> None:
        file, words = upload(reply)
        page = self.book.first_page(reply, account or _NOBODY_AT_ALL)
        if words is not None:
            page = replace(page, blocks=(*page.blocks, words))
        more: dict[str, Any] = {"file": file} if file is not None else {}
        if message:
            more["nonce"] = f"r{message}"
        if refer:
            more["reference"] = discord.MessageReference(
                message_id=int(message), channel_id=int(channel), fail_if_not_exists=False
            )
        await self.client.get_partial_messageable(int(channel)).send(
            view=view(page, file=file),
            allowed_mentions=NOBODY,
            mention_author=False,
            **more,
        )

    async def late(self, stored: Stored, reply: Reply) -> None:
        """Tell what a process that died was asked and had not answered.

        Interactions are over by then; whoever asked one gets a direct message, if they take any.
        """
        event, checked = stored.event, await standing(self.intake, reply)
        if isinstance(event, MessagePosted):
            await self._write(event, checked, event.thread or event.place.id)
            return
        account: AccountRef | None = getattr(event, "account", None)
        if account is None:
            await self._write(event, checked, "")
            return
        with suppress(discord.HTTPException):
            channel = await self.ask().direct(account.id)
            await self._post(channel, checked, account, "")


_NOBODY_AT_ALL = AccountRef(community(""), "")


def _user(data: Payload) -> Payload:
    user: Payload = (data.get("member") or {}).get("user") or data["user"]
    return user
