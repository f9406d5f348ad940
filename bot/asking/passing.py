"""Passing a question on to somebody who would know: they are asked only if they agreed to be."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from bot.asking import experts
from bot.asking.model import AskState, State
from bot.wording import listed

if TYPE_CHECKING:
    from bot.asking.model import Question
    from bot.asking.scene import Scene
    from bot.model import Account

MOST_NAMES = 3


def find(scene: Scene, community_id: int, name: str) -> Account | str:
    """The one person of a community who is meant, or the sentence that says what to do."""
    wanted = name.strip().removeprefix("@").casefold()
    people = scene.unit.directory.people(community_id)
    found = [one for one in people if wanted in {one.ref.id.casefold(), one.name.casefold()}]
    if len(found) == 1:
        return found[0]
    if found:
        return f"There are {len(found)} people called {name.strip()} here; take their id instead."
    by_name = {one.name.casefold(): one.name for one in people}
    near = [by_name[one] for one in get_close_matches(wanted, by_name, n=MOST_NAMES, cutoff=0.6)]
    hint = f" Did you mean {listed(near, 'or')}?" if near else ""
    return f"I know of nobody here called {name.strip() or 'that'}.{hint}"


def on(scene: Scene, question: Question, by: Account, to: Account) -> str | None:
    """Ask `to` on behalf of `by`. None: they are asked; else why they are not."""
    asker = scene.asker(question)
    if question.state is State.CLOSED or asker is None:
        return "This question is closed by now. Thank you all the same."
    if to.person_id == asker.person_id:
        # Who asks without a name is not given away.
        return f"{to.name} is the one who asks." if question.named else ""
    if to.person_id == by.person_id:
        return "That is you: press Answer."
    theirs = set(scene.unit.directory.accounts_of(to.person_id))
    if any(ask.account_id in theirs for ask in scene.unit.asks.of(question.id)):
        return f"{to.name} has been asked already."
    return _ask(scene, question, by, to)


def _ask(scene: Scene, question: Question, by: Account, to: Account) -> str | None:
    agreed = scene.unit.manners.agreed([to.person_id], scene.at)
    if not agreed or not experts.has_room(scene, agreed[0]):
        return ""
    one = experts.when(scene, to, agreed[0])
    if one is None:
        return ""
    # Whoever asks is not told apart from others by passing on their own question.
    mine = scene.unit.directory.accounts_of(by.person_id)
    passed_by = None if question.account_id in mine else by.id
    asked = experts.ask(scene, question, one, passed_by=passed_by)
    if asked.state is AskState.UNREACHABLE:
        return ""
    _note(scene, question, by)
    return None


def _note(scene: Scene, question: Question, by: Account) -> None:
    """Whoever passes it on needs not answer any more."""
    mine = set(scene.unit.directory.accounts_of(by.person_id))
    for ask in scene.unit.asks.of(question.id):
        if ask.account_id in mine and ask.state is AskState.ASKED:
            scene.unit.asks.save(replace(ask, state=AskState.PASSED))
