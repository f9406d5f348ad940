"""The parts of a digest, in their order; each is there only when it has something to tell.

All is read with the audience of the one reader, at the moment of sending.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.asking import texts
from bot.asking.coming_back import thanks_lines
from bot.asking.model import State
from bot.asking.scene import BUTTONS_LAST
from bot.digest import news
from bot.digest.news import Looking
from bot.features import receipts
from bot.features.topics import topics_of
from bot.model import Listing
from bot.ports import Promise
from bot.replies import Button, Line, Quote, Section, Strong
from bot.text import words
from bot.wording import number, short

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.asking.model import Question
    from bot.asking.scene import Scene
    from bot.model import Account, Audience, Community

MOST_QUESTIONS = 3
MOST_FINDS = 2
MOST_TO_HELP = 2
MOST_USED = 3
ENOUGH_TO_LIST = 3  # receipts
ASK_AGAIN = timedelta(days=30)


@dataclass(slots=True)
class Reader:
    """Whose digest it is, and since when.

    `promised`: its buttons, which are written down when all of it is read; `told`: the links that
    stand in it already.
    """

    scene: Scene
    who: Account
    community: Community
    account_ids: tuple[int, ...]
    audience: Audience
    since: datetime
    unwanted: dict[tuple[str, str], datetime]
    promised: list[Promise] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    looking: Looking = field(init=False)
    topics: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.looking = Looking(self.scene, self.audience, self.since)
        self.topics = self._topics()

    def button(self, label: str, action: str, *argument: object) -> Button:
        """A button of the reader's."""
        token, expires_at = self.scene.new_token(), self.scene.at + BUTTONS_LAST
        arguments = [str(one) for one in argument]
        self.promised.append(Promise(token, self.who.person_id, action, arguments, expires_at))
        return Button(label, token)

    def less(self, kind: str, key: object) -> Button:
        """The button that every item has."""
        return self.button("Less like this", "less", kind, key)

    def wants(self, kind: str, key: object) -> bool:
        """Whether they did not say that they want less of something."""
        return (kind, str(key)) not in self.unwanted

    def _topics(self) -> list[str]:
        """What they follow, what they say they know, and what they agreed to be listed for."""
        unit, mine = self.scene.unit, self.who.person_id
        followed = [one.topic for one in unit.digests.followed(mine)]
        claims = unit.people.claims_of(self.account_ids)
        claimed = [one.topic for one in claims if one.community_id == self.community.id]
        agreed = unit.people.confirmed_by([mine]).get(mine, ())
        topics: dict[str, str] = {}
        for topic in (*followed, *claimed, *sorted(agreed)):
            topics.setdefault(words.key(topic), topic)
        return [topic for key, topic in topics.items() if self.wants("topic", key)]


def own_questions(reader: Reader) -> list[Section]:
    """New answers to the reader's own open questions, and what turned up for them."""
    unit, found = reader.scene.unit, []
    for one in unit.questions.of(reader.account_ids, 50):
        if one.state is State.CLOSED or not reader.wants("answers", one.id):
            continue
        new = [given for given in unit.answers.of(one.id) if given.at > reader.since]
        finds = news.found_for(reader.looking, one)
        if new or finds:
            found.append(_own_question(reader, one, len(new), finds))
    return _headed("Your questions:", found[:MOST_QUESTIONS])


def _own_question(reader: Reader, one: Question, answers: int, finds: list[Line]) -> Section:
    many = f" {number(answers, 'new answer')}" if answers else " something turned up"
    show = (reader.button("Show the answers", "answers", one.id),) if answers else ()
    return Section(
        lines=((texts.mention(one), many), *finds[:MOST_FINDS]),
        buttons=(*show, reader.less("answers", one.id)),
    )


def followed(reader: Reader) -> list[Section]:
    """Links and answered conversations about what the reader follows or is known for."""
    found = []
    for item in news.about(reader.looking, reader.topics):
        reader.told.add(item.canonical)
        less = reader.less("topic", words.key(item.topic))
        found.append(Section(lines=(item.line,), buttons=(less,)))
    return _headed("What is new about what you follow:", found)


def outside(reader: Reader) -> list[Section]:
    """One thing from a place where the reader does not usually talk."""
    tired_of = {key for kind, key in reader.unwanted if kind == "place"}
    found = news.from_outside(reader.looking, tired_of, reader.told)
    if found is None:
        return []
    share, name = found
    line = texts.found_share(name, share, receipts.linked(share), reader.scene.at)
    return [Section(("From elsewhere:",), (line,), (reader.less("place", share.place.id),))]


def to_help(reader: Reader) -> list[Section]:
    """Open questions that the reader may know something about."""
    manners = reader.scene.unit.manners.of(reader.who.person_id)
    is_paused = manners.paused_until is not None and manners.paused_until > reader.scene.at
    if manners.agreed is False or is_paused:
        return []
    open_ones = news.questions_about(reader.looking, reader.topics)
    found = [_help(reader, one) for one in open_ones if _can_help(reader, one)]
    return _headed("Could you help?", found[:MOST_TO_HELP])


def _can_help(reader: Reader, question: Question) -> bool:
    is_theirs = question.account_id in reader.account_ids
    asked = {ask.account_id for ask in reader.scene.unit.asks.of(question.id)}
    is_new = asked.isdisjoint(reader.account_ids) and reader.wants("question", question.id)
    return question.state is State.OPEN and not is_theirs and is_new


def _help(reader: Reader, question: Question) -> Section:
    asker = reader.scene.asker(question)
    home = reader.scene.home(question)
    name = home.name if asker is None else texts.asker_name(asker, question, home)
    line: Line = (Strong(name), " asks ", Quote(short(question.text)))
    buttons = (
        reader.button("Answer", "answer", question.id),
        reader.button("Not me", "less", "question", question.id),
        reader.button("Not this month", "not-this-month"),
    )
    return Section(lines=(line,), buttons=buttons)


def what_came_of_it(reader: Reader) -> list[Section]:
    """Thanks, and links of the reader's that others used."""
    found = []
    if reader.wants("came", "thanks"):
        lines = thanks_lines(reader.scene, reader.who)
        found += _came(reader, lines, "thanks")
    if reader.wants("came", "again"):
        found += _came(reader, news.used_again(reader.looking, MOST_USED), "again")
    return _headed("What you shared was of use:", found)


def _came(reader: Reader, lines: list[Line], what: str) -> list[Section]:
    less = (reader.less("came", what),)
    return [Section(lines=tuple(lines), buttons=less)] if lines else []


def shall_i_list_you(reader: Reader) -> list[Section]:
    """Where people are listed only for what they said yes to: ask about one thing."""
    if reader.community.listing is Listing.OPEN:
        return []
    unit, mine = reader.scene.unit, reader.who.person_id
    agreed = unit.people.confirmed_by([mine]).get(mine, set())
    topics = topics_of(
        unit, mine, reader.account_ids, reader.who.name, reader.audience, reader.scene.at
    )
    for topic in topics:
        asked = reader.unwanted.get(("list", topic.key))
        is_due = asked is None or reader.scene.at - asked > ASK_AGAIN
        if len(topic.receipts) >= ENOUGH_TO_LIST and topic.key not in agreed and is_due:
            return [_list(reader, topic.key, topic.name)]
    return []


def _list(reader: Reader, key: str, name: str) -> Section:
    text = f"You shared three things about {name}. Shall people find you for it?"
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
