"""What people do with the app: commands, buttons, forms, shortcuts, and what they get to see.

https://docs.slack.dev/interactivity/handling-user-interaction.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.platforms.slack.blocks import check_message, check_view
from tests.platforms.slack.payloads import payload
from tests.platforms.slack.state import Channel, Json, Person, Refused, Team

if TYPE_CHECKING:
    from tests.platforms.slack.server import Slack

TRIGGER_SECONDS = 3.0
RESPONSES = 5
RESPONSE_SECONDS = 30 * 60.0
STACK = 3


@dataclass
class Trigger:
    """A `trigger_id`: good for one modal, for 3 seconds."""

    team: Team
    user: str
    at: float
    used: bool = False


@dataclass
class ResponseUrl:
    """A `response_url`: 5 messages within 30 minutes; `original` is what it may replace."""

    team: Team
    channel: str
    user: str
    at: float
    original: Json | None = None
    uses: int = 0


@dataclass
class Hands:
    """The people's side of the app."""

    slack: Slack
    triggers: dict[str, Trigger] = field(default_factory=dict)
    urls: dict[str, ResponseUrl] = field(default_factory=dict)
    timeouts: int = 0

    # ── Commands, shortcuts, buttons, forms ──────────────────────────────────────────────────

    async def command(
        self, team: Team, who: Person, channel: Channel, line: str, *, trigger: str = ""
    ) -> Json | None:
        """Type a slash command; only those of the manifest are there."""
        name, _, text = line.partition(" ")
        if name not in team.commands:
            raise LookupError(f"{name} is not a valid command")
        if who.home != team.id:
            raise LookupError("people of other teams have no commands here")
        names = {"group": "privategroup", "im": "directmessage", "mpim": "mpdm-x"}
        body = payload("slash_command") | {
            "team_id": team.id,
            "team_domain": team.domain,
            "channel_id": channel.id,
            "channel_name": names.get(channel.kind, channel.name),
            "user_id": who.id,
            "user_name": who.name,
            "command": name,
            "text": text,
            "api_app_id": team.app_id,
            "response_url": self._url(team, channel.id, who.id),
            "trigger_id": trigger or self._trigger(team, who.id),
        }
        return await self._deliver("slash_commands", body)

    async def press(
        self, team: Team, who: Person, message: Json, label: str, channel: Channel | None = None
    ) -> Json | None:
        """Press the button called `label` on a message, a Home tab or a modal."""
        block, action = find_button(message["blocks"], label)
        body = payload("block_actions") | {
            "user": {"id": who.id, "username": who.name, "name": who.name, "team_id": who.home},
            "team": {"id": team.id, "domain": team.domain},
            "api_app_id": team.app_id,
            "trigger_id": self._trigger(team, who.id),
            "actions": [
                {
                    "action_id": action["action_id"],
                    "block_id": block["block_id"],
                    "text": action["text"],
                    "value": action.get("value", ""),
                    "type": "button",
                    "action_ts": self.slack.new_ts(),
                }
            ],
        }
        body |= self._pressed_on(team, who, message, channel)
        return await self._deliver("interactive", body)

    def _pressed_on(self, team: Team, who: Person, message: Json, channel: Channel | None) -> Json:
        if "type" in message and message["type"] in {"home", "modal"}:
            container = {"type": "view", "view_id": message["id"]}
            return {"container": container, "view": message}
        where = message["channel"] if channel is None else channel.id
        container = {
            "type": "message",
            "message_ts": message["ts"],
            "channel_id": where,
            "is_ephemeral": bool(message.get("is_ephemeral")),
        }
        if message.get("thread_ts"):
            container["thread_ts"] = message["thread_ts"]
        kind = team.channels[where].kind if where in team.channels else "channel"
        names = {"group": "privategroup", "im": "directmessage"}
        shown = {"id": where, "name": names.get(kind, "channel")}
        if kind == "channel" and where in team.channels:
            shown["name"] = team.channels[where].name
        url = self._url(team, where, who.id, message)
        return {"container": container, "channel": shown, "message": message, "response_url": url}

    async def submit(self, team: Team, who: Person, fields: dict[str, str]) -> Json | None:
        """Send the modal on top; what the app answers may close it, change it or show errors."""
        view = team.stacks[who.id][-1]
        blocks = [block for block in view["blocks"] if block["type"] == "input"]
        state = {}
        for block in blocks:
            element = block["element"]
            value = fields.get(block["block_id"], element.get("initial_value"))
            if not value and not block.get("optional"):
                raise LookupError(f"{block['label']['text']} has to be filled in")
            read = {"type": "plain_text_input", "value": value or None}
            state[block["block_id"]] = {element["action_id"]: read}
        body = payload("view_submission") | {
            "user": {"id": who.id, "username": who.name, "name": who.name, "team_id": who.home},
            "team": {"id": team.id, "domain": team.domain},
            "api_app_id": team.app_id,
            "trigger_id": self._trigger(team, who.id),
            "view": view | {"state": {"values": state}},
            "response_urls": [],
        }
        answer = await self._deliver("interactive", body)
        if answer is not None:
            self._after_submit(team, who, answer)
        return answer

    def _after_submit(self, team: Team, who: Person, answer: Json) -> None:
        stack = team.stacks[who.id]
        match answer.get("response_action"):
            case None:
                stack.pop()
            case "clear":
                stack.clear()
            case "update":
                stack[-1] = self._shown(team, answer["view"])
            case "push":
                stack.append(self._shown(team, answer["view"]))
                assert len(stack) <= STACK, "a stack holds three views"
            case "errors":
                names = {b["block_id"] for b in stack[-1]["blocks"] if b["type"] == "input"}
                assert answer["errors"], "errors say what is wrong"
                assert answer["errors"].keys() <= names, "errors belong to input blocks"
            case other:
                raise AssertionError(f"no such response_action: {other}")

    async def on_message(
        self, team: Team, who: Person, channel: Channel, ts: str, shortcut: str
    ) -> Json | None:
        """Use a message shortcut."""
        if shortcut not in team.shortcuts("message"):
            raise LookupError(f"no message shortcut {shortcut}")
        names = {"group": "privategroup", "im": "directmessage"}
        body = payload("message_action") | {
            "callback_id": shortcut,
            "user": {"id": who.id, "username": who.name, "name": who.name, "team_id": who.home},
            "team": {"id": team.id, "domain": team.domain},
            "channel": {"id": channel.id, "name": names.get(channel.kind, channel.name)},
            "message": channel.find(ts),
            "message_ts": ts,
            "trigger_id": self._trigger(team, who.id),
            "response_url": self._url(team, channel.id, who.id),
        }
        return await self._deliver("interactive", body)

    async def anywhere(self, team: Team, who: Person, shortcut: str) -> Json | None:
        """Use a global shortcut: no channel, no response_url."""
        if shortcut not in team.shortcuts("global"):
            raise LookupError(f"no global shortcut {shortcut}")
        body = payload("shortcut") | {
            "callback_id": shortcut,
            "user": {"id": who.id, "username": who.name, "team_id": who.home},
            "team": {"id": team.id, "domain": team.domain},
            "trigger_id": self._trigger(team, who.id),
        }
        return await self._deliver("interactive", body)

    async def _deliver(self, kind: str, body: Json) -> Json | None:
        """Nothing that people do is sent twice; they see that it timed out."""
        answer = await self.slack.deliver(kind, body, again=False)
        self.timeouts += answer is None
        return answer

    # ── Triggers and views ───────────────────────────────────────────────────────────────────

    def _trigger(self, team: Team, user: str) -> str:
        made = f"{secrets.randbelow(10**12)}.{secrets.token_hex(12)}"
        self.triggers[made] = Trigger(team, user, self.slack.monotonic())
        return made

    def _take(self, team: Team, trigger: str) -> str:
        found = self.triggers.get(trigger)
        if found is None or found.team is not team:
            raise Refused("invalid_trigger_id")
        if found.used:
            raise Refused("exchanged_trigger_id")
        if self.slack.monotonic() - found.at > TRIGGER_SECONDS:
            raise Refused("expired_trigger_id")
        found.used = True
        return found.user

    def open_view(self, team: Team, args: Json) -> Json:
        check_view(args.get("view"))
        user = self._take(team, str(args.get("trigger_id")))
        stack = team.stacks.setdefault(user, [])
        if len(stack) >= STACK:
            raise Refused("push_limit_reached")
        external = args["view"].get("external_id")
        taken = {v.get("external_id") for s in team.stacks.values() for v in s} - {None, ""}
        if external in taken:
            raise Refused("duplicate_external_id")
        stack.append(self._shown(team, args["view"]))
        return {"view": stack[-1]}

    def update_view(self, team: Team, args: Json) -> Json:
        check_view(args.get("view"))
        for stack in team.stacks.values():
            for index, view in enumerate(stack):
                if view["id"] == args.get("view_id"):
                    stack[index] = self._shown(team, args["view"]) | {"id": view["id"]}
                    return {"view": stack[index]}
        raise Refused("not_found")

    def publish(self, team: Team, args: Json) -> Json:
        check_view(args.get("view"))
        user = str(args.get("user_id"))
        if user not in team.people:
            raise Refused("user_not_found")
        if not team.manifest["features"]["app_home"]["home_tab_enabled"]:
            raise Refused("not_enabled")
        if args["view"]["type"] != "home":
            raise Refused("invalid_arguments")
        before = team.homes.get(user)
        if args.get("hash") and before is not None and args["hash"] != before["hash"]:
            raise Refused("hash_conflict")
        team.homes[user] = self._shown(team, args["view"])
        return {"view": team.homes[user]}

    def _shown(self, team: Team, view: Json) -> Json:
        number = f"V{secrets.token_hex(5).upper()}"
        more = {
            "id": number,
            "team_id": team.id,
            "hash": secrets.token_hex(6),
            "app_id": team.app_id,
        }
        numbered = [
            block if "block_id" in block else block | {"block_id": f"auto{index}"}
            for index, block in enumerate(view["blocks"])
        ]
        return view | more | {"blocks": numbered, "bot_id": team.bot_id}

    # ── Response URLs ────────────────────────────────────────────────────────────────────────

    def _url(self, team: Team, channel: str, user: str, original: Json | None = None) -> str:
        key = secrets.token_hex(8)
        at = self.slack.monotonic()
        self.urls[key] = ResponseUrl(team, channel, user, at, original)
        return f"{self.slack.url}actions/{team.id}/{key}"

    async def respond(self, request: web.Request) -> web.Response:
        """What an app posts to a `response_url`."""
        found = self.urls.get(request.match_info["key"])
        if found is None:
            return web.Response(status=404, text="invalid_url")
        if found.uses >= RESPONSES:
            return web.Response(status=404, text="used_url")
        if self.slack.monotonic() - found.at > RESPONSE_SECONDS:
            return web.Response(status=404, text="expired_url")
        found.uses += 1
        try:
            self._said(found, await request.json())
        except Refused as refused:
            return web.json_response(refused.body, status=400)
        return web.Response(text="ok")

    def _said(self, url: ResponseUrl, body: Json) -> None:
        if body.get("delete_original") and url.original is not None:
            self.slack.forget_message(url.team, url.channel, url.user, url.original)
            return
        check_message(body)
        if body.get("replace_original") and url.original is not None:
            kept: dict[str, Any] = {k: body[k] for k in ("text", "blocks") if k in body}
            url.original.update(kept)
            self.slack.note_posted(body)
        elif body.get("response_type") == "in_channel":
            channel = url.team.channels.get(url.channel)
            if channel is not None:
                self.slack.keep_own(url.team, channel, body)
        else:
            self.slack.keep_ephemeral(url.team, url.channel, url.user, body)


def find_button(blocks: list[Json], label: str) -> tuple[Json, Json]:
    """The block and the element of a button; `LookupError` if there is none."""
    labels = []
    for block in blocks:
        for one in [*block.get("elements", []), block.get("accessory", {})]:
            if one.get("type") == "button":
                labels.append(one["text"]["text"])
                if one["text"]["text"] == label:
                    return block, one
    raise LookupError(f"no button {label!r} among {labels}")
