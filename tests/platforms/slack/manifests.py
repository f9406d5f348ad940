"""What Slack takes as an app's manifest: https://docs.slack.dev/reference/app-manifest."""

from __future__ import annotations

import re

from tests.platforms.slack.payloads import names
from tests.platforms.slack.state import Json

NEEDS = {
    "app_mention": {"app_mentions:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "message.im": {"im:history"},
    "message.mpim": {"mpim:history"},
    "reaction_added": {"reactions:read"},
    "reaction_removed": {"reactions:read"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "member_left_channel": {"channels:read", "groups:read"},
    "team_join": {"users:read"},
    "user_change": {"users:read"},
}
READS = {"channel": {"channels:read"}, "group": {"groups:read"}}
FREE = {"app_home_opened", "app_uninstalled", "tokens_revoked", "channel_id_changed"}


def check_manifest(manifest: Json) -> None:
    """Raise AssertionError for what Slack would refuse."""
    shown = manifest["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert re.fullmatch(r"#[0-9a-f]{6}", shown["background_color"])
    assert re.fullmatch(r"[a-z0-9._-]{1,80}", manifest["features"]["bot_user"]["display_name"])
    for url in manifest["oauth_config"].get("redirect_urls", []):
        assert url.startswith("https://"), url
    for one in manifest["features"]["slash_commands"]:
        assert re.fullmatch(r"/[a-z0-9_-]{1,31}", one["command"]), one
        assert 0 < len(one["description"]) <= 2_000
        assert one.get("usage_hint") != ""
    shortcuts = manifest["features"]["shortcuts"]
    assert len(shortcuts) <= 10
    assert len({one["callback_id"] for one in shortcuts}) == len(shortcuts)
    for one in shortcuts:
        assert len(one["name"]) <= 24
        assert len(one["description"]) <= 150
        assert one["type"] in {"message", "global"}
    _check_events(manifest)


def _check_events(manifest: Json) -> None:
    settings = manifest["settings"]
    scopes = set(manifest["oauth_config"]["scopes"]["bot"])
    events = settings["event_subscriptions"]["bot_events"]
    assert len(events) == len(set(events)) <= 100
    assert "commands" in scopes
    for event in events:
        kind = event.split("_")[0]
        assert event in NEEDS or event in FREE or kind in READS, f"no such event: {event}"
        needed = NEEDS.get(event, set() if event in FREE else READS.get(kind, set()))
        assert needed & scopes or not needed, f"{event} needs one of {needed}"
        assert event.startswith("message.") or event in names(), f"no payload of {event}"
    if not settings["socket_mode_enabled"]:
        assert settings["event_subscriptions"]["request_url"].startswith("https://")
        assert settings["interactivity"]["request_url"].startswith("https://")
        assert all(one["url"] for one in manifest["features"]["slash_commands"])
