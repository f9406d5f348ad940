"""The rings of a question: experts, its own place, linked communities. It never closes by itself.

A ring that reaches nobody is passed over at once; one that is answered stops the widening.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.asking import experts
from bot.asking.model import AskState, Kind, Post, Ring, State
from bot.features.capture import Capture

if TYPE_CHECKING:
    from datetime import datetime

    from bot.asking.model import Ask, Question
    from bot.asking.scene import Scene
    from bot.model import Place


def widen(scene: Scene, question: Question) -> Question:
    """Go on to the next ring that reaches anybody; without one the asker hears that."""
    for ring in (one for one in Ring if one > question.ring):
        reached = _REACH[ring](scene, question)
        if reached is not None:
            # What is answered goes this one step further, on request, and no more by itself.
            is_open = question.state is State.OPEN
            widens_at = reached + scene.rules.wait(ring) if is_open else None
            return _saved(scene, replace(question, ring=ring, widens_at=widens_at))
    _tell_that_nobody_answered(scene, question)
    return _saved(scene, replace(question, widens_at=None))


def stay(scene: Scene, question: Question) -> Question:
    """Widen no more, whatever becomes of the answers; the question stays open."""
    return _saved(scene, replace(question, widens_at=None, stays=True))


def _saved(scene: Scene, question: Question) -> Question:
    scene.unit.questions.save(question)
    return question


def _experts(scene: Scene, question: Question) -> datetime | None:
    chosen = experts.choose(scene, question, experts.AT_ONCE)
    asked = [experts.ask(scene, question, one) for one in chosen]
    moments = [one.at for one in asked if one.state is AskState.ASKED]
    return max(moments, default=None)


def _place(scene: Scene, question: Question) -> datetime | None:
    where = _open_place(scene, question)
    if where is None:
        return None
    put(scene, question, where, thread=question.thread)
    return scene.at


def _open_place(scene: Scene, question: Question) -> Place | None:
    if question.place_id is None:
        return None
    where = scene.unit.directory.place_by_id(question.place_id)
    return None if where is None or where.archived else where


def _network(scene: Scene, question: Question) -> datetime | None:
    places = [
        place
        for other in scene.unit.network.allies(question.community_id)
        for place in scene.unit.network.receiving(other.id)
    ]
    for place in places:
        put(scene, question, place)
    return scene.at if places else None


_REACH = {Ring.EXPERTS: _experts, Ring.PLACE: _place, Ring.NETWORK: _network}


def put(scene: Scene, question: Question, where: Place, thread: str | None = None) -> None:
    """Post a question in a place, once."""
    if any(one.place_id == where.id for one in scene.unit.asks.posts_of(question.id)):
        return
    post = scene.unit.asks.add_post(Post(0, question.id, where.id, thread, None, withdrawn=False))
    asker = scene.asker(question)
    scene.owe_place(
        Kind.POST,
        where,
        {"post": post.id},
        post.id,
        thread=thread,
        about_id=None if asker is None else asker.person_id,
    )


def _tell_that_nobody_answered(scene: Scene, question: Question) -> None:
    asker = scene.asker(question)
    if asker is not None and question.state is State.OPEN:
        scene.owe_person(Kind.NOTE, asker, {"question": question.id, "note": "nobody"}, question.id)


def asks_experts(question: Question) -> bool:
    """Whether the first ring lasts: nobody answered, and the asker did not say "stop here"."""
    is_waiting = question.state is State.OPEN and question.widens_at is not None
    return is_waiting and question.ring is Ring.EXPERTS


def ask_another(scene: Scene, question: Question) -> None:
    """Somebody said "not me": ask the next best, while the first ring lasts."""
    if asks_experts(question):
        for one in experts.choose(scene, question, 1):
            experts.ask(scene, question, one)


def end(scene: Scene, question: Question, *, stopped: bool = False) -> Question:
    """Close a question, by its asker or (`stopped`) by an admin, and say so wherever it stands."""
    if stopped:
        for post in scene.unit.asks.posts_of(question.id):
            take_out(scene, post)
    question = _saved(
        scene,
        replace(
            question,
            state=State.CLOSED,
            stopped=stopped,
            widens_at=None,
            reminds_at=None,
            looks_at=None,
        ),
    )
    refresh(scene, question)
    return question


def take_down(scene: Scene, post: Post) -> None:
    """Take a question down from one place: it says so there, and nothing is answered there."""
    scene.unit.asks.save_post(replace(post, withdrawn=True))
    take_out(scene, post)
    _refresh_post(scene, post)


def take_out(scene: Scene, post: Post) -> None:
    """What was kept of a post that was taken down goes with it."""
    kept = None
    if post.message is not None:
        kept = scene.unit.archive.find(post.place_id, post.message)
    if kept is not None:
        Capture(scene.unit, scene.limits).remove([kept])


def refresh(scene: Scene, question: Question) -> None:
    """Have every post of a question, and every ask, say how it stands now."""
    _refresh_posts(scene, question)
    for ask in scene.unit.asks.of(question.id):
        if ask.state is AskState.ASKED:
            _refresh_ask(scene, ask)


def refresh_threads(scene: Scene, question: Question) -> None:
    """Have its posts in threads say how it stands: a thread may be settled with that."""
    for post in scene.unit.asks.posts_of(question.id):
        if post.thread is not None:
            _refresh_post(scene, post)


def forget(scene: Scene, question: Question) -> None:
    """Whoever asked is about to be forgotten: have that said wherever the question stands."""
    _refresh_posts(scene, question)
    for ask in scene.unit.asks.of(question.id):
        _refresh_ask(scene, ask)


def _refresh_posts(scene: Scene, question: Question) -> None:
    for post in scene.unit.asks.posts_of(question.id):
        _refresh_post(scene, post)


def _refresh_post(scene: Scene, post: Post) -> None:
    if post.message is not None:
        scene.owe_edit(Kind.POST, {"post": post.id}, post.id)


def _refresh_ask(scene: Scene, ask: Ask) -> None:
    if ask.message is not None:
        scene.owe_edit(Kind.ASK, {"ask": ask.id}, ask.id)
