"""What Grapevine can do, from the list of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.commands import COMMANDS, Command
from bot.replies import Line, Reply, Section, Strong

if TYPE_CHECKING:
    from bot.requests import Request

WHAT = (
    "I listen to what people share here anyway, and help you find who knows about something. "
    "Everybody I name comes with the messages that show it."
)


def reply(request: Request, text: str) -> Reply:  # noqa: ARG001 - `help` takes no words
    """Answer `help`, with the admins' commands only for admins."""
    shown = [one for one in COMMANDS if not one.admin or request.is_admin]
    lines = tuple(_line(one) for one in shown)
    plain = "Or just say it: “who knows about bees?”, “links about compost”."
    return Reply((Section((WHAT,), lines), Section((plain,))))


def _line(command: Command) -> Line:
    usage = f"{command.name} {command.words}".strip()
    return (Strong(usage), f"  {command.summary}")
