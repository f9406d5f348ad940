"""Finding whom and where a person means on the command line."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from bot.errors import NotFound
from bot.wording import listed

if TYPE_CHECKING:
    from adapters.cli.world import World
    from bot.model import Account, Community, Place

EMPTY = "The store is empty. Bring a chat in with: grapevine import PATH"


def community(world: World, name: str | None) -> Community:
    """The community called `name`; without a name the only one. NotFound says what to do."""
    known = world.room.communities()
    if not known:
        raise NotFound(EMPTY)
    if name is None and len(known) == 1:
        return known[0]
    if name is None:
        names = listed([one.name for one in known], "or")
        raise NotFound(f"The store holds several communities; say --community {names}.")
    found = [
        one for one in known if name.casefold() in {one.name.casefold(), one.ref.id.casefold()}
    ]
    if not found:
        raise NotFound(f"There is no community called {name}{_hint(name, [c.name for c in known])}")
    return found[0]


def person(world: World, home: Community, name: str) -> Account:
    """The person called `name`. NotFound when there is none, or more than one."""
    known = world.room.people(home.ref)
    wanted = name.casefold().removeprefix("@")
    found = [one for one in known if wanted in {one.name.casefold(), one.ref.id.casefold()}]
    if not found:
        hint = _hint(name, [one.name for one in known])
        raise NotFound(f"There is nobody called {name} in {home.name}{hint}")
    if len(found) > 1:
        ids = listed([one.ref.id for one in found], "or")
        raise NotFound(f"Several people are called {name}; say which: {ids}.")
    return found[0]


def place(world: World, home: Community, name: str | None) -> Place:
    """The place called `name`; without a name the one called general, else the first."""
    known = world.room.places(home.ref)
    if not known:
        raise NotFound(EMPTY)
    wanted = "general" if name is None else name.removeprefix("#").casefold()
    found = [one for one in known if wanted in {one.name.casefold(), one.ref.id.casefold()}]
    if not found and name is not None:
        hint = _hint(name, [one.name for one in known if one.visibility == "public"])
        raise NotFound(f"There is no place called {name} in {home.name}{hint}")
    return (found or known)[0]


def _hint(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=3, cutoff=0.5)
    return f"; did you mean {listed(near, 'or')}?" if near else "."
