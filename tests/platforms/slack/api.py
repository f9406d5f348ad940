"""The Web API, method by method: https://docs.slack.dev/reference/methods."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.platforms.slack.blocks import check_message
from tests.platforms.slack.state import Channel, Json, Refused, Team

if TYPE_CHECKING:
    from tests.platforms.slack.server import Slack

SCOPES: dict[str, tuple[str, ...]] = {
    "users.list": ("users:read",),
    "users.info": ("users:read",),
    "bots.info": ("users:read",),
    "conversations.list": ("channels:read", "groups:read"),
    "users.conversations": ("channels:read", "groups:read"),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "chat.delete": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "conversations.open": ("im:write", "mpim:write"),
    "team.info": ("team:read",),
    "files.getUploadURLExternal": ("files:write",),
    "files.completeUploadExternal": ("files:write",),
    "reactions.add": ("reactions:write",),
}
READS = {"channel": "channels:read", "group": "groups:read", "im": "im:read", "mpim": "mpim:read"}
HISTORIES = {
    "channel": "channels:history",
    "group": "groups:history",
    "im": "im:history",
    "mpim": "mpim:history",
}
MOST = {"conversations.history": 999, "conversations.replies": 1_000, "users.list": 1_000}


class Api:
    """Answers the calls of one app."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    def call(self, method: str, token: str, args: Json) -> Json:
        """Answer one call; raises `Refused`."""
        if method == "apps.connections.open":
            return self._open_connection(token)
        if method == "oauth.v2.access":
            return self._slack.oauth.exchange(args)
        if method == "apps.manifest.export":
            return self._export(token)
        team = self._team(token)
        handler = _METHODS.get(method)
        if handler is None:
            raise Refused("unknown_method", req_method=method)
        wanted = SCOPES.get(method, ())
        if wanted and not set(wanted) & set(team.scopes):
            raise missing(team, wanted[0])
        return {"ok": True, **handler(self, team, args)}

    def _team(self, token: str) -> Team:
        if not token:
            raise Refused("not_authed")
        team = next((one for one in self._slack.teams.values() if one.token == token), None)
        if team is None:
            raise Refused("invalid_auth")
        if team.revoked:
            raise Refused(team.revoked)
        return team

    def _open_connection(self, token: str) -> Json:
        if token != self._slack.app_token:
            raise Refused("not_allowed_token_type" if token.startswith("xoxb") else "invalid_auth")
        if not self._slack.socket_mode:
            raise Refused("forbidden_method")
        return {"ok": True, "url": self._slack.sockets.ticket()}

    def _export(self, token: str) -> Json:
        if token != self._slack.config_token:
            raise Refused("not_allowed_token_type")
        return {"ok": True, "manifest": next(iter(self._slack.teams.values())).manifest}

    # ── Who we are ───────────────────────────────────────────────────────────────────────────

    def auth_test(self, team: Team, _args: Json) -> Json:
        bot = {"user": "grapevine", "user_id": team.bot_user, "bot_id": team.bot_id}
        return {"url": team.url, "team": team.name, "team_id": team.id, **bot}

    def team_info(self, team: Team, _args: Json) -> Json:
        return {"team": {"id": team.id, "name": team.name, "domain": team.domain}}

    # ── People ───────────────────────────────────────────────────────────────────────────────

    def users_list(self, team: Team, args: Json) -> Json:
        people = [one for one in team.people.values() if one.home == team.id]
        page, more = paged([one.as_json() for one in people], args, "users.list")
        return {"members": page, **more}

    def users_info(self, team: Team, args: Json) -> Json:
        found = team.people.get(str(args.get("user")))
        if found is None:
            raise Refused("user_not_found")
        shown = found.as_json() | ({"is_stranger": True} if found.home != team.id else {})
        return {"user": shown}

    # ── Conversations ────────────────────────────────────────────────────────────────────────

    def bots_info(self, team: Team, args: Json) -> Json:
        if args.get("bot") != team.bot_id:
            raise Refused("bot_not_found")
        return {"bot": {"id": team.bot_id, "app_id": team.app_id, "name": "grapevine"}}

    def conversations_list(self, team: Team, args: Json) -> Json:
        return self._channels(team, args, [c for c in team.channels.values() if team.seen(c)])

    def users_conversations(self, team: Team, args: Json) -> Json:
        user = args.get("user") or team.bot_user
        mine = [c for c in team.channels.values() if user in c.members and team.seen(c)]
        return self._channels(team, args, mine)

    def _channels(self, team: Team, args: Json, channels: list[Channel]) -> Json:
        kinds = {
            {"public_channel": "channel", "private_channel": "group"}.get(kind, kind)
            for kind in str(args.get("types") or "public_channel").split(",")
        }
        for kind in kinds:
            if READS[kind] not in team.scopes:
                raise missing(team, READS[kind])
        hide = truth(args.get("exclude_archived"))
        found = [c for c in channels if c.kind in kinds and not (hide and c.archived)]
        page, more = paged([c.as_json(team.bot_user) for c in found], args, "conversations.list")
        return {"channels": page, **more}

    def conversations_info(self, team: Team, args: Json) -> Json:
        return {"channel": self._seen(team, args, READS).as_json(team.bot_user)}

    def conversations_members(self, team: Team, args: Json) -> Json:
        channel = self._seen(team, args, READS)
        page, more = paged(channel.members, args, "conversations.members")
        return {"members": page, **more}

    def conversations_open(self, team: Team, args: Json) -> Json:
        user = str(args.get("users"))
        if user not in team.people:
            raise Refused("user_not_found")
        return {"channel": {"id": team.direct(user).id}}

    def conversations_history(self, team: Team, args: Json) -> Json:
        channel = self._inside(team, args)
        shown = [
            one
            for one in reversed(channel.messages)
            if not one.get("thread_ts")
            or one["thread_ts"] == one["ts"]
            or one.get("subtype") == "thread_broadcast"
        ]
        return self._history(channel, shown, args, "conversations.history")

    def conversations_replies(self, team: Team, args: Json) -> Json:
        channel = self._inside(team, args)
        ts = str(args.get("ts"))
        root = channel.find(ts)
        if root is None:
            raise Refused("thread_not_found")
        together = [root, *channel.threads().get(ts, [])]
        return self._history(channel, together, args, "conversations.replies")

    def _history(self, channel: Channel, shown: list[Json], args: Json, method: str) -> Json:
        oldest, latest = str(args.get("oldest") or "0"), str(args.get("latest") or "9" * 12)
        inclusive = truth(args.get("inclusive"))
        within = [
            one
            for one in shown
            if float(oldest) < float(one["ts"]) < float(latest)
            or (inclusive and one["ts"] in {oldest, latest})
        ]
        page, following = paged_by_ts(within, args, method)
        if not truth(args.get("include_all_metadata")):
            page = [{k: v for k, v in one.items() if k != "metadata"} for one in page]
        threads = channel.threads()
        return {
            "messages": [_with_replies(one, threads.get(one["ts"], [])) for one in page],
            "has_more": bool(following),
            "response_metadata": {"next_cursor": following},
        }

    def _seen(self, team: Team, args: Json, scopes: dict[str, str]) -> Channel:
        channel = team.channels.get(str(args.get("channel")))
        if channel is None or not team.seen(channel):
            raise Refused("channel_not_found")
        if scopes[channel.kind] not in team.scopes:
            raise missing(team, scopes[channel.kind])
        return channel

    def _inside(self, team: Team, args: Json) -> Channel:
        channel = self._seen(team, args, HISTORIES)
        if team.bot_user not in channel.members:
            raise Refused("not_in_channel")
        return channel

    # ── Messages ─────────────────────────────────────────────────────────────────────────────

    def chat_post(self, team: Team, args: Json) -> Json:
        channel = self._writable(team, str(args.get("channel")))
        body = structured(args)
        check_message(body)
        thread = body.get("thread_ts")
        if thread and channel.find(str(thread)) is None:
            raise Refused("thread_not_found")
        message = self._slack.keep_own(team, channel, body)
        return {"channel": channel.id, "ts": message["ts"], "message": message}

    def _writable(self, team: Team, target: str) -> Channel:
        if target.startswith(("U", "W")):
            person = team.people.get(target)
            if person is None or person.fields.get("closed"):
                raise Refused("channel_not_found")
            if person.fields.get("no_messages_tab"):
                raise Refused("messages_tab_disabled")
            if person.fields.get("deleted"):
                raise Refused("user_is_deactivated")
            return team.direct(target)
        channel = team.channels.get(target)
        if channel is None or not team.seen(channel):
            raise Refused("channel_not_found")
        if channel.archived:
            raise Refused("is_archived")
        if team.bot_user not in channel.members and "chat:write.public" not in team.scopes:
            raise Refused("not_in_channel")
        return channel

    def _own(self, team: Team, args: Json, error: str) -> tuple[Channel, Json]:
        channel = team.channels.get(str(args.get("channel")))
        if channel is None:
            raise Refused("channel_not_found")
        message = channel.find(str(args.get("ts")))
        if message is None:
            raise Refused("message_not_found")
        if message.get("user") != team.bot_user:
            raise Refused(error)
        return channel, message

    def chat_update(self, team: Team, args: Json) -> Json:
        channel, message = self._own(team, args, "cant_update_message")
        body = structured(args)
        check_message(body)
        edited = {"user": team.bot_user, "ts": self._slack.new_ts()}
        kept = {key: body[key] for key in ("text", "blocks", "metadata") if key in body}
        message.update(kept | {"edited": edited})
        self._slack.note_posted(body)
        return {"channel": channel.id, "ts": message["ts"], "text": message["text"]}

    def chat_delete(self, team: Team, args: Json) -> Json:
        channel, message = self._own(team, args, "cant_delete_message")
        channel.messages.remove(message)
        return {"channel": channel.id, "ts": message["ts"]}

    def chat_ephemeral(self, team: Team, args: Json) -> Json:
        channel = self._writable(team, str(args.get("channel")))
        user = str(args.get("user"))
        if user not in channel.members:
            raise Refused("user_not_in_channel")
        body = structured(args)
        check_message(body)
        message = self._slack.keep_ephemeral(team, channel.id, user, body)
        return {"message_ts": message["ts"]}

    def permalink(self, team: Team, args: Json) -> Json:
        channel = self._seen(team, args, READS)
        if channel.find(str(args.get("message_ts"))) is None:
            raise Refused("message_not_found")
        ts = str(args["message_ts"]).replace(".", "")
        return {"permalink": f"{team.url}archives/{channel.id}/p{ts}"}

    def react(self, team: Team, args: Json) -> Json:
        channel = self._seen(team, args, READS)
        if channel.find(str(args.get("timestamp"))) is None:
            raise Refused("message_not_found")
        return {}

    # ── Views and files ──────────────────────────────────────────────────────────────────────

    def views_open(self, team: Team, args: Json) -> Json:
        return self._slack.hands.open_view(team, structured(args))

    def views_update(self, team: Team, args: Json) -> Json:
        return self._slack.hands.update_view(team, structured(args))

    def views_publish(self, team: Team, args: Json) -> Json:
        return self._slack.hands.publish(team, structured(args))

    def upload_url(self, team: Team, args: Json) -> Json:
        number = f"F{len(team.files):08d}"
        if len(args.get("alt_txt", "")) > 1_000:
            raise Refused("invalid_arguments")
        made = {"id": number, "name": args["filename"], "size": int(args["length"])}
        team.files.append(made | {"alt": args.get("alt_txt")})
        return {"upload_url": f"{self._slack.url}upload/{team.id}/{number}", "file_id": number}

    def upload_done(self, team: Team, args: Json) -> Json:
        files = json.loads(args["files"]) if isinstance(args["files"], str) else args["files"]
        channel = self._writable(team, str(args.get("channel_id")))
        if str(args["channel_id"]).startswith("U"):
            raise Refused("channel_not_found")
        for one in files:
            found = next(f for f in team.files if f["id"] == one["id"])
            if len(found.get("content", b"")) != found["size"]:
                raise Refused("file_upload_size_mismatch")
            shared: Json = {"text": args.get("initial_comment") or "", "files": [found["name"]]}
            self._slack.keep_own(team, channel, shared)
        return {"files": [{"id": one["id"]} for one in files]}


def missing(team: Team, scope: str) -> Refused:
    return Refused("missing_scope", needed=scope, provided=",".join(team.scopes))


def truth(value: Any) -> bool:
    return value in {True, "1", "true", "True"}


def structured(args: Json) -> Json:
    """The arguments with what came as JSON in a form read."""
    read = dict(args)
    for key in ("blocks", "view", "metadata"):
        if isinstance(read.get(key), str):
            read[key] = json.loads(read[key])
    return read


def _with_replies(message: Json, replies: list[Json]) -> Json:
    """A thread's parent says how many replies it has, and when the last of them came."""
    if not replies:
        return message
    counts = {"reply_count": len(replies), "latest_reply": replies[-1]["ts"]}
    return message | {"thread_ts": message["ts"]} | counts


def paged_by_ts(items: list[Json], args: Json, method: str) -> tuple[list[Json], str]:
    """One page of messages; the cursor is a place in time, which new ones do not move."""
    limit = int(args.get("limit") or 100)
    if not 1 <= limit <= MOST[method]:
        raise Refused("invalid_limit")
    cursor = str(args.get("cursor") or "")
    start = 0
    if cursor:
        if not cursor.startswith("next_ts:"):
            raise Refused("invalid_cursor")
        wanted = cursor.removeprefix("next_ts:")
        start = next((i for i, one in enumerate(items) if one["ts"] == wanted), len(items))
    end = start + limit
    return items[start:end], f"next_ts:{items[end]['ts']}" if end < len(items) else ""


def paged(items: list[Any], args: Json, method: str) -> tuple[list[Any], Json]:
    """One page and the cursor of the next; a page may be shorter than was asked for."""
    limit = int(args.get("limit") or 100)
    if not 1 <= limit <= MOST.get(method, 1_000):
        raise Refused("invalid_limit")
    cursor = str(args.get("cursor") or "")
    start = 0
    if cursor:
        if not cursor.startswith("next:"):
            raise Refused("invalid_cursor")
        start = int(cursor.removeprefix("next:"))
    end = start + limit
    following = f"next:{end}" if end < len(items) else ""
    return items[start:end], {"response_metadata": {"next_cursor": following}}


Handler = Callable[[Api, Team, Json], Json]
_METHODS: dict[str, Handler] = {
    "auth.test": Api.auth_test,
    "team.info": Api.team_info,
    "users.list": Api.users_list,
    "users.info": Api.users_info,
    "bots.info": Api.bots_info,
    "conversations.list": Api.conversations_list,
    "users.conversations": Api.users_conversations,
    "conversations.info": Api.conversations_info,
    "conversations.members": Api.conversations_members,
    "conversations.open": Api.conversations_open,
    "conversations.history": Api.conversations_history,
    "conversations.replies": Api.conversations_replies,
    "chat.postMessage": Api.chat_post,
    "chat.update": Api.chat_update,
    "chat.delete": Api.chat_delete,
    "chat.postEphemeral": Api.chat_ephemeral,
    "chat.getPermalink": Api.permalink,
    "reactions.add": Api.react,
    "views.open": Api.views_open,
    "views.update": Api.views_update,
    "views.publish": Api.views_publish,
    "files.getUploadURLExternal": Api.upload_url,
    "files.completeUploadExternal": Api.upload_done,
}
