"""The words of a digest, made in the moment of sending, for what its reader may see just then.

None when there is nothing to tell: then nothing is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.asking.scene import number
from bot.digest import sections
from bot.digest.model import Frequency
from bot.digest.sections import Reader
from bot.model import Audience
from bot.replies import Reply, Section

if TYPE_CHECKING:
    from collections.abc import Callable
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
    reader = None if who is None else _reader(scene, who, wanted.since)
    found = [] if reader is None else _news(reader)
    if reader is None or not found:
        scene.unit.digests.told(wanted.person_id, scene.at)
        return None
    found.append(Section(buttons=foot(reader.button, wanted)))
    scene.unit.people.keep_promises(reader.promised)
    return Reply(tuple(found))


def arrived(scene: Scene, delivery: Delivery) -> None:
    """A digest was read out: the next begins where this one ended."""
    person_id = number(delivery, "person")
    if scene.unit.digests.told(person_id, scene.at):
        mine = scene.unit.directory.accounts_of(person_id)
        scene.unit.answers.tell(mine, scene.at, scene.at)


def build(scene: Scene, who: Account, since: datetime) -> Reply | None:
    """What is new for somebody since then, in the order of how much it is theirs."""
    reader = _reader(scene, who, since)
    found = [] if reader is None else _news(reader)
    if reader is None or not found:
        return None
    scene.unit.people.keep_promises(reader.promised)
    return Reply(tuple(found))


def _news(reader: Reader) -> list[Section]:
    return [section for part in sections.ALL for section in part(reader)]


def _reader(scene: Scene, who: Account, since: datetime) -> Reader | None:
    home = scene.unit.directory.community(who.ref.community)
    if home is None:
        return None
    mine = scene.unit.directory.accounts_of(who.person_id)
    return Reader(
        scene=scene,
        who=who,
        community=home,
        account_ids=mine,
        audience=Audience(scene.at, home.id, mine, settled=since),
        since=since,
        unwanted=scene.unit.digests.unwanted(who.person_id),
    )


def foot(button: Callable[..., Button], wanted: Subscription) -> tuple[Button, ...]:
    """What can be done about a digest, in the digest; `button` makes one of its reader's."""
    weekly = wanted.frequency is Frequency.WEEKLY
    other = Frequency.DAILY if weekly else Frequency.WEEKLY
    return (
        button("Every day" if weekly else "Every week", "digest", other.value),
        button("Pause a month", "digest-pause"),
        button("Off", "digest-off"),
    )
