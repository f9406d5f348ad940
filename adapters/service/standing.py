"""Answers from what still stands: what a reply quotes is looked up before anybody sees it.

Where some of it is gone, whoever asked is answered anew, as if it had never been said; lines struck
from the first answer would leave a heading over nothing.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from adapters.service.sources import CANNOT_CHECK, PATIENCE, Uncertain, sources_of
from bot.errors import StoreError
from bot.replies import Reply
from bot.taking_in import is_lookup

if TYPE_CHECKING:
    from adapters.service.intake import Intake
    from bot.queues import Stored


async def standing(intake: Intake, reply: Reply) -> Reply:
    """A reply without what was deleted while nobody listened, or that it cannot be found out."""
    try:
        return await intake.sources.checked(reply)
    except Uncertain:
        return _unknown(reply)


async def standing_answer(intake: Intake, reply: Reply, stored: Stored) -> Reply:
    """The answer to what was asked, from what still stands."""
    checked = await standing(intake, reply)
    if checked == reply or not is_lookup(stored.event):
        return checked
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await intake.caught_up()
    try:
        again = await intake.take(f"again {secrets.token_hex(8)}", stored.event)
    except StoreError:
        return _unknown(reply)
    fresh = None if again is None else await intake.answer(again)
    if fresh is None:
        return checked
    last = await standing(intake, fresh)
    return last if last == fresh or any(sources_of(last)) else _unknown(reply)


def _unknown(reply: Reply) -> Reply:
    return Reply.say(CANNOT_CHECK, private=reply.private)
