"""Bringing a reply to where it was asked for, in Slack's own manner.

A command or button has a `response_url`: the reply is ephemeral there, or in the channel where the
core says that all may see it. A mention is answered in its thread. In a direct message, and where
nothing else is left, the reply is a message that lasts. Forms open as modals; files go into the
direct message.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import aiohttp

from adapters.pictures import enclosed
from adapters.slack.calls import CallFailed, Denied
from adapters.slack.files import USED_UP, hand, lay
from adapters.slack.render import OPEN, Page, button, text_block
from adapters.slack.views import Origin, modal
from bot.events import Visibility
from bot.logs import logger
from bot.replies import Button, Form, Reply

if TYPE_CHECKING:
    from adapters.slack.offices import Office
    from adapters.slack.paging import Paging
    from adapters.slack.shelf import Shelf

READY = "It is ready; open it when you are."
OPEN_LABEL = "Open"
FORM_TOO_OLD = "That form waited too long. Say it once more, and you get a fresh one."
QUIET: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False, "link_names": False}


@dataclass(frozen=True, slots=True)
class Way:
    """Who asked, from where, and what still opens a modal for them."""

    user: str
    origin: Origin
    trigger: str | None = None
    in_view: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A form that could not be opened when it came."""

    form: Form
    origin: Origin
    said: Reply


@dataclass(slots=True)
class Answers:
    """Sends replies; never raises: what cannot be brought anywhere is in the log."""

    paging: Paging
    forms: Shelf[Waiting]

    async def give(self, office: Office, reply: Reply, way: Way) -> None:
        """Bring a reply to whoever asked."""
        try:
            if reply.form is not None:
                await self._open(office, reply, way)
            elif reply.sections:
                await self._say(office, reply, way)
            await self._enclose(office, reply, way)
        except CallFailed as failed:
            logger().warning("an answer did not arrive", reason=str(failed))

    async def _enclose(self, office: Office, reply: Reply, way: Way) -> None:
        """What goes with a reply follows it: to all who see that, else to the one who asked."""
        what = enclosed(reply)
        if what is None:
            return
        if reply.private or not way.origin.place:
            await hand(office, what, way.user)
        else:
            await lay(office, what, way.origin.place, way.origin.thread)

    # ── Forms ────────────────────────────────────────────────────────────────────────────────

    async def _open(self, office: Office, reply: Reply, way: Way) -> None:
        """Open the form of a reply, with what the reply says above the fields."""
        assert reply.form is not None
        said = replace(reply, form=None)
        view = modal(reply.form, way.origin, said)
        method = "views.push" if way.in_view else "views.open"
        try:
            if way.trigger is None:
                raise Denied("no_trigger", {})
            await office.calls.once(method, trigger_id=way.trigger, view=view)
        except CallFailed as failed:
            logger().info("a form waits", reason=str(failed))
            await self._offer(office, Waiting(reply.form, way.origin, said), way)

    async def _offer(self, office: Office, waiting: Waiting, way: Way) -> None:
        """It took too long to open it at once: a button opens it."""
        name = self.forms.put(waiting, way.user)
        block = text_block(READY) | {"block_id": "ready"}
        block["accessory"] = button(Button(OPEN_LABEL, name), 0, OPEN)
        await self._send(office, Page(READY, [block]), way, private=True)

    async def open_waiting(self, office: Office, name: str, way: Way) -> None:
        """Open a form that waited for its button."""
        found = self.forms.get(name, way.user)
        if found is None:
            await self.give(office, Reply.say(FORM_TOO_OLD), way)
            return
        await self.give(office, replace(found.said, form=found.form), way)

    # ── Words ────────────────────────────────────────────────────────────────────────────────

    async def _say(self, office: Office, reply: Reply, way: Way) -> None:
        page = self.paging.first(reply, way.user if reply.private else None)
        await self._send(office, page, way, private=reply.private)

    async def turn(self, office: Office, page: Page, way: Way, message: str | None) -> None:
        """Replace the message under the buttons by another page."""
        body = {"text": page.text, "blocks": page.blocks}
        if way.origin.url is not None and await self._respond(
            office, way.origin.url, body | {"replace_original": True}
        ):
            return
        if message is not None and way.origin.place:
            more = {"channel": way.origin.place, "ts": message}
            await office.calls.once("chat.update", **body, **more)

    async def _send(self, office: Office, page: Page, way: Way, *, private: bool) -> None:
        """Send one message by the first way that is open."""
        body: dict[str, Any] = {"text": page.text, "blocks": page.blocks, **QUIET}
        origin = way.origin
        lasting = _is_direct(office, origin.place)
        if lasting and await self._post(office, origin.place, body, origin.thread):
            return
        if origin.url is not None:
            shown = {"response_type": "ephemeral" if private else "in_channel"}
            thread = {"thread_ts": origin.thread} if origin.thread and not private else {}
            more = shown | thread | {"replace_original": False}
            if await self._respond(office, origin.url, body | more):
                return
        if origin.place and not lasting:
            if not private and await self._post(office, origin.place, body, origin.thread):
                return
            if private and await self._whisper(office, way, body):
                return
        await office.calls.once("chat.postMessage", channel=way.user, **body)

    async def _post(
        self, office: Office, channel: str, body: dict[str, Any], thread: str | None
    ) -> bool:
        """Post where it was asked; whether Slack let us."""
        try:
            await office.calls.once("chat.postMessage", channel=channel, thread_ts=thread, **body)
        except Denied as denied:
            logger().info("not to be said there", reason=denied.error)
            return False
        return True

    async def _whisper(self, office: Office, way: Way, body: dict[str, Any]) -> bool:
        """Show it to one person in the channel; whether Slack let us."""
        more = {"channel": way.origin.place, "user": way.user, "thread_ts": way.origin.thread}
        said = {key: body[key] for key in ("text", "blocks")}
        try:
            await office.calls.once("chat.postEphemeral", **said, **more)
        except Denied as denied:
            logger().info("not to be shown there", reason=denied.error)
            return False
        return True

    async def _respond(self, office: Office, url: str, body: dict[str, Any]) -> bool:
        """Use a `response_url`; whether it still works. 5 uses within 30 minutes."""
        try:
            session = office.calls.client.session
            assert session is not None
            async with session.post(url, json=body) as answer:
                return answer.status < USED_UP
        except (aiohttp.ClientError, TimeoutError) as error:
            # It may have arrived; saying it twice would be worse.
            logger().warning("an answer may not have arrived", reason=type(error).__name__)
            return True


def _is_direct(office: Office, place: str) -> bool:
    """Whether a place is our direct message with somebody."""
    known = office.workspace.places.get(place)
    return known is not None and known.visibility is Visibility.DIRECT
