"""What is kept, for how long, who sees it; taking it along; being forgotten."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from bot.asking import answering, noting, unsaying
from bot.features import bring, credit
from bot.features.capture import Capture
from bot.replies import File, Line, Reply, Section, Strong
from bot.wording import listed, number, place

if TYPE_CHECKING:
    from bot.conversations import Limits
    from bot.model import Account
    from bot.ports import Unit
    from bot.requests import Request

KINDS = {
    "messages": ("message", "messages"),
    "links": ("link", "links"),
    "claims": ("topic you say you know", "topics you say you know"),
    "reactions": ("reaction", "reactions"),
    "questions": ("question", "questions"),
    "answers": ("answer", "answers"),
}
_SEE = (
    "A message can be found by those who could have read it where it was said, and by nobody else. "
    "Direct messages are never kept. Private places only when someone in them switches me on, and "
    "what is said there stays there."
)
_LONG = (
    "It is kept until you delete or edit the message, until the place is switched off and emptied, "
    "or until you say forget-me; then it leaves the database, its file included. "
    "Links that carry passwords or tokens are not kept at all."
)


def reply(request: Request, text: str) -> Reply:  # noqa: ARG001 - `privacy` takes no words
    """Answer `privacy`, with this person's own counts."""
    places = [place(name) for name in request.unit.own_data.places_of(request.account_ids)]
    where = f", from {listed(places)}" if places else ""
    lines: tuple[Line, ...] = (
        (Strong("What: "), f"Of you I keep {_kept(request) or 'nothing but your name'}{where}."),
        (Strong("Who sees it: "), _SEE),
        (Strong("How long: "), _LONG),
        (
            Strong("Yours: "),
            "me shows what you are listed for, export gives you a copy, "
            "forget-me removes you everywhere.",
        ),
    )
    return Reply((Section(heading=("What I keep, in plain words",), lines=lines),))


def _kept(request: Request) -> str:
    """How much is kept of the person: `10 messages and 2 links`; empty for nothing."""
    counts = request.unit.own_data.counts(request.account_ids)
    return listed([number(counts[key], *said) for key, said in KINDS.items() if counts.get(key)])


def export(request: Request, text: str) -> Reply:  # noqa: ARG001 - `export` takes no words
    """Give somebody everything that is kept of them, as JSON."""
    everything = request.unit.own_data.everything(request.account_ids, request.account.person_id)
    content = json.dumps(everything, indent=2, ensure_ascii=False, default=_plain)
    heading: Line = ("Here is everything I keep of you.",)
    return Reply((Section(heading=heading),), file=File("grapevine-export.json", content))


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def ask_to_forget(request: Request, text: str) -> Reply:  # noqa: ARG001 - it takes no words
    """Answer `forget-me`: say what will happen, and ask once."""
    kept = _kept(request)
    what = f"you from everything I keep, with {kept}" if kept else "you from everything I keep"
    button = request.button("Forget me", "forget-me", danger=True)
    return Reply.say(
        f"This removes {what}, for good. "
        "What you wrote stays in the chat itself; I only forget it. Are you sure?",
        buttons=(button,),
    )


def forget(request: Request) -> Reply:
    """Remove the person everywhere, and keep them out from then on."""
    unsaying.forget(request.scene, request.account.person_id, request.account_ids)
    answering.forget(request.scene, request.account_ids)
    credit.forget(request.scene, request.account.person_id)
    erase(request.unit, request.account, request.account_ids, request.limits)
    return Reply.say(
        "Done. I have forgotten you, and nothing you write is kept from now on. "
        "If you ever change your mind: remember-me"
    )


def erase(unit: Unit, account: Account, account_ids: tuple[int, ...], limits: Limits) -> None:
    """Take out what somebody said, put the conversations right, then take out the person."""
    noting.take_away(unit, limits, account_ids)
    unit.flush()
    said = unit.removal.messages_of(account_ids)
    if said:
        Capture(unit, limits).remove(said)
    bring.take_away(unit, account.person_id)
    unit.removal.erase(account.person_id, account_ids)
