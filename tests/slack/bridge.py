"""Plays what is typed at the console in our Slack instead: the same conversations, over the wire.

The console's session stays the one who types, numbers and shows; whatever it would tell the core
happens in Slack as a person would do it there. The reply that the core gives goes back to the
session, so a script's own expectations hold; and what the person reads in Slack has to be the same
reply, in private or for all as the core wants it.
"""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.slack.names import ASK_NETWORK, SAVE_LINK
from bot import commands
from bot.events import (
    ButtonPressed,
    CommandUsed,
    Event,
    FormSubmitted,
    LinkSaved,
    MessageDeleted,
    MessagePosted,
    QuestionRaised,
    ReactionChanged,
)
from bot.queues import account_of, community_of
from bot.replies import Reply
from tests.conversations.wire import QUIET, Overheard, legible, one_line
from tests.platforms.slack.reading import labels, read
from tests.platforms.slack.state import Channel, Json, Person, Team
from tests.slack.house import House

_URL = re.compile(r"https?://[^\s<>]+[^\s<>.,;:!?)]")


@dataclass
class Bridge:
    """Does in Slack what the session does at the console.

    Whoever answers a message does so in its thread; `on_the_floor`: as the next message.
    """

    house: House
    core: Overheard
    loop: asyncio.AbstractEventLoop
    on_the_floor: bool = False
    differences: list[str] = field(default_factory=list)

    def handle(self, event: Event) -> Reply | None:
        """What the session calls, from its own thread."""
        if event.kind in QUIET:
            return None
        return asyncio.run_coroutine_threadsafe(self._do(event), self.loop).result()

    async def _do(self, event: Event) -> Reply | None:
        team = self.house.slack.teams[community_of(event).id]
        who = _actor(event)
        person = team.people[who] if who else None
        before = list(self._visible(team, person)) if person else []
        self.core.replies.clear()
        await self._act(team, event)
        await self.house.settled()
        if not self.core.replies or person is None:
            return None
        reply = self.core.replies[0]
        known = {id(message) for message, _ in before}
        fresh = [found for found in self._visible(team, person) if id(found[0]) not in known]
        await self._compare(team, person, reply, fresh)
        return reply

    # ── Doing it ─────────────────────────────────────────────────────────────────────────────

    async def _act(self, team: Team, event: Event) -> None:
        slack = self.house.slack
        match event:
            case MessagePosted(edited_at=None):
                await self._post(team, event)
            case MessagePosted():
                where = self._where(team, event.place.id)
                await slack.edit(team, where, event.id, markup(event.text))
            case MessageDeleted():
                await slack.delete(team, self._where(team, event.place.id), event.id)
            case ReactionChanged():
                who, where = team.people[event.account.id], self._where(team, event.place.id)
                gone = not event.added
                await slack.react(team, who, where, event.message, event.emoji, away=gone)
            case CommandUsed():
                who, where = team.people[event.account.id], self._where(team, event.place.id)
                await slack.hands.command(team, who, where, _line(event))
            case ButtonPressed():
                await self._press(team, event)
            case FormSubmitted():
                who = team.people[event.account.id]
                await slack.hands.submit(team, who, dict(event.fields))
            case LinkSaved() | QuestionRaised():
                name = SAVE_LINK if isinstance(event, LinkSaved) else ASK_NETWORK
                who = team.people[event.account.id]
                where = self._where(team, event.message.place.id)
                await slack.hands.on_message(team, who, where, event.message.id, name)
            case _:
                raise NotImplementedError(event.kind)

    async def _post(self, team: Team, event: MessagePosted) -> None:
        who, where = team.people[event.author.id], self._where(team, event.place.id)
        text = markup(event.text)
        if event.to_bot and where.kind != "im":
            text = f"<@{team.bot_user}> {text}"
        answered = "" if self.on_the_floor else event.reply_to
        thread = event.thread or answered or ""
        await self.house.slack.say(team, who, where, text, thread, ts=event.id)

    async def _press(self, team: Team, event: ButtonPressed) -> None:
        who = team.people[event.account.id]
        for message, where in reversed(list(self._visible(team, who))):
            for block in message.get("blocks", []):
                for one in [*block.get("elements", []), block.get("accessory", {})]:
                    if one.get("value") == event.token:
                        label = one["text"]["text"]
                        only = message | {"blocks": [{**block, "elements": [one], "accessory": {}}]}
                        await self.house.slack.hands.press(team, who, only, label, where)
                        return
        raise LookupError(f"{who.name} sees no such button")

    def _where(self, team: Team, place: str) -> Channel:
        if place.startswith("dm-"):
            return team.direct(place.removeprefix("dm-"))
        return team.channels[place]

    # ── Reading it ───────────────────────────────────────────────────────────────────────────

    def _visible(self, team: Team, person: Person) -> Iterator[tuple[Json, Channel]]:
        """Whatever Grapevine has said that somebody sees, and where."""
        for (where, user), messages in team.ephemeral.items():
            if user == person.id:
                for message in messages:
                    yield message, team.channels[where]
        for channel in list(team.channels.values()):
            if person.id in channel.members or channel.kind == "channel":
                for message in channel.messages:
                    if message.get("user") == team.bot_user:
                        yield message, channel

    async def _compare(
        self, team: Team, person: Person, reply: Reply, fresh: list[tuple[Json, Channel]]
    ) -> None:
        wanted = legible(reply)
        if reply.form is not None:
            view = team.stacks[person.id][-1]
            assert view["external_id"] == reply.form.token
            wanted += [one_line(f"{f.label or f.name}: {f.value}") for f in reply.form.fields]
            shown = [one_line(line) for line in read(view).split("\n")]
        else:
            assert fresh, f"{person.name} was to be told: {wanted}"
            message, where = fresh[0]
            is_private = bool(message.get("is_ephemeral")) or where.kind == "im"
            if is_private is not (reply.private or where.kind == "im"):
                self.differences.append(f"shown to the wrong people: {wanted}")
            shown = await self._whole(team, person, message, where)
        if reply.file is not None:
            kept = next(one for one in team.files if one["name"] == reply.file.name)
            assert kept["content"].decode() == reply.file.content
            team.files.remove(kept)
        if reply.chart is not None:
            spot = team.direct(person.id) if reply.private else where
            assert [reply.chart.name] in [one.get("files") for one in spot.messages]
            assert reply.chart.alt in [one["alt"] for one in team.files]
        if shown != wanted:
            self.differences.append(f"wanted {wanted}\n   shown {shown}")

    async def _whole(self, team: Team, person: Person, message: Json, where: Channel) -> list[str]:
        """A message with all its pages, which are turned one by one."""
        lines = _read(message)
        while "More" in labels(message):
            await self.house.slack.hands.press(team, person, message, "More", where)
            await self.house.settled()
            lines += _read(message)
        return lines


def _read(message: Json) -> list[str]:
    lines = [one_line(line.removeprefix("• ")) for line in read(message).split("\n")]
    turning = [line for line in lines if line in {"[More]", "[Back]", "[Back] [More]"}]
    return [line for line in lines if line and line not in turning and not line.startswith("Page ")]


def markup(text: str) -> str:
    """What somebody typed, as Slack hands it on: escaped, and links in angle brackets."""
    parts, end = [], 0
    for found in _URL.finditer(text):
        parts.append(html.escape(text[end : found.start()], quote=False))
        parts.append(f"<{html.escape(found[0], quote=False)}>")
        end = found.end()
    return "".join(parts) + html.escape(text[end:], quote=False)


def _line(event: CommandUsed) -> str:
    """A command as it is typed in Slack, where some stand under `/grapevine`."""
    known = commands.BY_NAME.get(event.name)
    own = event.name == commands.GRAPEVINE or (known is not None and not known.under)
    name = f"/{event.name}" if own else f"/{commands.GRAPEVINE} {event.name}"
    return f"{name} {html.escape(event.text, quote=False)}".strip()


def _actor(event: Event) -> str | None:
    if isinstance(event, LinkSaved | QuestionRaised):
        return event.account.id
    who = account_of(event)
    return None if who is None else who.id
