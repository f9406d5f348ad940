"""Delivers what the courier brings: one message, with its key in the metadata.

Slack knows no key of its own for a message, so ours goes with it
(https://docs.slack.dev/messaging/message-metadata) and is read back from the history when nobody
knows whether a message arrived. Ephemeral messages are in no history: of these it stays unknown.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from adapters.pictures import enclosed
from adapters.service.carrier import Carrier, Later, NotCarried, Refused, Unclear
from adapters.service.sources import Sources, Uncertain
from adapters.slack.answers import QUIET
from adapters.slack.calls import CallFailed, Denied, Limited, Unreached
from adapters.slack.files import lay
from adapters.slack.names import METADATA
from adapters.slack.render import one_page
from adapters.slack.troubles import DOUBTFUL, trouble_of
from bot.deliveries import Parcel, Ref, Trouble
from bot.events import Platform
from bot.logs import logger

if TYPE_CHECKING:
    from adapters.slack.offices import Office, Offices
    from bot.queues import Destination

ONE_A_SECOND = timedelta(seconds=1)
"""Messages to one channel: https://docs.slack.dev/reference/methods/chat.postMessage."""
MEND_WITHIN = timedelta(minutes=15)
"""How long we wait where somebody has to change something first, like a scope."""
LOOK_AGAIN = timedelta(seconds=30)
RECHECK = timedelta(seconds=2)
"""How long what quotes something waits, where that cannot be seen, and where it is gone."""
NOT_UP_YET = timedelta(seconds=15)
LOOK_BACK = timedelta(days=7)
MOST_PAGES = 20
PAGE = 200
MENDABLE = frozenset({"missing_scope", "no_permission", "not_allowed_token_type"})


@dataclass(slots=True)
class SlackCarrier(Carrier):
    """The carrier of all workspaces."""

    offices: Offices
    sources: Sources

    @property
    def platform(self) -> Platform:
        """Slack."""
        return Platform.SLACK

    @property
    def pace(self) -> timedelta:
        """One message a second to one channel."""
        return ONE_A_SECOND

    async def send(self, parcel: Parcel) -> Ref:
        """Post a message, or show it to one person. Raises `NotCarried`."""
        to = parcel.destination
        office = self._office(parcel)
        await self._still_true(parcel)
        page = one_page(parcel.reply)
        body: dict[str, Any] = {"text": page.text, "blocks": page.blocks, "thread_ts": to.thread}
        target = _target(to)
        try:
            if to.place is not None and to.account is not None:
                said = await office.calls.once(
                    "chat.postEphemeral", channel=to.place, user=to.account, **body
                )
                return Ref(to.place, str(said["message_ts"]))
            said = await office.calls.once(
                "chat.postMessage", channel=target, metadata=_mark(parcel), **body, **QUIET
            )
        except CallFailed as failed:
            raise _told(failed, to) from failed
        ref = Ref(str(said["channel"]), str(said["ts"]))
        await self._lay(office, parcel, ref)
        return ref

    async def edit(self, parcel: Parcel, ref: Ref) -> None:
        """Replace a message of ours. Raises `NotCarried`."""
        office = self._office(parcel)
        await self._still_true(parcel)
        page = one_page(parcel.reply)
        more = {"text": page.text, "blocks": page.blocks, "metadata": _mark(parcel)}
        try:
            await office.calls.once("chat.update", channel=ref.place, ts=ref.message, **more)
        except CallFailed as failed:
            raise _told(failed, parcel.destination) from failed

    async def find(self, parcel: Parcel) -> Ref | None:
        """Look for a message with the key of a parcel. Raises `NotCarried`."""
        to = parcel.destination
        office = self._office(parcel)
        if to.place is not None and to.account is not None:
            raise Unclear("an ephemeral message is in no history")
        try:
            channel = to.place or await self._direct(office, to.account or "")
            oldest = str(time.time() - LOOK_BACK.total_seconds())
            async for page in self._pages(office, channel, to.thread, oldest):
                for message in page:
                    if _key(message) == parcel.key:
                        return Ref(channel, str(message["ts"]))
        except CallFailed as failed:
            raise _told(failed, to) from failed
        return None

    async def _still_true(self, parcel: Parcel) -> None:
        """Look whether what it quotes is still there; if not, it must be composed anew."""
        try:
            missing = await self.sources.missing(parcel.reply)
        except Uncertain:
            raise Later(LOOK_AGAIN) from None
        if missing:
            raise Later(RECHECK)

    async def _pages(
        self, office: Office, channel: str, thread: str | None, oldest: str
    ) -> AsyncIterator[list[Any]]:
        """Yield what was said in a channel or thread of late; `Unclear` if it is too much."""
        method = "conversations.history" if thread is None else "conversations.replies"
        more = {"ts": thread, "oldest": oldest, "include_all_metadata": True}
        count = 0
        async for page in office.calls.pages(method, "messages", PAGE, channel=channel, **more):
            yield page
            count += 1
            if count >= MOST_PAGES:
                raise Unclear("too much was said since to look through")

    async def _direct(self, office: Office, user: str) -> str:
        said = await office.calls.read("conversations.open", users=user)
        return str(said["channel"]["id"])

    async def _lay(self, office: Office, parcel: Parcel, ref: Ref) -> None:
        """The file or picture of a message follows it; without it the message still stands."""
        what = enclosed(parcel.reply)
        if what is None:
            return
        try:
            await lay(office, what, ref.place, parcel.destination.thread)
        except CallFailed as failed:
            logger().warning("a file did not follow", key=parcel.key, reason=str(failed))

    def _office(self, parcel: Parcel) -> Office:
        office = self.offices.of_community(parcel.destination.community)
        if office is None and not self.offices.is_up:
            raise Later(NOT_UP_YET, everywhere=True)
        if office is None:
            raise Refused(Trouble.REVOKED, "not installed")
        return office


def _target(to: Destination) -> str:
    target = to.place or to.account
    if target is None:
        raise Refused(Trouble.GONE, "no destination")
    return target


def _mark(parcel: Parcel) -> dict[str, Any]:
    return {"event_type": METADATA, "event_payload": {"key": parcel.key}}


def _key(message: dict[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != METADATA:
        return None
    key = (metadata.get("event_payload") or {}).get("key")
    return key if isinstance(key, str) else None


def _told(failed: CallFailed, to: Destination) -> NotCarried:
    """What a failed call means for a delivery."""
    match failed:
        case Limited():
            return Later(timedelta(seconds=failed.seconds))
        case Unreached():
            return Later()
        case Denied():
            return _denied(failed.error, to)
    return Unclear(str(failed))


def _denied(error: str, to: Destination) -> NotCarried:
    trouble = trouble_of(error, to_person=to.place is None)
    if trouble is not None:
        return Refused(trouble, error)
    if error in DOUBTFUL:
        return Unclear(error)
    if error in MENDABLE:
        logger().warning("Slack does not let us; grapevine doctor says why", reason=error)
        return Later(MEND_WITHIN)
    return Later()
