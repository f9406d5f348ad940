"""The app's manifest, made from the registry of commands and from what `translate` reads.

Schema: https://docs.slack.dev/reference/app-manifest. It asks for the scopes that the events and
calls here need, and for no others.
"""

from __future__ import annotations

from typing import Any

from adapters.slack.names import ASK, ASK_ANYWHERE, ASK_NETWORK, SAVE_LINK
from adapters.slack.translate import EVENTS as READ
from adapters.slack.web import EVENTS as EVENTS_PATH
from adapters.slack.web import INSTALLED
from bot.commands import BY_NAME, COMMANDS, GRAPEVINE

NAME = "Grapevine"
DESCRIPTION = "Who knows about X? Names people, each with the messages that show it."
COLOUR = "#3b2a4a"

# Each kind of message is an event of its own: https://docs.slack.dev/reference/events/message.
MESSAGES = ("message.channels", "message.groups", "message.im")
# What each event needs: https://docs.slack.dev/reference/events.
EVENT_SCOPES: dict[str, tuple[str, ...]] = {
    "app_mention": ("app_mentions:read",),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "message.im": ("im:history",),
    "reaction_added": ("reactions:read",),
    "reaction_removed": ("reactions:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "member_left_channel": ("channels:read", "groups:read"),
    "channel_rename": ("channels:read",),
    "channel_archive": ("channels:read",),
    "channel_unarchive": ("channels:read",),
    "channel_deleted": ("channels:read",),
    "channel_shared": ("channels:read",),
    "channel_unshared": ("channels:read",),
    "group_rename": ("groups:read",),
    "group_archive": ("groups:read",),
    "group_unarchive": ("groups:read",),
    "group_deleted": ("groups:read",),
    "team_join": ("users:read",),
    "user_change": ("users:read",),
}
# What our own calls need beside that: posting, commands, opening a direct message, the export.
CALL_SCOPES = ("chat:write", "commands", "files:write", "im:write")


def manifest(http: str = "", prefix: str = "", install: str = "") -> dict[str, Any]:
    """Return the manifest: for Socket Mode, or for the public address `http` of our port.

    `install` is the public address at which several workspaces install us.
    """
    url = http.rstrip("/") + EVENTS_PATH if http else ""
    made: dict[str, Any] = {
        "_metadata": {"major_version": 1},
        "display_information": {
            "name": NAME,
            "description": DESCRIPTION,
            "background_color": COLOUR,
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": NAME.lower(), "always_online": True},
            "shortcuts": shortcuts(),
            "slash_commands": commands(prefix, url),
        },
        "oauth_config": {"scopes": {"bot": scopes()}},
        "settings": {
            "event_subscriptions": {"bot_events": list(events())},
            "interactivity": {"is_enabled": True},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }
    if url:
        made["settings"]["event_subscriptions"]["request_url"] = url
        made["settings"]["interactivity"]["request_url"] = url
    if install:
        made["oauth_config"]["redirect_urls"] = [install.rstrip("/") + INSTALLED]
    return made


def events() -> tuple[str, ...]:
    """The events that we want to hear of."""
    plain = tuple(sorted(name for name in READ if name != "message"))
    return (*plain, *MESSAGES)


def scopes() -> list[str]:
    """The scopes that this takes, and no more."""
    needed = {scope for event in events() for scope in EVENT_SCOPES.get(event, ())}
    return sorted(needed | set(CALL_SCOPES))


def commands(prefix: str = "", url: str = "") -> list[dict[str, Any]]:
    """The slash commands; what stands under `/grapevine` is one of them together."""
    inner = " | ".join(one.name for one in COMMANDS if one.under == GRAPEVINE)
    made = [
        _command(prefix + one.name, one.summary, one.words, url)
        for one in COMMANDS
        if not one.under
    ]
    return [*made, _command(prefix + GRAPEVINE, DESCRIPTION, f"[{inner}]", url)]


def _command(name: str, summary: str, words: str, url: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "command": f"/{name}",
        "description": summary,
        "usage_hint": words,
        "should_escape": True,
    }
    if url:
        made["url"] = url
    return {key: value for key, value in made.items() if value != ""}


def shortcuts() -> list[dict[str, str]]:
    """The shortcuts: on a message, and from anywhere."""
    made = [_shortcut("Save link", "message", SAVE_LINK, "Keep the links of this message findable")]
    if ASK in BY_NAME:
        ask = "Ask the network"
        made += [
            _shortcut(ask, "message", ASK_NETWORK, "Find out who can answer this message"),
            _shortcut(ask, "global", ASK_ANYWHERE, "Find out who can answer a question of yours"),
        ]
    return made


def _shortcut(name: str, kind: str, callback: str, description: str) -> dict[str, str]:
    return {"name": name, "type": kind, "callback_id": callback, "description": description}
