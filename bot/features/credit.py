"""A link that is posted again: a quiet note in its thread of who shared it before, and the talk.

Off until somebody switches it on for a place: `credit on`. All is read for everybody who can read
that place, once when the link comes and once more when the note is sent.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from bot.asking.model import Kind
from bot.asking.scene import number
from bot.events import Visibility
from bot.features import places, receipts, sharing
from bot.model import Audience
from bot.replies import Line, Quote, Reply, Section, Source, Strong
from bot.text.urls import may_hold_url
from bot.wording import day, listed
from bot.wording import place as called

if TYPE_CHECKING:
    from bot.asking.scene import Scene
    from bot.events import MessagePosted
    from bot.model import Account, Message, Place, Share
    from bot.queues import Delivery
    from bot.replies import Span
    from bot.requests import Request

FRESH = timedelta(hours=1)  # a later note would answer what nobody looks at any more
RESTS = timedelta(days=7)  # what was posted here so lately, everybody remembers
MOST = 3  # links of one message
MOST_NAMES = 3  # of those who talked about it
GONE = "A note that stood here was taken back."
OTHERWISE = "Say credit on, credit off, or just credit to see how it is."


# ── The switch ───────────────────────────────────────────────────────────────────────────────


def reply(request: Request, text: str) -> Reply:
    """Answer `credit`, `credit on`, `credit off`."""
    spot = request.place
    if spot is None or spot.visibility is Visibility.DIRECT:
        return Reply.say(places.NOT_HERE)
    match text.strip().lower():
        case "":
            return Reply.say(_state(request, spot))
        case "on" | "off" if not places.may_switch(request, spot):
            return Reply.say(places.who_may(spot))
        case "on":
            request.unit.wishes.credit(spot.id, request.at)
            return Reply.say(_state(request, spot))
        case "off":
            request.unit.wishes.credit_no_more(spot.id)
            return Reply.say(_state(request, spot))
    return Reply.say(OTHERWISE)


def _state(request: Request, spot: Place) -> str:
    name = called(spot.name)
    if not request.unit.wishes.credits(spot.id):
        return (
            f"When a link comes again in {name}, I keep quiet. To have me say in its thread who "
            "shared it before: credit on"
        )
    return (
        f"When a link comes again in {name}, I say in its thread who shared it before and who "
        "talked about it, as far as everybody here may see that. To end it: credit off"
    )


# ── The note ─────────────────────────────────────────────────────────────────────────────────


class Before(NamedTuple):
    """A link that was here before: who shared it, and who talked about it then."""

    share: Share
    sharer: Account
    talkers: tuple[Account, ...]


def overhear(scene: Scene, event: MessagePosted) -> None:
    """Owe a note for a new message with a link that was here before."""
    if event.from_bot or event.to_bot or event.edited_at or not may_hold_url(event.text):
        return
    where = scene.unit.directory.place(event.place)
    if where is None or not scene.unit.wishes.credits(where.id):
        return
    kept = scene.unit.archive.find(where.id, event.id)
    for one in [] if kept is None else _before(scene, where, kept)[:1]:
        scene.owe_place(
            Kind.CREDIT,
            where,
            {"place": where.id, "message": event.id},
            where.id,
            event.id,
            thread=event.thread or event.id,
            about_id=one.sharer.person_id,
        )


def note(scene: Scene, delivery: Delivery) -> Reply | None:
    """The note as it reads now; None when there is nothing to say any more."""
    if "edits" in delivery.payload:
        return Reply.say(GONE, private=False)
    where = scene.unit.directory.place_by_id(number(delivery, "place"))
    if where is None or not scene.unit.wishes.credits(where.id):
        return None
    kept = scene.unit.archive.find(where.id, str(delivery.payload["message"]))
    if kept is None or kept.at < scene.at - FRESH:
        return None
    before = _before(scene, where, kept)
    if not before:
        return None
    named = {who.person_id for one in before for who in (one.sharer, *one.talkers)}
    scene.unit.wishes.names(delivery.key, where.id, named)
    lines = [_line(scene, where, one, alone=len(before) == 1) for one in before]
    return Reply((Section(lines[0], tuple(lines[1:])),), private=False)


def _before(scene: Scene, where: Place, kept: Message) -> list[Before]:
    """The links of a message that were here before, as far as that is worth a note."""
    poster = scene.unit.directory.met(kept.account_id)
    links = list(sharing.links_in(kept.text))
    if poster is None or where.archived or not links:
        return []
    audience = Audience(scene.at, where.community_id, place_id=where.id)
    earlier: dict[str, list[Share]] = {link: [] for link in links}
    for share in reversed(scene.unit.evidence.shares_of(links, audience)):
        if share.at < kept.at:
            earlier[share.canonical].append(share)
    found: list[Before] = []
    for shares in earlier.values():
        first = _first(scene, shares)
        is_news = all(one.place != where.ref or one.at < kept.at - RESTS for one in shares)
        if first is not None and is_news and first[1].person_id != poster.person_id:
            found.append(Before(*first, _talkers(scene, first[0], audience)))
    return found[:MOST]


def _first(scene: Scene, shares: list[Share]) -> tuple[Share, Account] | None:
    """The first share by somebody who may be named for it."""
    for share in shares:
        sharer = _named(scene, share.account_id, "share", share.id)
        if sharer is not None:
            return share, sharer
    return None


def _named(scene: Scene, account_id: int, kind: str, key: int) -> Account | None:
    """Somebody, if they may be named and did not hide what they would be named for."""
    for who in scene.unit.people.nameable([account_id]):
        hidden = scene.unit.people.hidden_by([who.person_id]).get(who.person_id, set())
        return None if (kind, str(key)) in hidden else who
    return None


def _talkers(scene: Scene, share: Share, audience: Audience) -> tuple[Account, ...]:
    """Who talked about a link when it was shared."""
    spot = scene.unit.directory.place(share.place)
    kept = None if spot is None else scene.unit.archive.find(spot.id, share.message)
    if kept is None:
        return ()
    home = kept.conversation_id
    said = scene.unit.evidence.said([home], None, audience)
    after = dict.fromkeys(one.account_id for one in said if one.at >= share.at)
    people = (_named(scene, one, "conversation", home) for one in after if one != share.account_id)
    return tuple(who for who in people if who is not None)[:MOST_NAMES]


def _line(scene: Scene, where: Place, before: Before, *, alone: bool) -> Line:
    """One link of a note: `mei shared this on 3 Feb in #kitchen ↗. bob talked about it`."""
    share = before.share
    what: tuple[Span, ...] = ("this",) if alone else (Quote(receipts.title(share)),)
    home = called(share.place_name, share.elsewhere)
    spot = f" in {home}" if share.place != where.ref else ""
    source = Source(share.place, share.message, share.permalink)
    names = listed([who.name for who in before.talkers])
    talk = (f". {names} talked about it.",) if names else ()
    when = f" on {day(share.at, scene.at)}{spot} "
    return (Strong(before.sharer.name), " shared ", *what, when, source, *talk)


# ── Taking it back ───────────────────────────────────────────────────────────────────────────


def forget(scene: Scene, person_id: int) -> None:
    """Somebody is about to be forgotten: the notes that name them say so no more."""
    for name, place_id, ref in scene.unit.wishes.naming(person_id):
        where = scene.unit.directory.place_by_id(place_id)
        if where is not None:
            scene.owe_place(Kind.CREDIT, where, {"ref": ref}, name, "gone", edits=name)
