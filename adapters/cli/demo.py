"""`grapevine demo`: an invented neighbourhood to talk to, in a throw-away store."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.cli import people
from adapters.cli.chatting import read_script, session
from adapters.cli.output import out, say
from adapters.console import Chat, Screen, picture, run_script
from adapters.files import open_export
from bot.events import CommandUsed
from bot.importing import take_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.cli.world import World

FOLDER = Path(__file__).parents[2] / "demo"
NAME = "Riverbend"
MEMBER, PLACE = "ana", "general"
# Somebody in the committee's channel switched Grapevine on; it stays visible to them alone.
SWITCHED_ON = frozenset({"committee"})
# Who said that others may ask them.
WILLING = ("fatima", "jonas", "kofi", "noor", "tom")
# The tour and the picture play at one fixed moment, so that they always read the same.
MOMENT = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)

WELCOME = """\
This is Riverbend, an invented neighbourhood workshop: 12 people, 7 channels, a year of talk.
You are ana. Some things to try:

  /whoknows sourdough           people, and the messages that show it
  /whoknows terrafrom           typing slips are forgiven
  /links compost                what was shared about it, and by whom
  /ask How do I keep a starter alive in winter?      then  /press Ask the network
  @grapevine who knows about bees?
  /me                           what you are found for, and what you can hide
  /open 1   /as tom   /in bread   /help   /quit
"""


def run(world: World) -> None:
    """Open the chat, or play the tour when standard input is no terminal."""
    with _community(world) as there:
        if sys.stdin.isatty():
            say(WELCOME)
            Chat(session(there, MEMBER, PLACE, None, scripted=False), Screen(out)).run()
            return
    with _community(world, MOMENT) as there:
        script = (FOLDER / "tour.chat").read_text(encoding="utf-8")
        seat = session(there, MEMBER, PLACE, None, scripted=True)
        run_script(script, seat, Screen(out))
        say("That was the tour. In a terminal, make demo lets you talk yourself.")


def draw(world: World, script: Path, target: Path) -> None:
    """Play a script in the demo's community and write it as a picture."""
    text = read_script(script)
    with _community(world, MOMENT) as there:
        seat = session(there, MEMBER, PLACE, None, scripted=True)
        svg = picture(text, seat)
    target.write_text(svg, encoding="utf-8")


@contextmanager
def _community(world: World, at: datetime | None = None) -> Iterator[World]:
    """The neighbourhood in a store of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="grapevine-demo-") as folder:
        clock = None if at is None else lambda: at
        there = world.elsewhere(Path(folder) / "demo.db", clock)
        export = open_export(FOLDER / "community", private=SWITCHED_ON, community=NAME)
        try:
            take_in(there.store, there.bot, export.events(), export.fingerprint, lambda _done: None)
            _agree(there)
            yield there
        finally:
            there.store.close()


def _agree(there: World) -> None:
    """Let some of the neighbours say that they may be asked."""
    home = people.community(there, NAME)
    spot = people.place(there, home, PLACE).ref
    for name in WILLING:
        who = people.person(there, home, name).ref
        there.handle(CommandUsed(spot, who, "asking", "on", there.now()))
