"""The REST interface: what a bot may ask and do, with the permissions it needs for it.

https://docs.discord.com/developers/resources/channel, …/message, …/guild, …/user, …/topics/threads.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from tests.platforms.discord import rules
from tests.platforms.discord.gateway import CONTENT, MEMBERS, Gateway, without_content
from tests.platforms.discord.interactions import Interactions, _attached
from tests.platforms.discord.rules import Refused, demand
from tests.platforms.discord.world import (
    DM,
    HISTORY,
    MANAGE_MESSAGES,
    MANAGE_THREADS,
    PRIVATE_THREAD,
    SEND,
    THREADS,
    VIEW,
    World,
)

Json = dict[str, Any]
Handler = Callable[..., Awaitable[Any]]

NONCE_LASTS = 180.0
CREATES_A_DAY = 200


class Rest:
    """Answers requests for the bot."""

    def __init__(self, world: World, gateway: Gateway, interactions: Interactions) -> None:
        self.world = world
        self.gateway = gateway
        self.interactions = interactions
        self.commands: list[Json] = []
        self.syncs = 0
        self.created_commands = 0
        self.pinged: list[str] = []
        # What the bot sent through here, oldest first; files by name are under `_files`.
        self.sent: list[Json] = []
        self.opened_directs = 0
        self._nonces: dict[tuple[str, str], tuple[float, Json]] = {}
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = [
            (method, re.compile(path.replace("{}", "([^/]+)")), handler)
            for method, path, handler in self._table()
        ]

    def _table(self) -> list[tuple[str, str, Handler]]:
        return [
            ("GET", "/users/@me", self._me),
            ("GET", "/users/@me/guilds", self._guilds),
            ("GET", "/oauth2/applications/@me", self._application),
            ("GET", "/gateway", self._gateway),
            ("GET", "/gateway/bot", self._gateway),
            ("GET", "/applications/{}/commands", self._commands),
            ("PUT", "/applications/{}/commands", self._put_commands),
            ("POST", "/interactions/{}/{}/callback", self._respond),
            ("POST", "/webhooks/{}/{}", self._followup),
            ("GET", "/webhooks/{}/{}/messages/@original", self._original),
            ("PATCH", "/webhooks/{}/{}/messages/{}", self._edit_answer),
            ("POST", "/users/@me/channels", self._direct),
            ("GET", "/guilds/{}", self._guild),
            ("GET", "/guilds/{}/members/{}", self._member),
            ("GET", "/guilds/{}/members", self._members),
            ("GET", "/guilds/{}/channels", self._channels),
            ("GET", "/guilds/{}/threads/active", self._active_threads),
            ("GET", "/channels/{}/threads/archived/(public|private)", self._archived_threads),
            ("GET", "/channels/{}/users/@me/threads/archived/private", self._own_archived),
            ("GET", "/channels/{}/thread-members", self._thread_members),
            ("GET", "/channels/{}", self._channel),
            ("PATCH", "/channels/{}", self._edit_channel),
            ("GET", "/channels/{}/messages", self._history),
            ("POST", "/channels/{}/messages", self._send),
            ("GET", "/channels/{}/messages/{}", self._message),
            ("PATCH", "/channels/{}/messages/{}", self._edit),
            ("DELETE", "/channels/{}/messages/{}", self._delete),
        ]

    async def handle(
        self, method: str, path: str, query: dict[str, str], data: Json, files: list[str]
    ) -> Any:
        for verb, pattern, handler in self._routes:
            found = pattern.fullmatch(path)
            if found and verb == method:
                return await handler(*found.groups(), query=query, data=data, files=files)
        raise Refused(404, 0, f"404: Not Found ({method} {path})")

    # ── The application ──────────────────────────────────────────────────────────────────────

    async def _me(self, **_: Any) -> Json:
        return self.world.me

    async def _application(self, **_: Any) -> Json:
        portal = self.gateway.portal
        flags = (1 << 15 if portal & MEMBERS else 0) | (1 << 19 if portal & CONTENT else 0)
        owner = {"id": "1", "username": "owner", "discriminator": "0", "avatar": None}
        return {
            "id": self.world.bot,
            "name": "Grapevine",
            "icon": None,
            "description": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "00",
            "owner": owner,
            "team": None,
            "flags": flags,
            "rpc_origins": [],
        }

    async def _gateway(self, **_: Any) -> Json:
        limit = {
            "total": 1_000,
            "remaining": self.gateway.identifies_left,
            "reset_after": 86_400_000,
            "max_concurrency": self.gateway.concurrency,
        }
        shards = self.gateway.shards
        return {"url": self.gateway.url, "shards": shards, "session_start_limit": limit}

    async def _commands(self, _app: str, **_: Any) -> list[Json]:
        return self.commands

    async def _put_commands(self, app: str, *, data: Json, **_: Any) -> list[Json]:
        wanted = data.get("all", [])
        rules.check_commands(wanted)
        known = {(int(one.get("type", 1)), one["name"]): one for one in self.commands}
        new = [one for one in wanted if (int(one.get("type", 1)), one["name"]) not in known]
        self.created_commands += len(new)
        if self.created_commands > CREATES_A_DAY:
            raise Refused(429, 30_034, "Max number of daily application command creates")
        self.syncs += 1
        base = {"application_id": app, "version": "1", "default_member_permissions": None}
        self.commands = [
            {**base, "id": self.world.id(), "description": "", "type": 1, **one} for one in wanted
        ]
        return self.commands

    # ── Interactions ─────────────────────────────────────────────────────────────────────────

    async def _respond(
        self, number: str, token: str, *, data: Json, files: list[str], **_: Any
    ) -> Json:
        if "_files" in data:
            data.setdefault("data", {})["_files"] = data.pop("_files")
        return await self.interactions.respond(number, token, data, files)

    async def _followup(
        self, _app: str, token: str, *, data: Json, files: list[str], **_: Any
    ) -> Json:
        return await self.interactions.followup(token, data, files)

    async def _edit_answer(
        self, _app: str, token: str, which: str, *, data: Json, files: list[str], **_: Any
    ) -> Json:
        return await self.interactions.edit(token, which, data, files)

    async def _original(self, _app: str, token: str, **_: Any) -> Json:
        return self.interactions.original(token)

    # ── Servers and people ───────────────────────────────────────────────────────────────────

    def _known_guild(self, guild: str) -> Json:
        if not self._is_in(guild):
            raise Refused(403, 50_001, "Missing Access")
        return self.world.guilds[guild]

    async def _guilds(self, **_: Any) -> list[Json]:
        ours = (one for one in self.world.guilds.values() if self._is_in(one["id"]))
        return [{"id": one["id"], "name": one["name"], "owner": False} for one in ours]

    def _is_in(self, guild: str) -> bool:
        return self.world.bot in self.world.members.get(guild, {})

    async def _guild(self, guild: str, **_: Any) -> Json:
        return self._known_guild(guild)

    async def _member(self, guild: str, user: str, **_: Any) -> Json:
        self._known_guild(guild)
        member = self.world.members[guild].get(user)
        if member is None:
            raise Refused(404, 10_007, "Unknown Member")
        return member

    async def _members(self, guild: str, *, query: dict[str, str], **_: Any) -> list[Json]:
        self._known_guild(guild)
        if not self.gateway.portal & MEMBERS:
            raise Refused(403, 50_001, "Missing Access")
        after, limit = int(query.get("after", 0)), int(query.get("limit", 1))
        found = sorted(self.world.members[guild].items(), key=lambda pair: int(pair[0]))
        return [member for number, member in found if int(number) > after][:limit]

    async def _channels(self, guild: str, **_: Any) -> list[Json]:
        return self.world.channels_of(self._known_guild(guild))

    async def _direct(self, *, data: Json, **_: Any) -> Json:
        user = self.world.users.get(str(data["recipient_id"]))
        if user is None:
            raise Refused(400, 50_033, "Invalid Recipient(s)")
        self.opened_directs += 1
        return self.world.direct(user)

    # ── Channels and threads ─────────────────────────────────────────────────────────────────

    def _visible(self, channel: str, needed: int = VIEW) -> Json:
        known = self.world.channels.get(channel)
        if known is None:
            raise Refused(404, 10_003, "Unknown Channel")
        rights = self.world.rights(self.world.bot, known)
        if not rights & VIEW:
            raise Refused(403, 50_001, "Missing Access")
        if rights & needed != needed:
            raise Refused(403, 50_013, "Missing Permissions")
        return known

    async def _channel(self, channel: str, **_: Any) -> Json:
        return self._visible(channel)

    async def _edit_channel(self, channel: str, *, data: Json, **_: Any) -> Json:
        known = self._visible(channel)
        demand(len(data.get("applied_tags") or ()) <= 5, "applied_tags: up to 5")
        if not self.world.rights(self.world.bot, known) & MANAGE_THREADS:
            raise Refused(403, 50_013, "Missing Permissions")
        home = self.world.channels.get(known.get("parent_id") or "", {})
        offered = {one["id"] for one in home.get("available_tags") or ()}
        demand(set(data.get("applied_tags") or ()) <= offered, "applied_tags: of the forum")
        known |= {key: data[key] for key in ("applied_tags", "name") if key in data}
        await self.gateway.dispatch("THREAD_UPDATE", dict(known), known)
        return known

    def _listed(self, threads: list[Json], *, more: bool = False) -> Json:
        ours = [
            {"id": one["id"], "user_id": self.world.bot, "join_timestamp": self.world.stamp()}
            | {"flags": 0}
            for one in threads
            if self.world.bot in self.world.thread_members[one["id"]]
        ]
        return {"threads": threads, "members": ours, "has_more": more}

    async def _active_threads(self, guild: str, **_: Any) -> Json:
        threads = self.world.threads_of(self._known_guild(guild))
        return self._listed(
            [
                one
                for one in threads
                if not one["thread_metadata"]["archived"] and self.world.sees(self.world.bot, one)
            ]
        )

    async def _archived_threads(
        self, channel: str, kind: str, *, query: dict[str, str], **_: Any
    ) -> Json:
        self._visible(channel, HISTORY | (MANAGE_THREADS if kind == "private" else 0))
        wanted = [PRIVATE_THREAD] if kind == "private" else [one for one in THREADS if one != 12]
        archived = [
            one
            for one in self.world.channels.values()
            if one["type"] in wanted
            and one["parent_id"] == channel
            and one["thread_metadata"]["archived"]
        ]
        return self._page(archived, query)

    async def _own_archived(self, channel: str, *, query: dict[str, str], **_: Any) -> Json:
        self._visible(channel, HISTORY)
        return self._page([], query)

    def _page(self, threads: list[Json], query: dict[str, str]) -> Json:
        def stamp(thread: Json) -> str:
            return str(thread["thread_metadata"]["archive_timestamp"])

        threads.sort(key=stamp, reverse=True)
        before = query.get("before")
        left = [one for one in threads if before is None or stamp(one) < before]
        limit = int(query.get("limit", 50))
        demand(2 <= limit <= 100, "limit: 2 to 100")
        return self._listed(left[:limit], more=len(left) > limit)

    async def _thread_members(self, channel: str, **_: Any) -> list[Json]:
        self._visible(channel)
        if not self.gateway.portal & MEMBERS:
            raise Refused(403, 50_001, "Missing Access")
        return [
            {"id": channel, "user_id": user, "join_timestamp": self.world.stamp(), "flags": 0}
            for user in sorted(self.world.thread_members[channel])
        ]

    # ── Messages ─────────────────────────────────────────────────────────────────────────────

    def _shown(self, message: Json, channel: Json) -> Json:
        bare = {key: value for key, value in message.items() if not key.startswith("_")}
        if channel["type"] == DM or self.gateway.portal & CONTENT:
            return bare
        return without_content(bare, self.world.bot)

    async def _history(self, channel: str, *, query: dict[str, str], **_: Any) -> list[Json]:
        known = self._visible(channel)
        limit = int(query.get("limit", 50))
        demand(1 <= limit <= 100, "limit: Must be between 1 and 100.")
        demand(sum(key in query for key in ("before", "after", "around")) <= 1, "only one of them")
        if not self.world.rights(self.world.bot, known) & HISTORY:
            return []
        found = self.world.history(channel)
        if "before" in query:
            found = [one for one in found if int(one["id"]) < int(query["before"])]
        if "after" in query:
            # Those next after it, the newest of them first.
            newer = [one for one in found if int(one["id"]) > int(query["after"])]
            found = newer[-limit:]
        return [self._shown(one, known) for one in found[:limit]]

    def _one(self, channel: str, message: str) -> Json:
        found = self.world.messages.get(channel, {}).get(message)
        if found is None:
            raise Refused(404, 10_008, "Unknown Message")
        return found

    async def _message(self, channel: str, message: str, **_: Any) -> Json:
        known = self._visible(channel, VIEW | HISTORY)
        return self._shown(self._one(channel, message), known)

    async def _send(self, channel: str, *, data: Json, files: list[str], **_: Any) -> Json:
        known = self._visible(channel, SEND)
        self._reachable(known)
        rules.check_message(data, files=files)
        demand(not int(data.get("flags") or 0) & rules.EPHEMERAL, "flags: EPHEMERAL answers only")
        key = channel, str(data.get("nonce"))
        if data.get("enforce_nonce") and data.get("nonce") and key in self._nonces:
            at, first = self._nonces[key]
            if time.monotonic() - at < NONCE_LASTS:
                return self._shown(first, known)
        shown = {key: data[key] for key in ("components", "embeds") if data.get(key)}
        reference = data.get("message_reference")
        if reference is not None:
            self._referenced(known, reference)
            about = {"channel_id": channel, "message_id": str(reference["message_id"])}
            shown |= {"message_reference": about, "type": 19}
        message = self.world.message(
            known,
            self.world.me,
            data.get("content") or "",
            flags=int(data.get("flags") or 0),
            attachments=_attached(data),
            **shown,
        )
        message["_files"] = data.get("_files", {})
        self.pinged += rules.pings(rules.texts_of(message), data.get("allowed_mentions"))
        self.sent.append(message)
        if data.get("nonce"):
            self._nonces[key] = (time.monotonic(), message)
        await self.interactions.tell("MESSAGE_CREATE", known, message)
        return {**self._shown(message, known), "nonce": data.get("nonce")}

    def _referenced(self, channel: Json, reference: Json) -> None:
        if not self.world.rights(self.world.bot, channel) & HISTORY:
            raise Refused(400, 160_002, "You cannot reply without permission to read history")
        missing = str(reference["message_id"]) not in self.world.messages[channel["id"]]
        if missing and reference.get("fail_if_not_exists", True):
            raise rules.invalid("message_reference: Unknown message")

    def _reachable(self, channel: Json) -> None:
        if channel["type"] == DM:
            user = channel["recipients"][0]["id"]
            if user in self.world.closed:
                raise Refused(403, 50_007, "Cannot send messages to this user")
            bot = self.world.bot
            if not any(bot in one and user in one for one in self.world.members.values()):
                raise Refused(403, 50_278, "Cannot send messages to this user: no mutual guilds")
        elif channel["type"] in THREADS and channel["thread_metadata"]["locked"]:
            raise Refused(403, 50_013, "Missing Permissions")

    async def _edit(
        self, channel: str, message: str, *, data: Json, files: list[str], **_: Any
    ) -> Json:
        known = self._visible(channel)
        found = self._one(channel, message)
        if found["author"]["id"] != self.world.bot:
            raise Refused(403, 50_005, "Cannot edit a message authored by another user")
        rules.check_message(data, files=files, before=found)
        for key in ("content", "components", "embeds"):
            if key in data:
                found[key] = data[key] or ("" if key == "content" else [])
        found["edited_timestamp"] = self.world.stamp()
        self.pinged += rules.pings(rules.texts_of(found), data.get("allowed_mentions"))
        await self.interactions.tell("MESSAGE_UPDATE", known, found)
        return self._shown(found, known)

    async def _delete(self, channel: str, message: str, **_: Any) -> None:
        known = self._visible(channel)
        found = self._one(channel, message)
        if found["author"]["id"] != self.world.bot:
            self._visible(channel, MANAGE_MESSAGES)
        self.world.messages[channel].pop(message)
        about = {"id": message, "channel_id": channel}
        guild = {"guild_id": known["guild_id"]} if known.get("guild_id") else {}
        await self.gateway.dispatch("MESSAGE_DELETE", {**about, **guild}, known)
