"""Letting what is said in one place be found in another community.

An admin of the one makes a code in the place, an admin of the other redeems it: so both sides
agree, place by place. A code works once, for seven days; `link end` in the place ends it.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.events import Visibility
from bot.features.places import ADMINS_ONLY
from bot.replies import Reply
from bot.wording import listed, place

if TYPE_CHECKING:
    from bot.requests import Request

VALID = timedelta(days=7)
# What a code is copied along with.
_AROUND = " \t\n\"'“”„‘’«»`"


def reply(request: Request, text: str) -> Reply:
    """Answer `link`, `link here`, `link <code>`, `link end`."""
    if not request.is_admin:
        return Reply.say(ADMINS_ONLY)
    match text.strip().lower():
        case "":
            return _state(request)
        case "here":
            return _offer(request)
        case "end":
            return _end(request)
        case _:
            return _accept(request, text)


def _state(request: Request) -> Reply:
    out, back = request.unit.grants.of(request.community.id)
    if not out and not back:
        return Reply.say(
            "Nothing is shared with another community. In the place to share, say: link here"
        )
    said = [f"{place(name)} can be found in {other}" for name, other in out]
    said += [f"{place(name)} of {other} can be found here" for name, other in back]
    return Reply.say(f"{listed(said)}.")


def _offer(request: Request) -> Reply:
    spot = request.place
    if spot is None or spot.visibility is not Visibility.PUBLIC:
        return Reply.say("Only a place that is open to all of this community can be shared.")
    code = request.new_token()
    request.unit.grants.offer(spot.id, digest(code), request.account.person_id, request.at)
    return Reply.say(
        f"Once an admin of another community says “link {code}” there, what is said in "
        f"{place(spot.name)} can be found there too. It works once, within {VALID.days} days; "
        "link end, said here, takes it back."
    )


def _accept(request: Request, code: str) -> Reply:
    name = request.unit.grants.accept(
        digest(code),
        request.community.id,
        request.account.person_id,
        request.at,
        request.at - VALID,
    )
    if name is None:
        return Reply.say(
            "That code does not work, or no longer. An admin of the other community gets a new one "
            "with: link here"
        )
    return Reply.say(f"Agreed: what is said in {place(name)} can now be found here too.")


def _end(request: Request) -> Reply:
    spot = request.place
    count = 0
    if spot is not None:
        count = request.unit.grants.end(spot.id)
    if not count:
        return Reply.say("This place is not shared with another community.")
    return Reply.say("Ended: what is said here can be found in this community alone.")


def digest(code: str) -> str:
    """What is kept of a code: enough to check it."""
    return hashlib.sha256(code.strip(_AROUND).encode("utf-8", "replace")).hexdigest()
