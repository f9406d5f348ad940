"""One person, several accounts: joined by their own one-time code, proved on both."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.features import codes
from bot.replies import Reply
from bot.wording import listed

if TYPE_CHECKING:
    from bot.requests import Request

KIND = "person"
VALID = timedelta(minutes=10)


def reply(request: Request, text: str) -> Reply:
    """Answer `accounts`, `accounts code`, `accounts <code>`, `accounts apart`."""
    match text.strip().lower():
        case "":
            return Reply.say(summary(request))
        case "code":
            return _offer(request)
        case "apart":
            return _part(request)
        case _:
            return _join(request, text)


def summary(request: Request) -> str:
    """Which accounts are this person's, in one line."""
    others = [number for number in request.account_ids if number != request.account.id]
    known = [one for number in others if (one := request.unit.directory.met(number)) is not None]
    if not known:
        return "To be found as one person on another platform too, say: accounts code"
    names = []
    for one in known:
        home = request.unit.directory.community(one.ref.community)
        where = home.name if home else one.ref.community.platform.value.capitalize()
        names.append(f"{one.name} in {where}")
    return f"You are also {listed(names)}. To be two again, say: accounts apart"


def _offer(request: Request) -> Reply:
    code = codes.make(request, KIND, VALID)
    return Reply.say(
        f"With your other account say “accounts {code}”, within {VALID.seconds // 60} minutes and "
        "to me alone. From then on the two are one person to me."
    )


def _join(request: Request, text: str) -> Reply:
    offer = codes.redeem(request, KIND, text)
    if isinstance(offer, str):
        return Reply.say(offer)
    _, person_id = offer
    if person_id == request.account.person_id:
        return Reply.say("That code was made with this account. Say it with your other one.")
    request.unit.joining.join(person_id, request.account.person_id)
    return Reply.say("Done: your accounts are one person now. To be two again: accounts apart")


def _part(request: Request) -> Reply:
    if len(request.account_ids) < 2:  # noqa: PLR2004 - one account cannot be parted
        return Reply.say("This is your only account that I know of.")
    request.unit.joining.part(request.account.id)
    return Reply.say(
        "Done: this account is a person of its own. What you hid stays hidden on both."
    )
