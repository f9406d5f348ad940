"""Ask the network: first, privately and at once, what is there already; then, on a click, people.

The asker decides each step. Nothing is kept of a question before "Ask the network" is pressed.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.asking import ladder, thanking
from bot.asking.model import Question, Ring, State, Thanks
from bot.events import Visibility
from bot.features import lookback, questions, who_knows
from bot.features.capture import listens, tidy
from bot.replies import Field, Quote, Reply, Section
from bot.text import words
from bot.wording import ASKED, number, place

if TYPE_CHECKING:
    from bot.events import MessagePosted
    from bot.requests import Request

DAY = timedelta(days=1)
TWICE = timedelta(minutes=10)  # who presses again so soon does not mean to ask again
MOST_NAMED = 3
SAME = 0.8  # of the words two questions must share to be one and the same
MOST_PLACES = 3
ALONE, OPENLY = "alone", "openly"
OWN_WORDS = (
    "What others said here is private and stays here. Ask it in your own words: ask and your "
    "question."
)
SAY_IT = "Ask it in a sentence, for example: ask Does anybody know a quiet printer for a library?"


def reply(request: Request, text: str) -> Reply:
    """Answer `ask question`; without a question, a form for it."""
    return look(request, text, where(request)) if text.strip() else put(request)


def put(request: Request, topic: str = "") -> Reply:
    """A form for the question; the button under an answer that names nobody brings its topic."""
    field = Field("question", "Your question", topic, hint="As you would ask a neighbour")
    form = request.form("Ask the network", "Look", (field,), "ask", where(request))
    return Reply((), form=form)


def submitted(request: Request, fields: dict[str, str], spot: str) -> Reply:
    """Take in the form."""
    return look(request, fields.get("question", ""), spot)


def raised(request: Request, message: MessagePosted) -> Reply:
    """Ask what stands in a message; what others said in a private place stays there."""
    author = request.unit.directory.account(message.author)
    is_own = author is not None and author.id in request.account_ids
    is_open = request.place is not None and request.place.visibility is Visibility.PUBLIC
    if not is_own and not is_open:
        return Reply.say(OWN_WORDS)
    return look(request, message.text, where(request))


def where(request: Request) -> str:
    """Where it is asked: the place's number, `alone` or `openly`, the thread.

    Empty in direct messages.
    """
    spot = request.place
    if spot is None or spot.visibility is Visibility.DIRECT:
        return ""
    how = ALONE if request.private else OPENLY
    return f"{spot.id} {how} {request.thread or ''}".strip()


def look(request: Request, text: str, where: str) -> Reply:
    """Look back, and offer to go on."""
    asked = tidy(" ".join(text.split()))[:ASKED].strip()
    if not words.terms(asked):
        return Reply.say(SAY_IT)
    sections = [Section((Quote(asked),)), *_repeats(request, asked)]
    sections += _shared(request, asked)
    sections += _people(request, asked)
    if len(sections) == 1:
        sections.append(Section(("I found nothing like it here yet.",)))
    sections.append(_offer(request, asked, where))
    return Reply(tuple(sections))


def _repeats(request: Request, asked: str) -> list[Section]:
    """The asker's own question, if they asked it before; one that is open rather than others."""
    terms = set(words.terms(asked))
    alike: list[Question] = []
    for one in request.unit.questions.of(request.account_ids, questions.MOST):
        theirs = set(words.terms(one.text))
        if not one.stopped and len(terms & theirs) >= SAME * len(terms | theirs):
            alike.append(one)
    alike.sort(key=lambda one: one.state is State.CLOSED)
    return [questions.standing(request, one) for one in alike[:1]]


def _shared(request: Request, asked: str) -> list[Section]:
    """What was shared about it, each with its own "That helped"."""
    sections = []
    for found in lookback.find(request, asked):
        button = request.button(
            "That helped",
            "helped-before",
            found.kind,
            str(found.account_id),
            str(found.place_id),
            found.message,
        )
        sections.append(Section(lines=(found.line,), buttons=(button,)))
    if sections:
        sections.insert(0, Section(("This was shared before:",)))
    earlier = lookback.questions(request, asked)
    if earlier:
        sections.append(Section(("Asked before:",), tuple(earlier)))
    return sections


def _people(request: Request, asked: str) -> list[Section]:
    answer = who_knows.find(lookback.asked(request, asked), request.unit)
    if not answer.people:
        return []
    named = [who_knows.person_section(one) for one in answer.people[:MOST_NAMED]]
    return [Section(("Who might know:",)), *named]


def _offer(request: Request, asked: str, where: str) -> Section:
    buttons = (
        request.button("Ask the network", "ask-network", asked, where, "named"),
        request.button("Ask without my name", "ask-network", asked, where, ""),
        request.button("Never mind", "never-mind"),
    )
    return Section(("Shall I ask people?",), buttons=buttons)


def never_mind(request: Request) -> Reply:  # noqa: ARG001 - a button's handler
    """The asker has thought better of it."""
    return Reply.say("All right. Nothing was asked, and nothing is kept of it.")


def helped_before(
    request: Request, kind: str, account_id: str, place_id: str, message: str
) -> Reply:
    """What was shared before helped: thank whoever shared it, ask nobody."""
    who = request.unit.directory.met(int(account_id))
    if who is None or not request.unit.evidence.may_see(int(place_id), request.own):
        return Reply.say("Good. They are not here any more, but it was worth finding.")
    thanks = Thanks(0, who.id, request.account.id, kind, None, int(place_id), message, request.at)
    thanking.thank(request.scene, thanks)
    return Reply.say(f"Good to hear. I let {who.name} know, and nobody was asked.")


# ── Asking people ────────────────────────────────────────────────────────────────────────────


def ask_network(request: Request, asked: str, where: str, named: str) -> Reply:
    """Ask people, ring by ring; from a direct message, first where it may be posted."""
    if (pressed_before := _pressed_before(request, asked)) is not None:
        return pressed_before
    too_many = _too_many(request)
    if too_many is not None:
        return Reply.say(too_many)
    if not where:
        return _choose_place(request, asked, named)
    return _begin(request, asked, where, named)


def _too_many(request: Request) -> str | None:
    since = request.at - DAY
    rules, questions = request.rules, request.unit.questions
    if questions.count_of(request.account_ids, since) >= rules.per_person:
        much = number(rules.per_person, "question")
        return f"You asked {much} in a day; more is hard to read. Ask again tomorrow."
    if questions.count_in(request.community.id, since) >= rules.per_community:
        return "A lot was asked here today. Please try again tomorrow, so that people keep reading."
    return None


def _choose_place(request: Request, asked: str, named: str) -> Reply:
    """Let somebody who asks in a direct message choose where it may be posted."""
    places = [
        spot
        for spot in request.unit.directory.places(request.community.id)
        if spot.visibility is Visibility.PUBLIC and not spot.archived and listens(spot)
    ]
    hits = lookback.places(request, asked)
    places.sort(key=lambda spot: (-hits.get(spot.id, 0), spot.name))
    buttons = [
        request.button(place(spot.name), "ask-in", asked, f"{spot.id} {ALONE}", named)
        for spot in places[:MOST_PLACES]
    ]
    buttons.append(request.button("Only ask people", "ask-in", asked, f"0 {ALONE}", named))
    return Reply.say(
        "First I ask the people who may know, if they agreed to be asked. If nobody answers, where "
        "may I post it?",
        buttons=tuple(buttons),
    )


def ask_in(request: Request, asked: str, where: str, named: str) -> Reply:
    """Ask, with the place that was chosen."""
    if (pressed_before := _pressed_before(request, asked)) is not None:
        return pressed_before
    too_many = _too_many(request)
    return Reply.say(too_many) if too_many else _begin(request, asked, where, named)


def _pressed_before(request: Request, asked: str) -> Reply | None:
    """How it stands, when a button was pressed twice."""
    for one in request.unit.questions.of(request.account_ids, questions.MOST):
        is_young = request.at - one.asked_at < TWICE
        if is_young and one.text == asked and one.state is not State.CLOSED:
            return questions.progress(request, one)
    return None


def _begin(request: Request, asked: str, where: str, named: str) -> Reply:
    place_id, how, thread = (*where.split(" ", 2), "")[:3]
    spot = request.unit.directory.place_by_id(int(place_id))
    if spot is not None and not _may_post(request, spot.id):
        spot = None
    question = request.unit.questions.add(
        Question(
            id=0,
            community_id=request.community.id,
            account_id=request.account.id,
            place_id=None if spot is None else spot.id,
            thread=thread or None,
            private=how == ALONE,
            text=asked,
            named=bool(named),
            state=State.OPEN,
            stopped=False,
            asked_at=request.at,
            ring=Ring.NOBODY,
            widens_at=None,
            reminds_at=None,
            looks_at=request.at + DAY,
            looked_at=request.at,
        ),
        words.terms(asked),
    )
    question = ladder.widen(request.scene, question)
    return questions.progress(request, question)


def _may_post(request: Request, place_id: int) -> bool:
    return request.unit.evidence.may_see(place_id, request.own) or (
        request.place is not None and request.place.id == place_id
    )
