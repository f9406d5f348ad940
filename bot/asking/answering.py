"""Answers: a reply to a post, the form, or a reply to an ask; each comes to the asker.

An answer stops the widening, never the question. It can be changed and taken back as any message.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.asking import asked, ladder, noting, thanking
from bot.asking.model import AskState, Given, Kind, Ring, State
from bot.asking.scene import key
from bot.deliveries import Ref
from bot.features.capture import tidy
from bot.queues import Json

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from bot.asking.model import Question
    from bot.asking.scene import Scene
    from bot.events import MessageDeleted, MessagePosted, PlaceRef, ReactionChanged, ThreadSolved
    from bot.model import Account, Place


ALONE = "alone"
MOST_FORGOTTEN = 100_000
MOST = 50  # questions of one person that are looked through


def give(
    scene: Scene,
    question: Question,
    who: Account,
    text: str,
    *,
    message: MessagePosted | None = None,
    where: Place | None = None,
) -> Given:
    """Take in an answer; `message` in `where` if it is one. Its asker and all who were asked hear.

    Several are welcome, also after a thanks.
    """
    given = scene.unit.answers.add(
        Given(
            id=0,
            question_id=question.id,
            account_id=who.id,
            text=tidy(text),
            at=scene.at,
            edited_at=None if message is None else message.edited_at,
            place_id=None if where is None else where.id,
            message=None if message is None else message.id,
            permalink=None if message is None else message.permalink,
            helped_at=None,
        )
    )
    _note_asks(scene, question, who)
    question = replace(
        question,
        state=State.ANSWERED if question.state is State.OPEN else question.state,
        widens_at=None,
        reminds_at=question.reminds_at or scene.at + scene.rules.remind_after,
    )
    scene.unit.questions.save(question)
    _relay(scene, question, given)
    ladder.refresh(scene, question)
    return given


def _note_asks(scene: Scene, question: Question, who: Account) -> None:
    mine = set(scene.unit.directory.accounts_of(who.person_id))
    for ask in scene.unit.asks.of(question.id):
        if ask.account_id in mine:
            scene.unit.asks.save(replace(ask, state=AskState.ANSWERED))


def _relay(scene: Scene, question: Question, given: Given) -> None:
    """Bring an answer to its asker: in their place if they asked there, else to them alone.

    What already stands where it was asked is not said there again.
    """
    asker, where = scene.asker(question), _asked_in(scene, question)
    payload, about = _payload(given), _person_of(scene, given.account_id)
    if where is None and asker is not None:
        scene.owe_person(Kind.ANSWER, asker, payload, given.id, about_id=about)
    elif where is not None and given.place_id != where.id:
        thread = question.thread or _post_in(scene, question, where)
        scene.owe_place(Kind.ANSWER, where, payload, given.id, thread=thread, about_id=about)


def _payload(given: Given) -> dict[str, Json]:
    return {"answer": given.id, "question": given.question_id}


def _asked_in(scene: Scene, question: Question) -> Place | None:
    """The place in which the asker is answered; none where they alone are."""
    if question.private or question.place_id is None:
        return None
    where = scene.unit.directory.place_by_id(question.place_id)
    return None if where is None or where.archived else where


def _post_in(scene: Scene, question: Question, where: Place) -> str | None:
    posts = scene.unit.asks.posts_of(question.id)
    return next((one.message for one in posts if one.place_id == where.id), None)


def _person_of(scene: Scene, account_id: int) -> int | None:
    known = scene.unit.directory.met(account_id)
    return None if known is None else known.person_id


# ── What is said in places ───────────────────────────────────────────────────────────────────


def overhear(scene: Scene, event: MessagePosted) -> None:
    """Notice a reply to a post: an answer, its newer version, or the asker's thanks."""
    where = scene.unit.directory.place(event.place)
    if where is None or event.from_bot or event.to_bot:
        return
    known = scene.unit.answers.at(where.id, event.id)
    if known is not None:
        _change(scene, known, event.text, event.edited_at)
    elif not scene.unit.archive.is_buried(where.id, event.id):
        _hear_reply(scene, where, event)


def _hear_reply(scene: Scene, where: Place, event: MessagePosted) -> None:
    anchors = [one for one in (event.thread, event.reply_to) if one is not None]
    if not anchors or _hear_thanks(scene, event):
        return
    post = scene.unit.asks.post_at(where.id, anchors)
    question = None if post is None else scene.unit.questions.find(post.question_id)
    if post is None or question is None or event.id == post.message:
        return
    who = scene.unit.directory.author(event.author)
    is_over = question.state is State.CLOSED or not asked.stands(scene, question, post, where)
    if is_over or who is None or who.is_bot:
        return
    asker = scene.asker(question)
    if asker is not None and asker.person_id == who.person_id:
        _hear_asker(scene, question, asker, event.text)
    elif event.at >= question.asked_at:
        give(scene, question, who, event.text, message=event, where=where)


def _hear_thanks(scene: Scene, event: MessagePosted) -> bool:
    """The asker says thanks in reply to one answer: it is for that one. Whether it was so."""
    if not thanking.says_thanks(event.text):
        return False
    by = scene.unit.directory.account(event.author)
    for message in (event.reply_to, event.thread):
        given = None if by is None or not message else to_one(scene, by, event.place, message)
        if by is not None and given is not None:
            return _thank(scene, given, by)
    return False


def _hear_asker(scene: Scene, question: Question, asker: Account, text: str) -> None:
    """The asker says thanks in the thread: it is for whoever answered last."""
    answers = scene.unit.answers.of(question.id)
    if answers and thanking.says_thanks(text):
        thanking.helped(scene, question, answers[-1], asker)


def reacted(scene: Scene, event: ReactionChanged) -> None:
    """The asker thanks for an answer with an emoji."""
    if event.emoji.split("::")[0] not in thanking.EMOJI:
        return
    by = scene.unit.directory.account(event.account)
    given = None if by is None else to_one(scene, by, event.place, event.message)
    if by is not None and given is not None:
        _thank(scene, given, by)


def solved(scene: Scene, event: ThreadSolved) -> None:
    """A thread is marked as solved: what was asked in it widens no more, and the other way round.

    It does not close: that is for whoever asked.
    """
    where = scene.unit.directory.place(event.place)
    asked_there = [] if where is None else scene.unit.questions.in_thread(where.id, event.thread)
    for question in asked_there:
        if event.solved and question.state is State.OPEN:
            settled = replace(question, state=State.ANSWERED, widens_at=None)
            scene.unit.questions.save(settled)
        elif not event.solved and not scene.unit.answers.of(question.id):
            scene.unit.questions.save(_open_again(scene, question))


def _open_again(scene: Scene, question: Question) -> Question:
    wait = scene.rules.wait(max(question.ring, Ring.EXPERTS))
    again = None if question.stays else scene.at + wait
    return replace(question, state=State.OPEN, widens_at=again, reminds_at=None)


def _thank(scene: Scene, given: Given, by: Account) -> bool:
    question = scene.unit.questions.find(given.question_id)
    if question is not None:
        thanking.helped(scene, question, given, by)
    return question is not None


def to_one(scene: Scene, asker: Account, place: PlaceRef, message: str) -> Given | None:
    """The answer to a question of somebody's that is a message, or was brought as that."""
    mine = scene.unit.directory.accounts_of(asker.person_id)
    where = scene.unit.directory.place(place)
    ref = str(Ref(place.id, message))
    for question in scene.unit.questions.of(mine, MOST):
        for given in scene.unit.answers.of(question.id):
            is_it = where is not None and (given.place_id, given.message) == (where.id, message)
            brought = scene.unit.outbox.find(_brought_as(scene, given))
            if is_it or (brought is not None and brought.sent_ref == ref):
                return given
    return None


def change(scene: Scene, given: Given, text: str) -> None:
    """Somebody changes the answer that they gave to Grapevine itself."""
    _change(scene, given, text, scene.at)


def _change(scene: Scene, given: Given, text: str, edited_at: datetime | None) -> None:
    if edited_at is None or (given.edited_at is not None and edited_at <= given.edited_at):
        return
    scene.unit.answers.save(replace(given, text=tidy(text), edited_at=edited_at))
    _relay_again(scene, given)


def _relay_again(scene: Scene, given: Given) -> None:
    """Have an answer say how it reads now, wherever it was brought."""
    scene.owe_edit(Kind.ANSWER, _payload(given), given.id, _brought_as(scene, given))


def _brought_as(scene: Scene, given: Given) -> str:
    """The key of the delivery that brought an answer: to the asker alone, if its place was gone."""
    alone = key(Kind.ANSWER, given.id, ALONE)
    return key(Kind.ANSWER, given.id) if scene.unit.outbox.find(alone) is None else alone


def unsaid(scene: Scene, event: MessageDeleted) -> None:
    """A message is gone: if it was an answer, so is that."""
    where = scene.unit.directory.place(event.place)
    given = None if where is None else scene.unit.answers.at(where.id, event.id)
    if given is not None:
        take_back(scene, given)


def forget(scene: Scene, account_ids: Collection[int]) -> None:
    """Somebody is about to be forgotten: their answers and questions go from where they stand."""
    for given in scene.unit.answers.by(account_ids):
        take_back(scene, given)
    for question in scene.unit.questions.of(account_ids, MOST_FORGOTTEN):
        ladder.forget(scene, question)
        for given in scene.unit.answers.of(question.id):
            _relay_again(scene, given)


def take_back(scene: Scene, given: Given) -> None:
    """Take an answer back wherever it was brought; without another one the question is open."""
    note = scene.unit.notes.of_answer(given.id)
    if note is not None:
        noting.withdraw(scene.unit, scene.limits, note)
    scene.unit.answers.drop(given.id)
    _relay_again(scene, given)
    question = scene.unit.questions.find(given.question_id)
    if question is None or question.state is State.CLOSED:
        return
    if not scene.unit.answers.of(question.id):
        question = _open_again(scene, question)
        scene.unit.questions.save(question)
    ladder.refresh(scene, question)
