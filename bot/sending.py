"""What becomes of a delivery, for the core: its words, its arrival, its failure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.asking import answering, composing, ladder
from bot.asking.hours import awake
from bot.asking.model import AskState, Kind, State
from bot.asking.scene import number
from bot.deliveries import Parcel, Ref, Trouble
from bot.digest import composing as digests
from bot.events import MessagePosted
from bot.features.capture import Capture
from bot.queues import DeliveryState, Json

if TYPE_CHECKING:
    from datetime import datetime

    from bot.asking.scene import Scene
    from bot.model import Account, Place
    from bot.queues import Claimed, Delivery

NOT_OWED = "By the time of sending it was owed no more."
NOT_THERE = "What it would have edited never arrived."


def compose(scene: Scene, claimed: Claimed) -> Parcel | None:
    """The words of a delivery; None where it is not sent now, which is then written down."""
    delivery = claimed.delivery
    quiet_until = _quiet_until(scene, delivery)
    if quiet_until is not None:
        scene.unit.outbox.postpone(claimed, quiet_until)
        return None
    edits = None
    if (original := composing.original(delivery)) is not None:
        stated = delivery.payload.get("ref")
        edits = Ref.read(str(stated)) if stated else _ref(scene, original)
        if edits is None:
            scene.unit.outbox.refused(claimed, NOT_THERE)
            return None
    reply = composing.compose(scene, delivery)
    if reply is None:
        scene.unit.outbox.refused(claimed, NOT_OWED)
        _not_sent(scene, delivery)
        return None
    solved = edits is not None and _is_solved(scene, delivery)
    return Parcel(delivery.key, delivery.destination, reply, edits, solved)


def _is_solved(scene: Scene, delivery: Delivery) -> bool:
    """Whether it is the post of a question that was asked in that thread and has its answer."""
    post = None
    if delivery.payload["kind"] == Kind.POST:
        post = scene.unit.asks.find_post(number(delivery, "post"))
    question = None if post is None else scene.unit.questions.find(post.question_id)
    if post is None or post.thread is None or question is None or post.thread != question.thread:
        return False
    answers = scene.unit.answers.of(question.id)
    is_over = question.state is State.CLOSED and not question.stopped
    return any(one.helped_at is not None or is_over for one in answers)


def _quiet_until(scene: Scene, delivery: Delivery) -> datetime | None:
    """When somebody's quiet hours end, if a delivery has to wait for that."""
    if not composing.is_quiet_kind(delivery) or delivery.person_id is None:
        return None
    who = _recipient(scene, delivery.person_id)
    if who is None:
        return None
    manners = scene.unit.manners.of(who.person_id)
    at = awake(manners, scene.zone(who, manners), scene.at)
    return at if at > scene.at else None


def _recipient(scene: Scene, person_id: int) -> Account | None:
    found = (scene.unit.directory.met(one) for one in scene.unit.directory.accounts_of(person_id))
    return next((one for one in found if one is not None), None)


def _ref(scene: Scene, key: str) -> Ref | None:
    """Where a delivery stands, if it arrived."""
    record = scene.unit.outbox.find(key)
    if record is None or record.state is not DeliveryState.SENT or not record.sent_ref:
        return None
    return Ref.read(record.sent_ref)


def arrived(scene: Scene, claimed: Claimed, ref: Ref) -> None:
    """A delivery stands in the chat: what is said there in reply is recognised from now on."""
    scene.unit.outbox.sent(claimed, str(ref))
    delivery = claimed.delivery
    if composing.original(delivery) is not None:
        return
    match Kind(str(delivery.payload["kind"])):
        case Kind.ASK:
            _ask_arrived(scene, number(delivery, "ask"), ref)
        case Kind.POST:
            _post_arrived(scene, number(delivery, "post"), ref)
        case Kind.ANSWER if delivery.destination.place is not None:
            _answer_arrived(scene, delivery, ref)
        case Kind.DIGEST:
            digests.arrived(scene, delivery)
        case Kind.CREDIT:
            scene.unit.wishes.stands(delivery.key, str(ref))
        case Kind.THANKS:
            mine = scene.unit.directory.accounts_of(delivery.person_id or 0)
            scene.unit.answers.tell(mine, delivery.due_at, scene.at)
        case _:
            pass


def _ask_arrived(scene: Scene, ask_id: int, ref: Ref) -> None:
    ask = scene.unit.asks.find(ask_id)
    question = None if ask is None else scene.unit.questions.find(ask.question_id)
    if ask is not None and question is not None:
        # It counts from now, however long it was on its way.
        scene.unit.asks.save(replace(ask, at=scene.at, message=ref.message))
        if question.state is not State.OPEN:  # answered while it was on its way
            ladder.refresh(scene, question)


def _post_arrived(scene: Scene, post_id: int, ref: Ref) -> None:
    post = scene.unit.asks.find_post(post_id)
    question = None if post is None else scene.unit.questions.find(post.question_id)
    where = None if post is None else scene.unit.directory.place_by_id(post.place_id)
    if post is None or question is None or where is None:
        return
    scene.unit.asks.save_post(replace(post, message=ref.message))
    asker = scene.asker(question)
    # In a thread it belongs to a conversation that is there already.
    if asker is not None and question.named and post.thread is None:
        _keep(scene, where, asker, _said(where, asker, ref, question.text, scene.at, None))
    if question.state is not State.OPEN:
        ladder.refresh(scene, question)


def _answer_arrived(scene: Scene, delivery: Delivery, ref: Ref) -> None:
    """An answer that was brought to where it was asked stands there in its giver's words."""
    given = scene.unit.answers.find(number(delivery, "answer"))
    question = scene.unit.questions.find(number(delivery, "question"))
    place_id = None if question is None else question.place_id
    where = None if place_id is None else scene.unit.directory.place_by_id(place_id)
    if given is None or question is None or where is None or not question.named:
        return
    who = scene.someone(given.account_id, question)
    posts = scene.unit.asks.posts_of(question.id)
    post = next((one for one in posts if one.place_id == where.id), None)
    if who is not None and post is not None:
        said = _said(where, who, ref, given.text, given.at, delivery.destination.thread)
        _keep(scene, where, who, replace(said, reply_to=post.message))


def _said(
    where: Place, who: Account, ref: Ref, text: str, at: datetime, thread: str | None
) -> MessagePosted:
    return MessagePosted(where.ref, who.ref, ref.message, text, at, thread)


def _keep(scene: Scene, where: Place, who: Account, said: MessagePosted) -> None:
    Capture(scene.unit, scene.limits).on_behalf(where, who, said)


def bounced(scene: Scene, claimed: Claimed, trouble: Trouble, reason: str) -> None:
    """A delivery can never arrive: whoever needs to know hears of it, and nothing turns public."""
    scene.unit.outbox.refused(claimed, f"{trouble}: {reason}")
    delivery = claimed.delivery
    is_answer = delivery.payload["kind"] == Kind.ANSWER and composing.original(delivery) is None
    if is_answer and delivery.destination.account is None:
        _answer_bounced(scene, delivery)
    elif is_answer and trouble is Trouble.CLOSED:
        _answer_waits(scene, delivery)
    _not_sent(scene, delivery)


def _not_sent(scene: Scene, delivery: Delivery) -> None:
    """What nobody gets now: a question goes another way."""
    if composing.original(delivery) is not None:
        return
    match Kind(str(delivery.payload["kind"])):
        case Kind.ASK:
            _not_asked(scene, number(delivery, "ask"))
        case Kind.POST:
            _not_posted(scene, number(delivery, "post"))
        case _:
            pass


def _not_asked(scene: Scene, ask_id: int) -> None:
    """The question does not come to somebody: ask another; without anybody, the next ring."""
    ask = scene.unit.asks.find(ask_id)
    question = None if ask is None else scene.unit.questions.find(ask.question_id)
    if ask is None or question is None or ask.state is not AskState.ASKED:
        return
    scene.unit.asks.save(replace(ask, state=AskState.UNREACHABLE))
    if not ladder.asks_experts(question) or scene.asker(question) is None:
        return
    ladder.ask_another(scene, question)
    waiting = (one for one in scene.unit.asks.of(question.id) if one.state is AskState.ASKED)
    if next(waiting, None) is None:
        ladder.widen(scene, question)


def _not_posted(scene: Scene, post_id: int) -> None:
    """The asker hears that it could not be posted in their own place; it goes on without."""
    post = scene.unit.asks.find_post(post_id)
    question = None if post is None else scene.unit.questions.find(post.question_id)
    asker = None if question is None else scene.asker(question)
    if post is None or question is None or asker is None or question.state is State.CLOSED:
        return
    if post.place_id == question.place_id:
        payload: dict[str, Json] = {
            "question": question.id,
            "note": "unposted",
            "place": post.place_id,
        }
        scene.owe_person(Kind.NOTE, asker, payload, question.id, "unposted", post.id)
        if question.state is State.OPEN and question.widens_at is not None:
            ladder.widen(scene, question)


def _answer_bounced(scene: Scene, delivery: Delivery) -> None:
    """The place is gone: the answer comes to the asker alone."""
    question = scene.unit.questions.find(number(delivery, "question"))
    asker = None if question is None else scene.asker(question)
    if question is not None and asker is not None:
        scene.unit.questions.save(replace(question, private=True))
        payload: dict[str, Json] = {"answer": number(delivery, "answer"), "question": question.id}
        parts = (number(delivery, "answer"), answering.ALONE)
        scene.owe_person(Kind.ANSWER, asker, payload, *parts, about_id=delivery.about_id)


def _answer_waits(scene: Scene, delivery: Delivery) -> None:
    """Whoever asked takes no direct messages: a button where their question stands shows it.

    Only to them, and only where everybody sees already that it is theirs; else it waits on `me`.
    """
    question = scene.unit.questions.find(number(delivery, "question"))
    posts = [] if question is None else scene.unit.asks.posts_of(question.id)
    post = next((one for one in posts if question and one.place_id == question.place_id), None)
    if question is None or not question.named or post is None or post.withdrawn:
        return
    where = scene.unit.directory.place_by_id(post.place_id)
    if where is not None and post.message is not None:
        asker = scene.asker(question)
        scene.owe_place(
            Kind.NOTE,
            where,
            {"question": question.id, "note": "waits"},
            *(question.id, "waits", number(delivery, "answer")),
            thread=post.thread or post.message,
            about_id=None if asker is None else asker.person_id,
        )
