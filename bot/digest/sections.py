"""The parts of a digest, in their order; each is there only when it has something to tell.

All is read with the audience of the one reader, at the moment of sending.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.asking import texts
from bot.asking.coming_back import thanks_lines
from bot.asking.model import State
from bot.digest import news
from bot.features import me, receipts
from bot.model import Listing
from bot.replies import Line, Quote, Section, Strong
from bot.text import words
from bot.wording import number, short

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.asking.model import Question
    from bot.asking.scene import Scene
    from bot.model import Account, Audience, Community
    from bot.replies import Button

MOST_QUESTIONS = 3
MOST_NEWS = 5
MOST_TO_HELP = 2
MOST_USED = 3
ENOUGH_TO_LIST = 3  # receipts
ASK_AGAIN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose digest it is, and since when."""

    scene: Scene
    who: Account
    community: Community
    account_ids: tuple[int, ...]
    audience: Audience
    since: datetime
    unwanted: dict[tuple[str, str], datetime]

    def button(self, label: str, action: str, *argument: object) -> Button:
        """A button of the reader's."""
        return self.scene.button(label, self.who.person_id, action, *argument)

    def wants(self, kind: str, key: object) -> bool:
        """Whether they did not say that they want less of something."""
        return (kind, str(key)) not in self.unwanted

    def topics(self) -> list[str]:
        """What they follow, and what they say they know."""
        followed = [one.topic for one in self.scene.unit.digests.followed(self.who.person_id)]
        claimed = self.scene.unit.evidence.claims_by(self.account_ids, self.audience)
        topics = {words.key(topic): topic for topic in (*followed, *(c.topic for c in claimed))}
        return [topic for key, topic in topics.items() if self.wants("topic", key)]


def own_questions(reader: Reader) -> list[Section]:
    """New answers to the reader's own open questions."""
    unit, found = reader.scene.unit, []
    for one in unit.questions.of(reader.account_ids, 50):
        new = [given for given in unit.answers.of(one.id) if given.at > reader.since]
        if one.state is not State.CLOSED and new:
            line: Line = (texts.mention(one), f" {number(len(new), 'new answer')}")
            button = reader.button("Show the answers", "answers", one.id)
            found.append(Section(lines=(line,), buttons=(button,)))
    return _headed("Your questions:", found[:MOST_QUESTIONS])


def followed(reader: Reader) -> list[Section]:
    """Links and answered conversations about what the reader follows or is known for."""
    found = []
    for topic in reader.topics():
        for line in news.about(reader.scene, topic, reader.audience, reader.since):
            less = reader.button("Less like this", "less", "topic", words.key(topic))
            found.append(Section(lines=(line,), buttons=(less,)))
    return _headed("What is new about what you follow:", found[:MOST_NEWS])


def outside(reader: Reader) -> list[Section]:
    """One thing from a place where the reader does not usually talk."""
    share = news.from_outside(reader.scene, reader.account_ids, reader.audience, reader.since)
    if share is None or not reader.wants("place", share.place.id):
        return []
    name = news.name_of(reader.scene, share.account_id)
    if name is None:
        return []
    line = texts.found_share(name, share, receipts.linked(share), reader.scene.at)
    less = reader.button("Less like this", "less", "place", share.place.id)
    return [Section(("From elsewhere:",), (line,), (less,))]


def to_help(reader: Reader) -> list[Section]:
    """Open questions that the reader may know something about."""
    if reader.scene.unit.manners.of(reader.who.person_id).agreed is False:
        return []
    open_ones = news.questions_about(reader.scene, reader.topics(), reader.audience)
    found = [_help(reader, one) for one in open_ones if _can_help(reader, one)]
    return _headed("Could you help?", found[:MOST_TO_HELP])


def _can_help(reader: Reader, question: Question) -> bool:
    is_recent = question.asked_at > reader.since  # each is offered in one digest
    is_theirs = question.account_id in reader.account_ids
    asked = {ask.account_id for ask in reader.scene.unit.asks.of(question.id)}
    is_new = asked.isdisjoint(reader.account_ids) and reader.wants("question", question.id)
    return question.state is State.OPEN and is_recent and not is_theirs and is_new


def _help(reader: Reader, question: Question) -> Section:
    asker = reader.scene.asker(question)
    home = reader.scene.home(question)
    name = home.name if asker is None else texts.asker_name(asker, question, home)
    line: Line = (Strong(name), " asks ", Quote(short(question.text)))
    buttons = (
        reader.button("Answer", "answer", question.id),
        reader.button("Not me", "less", "question", question.id),
        reader.button("Not this month", "digest-pause"),
    )
    return Section(lines=(line,), buttons=buttons)


def what_came_of_it(reader: Reader) -> list[Section]:
    """Thanks, and links of the reader's that others used."""
    lines = thanks_lines(reader.scene, reader.who)
    lines += news.used_again(reader.scene, reader.account_ids, reader.audience, reader.since)[
        :MOST_USED
    ]
    return [Section(("What you shared was of use:",), tuple(lines))] if lines else []


def shall_i_list_you(reader: Reader) -> list[Section]:
    """Where people are listed only for what they said yes to: ask about one thing."""
    if reader.community.listing is Listing.OPEN:
        return []
    unit, mine = reader.scene.unit, reader.who.person_id
    agreed = unit.people.confirmed_by([mine]).get(mine, set())
    topics = me.topics_of(
        unit, mine, reader.account_ids, reader.who.name, reader.audience, reader.scene.at
    )
    for topic in topics:
        asked = reader.unwanted.get(("list", topic.key))
        is_due = asked is None or reader.scene.at - asked > ASK_AGAIN
        if len(topic.receipts) >= ENOUGH_TO_LIST and topic.key not in agreed and is_due:
            return [_list(reader, topic.key, topic.name)]
    return []


def _list(reader: Reader, key: str, name: str) -> Section:
    text = f"You shared some things about {name}. Shall people find you for it?"
    buttons = (
        reader.button("Yes", "list-for", key, name),
        reader.button("Never", "never-list", key),
        reader.button("Later", "less", "list", key),
    )
    return Section((text,), buttons=buttons)


def _headed(heading: str, found: list[Section]) -> list[Section]:
    return [Section((heading,)), *found] if found else []


ALL: tuple[Callable[[Reader], list[Section]], ...] = (
    own_questions,
    followed,
    outside,
    to_help,
    what_came_of_it,
    shall_i_list_you,
)
