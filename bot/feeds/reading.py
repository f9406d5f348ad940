"""What stands in a feed: links that everybody of its community may see, and who shared them.

Whoever has the address reads it, so its audience is an outsider narrowed to the community: public
places alone. Who is in no list and what somebody hid stays out. It ends when the person who made it
is no full member any more: a feed shows its maker nothing that the chat would not.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from bot.events import Role
from bot.features import links, receipts
from bot.feeds.model import Feed, Item, Page, Subject, hash_of
from bot.model import Audience
from bot.text import words
from bot.wording import place

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.model import Account, Community, Share
    from bot.ports import Unit

MOST = 50  # links in a feed
CONSIDERED = 200
LONGEST = 1_000  # characters of somebody's words
FULL = {Role.ADMIN, Role.MEMBER}


def read(unit: Unit, token: str, at: datetime) -> Page | None:
    """The feed behind a secret. None: there is none, or its maker may not have it any more."""
    token_hash = hash_of(token)
    feed = unit.feeds.behind(token_hash)
    if feed is None or not hmac.compare_digest(feed.token_hash, token_hash):
        return None
    home = unit.directory.community_by_id(feed.community_id)
    if home is None or not is_full_member(unit, feed.community_id, feed.account_id):
        return None
    audience = Audience(at, feed.community_id)
    if feed.place_id is not None and not unit.evidence.may_see(feed.place_id, audience):
        return None
    items = _items(unit, feed, _shares(unit, feed, audience))
    updated_at = max((one.at for one in items), default=feed.made_at)
    return Page(_page_id(unit, feed, home), title(unit, feed, home), updated_at, tuple(items))


def is_full_member(unit: Unit, community_id: int, account_id: int) -> bool:
    """Whether an account sees what is open to a whole community."""
    membership = unit.directory.membership(community_id, account_id)
    return membership is not None and membership.active and membership.role in FULL


def title(unit: Unit, feed: Feed, home: Community) -> str:
    """What a feed is called, in the community and in a reader."""
    return f"{what(unit, feed)} · {home.name}"


def what(unit: Unit, feed: Feed) -> str:
    """What a feed is of, as the beginning of a sentence."""
    match feed.subject:
        case Subject.TOPIC:
            return f"Links about {feed.topic}"
        case Subject.PLACE:
            where = None if feed.place_id is None else unit.directory.place_by_id(feed.place_id)
            return f"Links from {place('' if where is None else where.name)}"
        case Subject.PERSON:
            who = unit.directory.met(feed.account_id, feed.community_id)
            return "Links of one's own" if who is None else f"Links that {who.name} shared"


def _shares(unit: Unit, feed: Feed, audience: Audience) -> list[Share]:
    match feed.subject:
        case Subject.TOPIC:
            return links.about(feed.topic, audience, unit)
        case Subject.PLACE:
            assert feed.place_id is not None, "it is the feed of a place"
            return unit.evidence.newest_in(feed.place_id, audience, CONSIDERED)
        case Subject.PERSON:
            mine = unit.directory.accounts_of(feed.person_id)
            return unit.evidence.newest_by(mine, audience, CONSIDERED)


def _items(unit: Unit, feed: Feed, shares: Iterable[Share]) -> list[Item]:
    """Each link once, as it was shared first by somebody who may be named; newest first."""
    found = sorted(shares, key=lambda one: one.at)
    sharers = {one.id: one for one in unit.people.nameable({one.account_id for one in found})}
    hidden = unit.people.hidden_by({one.person_id for one in sharers.values()})
    first: dict[str, Item] = {}
    for share in found:
        sharer = sharers.get(share.account_id)
        own = set() if sharer is None else hidden.get(sharer.person_id, set())
        if sharer is not None and not _is_hidden(feed, share, own):
            first.setdefault(share.canonical, _item(unit, share, sharer))
    return list(first.values())[-MOST:][::-1]


def _is_hidden(feed: Feed, share: Share, own: set[tuple[str, str]]) -> bool:
    """Whether its sharer hid a link, or is never to be found for the feed's topic."""
    topics = [key for kind, key in own if kind == "topic"]
    asked = set(words.terms(feed.topic))
    is_off = any(asked.issuperset(key.split()) for key in topics if key)
    return ("share", str(share.id)) in own or is_off


def _item(unit: Unit, share: Share, sharer: Account) -> Item:
    return Item(
        id=_urn("share", *_spot(share), share.message, share.canonical),
        url=share.url,
        title=share.title or receipts.title(share),
        author=sharer.name,
        place=place(share.place_name),
        words=links.own_words(share, LONGEST),
        via=share.permalink,
        kept_by=links.keeper(share, unit),
        at=share.at,
    )


def _spot(share: Share) -> tuple[str, str, str]:
    home = share.place.community
    return home.platform.value, home.id, share.place.id


def _page_id(unit: Unit, feed: Feed, home: Community) -> str:
    """The same for a new address of the same feed, and made of no number of ours.

    Those count what is hidden, too.
    """
    match feed.subject:
        case Subject.TOPIC:
            about = feed.key
        case Subject.PLACE:
            where = None if feed.place_id is None else unit.directory.place_by_id(feed.place_id)
            about = "" if where is None else where.ref.id
        case Subject.PERSON:
            who = unit.directory.met(feed.account_id, feed.community_id)
            about = "" if who is None else who.ref.id
    return _urn("feed", home.ref.platform.value, home.ref.id, feed.subject.value, about)


def _urn(*parts: str) -> str:
    return uuid5(NAMESPACE_URL, "\n".join(parts)).urn
