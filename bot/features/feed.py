"""Feeds of one's own making: `feed sourdough`, `feed here`, `feed me`, `feed off`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.events import Visibility
from bot.features.capture import tidy
from bot.features.claims import LONGEST
from bot.feeds import reading
from bot.feeds.model import Feed, Subject, hash_of
from bot.replies import Link, Reply, Section, Strong
from bot.text import words
from bot.wording import day, number
from bot.wording import topic as topic_of

if TYPE_CHECKING:
    from bot.replies import Button
    from bot.requests import Request

MOST = 20
SWITCHED_OFF = "There are no feeds here: whoever runs Grapevine has switched them off."
GUESTS = "Feeds hold what everybody in the community may see, so they are for its full members."
NOT_PUBLIC = "Only what is said in a public place can leave in a feed. Say feed here in one."
NOT_A_TOPIC = f"A topic is a few words of at most {LONGEST} characters, like: feed sourdough"
NONE_YET = (
    "A feed brings the links that are shared here into your feed reader or your bookmarks. "
    "Say feed and a topic, like feed sourdough, or feed here for those of this place."
)
GONE = "That feed is off already."
KEEP_IT = (
    "Whoever has the address can read the feed: keep it to yourself. I keep only a fingerprint of "
    "it, so I cannot show it again."
)
FORMATS = (
    ("for a feed reader", "atom.xml"),
    ("as JSON Feed", "feed.json"),
    ("as bookmarks", "bookmarks.html"),
)
_OWN = frozenset({"me", "mine", "my links"})


def reply(request: Request, text: str) -> Reply:
    """Answer `feed` and what may stand behind it."""
    said = topic_of(tidy(text))
    head, _, rest = said.partition(" ")
    if head.lower() == "off":
        return _off(request, rest)
    if request.rules.feeds_url is None:
        return Reply.say(SWITCHED_OFF)
    if not reading.is_full_member(request.unit, request.community.id, request.account.id):
        return Reply.say(GUESTS)
    if not said:
        return _list(request)
    wanted = _wanted(request, said)
    if isinstance(wanted, str):
        return Reply.say(wanted)
    known = _known(request, wanted)
    return _make(request, wanted) if known is None else _is_there(request, known)


def _wanted(request: Request, said: str) -> Feed | str:
    """The feed that somebody means, not yet kept; or the sentence that says what to do."""
    blank = Feed(
        id=0,
        community_id=request.community.id,
        person_id=request.account.person_id,
        account_id=request.account.id,
        subject=Subject.PERSON,
        key="",
        topic="",
        place_id=None,
        token_hash="",
        made_at=request.at,
    )
    if said.lower() in _OWN:
        return blank
    if said.lower() == "here":
        where = request.place
        if where is None or where.visibility is not Visibility.PUBLIC:
            return NOT_PUBLIC
        return replace(blank, subject=Subject.PLACE, key=str(where.id), place_id=where.id)
    if len(said) > LONGEST or not words.terms(said):
        return NOT_A_TOPIC
    return replace(blank, subject=Subject.TOPIC, key=words.key(said), topic=said)


def _known(request: Request, wanted: Feed) -> Feed | None:
    return next((one for one in _mine(request) if _same(one, wanted)), None)


def _mine(request: Request) -> list[Feed]:
    """One's own feeds in this community."""
    mine = request.unit.feeds.of(request.account.person_id)
    return [one for one in mine if one.community_id == request.community.id]


def _same(one: Feed, other: Feed) -> bool:
    return (one.subject, one.key) == (other.subject, other.key)


def _make(request: Request, wanted: Feed) -> Reply:
    if len(request.unit.feeds.of(request.account.person_id)) >= MOST:
        return Reply.say(f"You have {MOST} feeds; that is plenty. Switch one off first: feed")
    return _address(request, wanted)


def _address(request: Request, wanted: Feed) -> Reply:
    """Keep a feed under a new address, and show that this once."""
    token = request.new_token()
    made = request.unit.feeds.save(
        replace(
            wanted, token_hash=hash_of(token), account_id=request.account.id, made_at=request.at
        )
    )
    base = f"{request.rules.feeds_url}/feeds/{token}"
    lines = tuple((Link(name, f"{base}/{file}"),) for name, file in FORMATS)
    name = Strong(reading.what(request.unit, made))
    return Reply(
        (Section((name, ":"), lines), Section((KEEP_IT,), buttons=_buttons(request, made)))
    )


def _is_there(request: Request, known: Feed) -> Reply:
    since = f", since {day(known.made_at, request.at)}. I cannot show its address again."
    name = Strong(reading.what(request.unit, known))
    return Reply.say("You have that feed: ", name, since, buttons=_buttons(request, known))


def _list(request: Request) -> Reply:
    mine = _mine(request)
    own: tuple[Button, ...] = ()
    if not any(one.subject is Subject.PERSON for one in mine):
        own = (request.button("Links I shared", "feed-me"),)
    if not mine:
        return Reply.say(NONE_YET, buttons=own)
    sections = [
        Section(
            (Strong(reading.what(request.unit, one)), f", since {day(one.made_at, request.at)}"),
            buttons=_buttons(request, one),
        )
        for one in mine
    ]
    return Reply((Section(("Your feeds:",)), *sections, *([Section(buttons=own)] if own else [])))


def _buttons(request: Request, feed: Feed) -> tuple[Button, ...]:
    return (
        request.button("New address", "feed-anew", str(feed.id)),
        request.button("Switch it off", "feed-off", str(feed.id)),
    )


def summary(request: Request) -> tuple[Section, ...]:
    """One's feeds, for `me`; nothing where there are none."""
    count = len(_mine(request))
    many = f"You have {number(count, 'feed')}. To see them, or switch them off: feed"
    return (Section((many,)),) if count else ()


# ── Buttons ──────────────────────────────────────────────────────────────────────────────────


def own(request: Request) -> Reply:
    """The button for one's own links."""
    return reply(request, "me")


def anew(request: Request, feed_id: str) -> Reply:
    """Give a feed a new address; the old one ends."""
    feed = _find(request, feed_id)
    if feed is None:
        return Reply.say(GONE)
    if request.rules.feeds_url is None:
        return Reply.say(SWITCHED_OFF)
    return _address(request, feed)


def switch_off(request: Request, feed_id: str) -> Reply:
    """End a feed: its address leads nowhere any more."""
    feed = _find(request, feed_id)
    if feed is None:
        return Reply.say(GONE)
    request.unit.feeds.drop(feed.id)
    return Reply.say("Off: that address leads nowhere any more.")


def _find(request: Request, feed_id: str) -> Feed | None:
    return next((one for one in _mine(request) if one.id == int(feed_id)), None)


def _off(request: Request, rest: str) -> Reply:
    """End the feed that is named, or all of this community."""
    mine = _mine(request)
    if rest:
        wanted = _wanted(request, rest)
        mine = [] if isinstance(wanted, str) else [one for one in mine if _same(one, wanted)]
    for one in mine:
        request.unit.feeds.drop(one.id)
    if not mine:
        return Reply.say("You have no such feed. To see those you have: feed")
    many = "that address leads" if len(mine) == 1 else "those addresses lead"
    return Reply.say(f"Off: {many} nowhere any more.")
