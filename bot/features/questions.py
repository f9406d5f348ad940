"""A person's own questions: how far each has come, and what they do about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.asking import ladder, texts, thanking
from bot.asking.model import Question, Ring, State, Thanks
from bot.replies import Line, Quote, Reply, Section, Strong
from bot.wording import day, listed, number, place, short

if TYPE_CHECKING:
    from datetime import datetime

    from bot.replies import Button
    from bot.requests import Request

MOST = 50
SHOWN = 5


def standing(request: Request, question: Question) -> Section:
    """How a question of one's own stands, for whoever asks it again."""
    count = len(request.unit.answers.of(question.id))
    said = number(count, "answer") if count else "no answer yet"
    when = day(question.asked_at, request.at)
    if question.state is State.CLOSED:
        said = said if count else "it had no answer"
        heading = f"You asked this on {when}, and closed it: {said}."
    else:
        heading = f"You asked this on {when}, and it is still open: {said}."
    return Section((heading,), buttons=_buttons(request, question, count))


def _buttons(request: Request, question: Question, answers: int) -> tuple[Button, ...]:
    mine = request.account.person_id
    buttons = []
    if answers:
        buttons.append(request.scene.button("Show the answers", mine, "answers", question.id))
    if question.state is not State.CLOSED:
        buttons.append(request.scene.button("Close the question", mine, "close", question.id))
    return tuple(buttons)


def progress(request: Request, question: Question) -> Reply:
    """How far a question has come, and what the asker can do about it."""
    mine = request.account.person_id
    buttons = [request.scene.button("Close the question", mine, "close", question.id)]
    if question.widens_at is not None:
        buttons = [
            request.scene.button("Widen now", mine, "widen", question.id),
            request.scene.button("Stop here", mine, "stop-here", question.id),
            *buttons,
        ]
    return Reply.say(*_progress(request, question), buttons=tuple(buttons))


def _progress(request: Request, question: Question) -> Line:
    if question.ring is Ring.NOBODY:
        return (
            "There is nobody I could ask yet. The question stays open: when something turns up "
            "that fits, you hear of it.",
        )
    done = _done(request, question)
    if question.widens_at is None:
        return (f"{done} It stays open until you close it.",)
    by = _moment(request, question.widens_at)
    return (f"{done} If nobody answers by {by}, {_next(request, question)}.",)


def _done(request: Request, question: Question) -> str:
    posts = request.unit.asks.posts_of(question.id)
    places = [request.unit.directory.place_by_id(one.place_id) for one in posts]
    here = [place(p.name) for p in places if p and p.community_id == question.community_id]
    away = {p.community_id for p in places if p and p.community_id != question.community_id}
    count = len(request.unit.asks.of(question.id))
    said = []
    if count:
        said.append(f"I asked {number(count, 'person', 'people')} who may know")
    if here:
        said.append(f"posted it in {listed(here)}" if said else f"I posted it in {listed(here)}")
    if away:
        many = number(len(away), "linked community", "linked communities")
        said.append(f"passed it to {many}" if said else f"I passed it to {many}")
    return f"{listed(said)}."


def _moment(request: Request, at: datetime) -> str:
    """A moment in the asker's own time: `3 May, 14:00`; in UTC where that is not known."""
    manners = request.unit.manners.of(request.account.person_id)
    local = at.astimezone(request.scene.zone(request.account, manners))
    is_known = manners.timezone or request.account.timezone
    return f"{day(local, request.at)}, {local:%H:%M}{'' if is_known else ' UTC'}"


def _next(request: Request, question: Question) -> str:
    """What happens when nobody answers in time."""
    where = None
    if question.place_id is not None:
        where = request.unit.directory.place_by_id(question.place_id)
    if question.ring is Ring.EXPERTS and where is not None:
        return f"I post it in {place(where.name)}"
    if question.ring is Ring.NETWORK:
        return "I tell you how it stands"
    if request.unit.network.allies(question.community_id):
        return "I pass it to the communities that are linked with this one"
    return "I tell you how it stands"


# ── What the asker does about it ─────────────────────────────────────────────────────────────


def widen(request: Request, question_id: str) -> Reply:
    """Go on to the next ring now."""
    question = _mine(request, question_id)
    if question is None:
        return Reply.say(texts.CLOSED)
    if question.state is State.CLOSED:
        return Reply.say("You have closed this question.")
    return progress(request, ladder.widen(request.scene, question))


def stop_here(request: Request, question_id: str) -> Reply:
    """Widen no more."""
    question = _mine(request, question_id)
    if question is None:
        return Reply.say(texts.CLOSED)
    return progress(request, ladder.stay(request.scene, question))


def close(request: Request, question_id: str) -> Reply:
    """The asker closes their question."""
    question = _mine(request, question_id)
    if question is None:
        return Reply.say("Only whoever asked can close a question.")
    if question.state is not State.CLOSED:
        ladder.end(request.scene, question)
    return Reply.say("Closed: ", texts.mention(question), ". Thank you for asking it here.")


def answers(request: Request, question_id: str) -> Reply:
    """Show the asker all answers to their question, each with its "That helped"."""
    question = _mine(request, question_id)
    if question is None:
        return Reply.say(texts.CLOSED)
    sections = [Section((texts.mention(question),))]
    for given in request.unit.answers.of(question.id):
        who = request.scene.someone(given.account_id, question)
        if who is not None:
            button = request.scene.button(
                "That helped", request.account.person_id, "helped", given.id
            )
            lines: tuple[Line, ...] = ((texts.whole(given.text),),)
            sections.append(Section((Strong(who.name),), lines, (button,)))
    if len(sections) == 1:
        sections.append(Section(("There is no answer yet.",)))
    if question.state is not State.CLOSED:
        close_it = request.scene.button(
            "Close the question", request.account.person_id, "close", question.id
        )
        sections.append(Section(buttons=(close_it,)))
    return Reply(tuple(sections))


def _mine(request: Request, question_id: str) -> Question | None:
    question = request.unit.questions.find(int(question_id))
    if question is None or question.account_id not in request.account_ids:
        return None
    return question


def mine(request: Request) -> list[Section]:
    """One's own questions, for `me`."""
    found = [
        one
        for one in request.unit.questions.of(request.account_ids, MOST)
        if one.state is not State.CLOSED
    ]
    sections = []
    for question in found[:SHOWN]:
        count = len(request.unit.answers.of(question.id))
        buttons = _buttons(request, question, count)
        said = number(count, "answer") if count else "no answer yet"
        line: Line = (
            Quote(short(question.text)),
            f" {day(question.asked_at, request.at)}, {said}",
        )
        sections.append(Section(lines=(line,), buttons=buttons))
    return [Section(("Your questions:",)), *sections] if sections else []


def found_it(request: Request, question_id: str, kind: str, key: str, account_id: str) -> Reply:
    """What turned up later is the answer: thank whoever brought it."""
    question = _mine(request, question_id)
    who = request.unit.directory.met(int(account_id))
    if question is None or who is None:
        return Reply.say(texts.CLOSED)
    thanks = Thanks(
        0,
        who.id,
        request.account.id,
        "link" if kind == "share" else "answer",
        question.id,
        *_message_of(request, kind, int(key), who.id),
        request.at,
    )
    thanking.thank(request.scene, thanks)
    request.unit.questions.save(replace(question, state=State.ANSWERED, widens_at=None))
    button = request.scene.button(
        "Close the question", request.account.person_id, "close", question.id
    )
    return Reply.say(f"Good to hear. I let {who.name} know.", buttons=(button,))


def _message_of(
    request: Request, kind: str, key: int, account_id: int
) -> tuple[int | None, str | None]:
    """The message that something stands in, as the number of its place and its id."""
    if kind == "share":
        shares = request.unit.evidence.shares([key], request.own)
        where = request.unit.directory.place(shares[0].place) if shares else None
        return (where.id, shares[0].message) if where else (None, None)
    if kind == "conversation":
        said = request.unit.evidence.said([key], [account_id], request.own)
        best = max(said, key=lambda one: len(one.text), default=None)
        where = None if best is None else request.unit.directory.place(best.place)
        return (where.id, best.external_id) if where and best else (None, None)
    return None, None


def not_it(request: Request) -> Reply:  # noqa: ARG001 - a button's handler
    """What turned up later is not the answer."""
    return Reply.say("All right. The question stays open.")
