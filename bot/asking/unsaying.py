"""Somebody is about to be forgotten: what was told to others of them says it no more.

Questions, posts and answers are put right where they change (`ladder.py`, `answering.py`); here are
the messages that only mention somebody: reminders, thanks, findings, words about a note.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.asking import answering
from bot.asking.model import Kind
from bot.asking.scene import key
from bot.queues import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from bot.asking.model import Question
    from bot.asking.scene import Scene
    from bot.queues import Json

DAY = timedelta(days=1)
UNSAID = "unsaid"


def forget(scene: Scene, person_id: int, account_ids: Collection[int]) -> None:
    """Owe the edits. It has to run while everything of them is still there."""
    mine = scene.unit.questions.of(account_ids, answering.MOST_FORGOTTEN)
    _reminders(scene, account_ids)
    _thanks(scene, account_ids)
    changed_elsewhere = set(_answers_by(scene, account_ids)) | set(_asks_of(scene, mine))
    waiting = {one: scene.unit.outbox.find(one) for one in _hints(scene, mine)}
    told = [one for one in scene.unit.outbox.about(person_id) if one.key not in changed_elsewhere]
    for record in (*told, *waiting.values()):
        if record is not None and record.sent_ref:
            scene.owe_edit(Kind.NOTE, {"note": UNSAID}, record.key, record.key)


def _reminders(scene: Scene, account_ids: Collection[int]) -> None:
    """Reminders that say who answered."""
    answered = dict.fromkeys(one.question_id for one in scene.unit.answers.by(account_ids))
    for question_id in answered:
        scene.owe_edit(Kind.REMINDER, {"question": question_id}, question_id)


def _thanks(scene: Scene, account_ids: Collection[int]) -> None:
    """Thanks of a day, among them some of theirs."""
    for said, told_at in scene.unit.answers.thanked_by(account_ids):
        who = scene.unit.directory.met(said.account_id)
        if who is None:
            continue
        payload: dict[str, Json] = {"account": who.id, "told": told_at.isoformat()}
        for morning in _mornings(said.at, told_at):
            record = scene.unit.outbox.find(key(Kind.THANKS, who.person_id, morning.date()))
            if record is not None and record.state is DeliveryState.SENT:
                scene.owe_edit(Kind.THANKS, payload, record.key, record.key)


def _mornings(thanked_at: datetime, told_at: datetime) -> Iterator[datetime]:
    """The days for which a thanks can have been put off, in whatever time zone."""
    for days in range((told_at - thanked_at).days + 3):
        yield thanked_at + days * DAY


def _answers_by(scene: Scene, account_ids: Collection[int]) -> Iterator[str]:
    for given in scene.unit.answers.by(account_ids):
        yield key(Kind.ANSWER, given.id)
        yield key(Kind.ANSWER, given.id, answering.ALONE)


def _asks_of(scene: Scene, mine: Collection[Question]) -> Iterator[str]:
    return (key(Kind.ASK, one.id) for question in mine for one in scene.unit.asks.of(question.id))


def _hints(scene: Scene, mine: Collection[Question]) -> Iterator[str]:
    """What was said to them by name where they asked: that an answer waits."""
    for question in mine:
        for given in scene.unit.answers.of(question.id):
            yield key(Kind.NOTE, question.id, "waits", given.id)
