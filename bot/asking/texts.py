"""What asking says to people: pure functions from what is known to replies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.asking.model import State
from bot.replies import Line, Link, Quote, Reply, Section, Source, Strong
from bot.wording import day, listed, month, place, short

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.asking.model import Given, Question, Thanks
    from bot.model import Account, Community, Place, Share
    from bot.replies import Button

WHOLE = 1_500  # characters of a question or an answer that are shown
TO_QUOTE = 60  # of a question that is only mentioned
CLOSED = "This question is closed. Thank you all the same."
STOPPED = "An admin has taken this question back."
UNSAID = "What stood here was taken back."
TAKEN_DOWN = "An admin has taken this question down here."


def whole(text: str) -> Quote:
    """Somebody's words, all of them unless there are very many."""
    return Quote(short(text, WHOLE))


def mention(question: Question) -> Quote:
    """A question, as it is mentioned."""
    return Quote(short(question.text, TO_QUOTE))


def asker_name(asker: Account, question: Question, home: Community) -> str:
    """Who asks, as they chose to be seen."""
    return asker.name if question.named else f"Somebody in {home.name}"


def gone(*, private: bool = True) -> Reply:
    """A question whose asker is forgotten."""
    return Reply.say("Whoever asked this has taken it back.", private=private)


# ── To those who are asked ───────────────────────────────────────────────────────────────────


def ask(
    name: str, where: str, question: Question, passed_by: str | None, buttons: tuple[Button, ...]
) -> Reply:
    """The question to one person."""
    heading: Line = (Strong(name), f" asks{where}:")
    via = f"{passed_by} thought of you. " if passed_by else ""
    lines: tuple[Line, ...] = (
        (whole(question.text),),
        (f"{via}You said that you may be asked. Reply to this message, or press a button.",),
    )
    return Reply((Section(heading, lines, buttons),))


def ask_over(name: str, question: Question, answerers: Sequence[str]) -> Reply:
    """The question to one person, after others have answered or it was closed."""
    by = f"Answered by {listed(answerers)}. " if answerers else ""
    if question.stopped:
        return Reply.say(STOPPED)
    if question.state is State.CLOSED:
        tail = f"{by}{CLOSED}"
    else:
        tail = f"{by}If you know more, say it: reply to this message."
    return Reply((Section((Strong(name), " asked:"), ((whole(question.text),), (tail,))),))


# ── In places ────────────────────────────────────────────────────────────────────────────────


def post(
    name: str,
    question: Question,
    likely: Sequence[str],
    answers: Sequence[tuple[str, Given, Source | None]],
    now: datetime,
    buttons: tuple[Button, ...],
) -> Reply:
    """The question as it stands in a place; `answers`: who answered, and the way there."""
    lines: list[Line] = [(whole(question.text),)]
    if likely and not answers:
        lines.append((f"{listed(likely)} may know.",))
    for who, given, source in answers:
        tail: Line = (" ", source) if source else ()
        lines.append((f"Answered by {who}, {day(given.at, now)}", *tail))
    lines.append(("Reply in the thread, or press Answer; it reaches whoever asks.",))
    return Reply((Section((Strong(name), " asks:"), tuple(lines), buttons),), private=False)


def post_over(
    name: str, question: Question, why: str, answers: Sequence[tuple[str, Given, Source | None]]
) -> Reply:
    """The question as it stands in a place when it is over."""
    if why != CLOSED:
        return Reply.say(why, private=False)
    lines: list[Line] = [(whole(question.text),)]
    if answers:
        lines.append((f"Answered by {listed(list(dict.fromkeys(w for w, _, _ in answers)))}.",))
    lines.append((why,))
    return Reply((Section((Strong(name), " asked:"), tuple(lines)),), private=False)


# ── To whoever asked ─────────────────────────────────────────────────────────────────────────


def answer(
    who: str, where: str, question: Question, given: Given, source: Source | None
) -> list[Line]:
    """An answer: who, where, to what, and the words."""
    tail: Line = (" ", source) if source else ()
    return [
        (Strong(who), f" answered{where}: ", mention(question), *tail),
        (whole(given.text),),
    ]


def taken_back(question: Question | None, *, private: bool) -> Reply:
    """An answer that is there no more; nor is the question, if that is None."""
    if question is None:
        return Reply.say("An answer that stood here was taken back.", private=private)
    return Reply.say("The answer to ", mention(question), " was taken back.", private=private)


def out_of_reach(question: Question) -> Reply:
    """An answer that reads otherwise by now, where its asker may not read."""
    return Reply.say("The answer to ", mention(question), " has changed, where you can’t read it.")


def reminder(question: Question, answerers: Sequence[str], now: datetime) -> list[Line]:
    """Whether one of the answers helped."""
    return [
        (f"On {day(question.asked_at, now)} you asked ", mention(question), "."),
        (f"{listed(answerers)} answered. Did it help?",),
    ]


def nobody(question: Question) -> Line:
    """Nobody has answered so far."""
    return (
        "Nobody has answered ",
        mention(question),
        " so far. It stays open: when something turns up that fits, you hear of it.",
    )


def waits(name: str, question: Question) -> Line:
    """Said where a question stands, when its asker takes no direct messages."""
    return (
        f"{name}, an answer to ",
        mention(question),
        " is here for you; I cannot send it to you directly.",
    )


def unposted(question: Question, where: str) -> Line:
    """A place in which a question could not be posted."""
    return (f"I could not post in {where}, so ", mention(question), " goes on without it.")


def found(question: Question, now: datetime, what: Line) -> list[Line]:
    """Something turned up that may answer a question."""
    return [(f"On {day(question.asked_at, now)} you asked ", mention(question), "."), what]


def found_share(name: str, share: Share, what: Link | Quote, now: datetime) -> Line:
    """A link that turned up."""
    where = f" in {place(share.place_name, share.elsewhere)}, {day(share.at, now)} "
    source = Source(share.place, share.message, share.permalink)
    return (Strong(name), " shared ", what, where, source)


# ── Thanks ───────────────────────────────────────────────────────────────────────────────────


def thanks(said: Thanks, by: str, question: Question | None, what: str) -> Line:
    """One thanks but for a link: who says it and for what; `what` names a place."""
    match said.kind:
        case "passing" if question is not None:
            return (f"{by} says thank you for passing on ", mention(question), ".")
        case _ if question is not None:
            return (f"{by} says thank you for your answer to ", mention(question), ".")
        case _:
            return (f"What you wrote {what} helped {by}, who says thank you.",)


def link_thanks(link: Line, by: str, question: Quote | str | None) -> Line:
    """One thanks for a link: `Your February link Rye bread answered “…”. ana says thank you`."""
    if question is None:
        return (*link, f" helped {by}, who says thank you.")
    return (*link, " answered ", question, f". {by} says thank you.")


def your_link(share: Share | None, what: Link | Quote | None, where: str, now: datetime) -> Line:
    """Somebody's own link: when it was shared and what it is called, else where."""
    if share is None or what is None:
        return (f"Your link{where}",)
    if share.at.year == now.year:
        return (f"Your {month(share.at)} link ", what)
    return (f"Your link of {month(share.at)} {share.at.year}, ", what, ",")


def in_place(where: Place | None, home: Community, here: Community) -> str:
    """` in #infra`, ` in #infra of Upstream`, or nothing."""
    if where is None:
        return "" if home.id == here.id else f" in {home.name}"
    return f" in {place(where.name, None if home.id == here.id else home.name)}"
