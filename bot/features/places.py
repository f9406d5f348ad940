"""Where Grapevine listens, and how people come to be listed: what admins and members decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.events import Visibility
from bot.features.capture import Capture
from bot.model import Listing
from bot.replies import Reply
from bot.wording import place

if TYPE_CHECKING:
    from bot.model import Place
    from bot.requests import Request

ADMINS_ONLY = "Only an admin of this community can change that."
NOT_HERE = "Say this in the place you mean; here it is just the two of us."
LISTED = {
    Listing.OPEN: "for what they answered and shared",
    Listing.CONFIRMED: "only for what they say they know",
}


def here(request: Request, text: str) -> Reply:
    """Answer `here`, `here on`, `here off`."""
    spot = request.place
    if spot is None or spot.visibility is Visibility.DIRECT:
        return Reply.say(NOT_HERE)
    match text.strip().lower():
        case "on":
            return _switch(request, spot, on=True)
        case "off":
            return _switch(request, spot, on=False)
        case "":
            return Reply.say(_state(spot))
        case _:
            return Reply.say("Say here on, here off, or just here to see how it is.")


def _state(spot: Place) -> str:
    name = place(spot.name)
    if not spot.captured:
        return f"I keep nothing of what is said in {name}. Switch me on with: here on"
    if spot.visibility is Visibility.PRIVATE:
        return f"I keep what is said in {name}, and show it only to those who are in it."
    return f"I keep what is said in {name}, so that people can be found by it."


def may_switch(request: Request, spot: Place) -> bool:
    """In a private place whoever is in it decides, and says so there; in a public one an admin."""
    if spot.visibility is Visibility.PUBLIC:
        return request.is_admin
    return request.place is not None and request.place.id == spot.id


def who_may(spot: Place) -> str:
    """Who decides about a place, for whoever may not."""
    if spot.visibility is Visibility.PUBLIC:
        return ADMINS_ONLY
    return "Only somebody who is in that place can change that, and there."


def _switch(request: Request, spot: Place, *, on: bool) -> Reply:
    if not may_switch(request, spot):
        return Reply.say(who_may(spot))
    request.unit.directory.set_captured(spot.id, captured=on)
    name = place(spot.name)
    if on and spot.visibility is Visibility.PRIVATE:
        return Reply.say(
            f"From now on I keep what is said in {name}. It stays here: only those who are in "
            f"{name} can find it.",
            private=False,
        )
    if on:
        return Reply.say(f"From now on I keep what is said in {name}.", private=False)
    button = request.button("Delete what I kept here", "empty-place", str(spot.id), danger=True)
    return Reply.say(
        f"I keep nothing more of what is said in {name}.", buttons=(button,), private=True
    )


def empty(request: Request, place_id: str) -> Reply:
    """Delete everything kept of a place."""
    spot = next(
        (
            one
            for one in request.unit.directory.places(request.community.id)
            if str(one.id) == place_id
        ),
        None,
    )
    if spot is None:
        return Reply.say("That place is gone, and with it all that I kept of it.")
    if not may_switch(request, spot):
        return Reply.say(who_may(spot))
    said = request.unit.removal.messages_in(spot.id)
    if said:
        Capture(request.unit, request.limits).remove(said)
    return Reply.say(f"Done: nothing of {place(spot.name)} is left with me.")


def open_places(request: Request) -> list[Place]:
    """The places that everybody in the community can read, by name."""
    every = request.unit.directory.places(request.community.id)
    return [one for one in every if one.visibility is Visibility.PUBLIC and not one.archived]


def empty_all(request: Request) -> Reply:
    """Delete everything kept of the open places that are switched off."""
    if not request.is_admin:
        return Reply.say(ADMINS_ONLY)
    for spot in open_places(request):
        said = [] if spot.captured else request.unit.removal.messages_in(spot.id)
        if said:
            Capture(request.unit, request.limits).remove(said)
    return Reply.say("Done: nothing of these places is left with me.")


def listing(request: Request, text: str) -> Reply:
    """Answer `listing open` and `listing confirmed`."""
    choice = text.strip().lower()
    if choice not in set(Listing):
        now = request.community.listing
        other = next(one for one in Listing if one is not now)
        who = "To change that" if request.is_admin else "An admin can change that with"
        return Reply.say(f"People are listed {LISTED[now]}. {who}: listing {other}")
    if not request.is_admin:
        return Reply.say(ADMINS_ONLY)
    request.unit.directory.set_listing(request.community.id, Listing(choice))
    return Reply.say(f"From now on people are listed {LISTED[Listing(choice)]}.")
