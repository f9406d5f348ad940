"""One person, several accounts: joined by their own one-time code, proved on both."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.features import codes
from bot.replies import Reply
from bot.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    names = _names(request, others)
    if not names:
        return "To be found as one person on another platform too, say: accounts code"
    return f"You are also {listed(names)}. To be two again, say: accounts apart"


def _names(request: Request, account_ids: Iterable[int]) -> list[str]:
    """Some accounts by name and community, as far as they are there."""
    known = (request.unit.directory.met(number) for number in account_ids)
    names = []
    for one in known:
        if one is not None:
            home = request.unit.directory.community(one.ref.community)
            where = home.name if home else one.ref.community.platform.value.capitalize()
            names.append(f"{one.name} in {where}")
    return names


def _offer(request: Request) -> Reply:
    code = codes.make(request, KIND, VALID)
    return Reply.say(
        f"With your other account say “accounts {code}” to me alone, within {VALID.seconds // 60} "
        "minutes, and press the button there. From then on the two are one person to me. Give the "
        "code to nobody else: whoever joins you sees what you may see."
    )


def _join(request: Request, text: str) -> Reply:
    """Name who made the code: somebody who was talked into saying it sees whose it is."""
    offer = codes.read(request, KIND, text)
    if isinstance(offer, str):
        return Reply.say(offer)
    _, person_id = offer
    if person_id == request.account.person_id:
        return Reply.say("That code was made with this account. Say it with your other one.")
    theirs = _names(request, request.unit.directory.accounts_of(person_id))
    button = request.button("Yes, that is me too", "join-accounts", codes.digest(text))
    return Reply.say(
        f"That code was made by {listed(theirs)}. Is that you? Then press the button; each "
        "account will see what the other may see. If it is somebody else, leave it.",
        buttons=(button,),
    )


def joined(request: Request, code_hash: str) -> Reply:
    """The button "Yes, that is me too": the two are one person, if the code still holds."""
    offer = request.unit.codes.find(code_hash, KIND, request.at)
    if offer is None or offer[1] == request.account.person_id:
        return Reply.say(codes.NO_CODE)
    request.unit.codes.spend(code_hash)
    request.unit.joining.join(offer[1], request.account.person_id)
    return Reply.say("Done: your accounts are one person now. To be two again: accounts apart")


def _part(request: Request) -> Reply:
    if len(request.account_ids) < 2:  # noqa: PLR2004 - one account cannot be parted
        return Reply.say("This is your only account that I know of.")
    request.unit.joining.part(request.account.id)
    return Reply.say(
        "Done: this account is a person of its own. What you hid stays hidden on both."
    )
