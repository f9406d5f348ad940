"""A copy of the store was brought back: what must not happen twice, and not come back.

The copy knows nothing of what was done after it was made: what was sent, who asked to be
forgotten, which messages were deleted. So what was due by then waits for a person, and what the
store that it replaces remembers of the rest is done again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.asking.model import State
from bot.digest.schedule import next_after
from bot.features import privacy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.asking.scene import Scene
    from bot.copies import Forgetting
    from bot.core import Bot
    from bot.events import MessageDeleted
    from bot.ports import Store, Unit

MOST = 500  # of one kind in one transaction


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What was deleted or forgotten after a copy was made: messages, accounts."""

    deleted: int = 0
    forgotten: int = 0


def settle(scene: Scene) -> int:
    """Let nothing go out by itself that may have gone out already; how many deliveries wait.

    What was due by now is not done: questions widen when their asker says so, digests come the
    next time.
    """
    waiting = scene.unit.outbox.review()
    questions = scene.unit.questions
    while widening := questions.widening(scene.at, MOST):
        for question in widening:
            questions.save(replace(question, widens_at=None, stays=question.state is State.OPEN))
    while reminding := questions.reminding(scene.at, MOST):
        for question in reminding:
            questions.save(replace(question, reminds_at=None))
    _skip_digests(scene)
    return waiting


def _skip_digests(scene: Scene) -> None:
    digests = scene.unit.digests
    while due := digests.due(scene.at, MOST):
        for wanted in due:
            who = scene.unit.directory.met(wanted.account_id)
            zone = scene.zone(who, scene.unit.manners.of(wanted.person_id)) if who else None
            after = None if zone is None else next_after(wanted, zone, scene.at)
            digests.save(replace(wanted, next_at=after))


def catch_up(bot: Bot, before: Store) -> CaughtUp:
    """Forget and delete in the bot's store what was forgotten and deleted in the one before it."""
    with before.read() as unit:
        forgetting, buried = unit.graves.forgetting(), list(unit.graves.buried())
    forgotten = _forget(bot, forgetting)
    parts = (buried[start : start + MOST] for start in range(0, len(buried), MOST))
    return CaughtUp(sum(_delete(bot, part) for part in parts), forgotten)


def _forget(bot: Bot, forgetting: Forgetting) -> int:
    with bot.store.write() as unit:
        found = unit.graves.here_still(forgetting)
        for ref in found:
            who = unit.directory.account(ref)
            if who is not None:  # else another account of the same person was forgotten before
                mine = unit.directory.accounts_of(who.person_id)
                privacy.erase(unit, who, mine, bot.limits)
        unit.graves.take_over(forgetting)
    return len(found)


def _delete(bot: Bot, gone: Sequence[MessageDeleted]) -> int:
    """Delete some messages, also those that come only later; how many were there."""
    with bot.store.write() as unit:
        there = sum(_is_there(unit, one) for one in gone)
        bot.take_in_within(unit, gone)
    return there


def _is_there(unit: Unit, gone: MessageDeleted) -> bool:
    where = unit.directory.place(gone.place)
    return where is not None and unit.archive.find(where.id, gone.id) is not None
