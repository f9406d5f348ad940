"""What people do in Slack, and the events that come of it."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.platforms.slack.payloads import payload
from tests.platforms.slack.state import Channel, Json, Person, Team

SUBSCRIPTIONS = {
    "channel": "message.channels",
    "group": "message.groups",
    "im": "message.im",
    "mpim": "message.mpim",
}
LETTERS = {"channel": "C", "group": "G", "mpim": "G", "im": "D"}


class Life:
    """The verbs of a running Slack."""

    def emit(
        self, team: Team, event: Json, name: str = "", number: str = ""
    ) -> asyncio.Task[Json | None] | None:
        raise NotImplementedError

    def new_ts(self) -> str:
        raise NotImplementedError

    async def settled(self) -> None:
        raise NotImplementedError

    # ── Messages ─────────────────────────────────────────────────────────────────────────────

    def post(
        self, team: Team, who: Person, channel: Channel, text: str, thread: str = "", **more: Any
    ) -> str:
        """Post a message; its `ts`. The events are on their way when this returns.

        `quiet`: none are sent.
        """
        message = payload("message")["event"] | {
            "user": who.id,
            "text": text,
            "ts": self.new_ts(),
            "team": who.home,
        }
        del message["channel"], message["channel_type"], message["event_ts"]
        if thread:
            message["thread_ts"] = thread
        if who.home != team.id:
            profile = {"display_name": who.name, "real_name": who.name, "team": who.home}
            message |= {"user_team": who.home, "source_team": who.home, "user_profile": profile}
        quiet = more.pop("quiet", False)
        message |= more
        channel.messages.append(message)
        if not quiet:
            self.tell_of_message(team, channel, message)
        return str(message["ts"])

    def tell_of_message(self, team: Team, channel: Channel, message: Json, times: int = 1) -> None:
        """Send the events of a message: `message`, and `app_mention` if it names the bot."""
        if team.bot_user not in channel.members:
            return
        where = {"channel": channel.id, "channel_type": channel.kind, "event_ts": message["ts"]}
        for _ in range(times):
            self.emit(team, message | where, SUBSCRIPTIONS[channel.kind])
        if f"<@{team.bot_user}>" in message["text"] and channel.kind != "im":
            mention = {k: v for k, v in (message | where).items() if k != "channel_type"}
            self.emit(team, mention | {"type": "app_mention"})

    async def say(
        self, team: Team, who: Person, channel: Channel, text: str, thread: str = "", **more: Any
    ) -> str:
        """Post a message and wait until the app acknowledged it; its `ts`."""
        ts = self.post(team, who, channel, text, thread, **more)
        await self.settled()
        return ts

    async def say_once(self, team: Team, who: Person, channel: Channel, text: str) -> None:
        """Post a message and wait until its own event is acknowledged, whatever else is sent."""
        ts = self.post(team, who, channel, text, quiet=True)
        message = _there(channel, ts)
        where = {"channel": channel.id, "channel_type": channel.kind, "event_ts": ts}
        sent = self.emit(team, message | where, SUBSCRIPTIONS[channel.kind])
        if sent is not None:
            await sent

    async def edit(self, team: Team, channel: Channel, ts: str, text: str) -> None:
        message = _there(channel, ts)
        before = dict(message)
        message |= {"text": text, "edited": {"user": message["user"], "ts": self.new_ts()}}
        await self._hidden(team, channel, "message_changed", message=message, previous=before)

    async def unfurl(self, team: Team, channel: Channel, ts: str, url: str, title: str) -> None:
        """Slack puts the title of a link under a message, which is an edit by nobody."""
        message = _there(channel, ts)
        before = dict(message)
        message["attachments"] = [{"from_url": url, "title": title, "title_link": url, "id": 1}]
        await self._hidden(team, channel, "message_changed", message=message, previous=before)

    async def delete(self, team: Team, channel: Channel, ts: str) -> None:
        """Delete a message; under a thread's parent that has replies a tombstone stays."""
        message = _there(channel, ts)
        before = dict(message)
        if any(one.get("thread_ts") == ts and one["ts"] != ts for one in channel.messages):
            grave = {"subtype": "tombstone", "user": "USLACKBOT", "hidden": True}
            message |= grave | {"text": "This message was deleted."}
            await self._hidden(team, channel, "message_changed", message=message, previous=before)
            return
        channel.messages.remove(message)
        more = {"deleted_ts": ts}
        await self._hidden(team, channel, "message_deleted", previous=before, **more)

    async def _hidden(
        self, team: Team, channel: Channel, name: str, previous: Json, **more: Any
    ) -> None:
        at = self.new_ts()
        event = payload(name)["event"] | {
            "channel": channel.id,
            "channel_type": channel.kind,
            "ts": at,
            "event_ts": at,
            "previous_message": previous,
        }
        self.emit(team, event | more, SUBSCRIPTIONS[channel.kind])
        await self.settled()

    async def react(
        self, team: Team, who: Person, channel: Channel, ts: str, emoji: str, *, away: bool = False
    ) -> None:
        event = payload("reaction_removed" if away else "reaction_added")["event"] | {
            "user": who.id,
            "reaction": emoji,
            "item": {"type": "message", "channel": channel.id, "ts": ts},
            "item_user": _there(channel, ts)["user"],
            "event_ts": self.new_ts(),
        }
        self.emit(team, event)
        await self.settled()

    # ── Places ───────────────────────────────────────────────────────────────────────────────

    async def join(self, team: Team, user: str, channel: Channel, inviter: str = "") -> None:
        if user not in channel.members:
            channel.members.append(user)
        await self._member("member_joined_channel", team, user, channel, inviter)

    async def leave(self, team: Team, user: str, channel: Channel) -> None:
        channel.members.remove(user)
        await self._member("member_left_channel", team, user, channel, "")

    async def _member(
        self, name: str, team: Team, user: str, channel: Channel, inviter: str
    ) -> None:
        event = payload(name)["event"] | {
            "user": user,
            "channel": channel.id,
            "channel_type": LETTERS[channel.kind],
            "team": team.id,
            "event_ts": self.new_ts(),
        }
        if inviter:
            event["inviter"] = inviter
        self.emit(team, event)
        await self.settled()

    async def rename(self, team: Team, channel: Channel, name: str) -> None:
        channel.name = name
        kind = "channel_rename" if channel.kind == "channel" else "group_rename"
        shown = {"id": channel.id, "name": name, "created": 1_700_000_000}
        await self._tell(team, payload(kind)["event"] | {"channel": shown})

    async def archive(self, team: Team, channel: Channel, *, back: bool = False) -> None:
        channel.archived = not back
        kind = "channel" if channel.kind == "channel" else "group"
        verb = "unarchive" if back else "archive"
        await self._tell(team, payload(f"{kind}_{verb}")["event"] | {"channel": channel.id})

    async def remove(self, team: Team, channel: Channel) -> None:
        del team.channels[channel.id]
        kind = "channel_deleted" if channel.kind == "channel" else "group_deleted"
        await self._tell(team, payload(kind)["event"] | {"channel": channel.id})

    async def make_private(self, team: Team, who: Person, channel: Channel) -> None:
        channel.kind = "group"
        event = payload("channel_convert_to_private")["event"] | {
            "user": who.id,
            "channel": channel.id,
            "channel_type": "group",
            "ts": self.new_ts(),
            "event_ts": self.new_ts(),
        }
        self.emit(team, event, "message.groups")
        await self.settled()

    async def renumber(self, team: Team, channel: Channel, number: str) -> None:
        """A private channel gets another id because it is shared from now on."""
        old = channel.id
        team.channels[number] = team.channels.pop(old)
        channel.id = number
        event = payload("channel_id_changed")["event"]
        await self._tell(team, event | {"old_channel_id": old, "new_channel_id": number})

    # ── People and the app ───────────────────────────────────────────────────────────────────

    async def change(self, team: Team, who: Person, **fields: Any) -> None:
        who.fields |= fields
        who.name = fields.get("name", who.name)
        await self._tell(team, payload("user_change")["event"] | {"user": who.as_json()})

    async def welcome(self, team: Team, who: Person) -> None:
        await self._tell(team, payload("team_join")["event"] | {"user": who.as_json()})

    async def open_home(self, team: Team, who: Person, tab: str = "home") -> None:
        event = payload("app_home_opened")["event"] | {
            "user": who.id,
            "channel": team.direct(who.id).id,
            "tab": tab,
        }
        if who.id in team.homes:
            event["view"] = team.homes[who.id]
        await self._tell(team, event)

    async def uninstall(self, team: Team) -> None:
        """Both events come, in no order that could be relied on; the token is dead by then."""
        team.revoked = "account_inactive"
        self.emit(team, payload("app_uninstalled")["event"])
        tokens = {"tokens": {"oauth": [], "bot": [team.bot_user]}}
        await self._tell(team, payload("tokens_revoked")["event"] | tokens)

    async def revoke(self, team: Team) -> None:
        """The app's token is taken back; it may be uninstalled later on."""
        team.revoked = "token_revoked"
        tokens = {"tokens": {"oauth": [], "bot": [team.bot_user]}}
        await self._tell(team, payload("tokens_revoked")["event"] | tokens)

    async def _tell(self, team: Team, event: Json) -> None:
        self.emit(team, event | {"event_ts": self.new_ts()})
        await self.settled()


def _there(channel: Channel, ts: str) -> Json:
    found = channel.find(ts)
    assert found is not None, f"no message {ts} in {channel.name}"
    return found
