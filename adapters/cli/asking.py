"""`grapevine whoknows` and `grapevine links`: a question to the store without a chat around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.cli import people
from adapters.cli.output import out
from adapters.console import Screen
from adapters.console.shown import Answer, Marks
from bot.events import CommandUsed, PlaceRef
from bot.replies import Reply

if TYPE_CHECKING:
    from adapters.cli.world import World

NOWHERE = "command-line"


def run(world: World, command: str, text: str, as_: str | None, community: str | None) -> None:
    """Answer a command as one person, or as an outsider who sees public places."""
    home = people.community(world, community)
    if as_ is None:
        reply = world.bot.answer_outsider(command, text, home.ref, world.now())
    else:
        who = people.person(world, home, as_)
        where = PlaceRef(home.ref, NOWHERE)
        reply = world.handle(CommandUsed(where, who.ref, command, text, world.now())) or Reply(())
    Screen(out).show([Answer(reply, Marks(), private=False)])
