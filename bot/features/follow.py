"""Following a topic: `follow rust`, `unfollow rust`; what is new about it comes in the digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.digest.model import Follow, Frequency
from bot.features.claims import LONGEST, topics_in
from bot.replies import Reply
from bot.text import words
from bot.wording import listed
from bot.wording import topic as topic_of

if TYPE_CHECKING:
    from bot.requests import Request

MOST = 20
NOT_A_TOPIC = f"A topic is a few words of at most {LONGEST} characters, like: follow sourdough"


def reply(request: Request, text: str) -> Reply:
    """Answer `follow topic, topic`; without a topic, what is followed."""
    topics = _topics(text)
    if not topics:
        return Reply.say(summary(request))
    if any(len(topic) > LONGEST or not words.terms(topic) for topic in topics):
        return Reply.say(NOT_A_TOPIC)
    mine = request.account.person_id
    if len(request.unit.digests.followed(mine)) + len(topics) > MOST:
        return Reply.say(f"More than {MOST} topics are hard to read. Unfollow one first.")
    for topic in topics:
        request.unit.digests.follow(mine, Follow(words.key(topic), topic), request.at)
    wanted = request.unit.digests.of(mine)
    is_on = wanted is not None and wanted.frequency is not Frequency.OFF
    how = "comes in your digest" if is_on else "comes in your digest, once you say: digest weekly"
    which = "it" if len(topics) == 1 else "them"
    return Reply.say(f"You follow {listed(topics)}. What is new about {which} {how}.")


def unfollow(request: Request, text: str) -> Reply:
    """Answer `unfollow topic, topic`."""
    topics = _topics(text)
    if not topics:
        return Reply.say(summary(request))
    mine = request.account.person_id
    gone = [one for one in topics if request.unit.digests.unfollow(mine, words.key(one))]
    never = [one for one in topics if one not in gone]
    said = [f"You follow {listed(gone)} no more."] if gone else []
    if never:
        said += [f"You did not follow {listed(never, 'or')}.", summary(request)]
    return Reply.say(" ".join(said))


def _topics(text: str) -> list[str]:
    return [topic for part in topics_in(text) if (topic := topic_of(part))]


def followed(request: Request, typed: str) -> list[str]:
    """The topics that the person follows and may mean by what is typed."""
    begun = words.fold(typed)
    topics = [one.topic for one in request.unit.digests.followed(request.account.person_id)]
    return [topic for topic in topics if words.fold(topic).startswith(begun)]


def summary(request: Request) -> str:
    """What the person follows, in one line."""
    topics = [one.topic for one in request.unit.digests.followed(request.account.person_id)]
    if not topics:
        return "You follow nothing yet. Try: follow sourdough"
    return f"You follow {listed(topics)}. To follow one no more: unfollow {topics[0]}"
