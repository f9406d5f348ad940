"""How Slack is made from the settings: what `bot/wiring.py` lists for `grapevine run`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.slack.configuration import configuration, offices, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from adapters.service.platforms import Hub, PlatformService
    from bot.ports import Unit


def slack(hub: Hub) -> PlatformService | None:
    """Make the platform; None when the settings name none. SettingsError if they do not fit."""
    config = configuration(hub.settings)
    if config is None:
        return None
    from adapters.slack.service import SlackService  # noqa: PLC0415 - the SDK takes a while

    ours = tokens(hub.settings, config, hub.store, hub.now)
    return SlackService(hub, config, offices(hub.settings, ours))


def histories(unit: Unit, at: datetime) -> Iterator[str]:  # noqa: ARG001 - a `Teller` takes it
    """How far the histories of places were read, for `grapevine status`."""
    for home in unit.directory.communities():
        for one in unit.cursors.progress(home.id):
            if one.reading is None or (one.reading.finished_at and not one.reading.messages):
                continue
            state = "read" if one.reading.finished_at else "being read"
            yield (
                f"#{one.place.name} ({home.name}): its history is {state}, "
                f"{one.reading.messages:,} messages so far."
            )
