"""What the command line does for Discord: the address to invite the bot, and the doctor's look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.cli.output import say

if TYPE_CHECKING:
    from bot.settings import Settings


def print_invite(settings: Settings) -> None:
    """Print the address at which somebody invites the bot to their server."""
    from adapters.discord.doctor import invite  # noqa: PLC0415 - the SDK takes a while to load

    say(invite(settings))


def discord(settings: Settings) -> list[str]:
    """What the doctor has to say about Discord."""
    from adapters.discord.doctor import check  # noqa: PLC0415 - the SDK takes a while to load

    return check(settings)
