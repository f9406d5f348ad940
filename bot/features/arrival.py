"""What Grapevine says when it comes to a place: once, what it does there, and how to refuse it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.events import Visibility
from bot.features import places
from bot.features.capture import listens
from bot.replies import Reply, Section
from bot.wording import number
from bot.wording import place as called

if TYPE_CHECKING:
    from bot.asking.scene import Scene
    from bot.events import PlaceRef
    from bot.model import Place
    from bot.requests import Request

OPEN = (
    "Hello, I am Grapevine. I keep what is said in {name} so that people can be found by what they "
    "know; ask me who knows about something, or say ask and a question."
)
OPEN_BUT_OFF = (
    "Hello, I am Grapevine. I keep nothing of what is said in {name}: it was switched off. An "
    "admin can change that with: grapevine here on. Ask me all the same who knows about something."
)
HOW_TO_REFUSE = (
    "An admin can switch me off here with: grapevine here off. Whoever does not want to be found "
    "presses the button; grapevine privacy says what is kept."
)
PRIVATE = (
    "Hello, I am Grapevine. I keep nothing of what is said in {name}, as it is private. If you "
    "want people here, and only them, to find it again, press the button."
)
PRIVATE_BUT_ON = (
    "Hello, I am Grapevine. Somebody here switched me on: I keep what is said in {name}, and only "
    "those who are in it can find it again. To change that, say: grapevine here off"
)
EVERYWHERE = (
    "Hello, I am Grapevine. I keep what is said in the places that everybody here can read, so "
    "that people can be found by what they know; ask me who knows about something, or say ask and "
    "a question."
)
HOW_TO_CHOOSE = (
    "Admins choose below where I listen; in private places I keep nothing until somebody there "
    "says: grapevine here on. Whoever does not want to be found takes themselves off."
)


def reply(scene: Scene, place: PlaceRef) -> Reply | None:
    """The note for a place; None where there is nothing to say, as in direct messages."""
    where = scene.unit.directory.place(place)
    if where is None or where.visibility is Visibility.DIRECT:
        return None
    name = called(where.name)
    match where.visibility is Visibility.PRIVATE, listens(where):
        case True, False:
            button = scene.button("Keep what is said here", None, "listen-here", where.id)
            return Reply.say(PRIVATE.format(name=name), buttons=(button,), private=False)
        case True, True:
            return Reply.say(PRIVATE_BUT_ON.format(name=name), private=False)
        case _, False:
            return Reply.say(OPEN_BUT_OFF.format(name=name), private=False)
    button = scene.button("Take me off all lists", None, "unlist-me")
    lines = ((HOW_TO_REFUSE,),)
    return Reply((Section((OPEN.format(name=name),), lines, (button,)),), private=False)


def listen_here(request: Request, place_id: str) -> Reply:
    """The button "Keep what is said here": whoever is in the place may press it."""
    if request.place is None or str(request.place.id) != place_id:
        return Reply.say("Press it in the place that is meant.")
    return places.here(request, "on")


# ── To a whole community ─────────────────────────────────────────────────────────────────────────


def everywhere(scene: Scene, place: PlaceRef) -> Reply | None:
    """The note for a whole community, which stands in a place that its admins read."""
    if scene.unit.directory.place(place) is None:
        return None
    buttons = (
        scene.button("All of them", None, "listen-all"),
        scene.button("Choose", None, "choose-places"),
        scene.button("Not yet", None, "listen-nowhere"),
        scene.button("Take me off all lists", None, "unlist-me"),
    )
    return Reply((Section((EVERYWHERE,), ((HOW_TO_CHOOSE,),), buttons),), private=False)


def listen_all(request: Request) -> Reply:
    """The button "All of them": listen wherever everybody reads along."""
    if not request.is_admin:
        return Reply.say(places.ADMINS_ONLY)
    there = _switch_all(request, on=True)
    return Reply.say(f"I listen in {number(len(there), 'place')} that everybody here can read.")


def listen_nowhere(request: Request) -> Reply:
    """The button "Not yet": listen nowhere, and offer to delete what was kept so far."""
    if not request.is_admin:
        return Reply.say(places.ADMINS_ONLY)
    _switch_all(request, on=False)
    button = request.button("Delete what I kept", "empty-places", danger=True)
    return Reply.say(
        "I keep nothing more of what is said in the places there are. In one that is opened later "
        "I do; say there: grapevine here off",
        buttons=(button,),
    )


def choose(request: Request, place_id: str = "", state: str = "") -> Reply:
    """The button "Choose", and each of its places, which are switched on and off with a press."""
    if not request.is_admin:
        return Reply.say(places.ADMINS_ONLY)
    for spot in places.open_places(request):
        if str(spot.id) == place_id:
            request.unit.directory.set_captured(spot.id, captured=state == "on")
    sections = [Section(("Press a place to switch me on or off there.",))]
    for heading, is_on in (("I listen in:", True), ("I do not listen in:", False)):
        some = [one for one in places.open_places(request) if one.captured is is_on]
        other = "off" if is_on else "on"
        buttons = [request.button(called(p.name), "choose-places", str(p.id), other) for p in some]
        if buttons:
            sections.append(Section((heading,), buttons=tuple(buttons)))
    return Reply(tuple(sections))


def _switch_all(request: Request, *, on: bool) -> list[Place]:
    there = places.open_places(request)
    for spot in there:
        request.unit.directory.set_captured(spot.id, captured=on)
    return there
