"""`grapevine chat`: the console over the store, typed or from a script."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from adapters.cli import people
from adapters.cli.output import out
from adapters.console import Chat, Mail, Screen, Session, rewrite, run_script
from bot.commands import COMMANDS, REMEMBER_ME
from bot.errors import GrapevineError, NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.cli.world import World


class Clock:
    """The console's clock: runs with the world's until somebody sets it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._set: datetime | None = None

    def now(self) -> datetime:
        """The time in the chat."""
        return self._set or self._world.now()

    def set(self, at: datetime) -> None:
        """Make it this time, standing still."""
        self._set = at


def commands() -> dict[str, str]:
    """What can be typed after a slash, with what it does."""
    known = {one.name: one.summary for one in COMMANDS}
    known |= {"grapevine": "All of these, as on the other platforms", REMEMBER_ME: "Be known again"}
    return known


def session(
    world: World, as_: str | None, in_: str | None, community: str | None, *, scripted: bool
) -> Session:
    """A seat in the chat. NotFound when the person or the place is unknown."""
    home = people.community(world, community)
    everyone = world.room.people(home.ref)
    if not everyone:
        raise NotFound(people.EMPTY)
    who = people.person(world, home, as_) if as_ else everyone[0]
    clock = Clock(world)
    mail = Mail(world.store, world.bot, clock.now, lambda: f"g-{uuid4().hex}")
    return Session(
        world.handle,
        world.room,
        clock.now,
        community=home.ref,
        person=who.ref,
        place=people.place(world, home, in_).ref,
        commands=commands(),
        set_clock=clock.set if scripted else None,
        deliveries=lambda: mail.collect(home.ref),
        role_of=world.room.role,
    )


def run(
    world: World,
    as_: str | None,
    in_: str | None,
    community: str | None,
    script: Path | None,
    *,
    update: bool,
) -> None:
    """Talk until /quit, or play a script; a script that is not answered as written exits with 1."""
    if update and script is None:
        raise GrapevineError("--update writes into a script; name one with --script FILE.")
    text = "" if script is None else read_script(script)
    seat = session(world, as_, in_, community, scripted=script is not None)
    if script is None:
        Chat(seat, Screen(out)).run()
        return
    if update:
        script.write_text(rewrite(text, seat), encoding="utf-8")
        return
    report = run_script(text, seat, Screen(out))
    if not report:
        raise GrapevineError(f"{script} is answered otherwise than it says:\n{report}")


def read_script(script: Path) -> str:
    """The text of a script. NotFound when it is not there or not text."""
    try:
        return script.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotFound(f"There is no script {script}.") from None
    except (UnicodeDecodeError, IsADirectoryError):
        raise NotFound(f"{script} is not a text file in UTF-8.") from None
