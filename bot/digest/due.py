"""Digests that are due: each owed once a local day, and once after a time in which nothing ran."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.asking.model import Kind
from bot.digest.schedule import local_day, next_after

if TYPE_CHECKING:
    from bot.asking.scene import Scene
    from bot.digest.model import Subscription

MOST = 50  # in one transaction


def run(scene: Scene) -> int:
    """Owe up to `MOST` digests that are due; how many there were."""
    due = scene.unit.digests.due(scene.at, MOST)
    for one in due:
        _owe(scene, one)
    return len(due)


def _owe(scene: Scene, wanted: Subscription) -> None:
    who = scene.unit.directory.met(wanted.account_id)
    if who is None:  # they left: it begins anew when they come back and ask for it
        scene.unit.digests.save(replace(wanted, next_at=None))
        return
    manners = scene.unit.manners.of(wanted.person_id)
    zone = scene.zone(who, manners)
    scene.unit.digests.save(replace(wanted, next_at=next_after(wanted, zone, scene.at)))
    if manners.paused_until is not None and manners.paused_until > scene.at:
        return
    day = local_day(zone, scene.at)
    if scene.unit.digests.claim_day(wanted.person_id, day):
        scene.owe_person(Kind.DIGEST, who, {"person": wanted.person_id}, wanted.person_id, day)
