"""Interactions: what people set off, and the few moments a bot has for its answer.

https://docs.discord.com/developers/interactions/receiving-and-responding.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.platforms.discord import rules
from tests.platforms.discord.gateway import Gateway
from tests.platforms.discord.rules import EPHEMERAL, Refused, demand
from tests.platforms.discord.world import World

Json = dict[str, Any]

FIRST_ANSWER, TOKEN_LASTS = 3.0, 15 * 60.0
COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9


@dataclass(slots=True)
class Asked:
    """An interaction and what came of it, as the person sees it.

    `messages`: those only this person sees, and the public ones that answer it, oldest first.
    """

    id: str
    token: str
    kind: int
    channel: Json
    user: Json
    payload: Json
    at: float
    on: Json | None = None
    first: int = 0
    flags: int = 0
    original: Json | None = None
    messages: list[Json] = field(default_factory=list)
    modal: Json | None = None
    choices: list[Json] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_deferred(self) -> bool:
        return self.first in {DEFERRED, DEFERRED_UPDATE} and self.original is None


class Interactions:
    """All interactions, by token."""

    def __init__(self, world: World, gateway: Gateway, clock: Callable[[], float]) -> None:
        self.world = world
        self.gateway = gateway
        self.clock = clock
        self.pinged: list[str] = []
        self._by_token: dict[str, Asked] = {}

    async def begin(
        self, kind: int, user: Json, channel: Json, data: Json, on: Json | None = None
    ) -> Asked:
        """Somebody sets one off: the bot hears of it."""
        own, token = self.world.id(), secrets.token_urlsafe(24)
        payload: Json = {
            "id": own,
            "application_id": self.world.bot,
            "type": kind,
            "token": token,
            "version": 1,
            "data": data,
            "channel_id": channel["id"],
            "channel": {**channel, "permissions": str(self.world.rights(user["id"], channel))},
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {},
            "attachment_size_limit": 10 * 1024 * 1024,
            "app_permissions": str(self.world.rights(self.world.bot, channel)),
            **self._who(user, channel),
        }
        if on is not None:
            payload["message"] = on
        asked = Asked(own, token, kind, channel, user, payload, self.clock(), on)
        self._by_token[token] = asked
        await self.gateway.dispatch("INTERACTION_CREATE", payload)
        return asked

    def _who(self, user: Json, channel: Json) -> Json:
        guild = channel.get("guild_id")
        if guild is None:
            return {"user": user, "context": 1}
        rights = str(self.world.rights(user["id"], channel))
        member = {**self.world.members[guild][user["id"]], "permissions": rights}
        about = {"id": guild, "locale": "en-US", "features": []}
        return {"guild_id": guild, "guild": about, "member": member, "context": 0}

    # ── What the bot answers ─────────────────────────────────────────────────────────────────

    async def respond(self, number: str, token: str, said: Json, files: list[str]) -> Json:
        """The first response."""
        asked = self._by_token.get(token)
        if asked is None or asked.id != number or self.clock() - asked.at > FIRST_ANSWER:
            raise Refused(404, 10_062, "Unknown interaction")
        if asked.first:
            raise Refused(400, 40_060, "Interaction has already been acknowledged.")
        kind, data = int(said["type"]), said.get("data") or {}
        self._check(asked, kind, data, files)
        asked.first = kind
        asked.flags = int(data.get("flags") or 0) & EPHEMERAL
        await self._carry_out(asked, kind, data)
        asked.changed.set()
        message = asked.original
        about = {"id": asked.id, "type": asked.kind}
        if message is not None:
            about |= {"response_message_id": message["id"]}
        return {"interaction": about, "resource": {"type": kind, "message": message}}

    def _check(self, asked: Asked, kind: int, data: Json, files: list[str]) -> None:
        completes = asked.kind == AUTOCOMPLETE
        demand(
            (kind == CHOICES) == completes, "type: choices answer autocomplete, and nothing else"
        )
        pressed = asked.on is not None
        demand(kind not in {DEFERRED_UPDATE, UPDATE} or pressed, "type: only for components")
        demand(kind != MODAL or asked.kind != MODAL_SUBMIT, "type: no modal after a modal")
        flags = int(data.get("flags") or 0)
        match kind:
            case rules_kind if rules_kind in {MESSAGE, UPDATE}:
                before = asked.on if kind == UPDATE else None
                rules.check_message(data, files=files, before=before)
            case 5:
                demand(not flags & ~EPHEMERAL, "flags: only EPHEMERAL when deferred")
            case 8:
                rules.check_choices(data["choices"])
            case 9:
                rules.check_modal(data)
            case _:
                demand(kind == DEFERRED_UPDATE, "type: unknown")

    async def _carry_out(self, asked: Asked, kind: int, data: Json) -> None:
        match kind:
            case 4:
                asked.original = await self._say(asked, data, asked.flags)
            case 7:
                assert asked.on is not None
                await self._change(asked, asked.on, data)
                asked.original = asked.on
            case 8:
                asked.choices = data["choices"]
            case 9:
                asked.modal = data

    async def followup(self, token: str, data: Json, files: list[str]) -> Json:
        """Another message; the first after a deferral takes its place."""
        asked = self._valid(token)
        rules.check_message(data, files=files)
        flags = asked.flags if asked.is_deferred else int(data.get("flags") or 0) & EPHEMERAL
        message = await self._say(asked, data, flags)
        if asked.is_deferred:
            asked.original = message
        asked.changed.set()
        return message

    async def edit(self, token: str, which: str, data: Json, files: list[str]) -> Json:
        """Change the first answer (which it becomes, after a deferral), or another."""
        asked = self._valid(token)
        if which == "@original" and asked.is_deferred:
            if asked.first == DEFERRED_UPDATE:
                asked.original = asked.on
                return await self.edit(token, which, data, files)
            rules.check_message(data, files=files)
            asked.original = await self._say(asked, data, asked.flags)
            asked.changed.set()
            return asked.original
        message = self._message(asked, which)
        rules.check_message(data, files=files, before=message)
        await self._change(asked, message, data)
        asked.changed.set()
        return message

    def original(self, token: str) -> Json:
        return self._message(self._valid(token), "@original")

    def _message(self, asked: Asked, which: str) -> Json:
        found = [one for one in asked.messages if one["id"] == which]
        message = asked.original if which == "@original" else next(iter(found), None)
        if message is None:
            raise Refused(404, 10_008, "Unknown Message")
        return message

    def _valid(self, token: str) -> Asked:
        asked = self._by_token.get(token)
        if asked is None or self.clock() - asked.at > TOKEN_LASTS:
            raise Refused(401, 50_027, "Invalid Webhook Token")
        if not asked.first:
            raise Refused(404, 10_015, "Unknown Webhook")
        return asked

    async def _say(self, asked: Asked, data: Json, ephemeral: int) -> Json:
        flags = int(data.get("flags") or 0) & ~EPHEMERAL | ephemeral
        shown = {key: data[key] for key in ("components", "embeds") if data.get(key)}
        about = {"id": asked.id, "type": asked.kind, "user": asked.user}
        message = self.world.message(
            asked.channel,
            self.world.me,
            data.get("content") or "",
            flags=flags,
            interaction_metadata={**about, "authorizing_integration_owners": {}},
            attachments=_attached(data),
            **shown,
        )
        message["_files"] = data.get("_files", {})
        # Whoever presses a button answers nobody: an interaction pings users only.
        allowed = data.get("allowed_mentions", {"parse": ["users"]})
        self.pinged += rules.pings(rules.texts_of(message), allowed)
        asked.messages.append(message)
        if ephemeral:
            self.world.messages[asked.channel["id"]].pop(message["id"])
        else:
            await self.tell("MESSAGE_CREATE", asked.channel, message)
        return {key: value for key, value in message.items() if key != "_files"} | {
            "_of": asked.token
        }

    async def _change(self, asked: Asked, message: Json, data: Json) -> None:
        for key in ("content", "components", "embeds"):
            if key in data:
                message[key] = data[key] or ("" if key == "content" else [])
        for mine in asked.messages:
            if mine["id"] == message["id"] and mine is not message:
                mine |= {key: message[key] for key in ("content", "components", "embeds")}
        self.pinged += rules.pings(rules.texts_of(message), data.get("allowed_mentions"))
        if not message["flags"] & EPHEMERAL:
            message["edited_timestamp"] = self.world.stamp()
            await self.tell("MESSAGE_UPDATE", asked.channel, message)

    async def tell(self, name: str, channel: Json, message: Json) -> None:
        guild = {"guild_id": channel["guild_id"]} if channel.get("guild_id") else {}
        bare = {key: value for key, value in message.items() if not key.startswith("_")}
        await self.gateway.dispatch(name, {**bare, **guild}, channel)


def _attached(data: Json) -> list[Json]:
    return [
        {"id": str(one["id"]), "filename": one.get("filename", "file"), "size": 1, "url": "x:"}
        | {"proxy_url": "x:"}
        for one in data.get("attachments") or ()
    ]
