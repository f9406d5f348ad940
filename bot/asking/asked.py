"""How a question reads: to one person who is asked, and in a place. See `composing.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.asking import experts, texts
from bot.asking.model import AskState, Kind, State
from bot.asking.scene import number
from bot.features import who_knows
from bot.features.who_knows import Asked
from bot.model import Audience
from bot.replies import Source

if TYPE_CHECKING:
    from bot.asking.model import Ask, Given, Post, Question
    from bot.asking.scene import Scene
    from bot.model import Account, Community, Place
    from bot.queues import Delivery
    from bot.replies import Button, Reply

LIKELY = 3  # people named in a post


def ask(scene: Scene, delivery: Delivery) -> Reply | None:
    """The question to one person, or how it stands now."""
    ask = scene.unit.asks.find(number(delivery, "ask"))
    question = None if ask is None else scene.unit.questions.find(ask.question_id)
    asker = None if question is None else scene.asker(question)
    is_edit = "edits" in delivery.payload
    if ask is None or question is None:
        return texts.gone() if is_edit else None
    if asker is None or ask.state is not AskState.ASKED:
        return None
    name = texts.asker_name(asker, question, scene.home(question))
    if is_edit and question.state is not State.OPEN:
        return texts.ask_over(name, question, answerers(scene, question))
    who = _addressee(scene, ask, question, delivery)
    if who is None or question.state is not State.OPEN:
        return None
    # What stands there already may say again how it is.
    if not is_edit and not _still_agrees(scene, who):
        return None
    passed_by = None if ask.passed_by is None else scene.someone(ask.passed_by, question)
    here = home_of(scene, who) or scene.home(question)
    where = texts.in_place(_place_of(scene, question, who), scene.home(question), here)
    via = None if passed_by is None else passed_by.name
    return texts.ask(name, where, question, via, _ask_buttons(scene, ask, who))


def _addressee(scene: Scene, ask: Ask, question: Question, delivery: Delivery) -> Account | None:
    """Who is asked, while they are in the community where that was to be, and it may know."""
    here = scene.unit.directory.community(delivery.destination.community)
    if here is None or not scene.reaches(question, here.id):
        return None
    return scene.unit.directory.met(ask.account_id, here.id)


def home_of(scene: Scene, who: Account) -> Community | None:
    """The community in which an account is met."""
    return scene.unit.directory.community(who.ref.community)


def _place_of(scene: Scene, question: Question, viewer: Account) -> Place | None:
    """Where it was asked, if somebody may know of that place."""
    if question.private or question.place_id is None or not question.named:
        return None
    where = scene.unit.directory.place_by_id(question.place_id)
    mine = scene.unit.directory.accounts_of(viewer.person_id)
    audience = Audience(scene.at, question.community_id, mine)
    return where if where and scene.unit.evidence.may_see(where.id, audience) else None


def _still_agrees(scene: Scene, who: Account) -> bool:
    agreed = scene.unit.manners.agreed([who.person_id], scene.at)
    if not agreed or not scene.may_write_to(who, Kind.ASK):
        return False
    mine = scene.unit.directory.accounts_of(who.person_id)
    return scene.unit.asks.reached(mine, scene.at - experts.WEEK) < agreed[0].weekly


def _ask_buttons(scene: Scene, ask: Ask, who: Account) -> tuple[Button, ...]:
    mine = who.person_id
    return (
        scene.button("Answer", mine, "answer", ask.question_id),
        scene.button("I know who would", mine, "pass", ask.question_id),
        scene.button("Not me", mine, "decline", ask.id),
        scene.button("Not this month", mine, "pause", ask.id),
        scene.button("Stop asking me", mine, "stop-asking"),
    )


def answerers(scene: Scene, question: Question) -> list[str]:
    """Who answered, each once."""
    found = scene.unit.answers.of(question.id)
    people = (scene.someone(one.account_id, question) for one in found)
    return list(dict.fromkeys(one.name for one in people if one is not None))


# ── Posts ────────────────────────────────────────────────────────────────────────────────────


def post(scene: Scene, delivery: Delivery) -> Reply | None:
    """The question as it stands in a place."""
    post = scene.unit.asks.find_post(number(delivery, "post"))
    question = None if post is None else scene.unit.questions.find(post.question_id)
    where = None if post is None else scene.unit.directory.place_by_id(post.place_id)
    if post is None or question is None or where is None:
        return texts.gone(private=False) if "edits" in delivery.payload else None
    asker = scene.asker(question)
    name = "Somebody" if asker is None else _name_in(scene, question, asker, where)
    answers = _answers(scene, question, where)
    over = _why_over(scene, question, post, where)
    if over is not None:
        is_edit = "edits" in delivery.payload
        return texts.post_over(name, question, over, answers) if is_edit else None
    if "edits" not in delivery.payload and asker and not scene.may_follow(asker, where):
        return None
    likely = [] if answers else _likely(scene, question, where)
    buttons = _post_buttons(scene, question)
    return texts.post(name, question, likely, answers, scene.at, buttons)


def _name_in(scene: Scene, question: Question, asker: Account, where: Place) -> str:
    home = scene.home(question)
    name = texts.asker_name(asker, question, home)
    is_away = where.community_id != home.id and question.named
    return f"{name} from {home.name}" if is_away else name


def stands(scene: Scene, question: Question, post: Post, where: Place) -> bool:
    """Whether a question may stand in a place, and be answered from there."""
    if post.withdrawn:
        return False
    is_home = where.community_id == question.community_id
    return is_home or (
        scene.reaches(question, where.community_id) and scene.unit.network.is_receiving(where.id)
    )


def _why_over(scene: Scene, question: Question, post: Post, where: Place) -> str | None:
    """Why a post asks nothing any more, if it does not."""
    if question.stopped:
        return texts.STOPPED
    if not stands(scene, question, post, where):
        return texts.TAKEN_DOWN
    is_gone = question.state is State.CLOSED or scene.asker(question) is None
    return texts.CLOSED if is_gone else None


def _answers(
    scene: Scene, question: Question, where: Place
) -> list[tuple[str, Given, Source | None]]:
    """Who answered, each once, with the way to it for those who read in a place."""
    found: dict[str, tuple[str, Given, Source | None]] = {}
    for given in scene.unit.answers.of(question.id):
        who = scene.someone(given.account_id, question)
        if who is not None:
            source = source_of(scene, given) if given.place_id == where.id else None
            if source is not None or who.name not in found:
                found[who.name] = (who.name, given, source)
    return list(found.values())


def source_of(scene: Scene, given: Given) -> Source | None:
    """The way to an answer, where it is a message."""
    where = None if given.place_id is None else scene.unit.directory.place_by_id(given.place_id)
    if where is None or given.message is None:
        return None
    return Source(where.ref, given.message, given.permalink)


def _likely(scene: Scene, question: Question, where: Place) -> list[str]:
    """Who may know, from what everybody who reads there may see; their names notify nobody."""
    asker = scene.asker(question)
    mine = () if asker is None else scene.unit.directory.accounts_of(asker.person_id)
    home = scene.unit.directory.community_by_id(where.community_id)
    if home is None:
        return []
    asked = Asked(
        text=question.text,
        audience=Audience(scene.at, where.community_id, place_id=where.id),
        at=scene.at,
        place_id=where.id,
        without=frozenset(mine),
        listing=home.listing,
        scope=home.ref.id,
    )
    _, cases = who_knows.candidates(asked, scene.unit, LIKELY)
    return [case.name for case in cases]


def _post_buttons(scene: Scene, question: Question) -> tuple[Button, ...]:
    return (
        scene.button("Answer", None, "answer", question.id),
        scene.button("I know who would", None, "pass", question.id),
        scene.button("Ask me about such things", None, "ask-me"),
    )
