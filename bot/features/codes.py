"""One-time codes: proof that both sides agree. Five wrong ones, and one has to wait."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.requests import Request

TRIES = 5
WITHIN = timedelta(minutes=10)
NO_CODE = (
    "That code does not work, or no longer. Codes work once and for ten minutes: get a new one."
)
TOO_MANY = "Too many codes that do not work. Try again in ten minutes."
# What a code is copied along with.
_AROUND = " \t\n\"'“”„‘’«»`"


def make(request: Request, kind: str, valid: timedelta) -> str:
    """A new code of this person and community."""
    code = request.new_token()
    request.unit.codes.make(
        digest(code), kind, request.community.id, request.account.person_id, request.at + valid
    )
    return code


def read(request: Request, kind: str, code: str) -> tuple[int, int] | str:
    """Who made a code, as (community, person), or the sentence that says why it does not work.

    It goes on working until it is spent: whoever says it in the wrong place loses nothing.
    """
    person_id = request.account.person_id
    if request.unit.codes.misses(person_id, request.at - WITHIN) >= TRIES:
        return TOO_MANY
    offer = request.unit.codes.find(digest(code), kind, request.at)
    if offer is None:
        request.unit.codes.missed(person_id, request.at)
        return NO_CODE
    return offer


def digest(code: str) -> str:
    """What is kept of a code: enough to check it."""
    return hashlib.sha256(code.strip(_AROUND).encode("utf-8", "replace")).hexdigest()
