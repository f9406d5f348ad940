"""Plays what is typed at the console in our Discord instead: the same conversations, over the wire.

The console's session stays the one who types, numbers and shows; whatever it would tell the core
happens in Discord as a person would do it there. The reply that the core gives goes back to the
session, so a script's own expectations hold; and what the person reads in Discord has to be the
same reply, in private or for all as the core wants it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from adapters.discord import book
from adapters.discord.commands import PRESS, WHAT_THEY_KNOW, Menu
from adapters.discord.escape import GAP
from bot import commands
from bot.events import (
    ButtonPressed,
    CommandUsed,
    Event,
    FormSubmitted,
    LinkSaved,
    MessageDeleted,
    MessagePosted,
    PersonLookedUp,
    QuestionRaised,
    ReactionChanged,
)
from bot.queues import account_of, community_of
from bot.replies import Reply
from tests.conversations.wire import QUIET, Overheard, legible
from tests.discord.scene import Json, Scene
from tests.platforms.discord import Answer, rules
from tests.platforms.discord.people import text_of

_LINK = re.compile(r"\[((?:\\.|[^\]\\])*)\]\(<[^>]*>\)(?: \([^()]*\))?")
_ESCAPED = re.compile(r"\\(.)")
_SPACES = re.compile(r"\s+")


@dataclass
class Bridge:
    """Does in Discord what the session does at the console."""

    scene: Scene
    core: Overheard
    loop: asyncio.AbstractEventLoop
    differences: list[str] = field(default_factory=list)
    _answers: list[Answer] = field(default_factory=list)
    _forms: dict[str, Answer] = field(default_factory=dict)
    # Each button that was ever shown, as it stood in its message then: a screen may be behind.
    _buttons: dict[str, Json] = field(default_factory=dict)

    def handle(self, event: Event) -> Reply | None:
        """What the session calls, from its own thread."""
        if event.kind in QUIET:
            return None
        return asyncio.run_coroutine_threadsafe(self._do(event), self.loop).result()

    async def _do(self, event: Event) -> Reply | None:
        await self.scene.service.members.look()
        await self.scene.settled()
        self.core.replies.clear()
        before = {id(one) for one in self._said()}
        answered = await self._act(event)
        await self.scene.settled()
        if not self.core.replies:
            return None
        reply = self.core.replies[0]
        await self._compare(event, reply, answered or await self._written(before))
        return reply

    def _said(self) -> Iterator[Json]:
        world = self.scene.discord.world
        for messages in world.messages.values():
            yield from (one for one in messages.values() if one["author"] is world.me)

    async def _written(self, before: set[int]) -> Json:
        """The message that the bot writes now."""
        async with asyncio.timeout(10):
            while True:
                fresh = [one for one in self._said() if id(one) not in before]
                if fresh:
                    return fresh[0]
                await asyncio.sleep(0.005)

    # ── Doing it ─────────────────────────────────────────────────────────────────────────────

    async def _act(self, event: Event) -> Answer | None:
        people = self.scene.people
        match event:
            case MessagePosted(edited_at=None):
                await self._post(event)
            case MessagePosted():
                await people.edit(self._message(event.id), event.text)
            case MessageDeleted():
                await people.delete(self._message(event.id))
            case ReactionChanged():
                message, added = self._message(event.message), event.added
                who = self._user(event.account.id)
                await people.react(who, message, event.emoji, added=added, own="7")
            case _:
                answer = await self._ask(event)
                self._answers.append(answer)
                return answer
        return None

    async def _ask(self, event: Event) -> Answer:
        people = self.scene.people
        match event:
            case CommandUsed():
                who, where = self._user(event.account.id), self._channel(event.place.id)
                if event.thread is not None:
                    where = await self._thread(event.thread, where, who)
                line, options = self._line(event)
                return await people.use(who, where, line, **options)
            case ButtonPressed():
                message, who = self._with_button(event.token), self._user(event.account.id)
                return await people.press(who, message, PRESS + event.token)
            case FormSubmitted():
                form = self._forms[event.account.id]
                return await people.fill(self._user(event.account.id), form, **dict(event.fields))
            case LinkSaved() | QuestionRaised():
                menu = Menu.SAVE_LINK if isinstance(event, LinkSaved) else Menu.ASK
                message, who = self._message(event.message.id), self._user(event.account.id)
                return await people.use_on_message(who, message, menu)
            case PersonLookedUp():
                who, about = self._user(event.account.id), self._user(event.about.id)
                where = self._channel(event.place.id)
                return await people.use_on_person(who, where, about, WHAT_THEY_KNOW)
            case _:
                raise NotImplementedError(event.kind)

    async def _post(self, event: MessagePosted) -> None:
        people, world = self.scene.people, self.scene.discord.world
        who, where = self._user(event.author.id), self._channel(event.place.id)
        text = event.text
        if event.to_bot and where["type"] != 1:
            text = f"<@{world.bot}> {text}"
        more: dict[str, Any] = {"id": event.id}
        if event.thread is not None:
            where = await self._thread(event.thread, where, who)
        elif event.reply_to is not None:
            more["reply_to"] = self._message(event.reply_to)
        await people.say(who, where, text, **more)

    async def _thread(self, root: str, where: Json, who: Json) -> Json:
        world = self.scene.discord.world
        if root not in world.channels:
            on = self._message(root)
            await self.scene.people.open_thread(who, where, "thread", on=on)
        return world.channels[root]

    def _line(self, event: CommandUsed) -> tuple[str, dict[str, str]]:
        """A command and its option, as people fill it in."""
        text, name = event.text, event.name
        if name == commands.GRAPEVINE:
            name, _, text = text.partition(" ")
            name = name or "help"
        known = commands.BY_NAME[name]
        line = f"{known.under} {name}" if known.under else name
        registered = self.scene.people._command(line.split()[0])
        of = registered
        for part in line.split()[1:]:
            of = next(one for one in of["options"] if one["name"] == part)
        offered = [one["name"] for one in of.get("options") or ()]
        return line, {offered[0]: text} if text and offered else {}

    def _user(self, number: str) -> Json:
        return self.scene.discord.world.users[number]

    def _channel(self, place: str) -> Json:
        world = self.scene.discord.world
        if place.startswith("dm-"):
            return world.direct(self._user(place.removeprefix("dm-")))
        return world.channels[place]

    def _message(self, number: str) -> Json:
        for messages in self.scene.discord.world.messages.values():
            if number in messages:
                return messages[number]
        raise LookupError(number)

    def note(self) -> None:
        """Note the buttons that people see now."""
        shown = [message for one in self._answers for message in one.asked.messages]
        for message in (*shown, *self._said()):
            for one in rules.walk(message["components"]):
                self._buttons[str(one.get("custom_id"))] = dict(message)

    def _with_button(self, token: str) -> Json:
        """The message with a button, as it was when the button stood there last."""
        self.note()
        return self._buttons[PRESS + token]

    # ── Reading it ───────────────────────────────────────────────────────────────────────────

    async def _compare(self, event: Event, reply: Reply, answer: Answer | Json) -> None:
        who = self._who(event)
        if not isinstance(answer, Answer) and text_of(answer) == book.FOR_YOUR_EYES:
            answer = await self.scene.people.press(who, answer, "o:" + _key(answer))
            self._answers.append(answer)
        if reply.form is not None:
            assert isinstance(answer, Answer)
            self._forms[who["id"]] = answer
            if answer.form["title"] != reply.form.title:
                self.differences.append(f"wanted the form {reply.form.title}")
            return
        message = answer.message if isinstance(answer, Answer) else answer
        direct = self.scene.discord.world.channels[message["channel_id"]]["type"] == 1
        is_private = bool(message["flags"] & rules.EPHEMERAL) or direct
        if is_private is not (reply.private or direct):
            self.differences.append(f"shown to the wrong people: {legible(reply)}")
        shown, wanted = await self._whole(who, message), [_one(line) for line in legible(reply)]
        if shown != wanted:
            self.differences.append(f"wanted {wanted}\n   shown {shown}")

    def _who(self, event: Event) -> Json:
        who = account_of(event)
        if isinstance(event, LinkSaved | QuestionRaised):
            who = event.account
        assert who is not None, community_of(event)
        return self._user(who.id)

    async def _whole(self, who: Json, message: Json) -> list[str]:
        """A message with all its pages, which are turned one by one."""
        lines = read(message)
        while book.MORE in lines[-1]:
            await self.scene.people.press(who, message, book.MORE)
            lines = lines[:-1] + read(message)
        return [line for line in lines if line not in {f"[{book.BACK}]", f"[{book.MORE}]"}]


def _key(message: Json) -> str:
    ids = (str(one.get("custom_id", "")) for one in rules.walk(message["components"]))
    return next(one for one in ids if one.startswith("o:"))[2:]


def read(message: Json) -> list[str]:
    """What somebody reads in a message, line by line."""
    lines: list[str] = []
    for block in message["components"]:
        match block["type"]:
            case rules.TEXT_DISPLAY:
                lines += [_plain(line) for line in block["content"].split("\n")]
            case rules.ROW:
                lines.append(" ".join(f"[{one['label']}]" for one in block["components"]))
            case _:
                pass
    return [_one(line) for line in lines if _one(line)]


def _plain(line: str) -> str:
    line = _LINK.sub(r"\1", line.removeprefix("- ")).replace("**", "")
    return _ESCAPED.sub(r"\1", line)


def _one(line: str) -> str:
    return _SPACES.sub(" ", line.replace(GAP, "").replace("*", "")).strip()
