"""Whom to ask in person: those who may know, agreed to be asked, and were not asked too often.

The order is that of who-knows, on the evidence that the asker may see. Among the first few who
come into question those come first who were asked least in the last week, so that it is not always
the same two.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from bot.asking.hours import awake, is_quiet
from bot.asking.model import Ask, AskState, Kind
from bot.features import who_knows
from bot.features.who_knows import Asked
from bot.ranking.people import ASK

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from bot.asking.model import Manners, Question
    from bot.asking.scene import Scene
    from bot.model import Account

AT_ONCE = 2
PLAUSIBLE = 6  # who is as good as another when it comes to taking turns
CONSIDERED = 300
# Of the weight of a whole question much less must be matched than of a topic's two words.
COVER = 0.3
WEEK = timedelta(days=7)


class Expert(NamedTuple):
    """Somebody who can be asked, and when."""

    account: Account
    at: datetime


def choose(scene: Scene, question: Question, most: int) -> list[Expert]:
    """Up to `most` people to ask now, best first; none who was asked this question before."""
    asker, audience = scene.asker(question), scene.audience(question)
    if asker is None or audience is None:
        return []
    before = {ask.account_id for ask in scene.unit.asks.of(question.id)}
    asked = Asked(
        text=question.text,
        audience=audience,
        at=scene.at,
        place_id=question.place_id,
        without=frozenset(audience.account_ids) | before,
        listing=scene.home(question).listing,
        scope=asker.ref.community.id,
        cover=COVER,
        aim=ASK,
    )

    def may(people: Collection[int]) -> set[int]:
        found = _available(scene, people)
        return {one for one in found if before.isdisjoint(scene.unit.directory.accounts_of(one))}

    _, cases = who_knows.candidates(asked, scene.unit, PLAUSIBLE, may, CONSIDERED)
    people = [case.person_id for case in cases]
    return _in_turn(scene, question, people)[:most]


def _available(scene: Scene, people: Collection[int]) -> set[int]:
    """Those of some people who agreed, make no pause, and have a question left this week."""
    agreed = {one.person_id: one for one in scene.unit.manners.agreed(people, scene.at)}
    return {who for who, manners in agreed.items() if has_room(scene, manners)}


def has_room(scene: Scene, manners: Manners) -> bool:
    """Whether somebody can be asked once more this week, and wants to at all."""
    if scene.unit.manners.is_muted(manners.person_id, Kind.ASK):
        return False
    return asked_lately(scene, manners.person_id) < manners.weekly


def asked_lately(scene: Scene, person_id: int) -> int:
    """How often somebody was asked in the last seven days, or will be soon."""
    accounts = scene.unit.directory.accounts_of(person_id)
    return sum(scene.unit.asks.lately(accounts, scene.at - WEEK).values())


def _in_turn(scene: Scene, question: Question, people: Sequence[int]) -> list[Expert]:
    turns = sorted(people, key=lambda who: asked_lately(scene, who))
    found = (expert(scene, question, who) for who in turns)
    return [one for one in found if one is not None]


def expert(scene: Scene, question: Question, person_id: int) -> Expert | None:
    """A person as they can be asked in the question's community, with their quiet hours."""
    numbers = scene.unit.directory.accounts_of(person_id)
    accounts = (scene.unit.directory.met(one, question.community_id) for one in numbers)
    account = next((one for one in accounts if one is not None), None)
    if account is None:
        return None
    return when(scene, account, scene.unit.manners.of(person_id))


def when(scene: Scene, account: Account, manners: Manners) -> Expert | None:
    """Somebody with the moment in which they can be asked; None: they are never awake."""
    zone = scene.zone(account, manners)
    at = awake(manners, zone, scene.at)
    return None if is_quiet(manners, at.astimezone(zone)) else Expert(account, at)


def ask(scene: Scene, question: Question, one: Expert, passed_by: int | None = None) -> Ask:
    """Ask somebody: they get it when their quiet hours are over."""
    asked = scene.unit.asks.add(
        Ask(0, question.id, one.account.id, passed_by, AskState.ASKED, one.at, None)
    )
    owed = scene.owe_person(
        Kind.ASK,
        one.account,
        {"ask": asked.id},
        asked.id,
        due_at=one.at,
        about_id=_person_of(scene, question),
    )
    if owed is None:
        asked = replace(asked, state=AskState.UNREACHABLE)
        scene.unit.asks.save(asked)
    return asked


def _person_of(scene: Scene, question: Question) -> int | None:
    asker = scene.asker(question)
    return None if asker is None else asker.person_id
