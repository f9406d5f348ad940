"""Discord: everything the core can do, in the manner of a Discord server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adapters.service.platforms import Hub, PlatformService


def make(hub: Hub) -> PlatformService | None:
    """Discord, where the settings hold its token; the SDK is loaded only then."""
    if not hub.settings.discord_bot_token.get_secret_value().strip():
        return None
    from adapters.discord.service import DiscordService  # noqa: PLC0415 - see above

    return DiscordService(hub)
