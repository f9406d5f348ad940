"""What is due: rings to widen, reminders, questions to hold against what is new.

Each thing is a row with its time; whoever comes first does it in one transaction with moving the
time on, so that two processes that tick at once do it once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.asking import ladder, later
from bot.asking.model import Kind

if TYPE_CHECKING:
    from bot.asking.model import Question
    from bot.asking.scene import Scene

MOST = 20  # in one transaction, so that nobody waits long for the writer


def run(scene: Scene) -> int:
    """Do up to `MOST` things that are due; how many there were."""
    questions = scene.unit.questions
    widening = questions.widening(scene.at, MOST)
    for question in widening:
        ladder.widen(scene, question)
    reminding = questions.reminding(scene.at, MOST - len(widening))
    for question in reminding:
        _remind(scene, question)
    looking = questions.looking(scene.at, MOST - len(widening) - len(reminding))
    for question in looking:
        later.look(scene, questions.find(question.id) or question)
    return len(widening) + len(reminding) + len(looking)


def _remind(scene: Scene, question: Question) -> None:
    """Ask once whether an answer helped."""
    scene.unit.questions.save(replace(question, reminds_at=None))
    asker = scene.asker(question)
    if asker is not None:
        scene.owe_person(Kind.REMINDER, asker, {"question": question.id}, question.id)
