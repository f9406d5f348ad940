"""Bringing a feed of one's own: `bring https://example.org/feed.xml`, `bring off <address>`."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from bot.events import PlaceRef, PlaceSeen, Visibility
from bot.features import sharing
from bot.feeds import reading
from bot.feeds.model import Brought
from bot.replies import Line, Reply, Section, Strong
from bot.text.secrets import carries_secret
from bot.text.urls import canonical, host
from bot.wording import day, number, shelf

if TYPE_CHECKING:
    from bot.ports import Unit
    from bot.requests import Request

MOST = 5
SWITCHED_OFF = "Bringing feeds is switched off: whoever runs Grapevine can allow it."
GUESTS = "What a feed brings can be found by everybody here, so only full members can bring one."
USAGE = "Say bring and the address of your feed, like: bring https://example.org/feed.xml"
NOT_KEPT = "That address carries a password or token, so I neither keep nor fetch it."
NONE_YET = (
    "Do you write a blog, or keep bookmarks that others can see? Give me the address of its feed, "
    "and what you publish there counts as shared here: bring https://example.org/feed.xml"
)


def reply(request: Request, text: str) -> Reply:
    """Answer `bring` and what may stand behind it."""
    said = text.strip().strip("<>")
    head, _, rest = said.partition(" ")
    if head.lower() == "off":
        return _off_by_address(request, rest.strip().strip("<>"))
    if not said:
        return _list(request)
    if not request.rules.brings_feeds:
        return Reply.say(SWITCHED_OFF)
    if not reading.is_full_member(request.unit, request.community.id, request.account.id):
        return Reply.say(GUESTS)
    if carries_secret(said):
        return Reply.say(NOT_KEPT)
    url = next(iter(sharing.links_in(said).values()), None)
    return Reply.say(USAGE) if url is None or url != said else _bring(request, url)


def _bring(request: Request, url: str) -> Reply:
    mine = _mine(request)
    if any(_is(one, url) for one in mine):
        return Reply.say("You bring that feed already. To see how it is: bring")
    if len(mine) >= MOST:
        return Reply.say(f"You bring {MOST} feeds; that is plenty. Switch one off first: bring")
    ref = PlaceRef(request.community.ref, _name(request, url))
    seen = PlaceSeen(ref, shelf(host(url)), Visibility.SHELF)
    where = request.unit.directory.save_place(seen)
    assert where is not None, "the community is there"
    brought = Brought(
        place_id=where.id,
        person_id=request.account.person_id,
        account_id=request.account.id,
        url=url,
        etag=None,
        modified=None,
        next_at=request.at,
        read_at=None,
        failures=0,
        trouble=None,
    )
    request.unit.brought.save(brought)
    return Reply.say(
        "Thank you. I read it in a minute, and then once an hour. What it links to counts as "
        f"shared by you, and says that it comes from your feed {host(url)}.",
        buttons=(request.button("Switch it off", "bring-off", str(where.id)),),
    )


def _name(request: Request, url: str) -> str:
    """The shelf's name among the places of its community: one for each person and address."""
    whole = f"{request.account.person_id} {canonical(url)}"
    return f"feed-{hashlib.sha256(whole.encode()).hexdigest()[:32]}"


def _mine(request: Request) -> list[Brought]:
    """What one brings to this community."""
    places = {one.id for one in request.unit.directory.places(request.community.id)}
    mine = request.unit.brought.of(request.account.person_id)
    return [one for one in mine if one.place_id in places]


def _is(one: Brought, url: str) -> bool:
    return canonical(one.url) == canonical(url)


def _list(request: Request) -> Reply:
    mine = _mine(request)
    if not mine:
        return Reply.say(NONE_YET if request.rules.brings_feeds else SWITCHED_OFF)
    sections = [
        Section(
            (Strong(one.url),),
            (_state(request, one),),
            (request.button("Switch it off", "bring-off", str(one.place_id)),),
        )
        for one in mine
    ]
    return Reply((Section(("You bring:",)), *sections))


def _state(request: Request, one: Brought) -> Line:
    """How a feed is: when it was read, how much it brought, and what is wrong with it."""
    count = len(request.unit.removal.messages_in(one.place_id))
    what = number(count, "entry", "entries")
    if one.trouble is not None:
        return (f"{what} so far. The last time I could not read it: {one.trouble}.",)
    if one.read_at is None:
        return ("Not read yet.",)
    return (f"{what}, last read on {day(one.read_at, request.at)}",)


def summary(request: Request) -> tuple[Section, ...]:
    """What one brings, for `me`; nothing where that is nothing."""
    count = len(_mine(request))
    many = f"You bring {number(count, 'feed')} of your own. To see how it goes: bring"
    return (Section((many,)),) if count else ()


# ── Taking it away ───────────────────────────────────────────────────────────────────────────


def off(request: Request, place_id: str) -> Reply:
    """Bring a feed no more; what it brought goes along."""
    one = next((one for one in _mine(request) if str(one.place_id) == place_id), None)
    return _off(request, one)


def _off_by_address(request: Request, url: str) -> Reply:
    return _off(request, next((one for one in _mine(request) if _is(one, url)), None))


def _off(request: Request, one: Brought | None) -> Reply:
    if one is None:
        return Reply.say("You bring no such feed. To see those you bring: bring")
    count = len(request.unit.removal.messages_in(one.place_id))
    _drop(request.unit, one)
    went = f", and with it {number(count, 'entry', 'entries')}" if count else ""
    return Reply.say(f"Off: that feed is gone from here{went}.")


def take_away(unit: Unit, person_id: int) -> None:
    """Take away all that somebody brings, with what it brought: they are forgotten."""
    for one in unit.brought.of(person_id):
        _drop(unit, one)


def _drop(unit: Unit, one: Brought) -> None:
    where = unit.directory.place_by_id(one.place_id)
    if where is not None:
        unit.flush()
        unit.directory.drop_place(where.ref)
