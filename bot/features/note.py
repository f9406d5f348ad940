"""Keeping an answer as a note: offered to whoever it helped, told to whoever gave it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.asking import noting
from bot.asking.model import Note
from bot.features.capture import tidy
from bot.replies import Field, Reply
from bot.wording import short

if TYPE_CHECKING:
    from bot.asking.model import Given, Question
    from bot.model import Place
    from bot.replies import Button
    from bot.requests import Request

TITLE, WORDS = 80, 1_500  # characters
GONE = "That answer can be kept no more: it is gone, or a note already."


def offer(request: Request, question: Question, given: Given) -> tuple[Button, ...]:
    """The button for whoever asked, where the answer may be kept."""
    if question.account_id not in request.account_ids:
        return ()
    if not noting.scopes(request.scene, question, given):
        return ()
    mine = request.account.person_id
    return (request.scene.button("Keep this as a note", mine, "note", given.id),)


def begin(request: Request, answer_id: str) -> Reply:
    """Ask for whom; where there is no choice, open the form at once."""
    found = _own(request, answer_id)
    scopes = () if found is None else noting.scopes(request.scene, *found)
    if found is None or not scopes:
        return Reply.say(GONE)
    if len(scopes) == 1:
        return write(request, answer_id, scopes[0])
    question, given = found
    buttons = tuple(
        request.button(_label(request, to), "note-for", str(given.id), scope)
        for scope in scopes
        if (to := noting.where(request.scene, question, scope)) is not None
    )
    return Reply.say("Who shall find it?", buttons=buttons)


def _label(request: Request, to: Place) -> str:
    said = noting.audience_of(request.scene, to)
    return said[0].upper() + said[1:]


def write(request: Request, answer_id: str, scope: str) -> Reply:
    """Open the form, with the words that helped in it."""
    found = _own(request, answer_id)
    if found is None or scope not in noting.scopes(request.scene, *found):
        return Reply.say(GONE)
    question, given = found
    who = request.scene.someone(given.account_id, question)
    name = "the helper" if who is None else who.name
    fields = (
        Field("title", "What it is about", short(question.text, TITLE)),
        Field("words", "What helped", given.text, f"In {name}’s own words; two lines are enough"),
    )
    form = request.form("Keep as a note", "Keep", fields, "note", given.id, scope)
    return Reply((), form=form)


def written(request: Request, fields: dict[str, str], answer_id: str, scope: str) -> Reply:
    """Take in the form."""
    found = _own(request, answer_id)
    if found is None or scope not in noting.scopes(request.scene, *found):
        return Reply.say(GONE)
    question, given = found
    to = noting.where(request.scene, question, scope)
    title = short(tidy(fields.get("title", "")), TITLE)
    text = tidy(fields.get("words", "")).strip()[:WORDS]
    if to is None or not title or not text:
        return Reply.say("A note needs a title and the words that helped.")
    note = Note(
        id=0,
        answer_id=given.id,
        account_id=given.account_id,
        kept_by=request.account.id,
        place_id=to.id,
        message=f"note-{request.new_token()}",
        title=title,
        words=text,
        at=request.at,
        shown=False,
    )
    known = _is_part(text, given.text) and noting.is_known(request.scene, question, given, to)
    return _kept(request, noting.keep(request.scene, note, known=known), to)


def _is_part(text: str, whole: str) -> bool:
    """Whether each line of a text stands in another so."""
    said = " ".join(whole.split())
    return all(" ".join(line.split()) in said for line in text.splitlines())


def _kept(request: Request, note: Note, to: Place) -> Reply:
    who = request.unit.directory.met(note.account_id)
    name = "them" if who is None else who.name
    label = "Take it back" if note.shown else "Never mind"
    mine = request.account.person_id
    button = request.scene.button(label, mine, "note-back", note.id)
    if note.shown:
        said = f"Kept, with {name}’s name and yours, for {noting.audience_of(request.scene, to)}. "
        return Reply.say(said, "It can be found with: links", buttons=(button,))
    said = f"Thank you. They are {name}’s words, so I ask {name} first; then it can be found."
    return Reply.say(said, buttons=(button,))


def agree(request: Request, note_id: str) -> Reply:
    """The helper agrees to a note in their words."""
    note = request.unit.notes.find(int(note_id))
    if note is None or note.account_id not in request.account_ids:
        return Reply.say("That note is gone.")
    if not note.shown:
        noting.publish(request.scene, note)
    button = request.scene.button("Take it back", request.account.person_id, "note-back", note.id)
    return Reply.say("Thank you: now others find it, too.", buttons=(button,))


def back(request: Request, note_id: str) -> Reply:
    """The helper, or whoever kept it, takes a note back."""
    note = request.unit.notes.find(int(note_id))
    mine = request.account_ids
    if note is None or not {note.account_id, note.kept_by}.intersection(mine):
        return Reply.say("That note is gone.")
    noting.withdraw(request.unit, request.limits, note)
    if not note.shown:
        return Reply.say("All right: it is not kept.")
    return Reply.say("Taken back: nobody finds it any more.")


def _own(request: Request, answer_id: str) -> tuple[Question, Given] | None:
    """An answer to a question of one's own."""
    given = request.unit.answers.find(int(answer_id))
    question = None if given is None else request.unit.questions.find(given.question_id)
    if given is None or question is None or question.account_id not in request.account_ids:
        return None
    return question, given
