"""What those do who are asked, or read a question in a place: answer, pass on, decline, pause.

Every button is authorised anew: the question may be closed by now, the place out of sight.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.asking import answering, ladder, passing, texts, thanking
from bot.asking.asked import stands as may_stand
from bot.asking.model import AskState, Kind, State
from bot.features import digest, manners, note
from bot.replies import Field, Quote, Reply, Section
from bot.wording import short

if TYPE_CHECKING:
    from bot.asking.model import Ask, Given, Post, Question
    from bot.requests import Request

MONTH = timedelta(days=30)
LONGEST = 3_000  # characters of an answer; what Slack's text fields take
NOT_YOURS = "That question is not here any more. Thank you all the same."


# ── Answering ────────────────────────────────────────────────────────────────────────────────


def answer(request: Request, question_id: str) -> Reply:
    """Open the form for an answer."""
    question = _open_to(request, question_id)
    if question is None:
        return Reply.say(NOT_YOURS)
    field = Field("answer", "Your answer", hint=_who_reads(request, question))
    title = "Answer"
    return Reply((), form=request.form(title, "Send", (field,), "answer", question.id))


def _who_reads(request: Request, question: Question) -> str:
    if question.private or question.place_id is None:
        return "Goes to whoever asks, with your name"
    where = request.unit.directory.place_by_id(question.place_id)
    return "Goes to where it was asked, with your name" if where else "Goes to whoever asks"


def answered(request: Request, fields: dict[str, str], question_id: str) -> Reply:
    """Take in the form."""
    question = _open_to(request, question_id)
    text = fields.get("answer", "").strip()[:LONGEST]
    if question is None:
        return Reply.say(NOT_YOURS)
    if not text:
        return Reply.say("There was nothing in it. Press Answer once more and write a line.")
    return _give(request, question, text)


def by_direct_message(request: Request, text: str, message: str | None) -> Reply | None:
    """A direct message that is no command: an answer to what this person was asked.

    `message`: the platform's id of what it replies to. None: they were asked nothing.
    """
    if message is None:
        ask = next(iter(request.unit.asks.waiting(request.account_ids)), None)
    else:
        ask = request.unit.asks.sent_as(request.account_ids, message)
    question = None if ask is None else request.unit.questions.find(ask.question_id)
    if question is None:
        return None if message is None else _about_an_answer(request, text, message)
    if question.state is State.CLOSED:
        return Reply.say(texts.CLOSED)
    is_open = request.scene.reaches(question, request.community.id)
    return _give(request, question, text) if is_open else Reply.say(NOT_YOURS)


def _about_an_answer(request: Request, text: str, message: str) -> Reply | None:
    """What the asker says in reply to an answer that came to them: thanks, or something else."""
    assert request.place is not None, "they write in their direct messages"
    given = answering.to_one(request.scene, request.account, request.place.ref, message)
    if given is None:
        return None
    if thanking.says_thanks(text):
        return helped(request, str(given.id))
    who = request.unit.directory.met(given.account_id)
    name = "whoever answered" if who is None else who.name
    return Reply.say(f"I do not carry that back: write to {name} yourself, or ask once more.")


def _give(request: Request, question: Question, text: str) -> Reply:
    asker = request.scene.asker(question)
    if asker is not None and asker.person_id == request.account.person_id:
        return Reply.say("This is your own question. Say more about it in its thread.")
    given = answering.give(request.scene, question, request.account, text)
    name = asker.name if asker is not None and question.named else "whoever asks"
    mine = request.account.person_id
    buttons = (
        request.scene.button("Change it", mine, "change-answer", given.id),
        request.scene.button("Take it back", mine, "take-back", given.id),
    )
    said = Section((f"Thank you. It is on its way to {name}.",), buttons=buttons)
    return Reply((said, *digest.offer(request)))


def change_answer(request: Request, answer_id: str) -> Reply:
    """Open the form with the answer in it."""
    given = _own_answer(request, answer_id)
    if given is None:
        return Reply.say("That answer is not there any more.")
    field = Field("answer", "Your answer", value=given.text)
    return Reply((), form=request.form("Answer", "Change", (field,), "change-answer", given.id))


def answer_changed(request: Request, fields: dict[str, str], answer_id: str) -> Reply:
    """Take in the changed answer."""
    given = _own_answer(request, answer_id)
    text = fields.get("answer", "").strip()[:LONGEST]
    if given is None:
        return Reply.say("That answer is not there any more.")
    if not text:
        return Reply.say("An answer needs words. To remove it, press Take it back.")
    answering.change(request.scene, given, text)
    return Reply.say("Changed. Whoever asked sees the new words.")


def take_back(request: Request, answer_id: str) -> Reply:
    """Take an answer back."""
    given = _own_answer(request, answer_id)
    if given is not None:
        answering.take_back(request.scene, given)
    return Reply.say("Taken back.")


def _own_answer(request: Request, answer_id: str) -> Given | None:
    given = request.unit.answers.find(int(answer_id))
    return given if given is not None and given.account_id in request.account_ids else None


def _open_to(request: Request, question_id: str) -> Question | None:
    """A question that this person was asked, or can read where it stands."""
    question = request.unit.questions.find(int(question_id))
    if question is None or question.state is State.CLOSED:
        return None
    asks = request.unit.asks.of(question.id)
    is_asked = any(ask.account_id in request.account_ids for ask in asks)
    if is_asked and request.scene.reaches(question, request.community.id):
        return question
    posts = request.unit.asks.posts_of(question.id)
    return question if any(_reads(request, question, one) for one in posts) else None


def _reads(request: Request, question: Question, post: Post) -> bool:
    where = request.unit.directory.place_by_id(post.place_id)
    if where is None or not may_stand(request.scene, question, post, where):
        return False
    is_here = request.place is not None and request.place.id == where.id
    return is_here or request.unit.evidence.may_see(where.id, request.own)


# ── Passing it on ────────────────────────────────────────────────────────────────────────────


def pass_on(request: Request, question_id: str) -> Reply:
    """Open the form for somebody's name."""
    question = _open_to(request, question_id)
    if question is None:
        return Reply.say(NOT_YOURS)
    field = Field("who", "Who would know?", hint="Their name here")
    return Reply((), form=request.form("Pass it on", "Pass on", (field,), "pass", question.id))


def passed(request: Request, fields: dict[str, str], question_id: str) -> Reply:
    """Take in the name: ask them if they agreed to be asked, else hand over a text to send."""
    question = _open_to(request, question_id)
    if question is None:
        return Reply.say(NOT_YOURS)
    found = passing.find(request.scene, request.community.id, fields.get("who", ""))
    if isinstance(found, str):
        return Reply.say(found)
    refused = passing.on(request.scene, question, request.account, found)
    if refused is None:
        return Reply.say(f"Thank you. I ask {found.name}, and say that it was your idea.")
    if refused:
        return Reply.say(refused)
    return Reply.say(
        f"{found.name} has not said that I may ask, or was asked enough this week. You can send "
        "this yourself: ",
        Quote(f"Somebody asks: {short(question.text, texts.WHOLE)} — I thought you might know."),
    )


# ── Not now ──────────────────────────────────────────────────────────────────────────────────


def decline(request: Request, ask_id: str) -> Reply:
    """Not me: somebody else is asked."""
    ask = _own_ask(request, ask_id)
    if ask is not None:
        _decline(request, ask)
    return Reply.say("No harm done. Nobody is told.")


def _decline(request: Request, ask: Ask) -> None:
    if ask.state is AskState.ASKED:
        request.unit.asks.save(replace(ask, state=AskState.DECLINED))
        question = request.unit.questions.find(ask.question_id)
        if question is not None:
            ladder.ask_another(request.scene, question)


def pause(request: Request, ask_id: str) -> Reply:
    """Not this month."""
    mine = request.unit.manners.of(request.account.person_id)
    request.unit.manners.save(replace(mine, paused_until=request.at + MONTH))
    ask = _own_ask(request, ask_id)
    if ask is not None:
        _decline(request, ask)
    return Reply.say("All right: I ask you nothing for a month.")


def stop_asking(request: Request) -> Reply:
    """Never again, until they say otherwise."""
    manners.agree(request, agreed=False)
    for ask in request.unit.asks.waiting(request.account_ids):
        _decline(request, ask)
    return Reply.say("Understood: I ask you nothing more. If you change your mind: asking on")


def _own_ask(request: Request, ask_id: str) -> Ask | None:
    ask = request.unit.asks.find(int(ask_id))
    return ask if ask is not None and ask.account_id in request.account_ids else None


# ── That helped ──────────────────────────────────────────────────────────────────────────────


def helped(request: Request, answer_id: str) -> Reply:
    """An answer helped: whoever gave it hears of it."""
    given = request.unit.answers.find(int(answer_id))
    question = None if given is None else request.unit.questions.find(given.question_id)
    if given is None or question is None or not _may_thank(request, question):
        return Reply.say("That answer is not there any more.")
    if given.account_id in request.account_ids:
        return Reply.say("That one is your own.")
    who = request.scene.someone(given.account_id, question)
    thanking.helped(request.scene, question, given, request.account)
    name = "them" if who is None else who.name
    buttons = note.offer(request, question, given)
    if question.account_id in request.account_ids and question.state is not State.CLOSED:
        mine = request.account.person_id
        close = request.scene.button("Close the question", mine, "close", question.id)
        buttons = (*buttons, close)
    return Reply.say(f"Good to hear. I let {name} know.", buttons=buttons)


def _may_thank(request: Request, question: Question) -> bool:
    is_asker = question.account_id in request.account_ids
    return is_asker or _open_to(request, str(question.id)) is not None


def mute(request: Request, kind: str) -> Reply:
    """Send this person no more messages of a kind."""
    request.unit.manners.mute(request.account.person_id, Kind(kind))
    return Reply.say("Understood, no more of these. To have them again: asking everything")
