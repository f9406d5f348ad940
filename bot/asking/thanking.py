"""Thanks: the strongest receipt there is, and told to whoever helped, quietly, once a day.

It goes to the answerer, to whoever passed the question on, and to the first sharer of a link that
was the answer. No points.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.asking import ladder
from bot.asking.hours import next_morning
from bot.asking.model import Kind, Thanks
from bot.features import sharing

if TYPE_CHECKING:
    from bot.asking.model import Given, Question
    from bot.asking.scene import Scene
    from bot.model import Account, Share

# Short names of emoji that say thanks, as Slack, Discord and the console call them.
EMOJI = frozenset(
    "pray heart tada raised_hands clap white_check_mark heavy_check_mark +1 thumbsup "
    "heart_eyes hearts sparkling_heart green_heart blue_heart purple_heart orange_heart "
    "yellow_heart thank_you thanks ty 🙏 ❤️ 🎉 🙌 👏 ✅ 👍 💯 100".split()
)
_SAID = re.compile(
    r"\b(thank(s| you)|thx|ty|cheers|merci|danke|gracias|grazie|obrigad[oa]"
    r"|that (helped|worked|works|did it|solved it|fixed it)|it works now|solved|fixed it)\b",
    re.IGNORECASE,
)
_NOT_SAID = re.compile(r"\b(no|not|didn['’]?t|doesn['’]?t|isn['’]?t|still)\b|\?", re.IGNORECASE)
LONGEST = 200  # characters; a longer text says more than thanks


def says_thanks(text: str) -> bool:
    """Whether a reply is a thanks: short, and neither a question nor a "but it does not work"."""
    return len(text) <= LONGEST and bool(_SAID.search(text)) and not _NOT_SAID.search(text)


def helped(scene: Scene, question: Question, given: Given, by: Account) -> bool:
    """An answer helped its asker, or somebody else who read it. Whether that is news."""
    who = scene.unit.directory.met(given.account_id)
    if who is None or who.person_id == by.person_id:
        return False
    if given.helped_at is None:
        scene.unit.answers.save(replace(given, helped_at=scene.at))
    asker = scene.asker(question)
    if asker is not None and asker.person_id == by.person_id:
        scene.unit.questions.save(replace(question, reminds_at=None))
        ladder.refresh_threads(scene, question)
    thanks = Thanks(
        0, who.id, by.id, "answer", question.id, given.place_id, given.message, scene.at
    )
    is_new = thank(scene, thanks)
    _thank_passers(scene, question, given, by)
    _thank_sharers(scene, question, given, by)
    return is_new


def _thank_passers(scene: Scene, question: Question, given: Given, by: Account) -> None:
    """Whoever passed the question on to the answerer."""
    for ask in scene.unit.asks.of(question.id):
        if ask.account_id == given.account_id and ask.passed_by is not None:
            thanks = Thanks(0, ask.passed_by, by.id, "passing", question.id, None, None, scene.at)
            thank(scene, thanks)


def _thank_sharers(scene: Scene, question: Question, given: Given, by: Account) -> None:
    """Whoever first shared a link that the answer points to, as far as the asker may see it."""
    audience = scene.audience(question)
    links = sharing.links_in(given.text)
    if audience is None or not links:
        return
    first: dict[str, Share] = {}
    for share in scene.unit.evidence.shares_of(list(links), audience):
        if share.message != given.message and share.at < given.at:
            first[share.canonical] = share  # they come newest first
    for share in first.values():
        where = scene.unit.directory.place(share.place)
        if where is not None and share.account_id != given.account_id:
            thanks = Thanks(
                0,
                share.account_id,
                by.id,
                "link",
                question.id,
                where.id,
                share.message,
                scene.at,
            )
            thank(scene, thanks)


def thank(scene: Scene, said: Thanks) -> bool:
    """Note a thanks and owe it to whoever helped, with others of the day. Whether it is new.

    Whoever never turned to Grapevine is not written to: they find it on their page.
    """
    who = scene.unit.directory.met(said.account_id)
    by = scene.unit.directory.met(said.given_by)
    if who is None or by is None or who.person_id == by.person_id:
        return False
    if not scene.unit.answers.thank(said):
        return False
    digest = scene.unit.digests.of(who.person_id)
    if digest is not None and digest.next_at is not None:
        return True  # it comes with their digest
    manners = scene.unit.manners.of(who.person_id)
    morning = next_morning(manners, scene.zone(who, manners), scene.at)
    scene.owe_person(
        Kind.THANKS, who, {"account": who.id}, who.person_id, morning.date(), due_at=morning
    )
    return True
