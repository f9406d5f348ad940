"""Agreeing with another community, and sharing with it place by place.

An admin of the one makes a one-time code, an admin of the other redeems it; that alone shares
nothing. Then the admins of each side choose place by place what the other may find, and where its
questions are posted. Either side ends it at once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.asking import asked, ladder
from bot.events import Visibility
from bot.features import codes
from bot.features.places import ADMINS_ONLY
from bot.replies import Reply
from bot.wording import listed, place

if TYPE_CHECKING:
    from bot.model import Community
    from bot.requests import Request

KIND = "community"
VALID = timedelta(minutes=10)
MOST_POSTS = 1_000
NOT_LINKED = "This community is not linked with another one yet. To begin, say: link new"
ONLY_OPEN = "Only a place that is open to all of this community can be shared."


def reply(request: Request, text: str) -> Reply:
    """Answer `link`, `link new`, `link <code>`, `link end [community]`."""
    if not request.is_admin:
        return Reply.say(ADMINS_ONLY)
    word, _, rest = text.strip().partition(" ")
    match word.lower():
        case "":
            return _state(request)
        case "new":
            return _offer(request)
        case "end":
            return _end(request, rest)
        case _:
            return _accept(request, text)


def _state(request: Request) -> Reply:
    allies = request.unit.network.allies(request.community.id)
    if not allies:
        return Reply.say(NOT_LINKED)
    said = [f"Linked with {listed([one.name for one in allies])}."]
    out, back = request.unit.network.granted(request.community.id)
    shared = [f"{place(name)} can be found in {other}" for name, other in out]
    shared += [f"{place(name)} of {other} can be found here" for name, other in back]
    if shared:
        said.append(f"{listed(shared)}.")
    receiving = [place(one.name) for one in request.unit.network.receiving(request.community.id)]
    if receiving:
        said.append(f"Their questions are posted in {listed(receiving)}.")
    if not shared and not receiving:
        said.append("Nothing is shared yet: in the place you mean, say share on or questions on.")
    return Reply.say(" ".join(said))


def _offer(request: Request) -> Reply:
    code = codes.make(request, KIND, VALID)
    return Reply.say(
        f"An admin of the other community says “link {code}” there, within "
        f"{VALID.seconds // 60} minutes; it works once. That alone shares nothing: afterwards each "
        "side chooses place by place, with share on and questions on."
    )


def _accept(request: Request, text: str) -> Reply:
    offer = codes.read(request, KIND, text)
    if isinstance(offer, str):
        return Reply.say(offer)
    community_id, person_id = offer
    if community_id == request.community.id:
        return Reply.say("That code was made here. Say it in the other community.")
    request.unit.codes.spend(codes.digest(text))
    other = request.unit.directory.community_by_id(community_id)
    theirs = request.unit.directory.accounts_of(person_id)
    # Whoever made it may be no admin any more.
    if other is None or not request.unit.people.is_admin(community_id, theirs):
        return Reply.say(codes.NO_CODE)
    mine = request.account.person_id
    here = request.community.id
    if not request.unit.network.ally(community_id, here, person_id, mine, request.at):
        return Reply.say(f"You are linked with {other.name} already. To see how: link")
    return Reply.say(
        f"Linked with {other.name}. Nothing is shared yet: in a place to share say share on, where "
        "questions from there may be posted, say questions on. To take it all back: link end"
    )


def _end(request: Request, name: str) -> Reply:
    allies = request.unit.network.allies(request.community.id)
    if not allies:
        return Reply.say(NOT_LINKED)
    found = _named(allies, name)
    if found is None:
        names = listed([one.name for one in allies], "or")
        return Reply.say(f"Say which one: link end {names}")
    request.unit.network.part(request.community.id, found.id)
    _take_down(request, request.community.id, found.id)
    _take_down(request, found.id, request.community.id)
    return Reply.say(f"Ended: {found.name} finds nothing of here any more, nor you of there.")


def _take_down(request: Request, here: int, other: int) -> None:
    """Take down the questions of one community that stand where another does not want them."""
    for post in request.unit.asks.posts_in(here, MOST_POSTS):
        question = request.unit.questions.find(post.question_id)
        where = request.unit.directory.place_by_id(post.place_id)
        if question is None or where is None or question.community_id != other:
            continue
        if not asked.stands(request.scene, question, post, where):
            ladder.take_down(request.scene, post)


def _named(allies: list[Community], name: str) -> Community | None:
    wanted = name.strip().casefold()
    if not wanted and len(allies) == 1:
        return allies[0]
    return next((one for one in allies if one.name.casefold() == wanted), None)


# ── Place by place ───────────────────────────────────────────────────────────────────────────


def share(request: Request, text: str) -> Reply:
    """Answer `share on` and `share off`: what is said here can be found in linked communities."""
    wrong = _wrong(request)
    if wrong is not None or request.place is None:
        return Reply.say(wrong or ONLY_OPEN)
    name = place(request.place.name)
    match text.strip().lower():
        case "on":
            return _grant(request, name)
        case "off":
            if not request.unit.network.revoke(request.place.id):
                return Reply.say(f"{name} is not shared with another community.")
            return Reply.say("Ended: what is said here can be found in this community alone.")
        case _:
            return Reply.say(
                f"Say share on or share off, in the place you mean; here it is {name}."
            )


def _grant(request: Request, name: str) -> Reply:
    assert request.place is not None
    allies = request.unit.network.allies(request.community.id)
    if not allies:
        return Reply.say(NOT_LINKED)
    for other in allies:
        request.unit.network.grant(
            request.place.id, other.id, request.account.person_id, request.at
        )
    where = listed([one.name for one in allies])
    return Reply.say(f"From now on what is said in {name} can be found in {where} too.")


def questions(request: Request, text: str) -> Reply:
    """Answer `questions on` and `questions off`: questions of linked communities come here."""
    wrong = _wrong(request)
    if wrong is not None or request.place is None:
        return Reply.say(wrong or ONLY_OPEN)
    name = place(request.place.name)
    match text.strip().lower():
        case "on":
            request.unit.network.receive(request.place.id, request.at)
            return Reply.say(f"From now on questions of linked communities are posted in {name}.")
        case "off":
            request.unit.network.refuse(request.place.id)
            for other in request.unit.network.allies(request.community.id):
                _take_down(request, request.community.id, other.id)
            return Reply.say(f"No question of another community is posted in {name} any more.")
        case _:
            return Reply.say(
                f"Say questions on or questions off, in the place you mean; here it is {name}."
            )


def _wrong(request: Request) -> str | None:
    """Why the place cannot be shared by this person, if it cannot."""
    if not request.is_admin:
        return ADMINS_ONLY
    spot = request.place
    if spot is None or spot.visibility is not Visibility.PUBLIC:
        return ONLY_OPEN
    return None
