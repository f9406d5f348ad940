"""Digests that are due: each owed once a local day, and once after a time in which nothing ran."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.asking.model import Kind
from bot.digest.schedule import local_day, moment_for, next_after

if TYPE_CHECKING:
    from bot.asking.scene import Scene
    from bot.digest.model import Subscription
    from bot.model import Account

MOST = 50  # in one transaction


def run(scene: Scene) -> int:
    """Owe up to `MOST` digests that are due; how many there were."""
    due = scene.unit.digests.due(scene.at, MOST)
    for one in due:
        _owe(scene, one)
    return len(due)


def rezone(scene: Scene, who: Account) -> None:
    """Somebody lives by another clock from now on: their next digest comes by that."""
    wanted = scene.unit.digests.of(who.person_id)
    if wanted is None or wanted.next_at is None:
        return
    zone = scene.zone(who, scene.unit.manners.of(who.person_id))
    begin = max(scene.at, wanted.next_at - timedelta(days=1))  # a pause stays one
    scene.unit.digests.save(replace(wanted, next_at=next_after(wanted, zone, begin)))


def _owe(scene: Scene, wanted: Subscription) -> None:
    who = scene.unit.directory.met(wanted.account_id)
    if who is None:  # they left: it begins anew when they come back and ask for it
        scene.unit.digests.save(replace(wanted, next_at=None))
        return
    zone = scene.zone(who, scene.unit.manners.of(wanted.person_id))
    moment = moment_for(wanted, zone, scene.at)
    if moment > scene.at:
        scene.unit.digests.save(replace(wanted, next_at=moment))
        return
    scene.unit.digests.save(replace(wanted, next_at=next_after(wanted, zone, scene.at)))
    day = local_day(zone, scene.at)
    if scene.unit.digests.claim_day(wanted.person_id, day):
        scene.owe_person(Kind.DIGEST, who, {"person": wanted.person_id}, wanted.person_id, day)
