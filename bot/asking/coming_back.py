"""What comes back to people: answers, reminders, findings, thanks. See `composing.py`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bot.asking import asked, texts
from bot.asking.model import Kind, State
from bot.asking.scene import number
from bot.features import receipts
from bot.model import Audience
from bot.replies import Reply, Section, Strong
from bot.text import words
from bot.wording import place as called

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.asking.model import Given, Question, Thanks
    from bot.asking.scene import Scene
    from bot.model import Account, Share
    from bot.queues import Delivery
    from bot.replies import Line, Quote

NO_MORE = "No more of these"


def answer(scene: Scene, delivery: Delivery) -> Reply | None:
    """An answer, for whoever asked."""
    question = scene.unit.questions.find(number(delivery, "question"))
    given = scene.unit.answers.find(number(delivery, "answer"))
    is_direct = delivery.destination.account is not None
    # What must not come any more is not left standing in the words that it had before.
    is_edit = "edits" in delivery.payload
    gone = texts.taken_back(question, private=is_direct) if is_edit else None
    if question is None or given is None:
        return gone
    asker, who = scene.asker(question), scene.someone(given.account_id, question)
    if who is None:
        return gone
    if asker is None and not is_edit:
        return None
    if is_direct and not (asker and _may_come(scene, given, asker)):
        return texts.out_of_reach(question) if is_edit else None
    owner = asker.person_id if asker and is_direct else None
    buttons = (
        scene.button("That helped", owner, "helped", given.id),
        scene.button("Close the question", owner, "close", question.id),
    )
    heading, *lines = texts.answer(
        who.name,
        _where(scene, question, given, who),
        question,
        given,
        asked.source_of(scene, given),
    )
    section = Section(heading, tuple(lines), buttons)
    return Reply((section,), private=is_direct)


def _may_come(scene: Scene, given: Given, asker: Account) -> bool:
    """Whether an answer may leave the place it was given in, if that is a private one."""
    where = None if given.place_id is None else scene.unit.directory.place_by_id(given.place_id)
    return where is None or scene.may_follow(asker, where)


def _where(scene: Scene, question: Question, given: Given, who: Account) -> str:
    where = None if given.place_id is None else scene.unit.directory.place_by_id(given.place_id)
    number = question.community_id if where is None else where.community_id
    home = scene.unit.directory.community_by_id(number) if where else asked.home_of(scene, who)
    return texts.in_place(where, home, scene.home(question)) if home else ""


def reminder(scene: Scene, delivery: Delivery) -> Reply | None:
    """Whether one of the answers helped."""
    gone = Reply.say(texts.UNSAID) if "edits" in delivery.payload else None
    question = scene.unit.questions.find(number(delivery, "question"))
    asker = None if question is None else scene.asker(question)
    if question is None or asker is None or question.state is not State.ANSWERED:
        return gone
    answers = scene.unit.answers.of(question.id)
    if not answers or any(one.helped_at for one in answers):
        return gone
    mine = asker.person_id
    buttons = (
        scene.button("Show the answers", mine, "answers", question.id),
        scene.button("Close the question", mine, "close", question.id),
        scene.button(NO_MORE, mine, "mute", Kind.REMINDER.value),
    )
    heading, *lines = texts.reminder(question, asked.answerers(scene, question), scene.at)
    return Reply((Section(heading, tuple(lines), buttons),))


def note(scene: Scene, delivery: Delivery) -> Reply | None:
    """What whoever asked should know of their question."""
    if delivery.payload["note"] == "unsaid":
        return Reply.say(texts.UNSAID, private=delivery.destination.account is not None)
    question = scene.unit.questions.find(number(delivery, "question"))
    asker = None if question is None else scene.asker(question)
    if question is None or asker is None:
        return None
    return _noted(scene, delivery, question, asker)


def _noted(scene: Scene, delivery: Delivery, question: Question, asker: Account) -> Reply | None:
    mute = scene.button(NO_MORE, asker.person_id, "mute", Kind.NOTE.value)
    match delivery.payload["note"]:
        case "waits" if scene.unit.answers.of(question.id):
            show = scene.button("Show me", asker.person_id, "answers", question.id)
            return Reply.say(*texts.waits(asker.name, question), buttons=(show,))
        case "nobody" if question.state is State.OPEN:
            close = scene.button("Close the question", asker.person_id, "close", question.id)
            return Reply.say(*texts.nobody(question), buttons=(close, mute))
        case "unposted" if question.state is not State.CLOSED:
            where = scene.unit.directory.place_by_id(number(delivery, "place"))
            name = "that place" if where is None else called(where.name)
            return Reply.say(*texts.unposted(question, name), buttons=(mute,))
        case "stopped" if question.stopped:
            return Reply.say(texts.STOPPED, " It was ", texts.mention(question), ".")
    return None


def found(scene: Scene, delivery: Delivery) -> Reply | None:
    """What turned up later and may answer a question."""
    question = scene.unit.questions.find(number(delivery, "question"))
    asker = None if question is None else scene.asker(question)
    audience = None if question is None else scene.audience(question)
    if question is None or asker is None or audience is None or question.state is State.CLOSED:
        return None
    shown = _SHOWN[str(delivery.payload["found"])](scene, question, delivery, audience)
    who = scene.someone(number(delivery, "who"), question)
    if shown is None or who is None:
        return None
    mine = asker.person_id
    offered = question.id, delivery.payload["found"], delivery.payload["key"], who.id
    buttons = (
        scene.button(f"That’s it, thank {who.name}", mine, "found-it", *offered),
        scene.button("Not it", mine, "not-it"),
        scene.button("Close the question", mine, "close", question.id),
        scene.button(NO_MORE, mine, "mute", Kind.FOUND.value),
    )
    heading, *lines = texts.found(question, scene.at, shown)
    return Reply((Section(heading, tuple(lines), buttons),))


def _nameable(scene: Scene, account_id: int) -> bool:
    return bool(scene.unit.people.nameable([account_id]))


def _shown_share(
    scene: Scene, question: Question, delivery: Delivery, audience: Audience
) -> Line | None:
    shares: list[Share] = scene.unit.evidence.shares([number(delivery, "key")], audience)
    who = scene.someone(number(delivery, "who"), question)
    if not shares or who is None or not _nameable(scene, who.id):
        return None
    return texts.found_share(who.name, shares[0], receipts.linked(shares[0]), scene.at)


def _shown_conversation(
    scene: Scene, question: Question, delivery: Delivery, audience: Audience
) -> Line | None:
    who = scene.someone(number(delivery, "who"), question)
    if who is None or not _nameable(scene, who.id):
        return None
    said = scene.unit.evidence.said([number(delivery, "key")], [who.id], audience)
    for best in receipts.telling(said, words.terms(question.text)).values():
        return (Strong(who.name), " ", *receipts.answered(best, scene.at).line)
    return None


def _shown_claim(
    scene: Scene, question: Question, delivery: Delivery, audience: Audience
) -> Line | None:
    who = scene.someone(number(delivery, "who"), question)
    if who is None or not _nameable(scene, who.id):
        return None
    claims = scene.unit.evidence.claims(words.terms(question.text), audience)
    found = next((one for one, _ in claims if one.id == number(delivery, "key")), None)
    return None if found is None else (Strong(who.name), " ", *receipts.claimed(found).line)


_SHOWN: dict[str, Callable[[Scene, Question, Delivery, Audience], Line | None]] = {
    "share": _shown_share,
    "conversation": _shown_conversation,
    "claim": _shown_claim,
}


# ── Thanks ───────────────────────────────────────────────────────────────────────────────────


def thanks(scene: Scene, delivery: Delivery) -> Reply | None:
    """The thanks of a day; as an edit those of them that are left."""
    who = scene.unit.directory.met(number(delivery, "account"))
    told_at = delivery.payload.get("told")
    gone = None if told_at is None else Reply.say(texts.UNSAID)
    if who is None or (told_at is None and not scene.may_write_to(who, Kind.THANKS)):
        return gone
    if told_at is None:
        lines = thanks_lines(scene, who, delivery)
    else:
        mine = scene.unit.directory.accounts_of(who.person_id)
        told = scene.unit.answers.told(mine, datetime.fromisoformat(str(told_at)))
        lines = _lines_for(scene, who, told)
    if not lines:
        return gone
    mute = scene.button(NO_MORE, who.person_id, "mute", Kind.THANKS.value)
    return Reply((Section(("What you shared was of use:",), tuple(lines), (mute,)),))


def thanks_lines(scene: Scene, who: Account, delivery: Delivery | None = None) -> list[Line]:
    """What somebody has not heard yet that they are thanked for."""
    mine = scene.unit.directory.accounts_of(who.person_id)
    until = scene.at if delivery is None else delivery.due_at
    return _lines_for(scene, who, scene.unit.answers.untold(mine, until))


def _lines_for(scene: Scene, who: Account, thanked: Iterable[Thanks]) -> list[Line]:
    lines: list[Line] = []
    for said in thanked:
        by = scene.unit.directory.met(said.given_by)
        question = None if said.question_id is None else scene.unit.questions.find(said.question_id)
        if by is not None:
            name = by.name if question is None else _thanker(scene, question, by)
            lines.append(_thanks_line(scene, who, said, name, question))
    return lines


def _thanks_line(
    scene: Scene, who: Account, said: Thanks, by: str, question: Question | None
) -> Line:
    where = _what(scene, said)
    if said.kind != "link":
        return texts.thanks(said, by, question, where)
    audience = _own_audience(scene, who)
    share = _share(scene, said, audience)
    what = None if share is None else receipts.linked(share)
    link = texts.your_link(share, what, f" {where}" if where else "", scene.at)
    told = None if question is None else _told(scene, question, audience)
    return texts.link_thanks(link, by, told)


def _own_audience(scene: Scene, who: Account) -> Audience:
    home = scene.unit.directory.community(who.ref.community)
    mine = scene.unit.directory.accounts_of(who.person_id)
    return Audience(scene.at, None if home is None else home.id, mine)


def _share(scene: Scene, said: Thanks, audience: Audience) -> Share | None:
    """The link that is thanked for, while it is there and its sharer may see it."""
    if said.place_id is None or said.message is None:
        return None
    found = scene.unit.evidence.shares_at(said.place_id, said.message, audience)
    return found[0] if found else None


def _told(scene: Scene, question: Question, audience: Audience) -> Quote | str:
    """A question as somebody hears of it who was not asked: its words if it stands where they are.

    Else it was between its asker and others.
    """
    posts = scene.unit.asks.posts_of(question.id)
    seen = (one for one in posts if one.message is not None and not one.withdrawn)
    is_open = any(scene.unit.evidence.may_see(one.place_id, audience) for one in seen)
    return texts.mention(question) if is_open else "a question"


def _thanker(scene: Scene, question: Question, by: Account) -> str:
    # Also when they have left: who asked without a name stays without one.
    if question.account_id not in scene.unit.directory.accounts_of(by.person_id):
        return by.name
    return texts.asker_name(by, question, scene.home(question))


def _what(scene: Scene, said: Thanks) -> str:
    """What is thanked for, by the name of its place: one's own words in a place one knows."""
    where = None if said.place_id is None else scene.unit.directory.place_by_id(said.place_id)
    return "" if where is None or said.message is None else f"in {called(where.name)}"
