"""[Share here]: a private answer shown to all in the place, made anew for all who read there.

Nobody sees more by it: what only the asker may see is left out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot import commands
from bot.events import Visibility
from bot.replies import Reply, Section, Strong

if TYPE_CHECKING:
    from bot.commands import Command
    from bot.requests import Request

ACTION = "share-here"
MOST = 60  # characters of a topic that is worth showing around


def offer(request: Request, command: Command, text: str, reply: Reply) -> Reply:
    """The reply with the button, where it can be shared at all."""
    spot = request.place
    is_place = spot is not None and spot.visibility is not Visibility.DIRECT
    has_found = any(section.lines for section in reply.sections)
    if not (command.shared and request.private and request.account.id and is_place and has_found):
        return reply
    button = request.promise("Share here", ACTION, command.name, text)
    return replace(reply, sections=(*reply.sections, Section(buttons=(button,))))


def share(request: Request, name: str, text: str) -> Reply:
    """The button: the same asked openly, in the name of whoever shares it."""
    command = commands.BY_NAME[name]
    answer = command.handler(replace(request, private=False), text)
    head = Section((Strong(request.account.name), " asked Grapevine:"))
    return replace(answer, sections=(head, *answer.sections), private=False)
