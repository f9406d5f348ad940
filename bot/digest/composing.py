"""The words of a digest, made in the moment of sending, for what its reader may see just then.

None when there is nothing to tell: then nothing is sent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.asking.scene import number
from bot.digest import sections
from bot.digest.model import Frequency
from bot.digest.sections import Reader
from bot.model import Audience
from bot.replies import Reply, Section

if TYPE_CHECKING:
    from datetime import datetime

    from bot.asking.scene import Scene
    from bot.digest.model import Subscription
    from bot.model import Account
    from bot.queues import Delivery
    from bot.replies import Button


def digest(scene: Scene, delivery: Delivery) -> Reply | None:
    """A digest that is owed."""
    wanted = scene.unit.digests.of(number(delivery, "person"))
    if wanted is None or wanted.frequency is Frequency.OFF:
        return None
    who = scene.unit.directory.met(wanted.account_id)
    found = None if who is None else build(scene, who, wanted.since)
    if found is None:
        scene.unit.digests.save(replace(wanted, since=scene.at))
        return None
    return Reply((*found.sections, Section(buttons=foot(scene, wanted))))


def arrived(scene: Scene, delivery: Delivery) -> None:
    """A digest was read out: the next begins where this one ended."""
    wanted = scene.unit.digests.of(number(delivery, "person"))
    if wanted is not None:
        scene.unit.digests.save(replace(wanted, since=scene.at))
        mine = scene.unit.directory.accounts_of(wanted.person_id)
        scene.unit.answers.tell(mine, scene.at, scene.at)


def build(scene: Scene, who: Account, since: datetime) -> Reply | None:
    """What is new for somebody since then, in the order of how much it is theirs."""
    home = scene.unit.directory.community(who.ref.community)
    if home is None:
        return None
    mine = scene.unit.directory.accounts_of(who.person_id)
    reader = Reader(
        scene=scene,
        who=who,
        community=home,
        account_ids=mine,
        audience=Audience(scene.at, home.id, mine, settled=since),
        since=since,
        unwanted=scene.unit.digests.unwanted(who.person_id),
    )
    found = [section for part in sections.ALL for section in part(reader)]
    scene.unit.people.keep_promises(reader.promised)
    return Reply(tuple(found)) if found else None


def foot(scene: Scene, wanted: Subscription) -> tuple[Button, ...]:
    """What can be done about a digest, in the digest."""
    mine = wanted.person_id
    weekly = wanted.frequency is Frequency.WEEKLY
    other = Frequency.DAILY if weekly else Frequency.WEEKLY
    return (
        scene.button("Every day" if weekly else "Every week", mine, "digest", other.value),
        scene.button("Pause a month", mine, "digest-pause"),
        scene.button("Off", mine, "digest-off"),
    )
