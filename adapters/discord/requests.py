"""What we ask Discord for over REST, as plain payloads: the one place that knows the SDK's verbs.

https://docs.discord.com/developers/resources. Not found, or not ours to see, is None or nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
from discord.http import Route

from adapters.discord.guild import Payload

if TYPE_CHECKING:
    from discord.http import HTTPClient

A_PAGE = 100
THREADS_A_PAGE = 100
Query = dict[str, Any]
_NOT_OURS = (discord.NotFound, discord.Forbidden)


@dataclass(slots=True)
class Requests:
    """Asks through the SDK's connection, which keeps to the rate limits."""

    http: HTTPClient

    async def member(self, guild: str, user: str) -> Payload | None:
        """A member of a server."""
        path = "/guilds/{guild_id}/members/{user_id}"
        return await self._one(path, guild_id=guild, user_id=user)

    async def channel(self, channel: str) -> Payload | None:
        """A channel or thread."""
        return await self._one("/channels/{channel_id}", channel_id=channel)

    async def message(self, channel: str, message: str) -> Payload | None:
        """One message."""
        path = "/channels/{channel_id}/messages/{message_id}"
        return await self._one(path, channel_id=channel, message_id=message)

    async def history(
        self, channel: str, *, before: str | None = None, after: str | None = None
    ) -> list[Payload]:
        """Up to a hundred messages of a channel, newest first; of those after, the next ones."""
        query: Query = {"limit": A_PAGE}
        query |= {"before": before} if before else {}
        query |= {"after": after} if after else {}
        return await self._many("/channels/{channel_id}/messages", query, channel_id=channel)

    async def active_threads(self, guild: str) -> list[Payload]:
        """The threads of a server that are not archived."""
        found = await self._one("/guilds/{guild_id}/threads/active", guild_id=guild)
        return list((found or {}).get("threads") or ())

    async def archived_threads(
        self, channel: str, before: str | None
    ) -> tuple[list[Payload], bool]:
        """Archived public threads of a channel, newest first, and whether there are more."""
        query: Query = {"limit": THREADS_A_PAGE} | ({"before": before} if before else {})
        path = "/channels/{channel_id}/threads/archived/public"
        found = await self._one(path, query, channel_id=channel) or {}
        return list(found.get("threads") or ()), bool(found.get("has_more"))

    async def thread_members(self, thread: str) -> list[str]:
        """Who is in a thread; nobody, as far as we may know, without the Members intent."""
        found = await self._many("/channels/{channel_id}/thread-members", {}, channel_id=thread)
        return [str(one["user_id"]) for one in found]

    async def guilds(self) -> list[str]:
        """The servers that the bot is in."""
        found = await self._many("/users/@me/guilds", {"limit": 200})
        return [str(one["id"]) for one in found]

    async def guild(self, guild: str, me: str) -> Payload | None:
        """A server as GUILD_CREATE has it, with the bot as its only member."""
        about = await self._one("/guilds/{guild_id}", guild_id=guild)
        myself = await self.member(guild, me)
        if about is None or myself is None:
            return None
        channels = await self._many("/guilds/{guild_id}/channels", {}, guild_id=guild)
        return {**about, "channels": channels, "members": [myself]}

    async def direct(self, user: str) -> str:
        """The channel for direct messages with somebody."""
        made = await self.http.request(
            Route("POST", "/users/@me/channels"), json={"recipient_id": user}
        )
        return str(made["id"])

    async def put_tags(self, thread: str, tags: list[str]) -> None:
        """Give a post of a forum these tags, and no others."""
        path = "/channels/{channel_id}"
        await self.http.request(
            Route("PATCH", path, channel_id=thread), json={"applied_tags": tags}
        )

    async def put_commands(self, application: str, commands: list[dict[str, Any]]) -> None:
        """Register these commands, and no others."""
        path = "/applications/{application_id}/commands"
        await self.http.request(Route("PUT", path, application_id=application), json=commands)

    async def _one(self, path: str, query: Query | None = None, **ids: str) -> Payload | None:
        try:
            found: Payload = await self.http.request(Route("GET", path, **ids), params=query or {})
        except _NOT_OURS:
            return None
        return found

    async def _many(self, path: str, query: Query, **ids: str) -> list[Payload]:
        try:
            found: list[Payload] = await self.http.request(Route("GET", path, **ids), params=query)
        except _NOT_OURS:
            return []
        return found
