"""What Grapevine can do, from the list of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.commands import COMMANDS, Command, parse
from bot.features import newcomers
from bot.replies import Line, Reply, Section, Strong

if TYPE_CHECKING:
    from bot.requests import Request

WHAT = (
    "I listen to what people share here anyway, and help you find who knows about something. "
    "Everybody I name comes with the messages that show it."
)


def reply(request: Request, text: str) -> Reply:
    """Answer `help` with all commands (the admins' only for admins) or the one that is named."""
    shown = [one for one in COMMANDS if not one.admin or request.is_admin]
    asked = parse(text, "")
    if asked is not None and asked[0] in shown:
        return Reply((_alone(asked[0]),))
    lines = tuple(_line(one) for one in shown)
    plain = "Or just say it: “who knows about bees?”, “links about compost”."
    return Reply((Section((WHAT,), lines), Section((plain,)), *newcomers.steps(request)))


def _alone(command: Command) -> Section:
    example = f"For example: {command.example}"
    return Section(_line(command), ((example,),) if command.words else ())


def _line(command: Command) -> Line:
    usage = f"{command.name} {command.words}".strip()
    return (Strong(usage), f"  {command.summary}")
