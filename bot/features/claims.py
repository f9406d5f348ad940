"""What people say they know: `iknow rust, sourdough`, `iknow -rust`, `iknow`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.features import manners
from bot.features.capture import tidy
from bot.replies import Reply, Section
from bot.text import words
from bot.wording import listed

if TYPE_CHECKING:
    from bot.requests import Request

LONGEST = 60  # characters of one topic
MOST = 50  # topics of one person: a list, not a dictionary
_BETWEEN = re.compile(r"[,;\n]+")
_TAKEN_BACK = "-−–"


def reply(request: Request, text: str) -> Reply:
    """Answer `iknow …`: add topics, take back those with a minus, or list them."""
    topics = [topic for topic in topics_in(text) if topic.strip(_TAKEN_BACK)]
    if not topics:
        return Reply.say(summary(request))
    wrong = next((topic for topic in topics if _is_wrong(topic)), None)
    if wrong is not None:
        return Reply.say(
            f"A topic is a few words of at most {LONGEST} characters, like: iknow rust, sourdough"
        )
    gone = [topic.lstrip(_TAKEN_BACK).strip() for topic in topics if topic[0] in _TAKEN_BACK]
    new = [topic for topic in topics if topic[0] not in _TAKEN_BACK]
    if len(_claimed(request)) + len(new) > MOST:
        return Reply.say(
            f"That would be more than {MOST} topics. Take some back first: iknow -topic"
        )
    said = " ".join(filter(None, (_add(request, new), _drop(request, gone))))
    return Reply((Section((said,)), *(manners.offer(request) if new else ())))


def topics_in(text: str) -> list[str]:
    """The topics of a list that somebody typed: `rust, bread baking`."""
    return [" ".join(part.split()) for part in _BETWEEN.split(tidy(text))]


def _is_wrong(topic: str) -> bool:
    return len(topic) > LONGEST or not words.terms(topic)


def _claimed(request: Request) -> list[str]:
    return [claim.topic for claim in request.unit.people.claims_of(request.account_ids)]


def _add(request: Request, topics: list[str]) -> str:
    if not topics:
        return ""
    for topic in topics:
        request.unit.people.add_claim(
            request.account,
            request.community.id,
            topic,
            words.key(topic),
            words.terms(topic),
            request.at,
        )
        request.unit.people.confirm(request.account.person_id, words.key(topic), topic)
    which = "it" if len(topics) == 1 else "them"
    return f"Noted: you know {listed(topics)}. Whoever asks about {which} here can find you."


def _drop(request: Request, topics: list[str]) -> str:
    done = [
        topic
        for topic in topics
        if request.unit.people.drop_claim(request.account_ids, words.key(topic))
    ]
    kept = [topic for topic in topics if topic not in done]
    said = []
    if done:
        said.append(f"Taken back: {listed(done)}.")
    if kept:
        said.append(f"You had not said that you know {listed(kept)}.")
    return " ".join(said)


def summary(request: Request) -> str:
    """What the person says they know, in one line."""
    topics = _claimed(request)
    if not topics:
        return "You have not said what you know yet. Try: iknow rust, sourdough"
    return f"You say you know {listed(topics)}. Take one back with: iknow -{topics[0]}"
