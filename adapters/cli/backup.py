"""`grapevine backup` and `grapevine restore`: a copy of everything, and bringing it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.cli.output import say
from bot.errors import StoreError
from bot.restoring import CaughtUp, catch_up
from bot.wording import number

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.cli.world import World

KEEP_IT_SAFE = (
    "It holds what people said: keep it where nobody else can read it, and delete it within 30 "
    "days, so that what they take back is gone there too."
)
SETTLED = "Nothing that was due goes out by itself now"


def save(world: World, target: Path) -> None:
    """Copy the store to a new file."""
    size = world.copies.save(target)
    say(f"Everything is in {target} ({size / 1_048_576:.1f} MiB).")
    say(KEEP_IT_SAFE)


def restore(world: World, copy: Path | None) -> None:
    """Bring a copy back; without one, look after a database that was brought back otherwise."""
    if copy is None:
        _settled(world.bot.restored(world.now()))
        return
    fresh = world.copies.unpack(copy)
    try:
        caught_up, waiting = _brought_up_to_date(world, world.elsewhere(fresh))
        kept = world.copies.put_in_place(fresh, f"until-{world.now():%Y-%m-%dT%H%M%S}")
    finally:
        world.copies.discard(fresh)
    say(f"The store is as it was when {copy} was made.")
    _say_caught_up(caught_up)
    _settled(waiting)
    if kept is not None:
        say(f"What was there before is in {kept}; delete it once all is well.")


def _brought_up_to_date(world: World, new: World) -> tuple[CaughtUp | None, int]:
    """What was deleted and forgotten since, as far as that is known; deliveries that wait."""
    try:
        caught_up = _caught_up(world, new)
        waiting = new.bot.restored(world.now())
        new.store.scrub()
    finally:
        new.store.close()
    return caught_up, waiting


def _caught_up(world: World, new: World) -> CaughtUp | None:
    """Delete and forget again what was so since; None if nobody can tell what that was."""
    if not world.copies.file.exists():
        return None
    try:
        before = world.store
    except StoreError:
        return None
    try:
        before.check()
        return catch_up(new.bot, before)
    except StoreError:
        return None
    finally:
        before.close()


def _say_caught_up(done: CaughtUp | None) -> None:
    if done is None:
        say(
            "The store before it is not there or damaged: what was deleted after the copy was "
            "made is looked for on the platforms before it is quoted; whoever said forget-me "
            "since then has to say it again."
        )
    elif done.deleted or done.forgotten:
        say(
            f"Deleted since then, and again now: {number(done.deleted, 'message')}; "
            f"forgotten: {number(done.forgotten, 'account')}."
        )


def _settled(waiting: int) -> None:
    if waiting:
        what = number(waiting, "delivery may have arrived", "deliveries may have arrived")
        say(f"{SETTLED}: {what}; grapevine outbox lists them.")
    else:
        say(f"{SETTLED}; questions widen when their askers say so.")
