"""People who do things in the Discord of ours, and see what the bot answers them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from tests.platforms.discord import rules
from tests.platforms.discord.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    Asked,
)
from tests.platforms.discord.server import DiscordServer
from tests.platforms.discord.world import FORUM, NEWS, NEWS_THREAD, THREAD, THREADS

Json = dict[str, Any]

PATIENCE = 15.0


@dataclass(slots=True)
class Answer:
    """What one person got for one thing they did."""

    asked: Asked

    async def arrives(self, *, messages: int = 1) -> Answer:
        """Wait until there is something to see: so many messages, a form, or choices."""
        async with asyncio.timeout(PATIENCE):
            while not self._is_there(messages):
                self.asked.changed.clear()
                await self.asked.changed.wait()
        return self

    def _is_there(self, messages: int) -> bool:
        asked = self.asked
        shown = asked.modal is not None or asked.choices is not None
        return shown or len(asked.messages) >= messages or (asked.original is asked.on is not None)

    @property
    def message(self) -> Json:
        """The newest message of the answer, or the one that was changed instead."""
        if self.asked.messages:
            return self.asked.messages[-1]
        assert self.asked.on is not None
        return self.asked.on

    @property
    def text(self) -> str:
        return text_of(self.message)

    @property
    def buttons(self) -> list[str]:
        return [one["label"] for one in rules.walk(self.message["components"]) if "label" in one]

    @property
    def is_private(self) -> bool:
        return bool(self.message["flags"] & rules.EPHEMERAL)

    @property
    def form(self) -> Json:
        assert self.asked.modal is not None
        return self.asked.modal

    @property
    def choices(self) -> list[str]:
        return [one["name"] for one in self.asked.choices or ()]

    @property
    def files(self) -> dict[str, bytes]:
        found: dict[str, bytes] = self.message.get("_files", {})
        return found


def text_of(message: Json) -> str:
    """What is written in a message."""
    return "\n".join(text for text in rules.texts_of(message) if text)


@dataclass(slots=True)
class People:
    """Lets people do things; each verb is one person's act in one channel."""

    discord: DiscordServer

    # ── Talking ──────────────────────────────────────────────────────────────────────────────

    async def say(self, who: Json, channel: Json, content: str, **more: Any) -> Json:
        """Post a message. `reply_to`: the message it answers, with or without a `ping`."""
        world = self.discord.world
        answered, ping = more.pop("reply_to", None), more.pop("ping", True)
        if answered is not None:
            about = {"message_id": answered["id"], "channel_id": channel["id"], "type": 0}
            more |= {"type": 19, "message_reference": about}
        message = world.message(channel, who, content, **more)
        if answered is not None and ping and answered["author"] not in message["mentions"]:
            message["mentions"].append(answered["author"])
        await self._tell("MESSAGE_CREATE", channel, message)
        return message

    async def _tell(self, name: str, channel: Json, message: Json) -> None:
        guild = channel.get("guild_id")
        member = self.discord.world.members.get(guild or "", {}).get(message["author"]["id"])
        about: Json = {"guild_id": guild} if guild else {}
        if member is not None and not message.get("webhook_id"):
            about["member"] = {key: value for key, value in member.items() if key != "user"}
        bare = {key: value for key, value in message.items() if not key.startswith("_")}
        await self.discord.gateway.dispatch(name, {**bare, **about}, channel)

    async def edit(self, message: Json, content: str) -> None:
        world = self.discord.world
        message |= {"content": content, "edited_timestamp": world.stamp()}
        await self._tell("MESSAGE_UPDATE", world.channels[message["channel_id"]], message)

    async def unfurl(self, message: Json, url: str, title: str) -> None:
        """Discord itself adds what it found behind a link; nobody edited anything."""
        message["embeds"] = [{"type": "link", "url": url, "title": title}]
        channel = self.discord.world.channels[message["channel_id"]]
        await self._tell("MESSAGE_UPDATE", channel, message)

    async def delete(self, *messages: Json) -> None:
        """Delete one message, or several at once."""
        channel = self.discord.world.channels[messages[0]["channel_id"]]
        for message in messages:
            self.discord.world.messages[channel["id"]].pop(message["id"], None)
        about: Json = {"channel_id": channel["id"]}
        if channel.get("guild_id"):
            about["guild_id"] = channel["guild_id"]
        if len(messages) == 1:
            about["id"] = messages[0]["id"]
            await self.discord.gateway.dispatch("MESSAGE_DELETE", about, channel)
            return
        about["ids"] = [message["id"] for message in messages]
        await self.discord.gateway.dispatch("MESSAGE_DELETE_BULK", about, channel)

    async def react(
        self, who: Json, message: Json, emoji: str, *, added: bool = True, own: str | None = None
    ) -> None:
        """Put an emoji on a message or take it away; `own`: the id of one of the server's own."""
        channel = self.discord.world.channels[message["channel_id"]]
        guild = channel["guild_id"]
        about: Json = {
            "user_id": who["id"],
            "channel_id": channel["id"],
            "message_id": message["id"],
            "guild_id": guild,
            "emoji": {"id": own, "name": emoji},
            "burst": False,
            "type": 0,
        }
        if added:
            about["member"] = self.discord.world.members[guild][who["id"]]
        name = "MESSAGE_REACTION_ADD" if added else "MESSAGE_REACTION_REMOVE"
        await self.discord.gateway.dispatch(name, about, channel)

    async def clear_reactions(self, message: Json, emoji: str = "") -> None:
        """Somebody who may takes off all reactions, or all with one emoji."""
        channel = self.discord.world.channels[message["channel_id"]]
        about: Json = {
            "channel_id": channel["id"],
            "message_id": message["id"],
            "guild_id": channel["guild_id"],
        }
        if emoji:
            about["emoji"] = {"id": None, "name": emoji}
        name = "MESSAGE_REACTION_REMOVE_EMOJI" if emoji else "MESSAGE_REACTION_REMOVE_ALL"
        await self.discord.gateway.dispatch(name, about, channel)

    # ── Threads ──────────────────────────────────────────────────────────────────────────────

    async def open_thread(
        self,
        who: Json,
        channel: Json,
        name: str,
        *,
        kind: int | None = None,
        on: Json | None = None,
    ) -> Json:
        """Open a thread; `on` the message it starts from."""
        world = self.discord.world
        usual = NEWS_THREAD if channel["type"] == NEWS else THREAD
        own = on["id"] if on is not None else None
        thread = world.thread(channel, name, who, usual if kind is None else kind, own=own)
        await self._tell_thread("THREAD_CREATE", thread, newly_created=True)
        if on is not None:
            on |= {"thread": thread, "flags": on["flags"] | 1 << 5}
            await self._tell("MESSAGE_UPDATE", channel, on)
        return thread

    async def post(self, who: Json, forum: Json, title: str, content: str) -> tuple[Json, Json]:
        """Open a forum post: a thread whose first message has the id of the thread."""
        assert forum["type"] == FORUM
        thread = await self.open_thread(who, forum, title)
        world = self.discord.world
        message = world.message(thread, who, content)
        world.messages[thread["id"]].pop(message["id"])
        message["id"] = thread["id"]
        world.messages[thread["id"]][message["id"]] = message
        await self._tell("MESSAGE_CREATE", thread, message)
        return thread, message

    async def join_thread(self, thread: Json, *users: Json) -> None:
        inside = self.discord.world.thread_members[thread["id"]]
        inside.update(user["id"] for user in users)
        added = [
            {"id": thread["id"], "user_id": user["id"], "flags": 0}
            | {"join_timestamp": self.discord.world.stamp()}
            for user in users
        ]
        about = {"id": thread["id"], "guild_id": thread["guild_id"], "added_members": added}
        count = {"member_count": len(inside)}
        await self.discord.gateway.dispatch("THREAD_MEMBERS_UPDATE", {**about, **count}, thread)

    async def leave_thread(self, thread: Json, user: Json) -> None:
        inside = self.discord.world.thread_members[thread["id"]]
        inside.discard(user["id"])
        about = {"id": thread["id"], "guild_id": thread["guild_id"], "member_count": len(inside)}
        gone = {"removed_member_ids": [user["id"]]}
        await self.discord.gateway.dispatch("THREAD_MEMBERS_UPDATE", {**about, **gone}, thread)

    async def archive(self, thread: Json, *, archived: bool = True) -> None:
        thread["thread_metadata"] |= {
            "archived": archived,
            "archive_timestamp": self.discord.world.stamp(),
        }
        await self._tell_thread("THREAD_UPDATE", thread)

    async def tag(self, thread: Json, *tags: Json) -> None:
        """Give a post these tags of its forum, and no others."""
        thread["applied_tags"] = [tag["id"] for tag in tags]
        await self._tell_thread("THREAD_UPDATE", thread)

    async def _tell_thread(self, name: str, thread: Json, **more: Any) -> None:
        await self.discord.gateway.dispatch(name, {**thread, **more}, thread)

    # ── Running a server ─────────────────────────────────────────────────────────────────────

    async def invite_bot(self, guild: Json) -> None:
        """The bot comes into a server while it is connected."""
        gateway = self.discord.gateway
        await gateway.dispatch("GUILD_CREATE", gateway.whole(guild))

    async def remove_bot(self, guild: Json) -> None:
        self.discord.world.members[guild["id"]].pop(self.discord.world.bot)
        await self.discord.gateway.dispatch("GUILD_DELETE", {"id": guild["id"]})

    async def outage(self, guild: Json) -> None:
        about = {"id": guild["id"], "unavailable": True}
        await self.discord.gateway.dispatch("GUILD_DELETE", about)

    async def join(self, guild: Json, user: Json, *roles: Json) -> None:
        member = self.discord.world.member(guild, user, *roles)
        about = {**member, "guild_id": guild["id"]}
        await self.discord.gateway.dispatch("GUILD_MEMBER_ADD", about)

    async def leave(self, guild: Json, user: Json) -> None:
        self.discord.world.members[guild["id"]].pop(user["id"])
        about = {"guild_id": guild["id"], "user": user}
        await self.discord.gateway.dispatch("GUILD_MEMBER_REMOVE", about)

    async def give_roles(self, guild: Json, user: Json, *roles: Json) -> None:
        member = self.discord.world.members[guild["id"]][user["id"]]
        member["roles"] = [role["id"] for role in roles]
        about = {**member, "guild_id": guild["id"]}
        await self.discord.gateway.dispatch("GUILD_MEMBER_UPDATE", about)

    async def change_role(self, guild: Json, role: Json, rights: int) -> None:
        role["permissions"] = str(rights)
        about = {"guild_id": guild["id"], "role": role}
        await self.discord.gateway.dispatch("GUILD_ROLE_UPDATE", about)

    async def overwrite(
        self, channel: Json, who: Json, *, allow: int = 0, deny: int = 0, member: bool = False
    ) -> None:
        """Allow and deny something in a channel to a role or member, instead of what was said."""
        others = [one for one in channel["permission_overwrites"] if one["id"] != who["id"]]
        rights = {"allow": str(allow), "deny": str(deny)}
        own = {"id": who["id"], "type": 1 if member else 0, **rights}
        channel["permission_overwrites"] = [*others, own] if allow or deny else others
        # Whoever cannot see it any more hears that, too.
        await self.discord.gateway.dispatch("CHANNEL_UPDATE", dict(channel))

    async def open_channel(self, guild: Json, name: str, **more: Any) -> Json:
        channel = self.discord.world.channel(guild, name, **more)
        await self.discord.gateway.dispatch("CHANNEL_CREATE", dict(channel), channel)
        return channel

    async def gateway_tells(self, channel: Json) -> None:
        """Somebody changed something about a channel."""
        await self.discord.gateway.dispatch("CHANNEL_UPDATE", dict(channel), channel)

    async def delete_channel(self, channel: Json) -> None:
        thread = channel["type"] in THREADS
        name = "THREAD_DELETE" if thread else "CHANNEL_DELETE"
        about = {key: channel.get(key) for key in ("id", "guild_id", "parent_id", "type")}
        await self.discord.gateway.dispatch(name, about if thread else dict(channel), channel)
        self.discord.world.channels.pop(channel["id"])

    # ── Asking the bot ───────────────────────────────────────────────────────────────────────

    async def use(self, who: Json, channel: Json, line: str, /, **options: str) -> Answer:
        """Use a command, like `grapevine here`, with its options; wait for the answer."""
        return await (await self.send_command(who, channel, line, **options)).arrives()

    async def send_command(self, who: Json, channel: Json, line: str, /, **options: str) -> Answer:
        """The same without waiting."""
        data = self._typed(line, options)
        return Answer(await self.discord.interactions.begin(COMMAND, who, channel, data))

    def _typed(self, line: str, options: dict[str, str], focused: str = "") -> Json:
        name, *parts = line.split()
        known = self._command(name)
        given: list[Json] = [
            {"name": key, "type": 3, "value": value} | ({"focused": True} if key == focused else {})
            for key, value in options.items()
        ]
        of = known
        for part in reversed(parts):
            of = next(one for one in known["options"] if one["name"] == part)
            given = [{"name": part, "type": 1, "options": given}]
        allowed = {one["name"] for one in of.get("options") or ()}
        assert set(options) <= allowed, f"/{line} has the options {allowed}"
        return {"id": known["id"], "name": name, "type": 1, "options": given}

    def _command(self, name: str, kind: int = 1) -> Json:
        for one in self.discord.rest.commands:
            if (one["name"], one["type"]) == (name, kind):
                return one
        raise AssertionError(f"nobody registered {name}")

    async def complete(self, who: Json, channel: Json, line: str, **options: str) -> list[str]:
        """What is offered while the last option is typed."""
        data = self._typed(line, options, focused=list(options)[-1])
        asked = await self.discord.interactions.begin(AUTOCOMPLETE, who, channel, data)
        return (await Answer(asked).arrives()).choices

    async def use_on_message(self, who: Json, message: Json, menu: str) -> Answer:
        channel = self.discord.world.channels[message["channel_id"]]
        known = self._command(menu, 3)
        bare = {key: value for key, value in message.items() if not key.startswith("_")}
        resolved = {"messages": {message["id"]: bare}}
        data = {"id": known["id"], "name": menu, "type": 3, "target_id": message["id"]}
        begin = self.discord.interactions.begin
        asked = await begin(COMMAND, who, channel, {**data, "resolved": resolved})
        return await Answer(asked).arrives()

    async def use_on_person(self, who: Json, channel: Json, about: Json, menu: str) -> Answer:
        known = self._command(menu, 2)
        member = dict(self.discord.world.members[channel["guild_id"]][about["id"]])
        member.pop("user")
        people = {"users": {about["id"]: about}, "members": {about["id"]: member}}
        data = {"id": known["id"], "name": menu, "type": 2, "target_id": about["id"]}
        begin = self.discord.interactions.begin
        asked = await begin(COMMAND, who, channel, {**data, "resolved": people})
        return await Answer(asked).arrives()

    async def press(self, who: Json, message: Json, what: str) -> Answer:
        """Press the first button of this label or custom_id, and wait for what comes of it."""
        every = rules.walk(message["components"])
        buttons = [one for one in every if what in {one.get("label"), one.get("custom_id")}]
        assert buttons, f"no button {what!r} in {text_of(message)!r}"
        data = {"custom_id": buttons[0]["custom_id"], "component_type": 2, "id": 1}
        channel = self.discord.world.channels[message["channel_id"]]
        begin = self.discord.interactions.begin
        asked = await begin(COMPONENT, who, channel, data, on=_public(message))
        answer = await Answer(asked).arrives()
        if asked.original is asked.on is not None:
            message |= {key: asked.on[key] for key in ("components", "content")}
        return answer

    async def fill(self, who: Json, form: Answer, /, **fields: str) -> Answer:
        """Fill in and send a form; what is not named stays as it was."""
        components = [
            {"type": 18, "id": at, "component": _filled(label["component"], fields)}
            for at, label in enumerate(form.form["components"], 1)
        ]
        data = {"custom_id": form.form["custom_id"], "components": components}
        begin = self.discord.interactions.begin
        on = form.asked.on
        asked = await begin(MODAL_SUBMIT, who, form.asked.channel, data, on=on)
        return await Answer(asked).arrives()


def _public(message: Json) -> Json:
    return {key: value for key, value in message.items() if not key.startswith("_")}


def _filled(field: Json, given: dict[str, str]) -> Json:
    value = given.get(field["custom_id"], field.get("value", ""))
    return {"type": 4, "id": 0, "custom_id": field["custom_id"], "value": value}
