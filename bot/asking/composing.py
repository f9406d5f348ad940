"""The words of a delivery, made in the moment of sending; None when it is owed no more.

Everything that decided it is looked at anew: whether the question is open, who may see what, who
agreed to what. What was deleted or forgotten meanwhile is never sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.asking import asked, coming_back, noting
from bot.asking.model import MUTABLE, Kind
from bot.digest import composing as digests
from bot.features import credit, pulse

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.asking.scene import Scene
    from bot.queues import Delivery
    from bot.replies import Reply

_COMPOSED: dict[Kind, Callable[[Scene, Delivery], Reply | None]] = {
    Kind.ASK: asked.ask,
    Kind.POST: asked.post,
    Kind.ANSWER: coming_back.answer,
    Kind.REMINDER: coming_back.reminder,
    Kind.NOTE: coming_back.note,
    Kind.FOUND: coming_back.found,
    Kind.THANKS: coming_back.thanks,
    Kind.DIGEST: digests.digest,
    Kind.KEPT: noting.told,
    Kind.CREDIT: credit.note,
    Kind.PULSE: pulse.post,
}


def compose(scene: Scene, delivery: Delivery) -> Reply | None:
    """What a delivery says now; nothing when it is of a kind that its person wants no more."""
    kind = Kind(str(delivery.payload["kind"]))
    if is_quiet_kind(delivery) and _is_muted(scene, delivery, kind):
        return None
    return _COMPOSED[kind](scene, delivery)


def _is_muted(scene: Scene, delivery: Delivery, kind: Kind) -> bool:
    who = delivery.person_id
    return who is not None and scene.unit.manners.is_muted(who, kind)


def original(delivery: Delivery) -> str | None:
    """The key of what a delivery edits, if it is an edit."""
    edits = delivery.payload.get("edits")
    return None if edits is None else str(edits)


def is_quiet_kind(delivery: Delivery) -> bool:
    """Whether a delivery waits for the end of somebody's quiet hours."""
    kinds = (*MUTABLE, Kind.DIGEST, Kind.KEPT)
    is_direct = delivery.destination.account is not None and original(delivery) is None
    return is_direct and Kind(str(delivery.payload["kind"])) in kinds
