"""Notes: the words that helped somebody, kept so that others find them.

A note is a message of the helper's with a share of its own: where the question stood, or on a shelf
of the community. So links, who knows, feeds, hiding and forgetting have no case for it. It is of
two people, the helper and the asker who kept it: when one of them is forgotten, it goes. Words that
only the asker has seen, that stand in another community, or that are not the helper's own, are
shown only when the helper agrees.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.asking.model import Kind, Note
from bot.asking.scene import number
from bot.events import MessagePosted, PlaceRef, PlaceSeen, Visibility
from bot.features import sharing
from bot.features.capture import Capture, listens
from bot.replies import Quote, Reply, Section, Strong
from bot.wording import NOTES, place

if TYPE_CHECKING:
    from collections.abc import Collection

    from bot.asking.model import Given, Question
    from bot.asking.scene import Scene
    from bot.conversations import Limits
    from bot.model import Message, Place
    from bot.ports import Unit
    from bot.queues import Delivery
    from bot.replies import Button

HERE, EVERYBODY = "here", "everybody"


def scopes(scene: Scene, question: Question, given: Given) -> tuple[str, ...]:
    """For whom an answer may be kept: those of the asker's place, everybody in the community.

    What was said in a private place stays there.
    """
    if not question.named or scene.unit.notes.of_answer(given.id) is not None:
        return ()
    asked_in, said_in = _asked_in(scene, question), _said_in(scene, given)
    is_private = said_in is not None and said_in.visibility is not Visibility.PUBLIC
    is_here = asked_in is not None and listens(asked_in) and not asked_in.archived
    if said_in is not None and is_private:
        return (HERE,) if is_here and asked_in == said_in else ()
    return (HERE, EVERYBODY) if is_here else (EVERYBODY,)


def where(scene: Scene, question: Question, scope: str) -> Place | None:
    """The place a note goes to; the shelf is made when it is first needed."""
    if scope == HERE:
        return _asked_in(scene, question)
    ref = PlaceRef(scene.home(question).ref, "grapevine-notes")
    return scene.unit.directory.place(ref) or scene.unit.directory.save_place(
        PlaceSeen(ref, NOTES, Visibility.SHELF)
    )


def _asked_in(scene: Scene, question: Question) -> Place | None:
    number = question.place_id
    return None if number is None else scene.unit.directory.place_by_id(number)


def _said_in(scene: Scene, given: Given) -> Place | None:
    return None if given.place_id is None else scene.unit.directory.place_by_id(given.place_id)


def is_known(scene: Scene, question: Question, given: Given, to: Place) -> bool:
    """Whether everybody who will see a note could read the words before."""
    said_in = _said_in(scene, given)
    if said_in is None and not question.private:
        said_in = _asked_in(scene, question)  # Grapevine brought the answer there
    if said_in is None:
        return False
    is_public = said_in.visibility is Visibility.PUBLIC
    return said_in.id == to.id or (is_public and said_in.community_id == to.community_id)


def keep(scene: Scene, note: Note, *, known: bool) -> Note:
    """Keep a note, at once if its words were `known`; its helper hears of it in any case."""
    kept = scene.unit.notes.add(note)
    if known:
        kept = publish(scene, kept)
    who = scene.unit.directory.met(kept.account_id)
    by = scene.unit.directory.met(kept.kept_by)
    if who is not None and by is not None:
        scene.owe_person(Kind.KEPT, who, {"note": kept.id}, kept.id, about_id=by.person_id)
    return kept


def publish(scene: Scene, note: Note) -> Note:
    """Put a note where it is found; from then on its words stand there alone."""
    to = scene.unit.directory.place_by_id(note.place_id)
    who = scene.unit.directory.met(note.account_id)
    if to is None or who is None:
        return note
    name = note.message
    event = MessagePosted(to.ref, who.ref, name, note.words, scene.at, thread=f"of {name}")
    Capture(scene.unit, scene.limits).on_behalf(to, who, event)
    post = message(scene.unit, note)
    if post is not None:
        form = f"note:{name}"
        terms = sharing.found_by(form, note.title, sharing.around("", post.text))
        scene.unit.shares.add(post, "", form, note.title, terms)
    shown = replace(note, title="", words="", shown=True)
    scene.unit.notes.save(shown)
    return shown


def message(unit: Unit, note: Note) -> Message | None:
    """The message that a note is, once it is shown."""
    return unit.archive.find(note.place_id, note.message)


def withdraw(unit: Unit, limits: Limits, note: Note) -> None:
    """Take a note back, for good."""
    post = message(unit, note)
    if post is not None:
        Capture(unit, limits).remove([post])
    unit.notes.drop(note.id)


def take_away(unit: Unit, limits: Limits, account_ids: Collection[int]) -> None:
    """Take away all notes of somebody who is forgotten: those of their words, and those they kept.

    Both names are under them.
    """
    for note in unit.notes.of(account_ids):
        withdraw(unit, limits, note)


def told(scene: Scene, delivery: Delivery) -> Reply | None:
    """What the helper hears: their words were kept, or may they be?"""
    note = scene.unit.notes.find(number(delivery, "note"))
    by = None if note is None else scene.unit.directory.met(note.kept_by)
    who = None if note is None else scene.unit.directory.met(note.account_id)
    to = None if note is None else scene.unit.directory.place_by_id(note.place_id)
    if note is None or by is None or who is None or to is None:
        return None
    mine, for_whom = who.person_id, f"for {audience_of(scene, to)}"
    if not note.shown:
        agree = scene.button("Fine with me", mine, "note-agree", note.id)
        refuse = scene.button("Rather not", mine, "note-back", note.id)
        heading = f"{by.name} would like to keep this as a note of yours, {for_whom}:"
        return _about(heading, note.title, note.words, agree, refuse)
    post = message(scene.unit, note)
    if post is None:
        return None
    back = scene.button("Take it back", mine, "note-back", note.id)
    heading = f"{by.name} kept words of yours as a note {for_whom}, with both your names:"
    return _about(heading, "", post.text, back)


def _about(heading: str, title: str, words: str, *buttons: Button) -> Reply:
    lines = ((Strong(title),), (Quote(words),)) if title else ((Quote(words),),)
    return Reply((Section((heading,), lines, buttons),))


def audience_of(scene: Scene, to: Place) -> str:
    """Who can find a note in a place, in words."""
    if to.visibility is not Visibility.SHELF:
        return f"those in {place(to.name)}"
    home = scene.unit.directory.community_by_id(to.community_id)
    return f"everybody in {'' if home is None else home.name}"
