"""Stopping questions: an admin takes one back everywhere, or down from this community alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.asking import ladder
from bot.asking.model import Kind
from bot.features.places import ADMINS_ONLY
from bot.queues import Json
from bot.replies import Quote, Reply, Section
from bot.wording import day, short

if TYPE_CHECKING:
    from bot.requests import Request

MOST = 8
GONE = "That question is over already."


def reply(request: Request, text: str) -> Reply:  # noqa: ARG001 - `stop` takes no words
    """Answer `stop`: the open questions, each with a button that ends it at once."""
    if not request.is_admin:
        return Reply.say(ADMINS_ONLY)
    sections = [*_own(request), *_received(request)]
    if not sections:
        return Reply.say("No question is open here.")
    return Reply((Section(("Which question shall end?",)), *sections))


def _own(request: Request) -> list[Section]:
    sections = []
    for one in request.unit.questions.in_community(request.community.id, MOST):
        button = request.button("Stop it everywhere", "stop", str(one.id), danger=True)
        when = f" {day(one.asked_at, request.at)}"
        sections.append(Section(lines=((Quote(short(one.text)), when),), buttons=(button,)))
    return sections


def _received(request: Request) -> list[Section]:
    sections = []
    for post in request.unit.asks.posts_in(request.community.id, 2 * MOST):
        one = request.unit.questions.find(post.question_id)
        if one is not None and one.community_id != request.community.id:
            button = request.button("Take it down here", "take-down", str(post.id), danger=True)
            home = request.unit.directory.community_by_id(one.community_id)
            whose = "" if home is None else f", from {home.name}"
            line = (Quote(short(one.text)), f" {day(one.asked_at, request.at)}{whose}")
            sections.append(Section(lines=(line,), buttons=(button,)))
    return sections


def stop(request: Request, question_id: str) -> Reply:
    """End a question of this community wherever it stands."""
    question = request.unit.questions.find(int(question_id))
    if not request.is_admin:
        return Reply.say(ADMINS_ONLY)
    if question is None or question.community_id != request.community.id:
        return Reply.say(GONE)
    ladder.end(request.scene, question, stopped=True)
    asker = request.scene.asker(question)
    if asker is not None:
        payload: dict[str, Json] = {"question": question.id, "note": "stopped"}
        request.scene.owe_person(Kind.NOTE, asker, payload, question.id, "stopped")
    return Reply.say("Stopped: nobody more is asked, and it says so wherever it stands.")


def take_down(request: Request, post_id: str) -> Reply:
    """Take a question of another community down here."""
    post = request.unit.asks.find_post(int(post_id))
    where = None if post is None else request.unit.directory.place_by_id(post.place_id)
    if not request.is_admin:
        return Reply.say(ADMINS_ONLY)
    if post is None or where is None or where.community_id != request.community.id:
        return Reply.say(GONE)
    ladder.take_down(request.scene, post)
    return Reply.say("Taken down here. Elsewhere it goes on.")
