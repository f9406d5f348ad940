"""Three small steps for whoever is new, on `help` and on their own page; nobody is written to.

What is already theirs is ticked; once all three are, the steps are gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.replies import Section

if TYPE_CHECKING:
    from bot.requests import Request

DONE, OPEN = "✓", "○"
LOOKED_AT = 20  # conversations
HEADING = "Three small steps to begin with:"
SHARE = "Share one thing: post a link that helped you, with a line of your own."
REPLY = "Reply to one thing that somebody said."
ANSWER = "Answer one question. To have some come to you, say: asking on"


def steps(request: Request) -> tuple[Section, ...]:
    """The steps with ticks; nothing for whoever took all of them."""
    unit, mine = request.unit, request.account_ids
    if not mine:
        return ()
    taken = (
        (SHARE, bool(unit.evidence.newest_by(mine, request.own, 1))),
        (REPLY, unit.own_data.has_replied(mine) or bool(_answered(request, 1))),
        (ANSWER, bool(unit.answers.by(mine)) or _answered_a_question(request)),
    )
    if all(is_done for _, is_done in taken):
        return ()
    lines = tuple((f"{DONE if is_done else OPEN} {step}",) for step, is_done in taken)
    return (Section((HEADING,), lines),)


def _answered(request: Request, most: int) -> list[int]:
    """The newest conversations that somebody else began and this person answered in."""
    return request.unit.evidence.answered_by(request.account_ids, request.own, most)


def _answered_a_question(request: Request) -> bool:
    """Whether one of these began with a question."""
    numbers = _answered(request, LOOKED_AT)
    said = request.unit.evidence.said(numbers, None, request.own) if numbers else []
    first: dict[int, str] = {}
    for one in said:  # in order of time
        first.setdefault(one.conversation_id, one.text)
    return any("?" in text for text in first.values())
