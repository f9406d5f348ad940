"""Links that people shared anyway, found again with whoever shared them first."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from bot.features import receipts
from bot.replies import Line, Link, Quote, Reply, Section, Source, Strong
from bot.text import words
from bot.text.urls import find_urls
from bot.wording import QUOTED, day, listed, place, short
from bot.wording import topic as topic_of

if TYPE_CHECKING:
    from bot.model import Audience, Share
    from bot.ports import Unit
    from bot.requests import Request

MOST = 8
CONSIDERED = 200  # shares looked at before the first few links are taken
COVER = 0.6  # of the words asked for
_EMPTIED = re.compile(
    r"\s*(?:\(\s*\)|\[\s*\]|<\s*>)|\s+(?=[,.;:!?](?:\s|$))"
)  # by taking out a URL


def reply(request: Request, text: str) -> Reply:
    """Answer `links text`; without words, the newest links."""
    topic = topic_of(text)
    groups = find(topic, request.audience, request.unit)
    if not groups:
        return _none(topic, request)
    names = _names(groups, request.unit)
    head: Line = ("Links about ", Strong(short(topic)), ":") if topic else ("The newest links:",)
    sections = [_section(group, names, request) for group in groups[:MOST]]
    return Reply((Section(heading=head), *sections), private=request.private)


def _none(topic: str, request: Request) -> Reply:
    if not topic:
        return Reply.say(
            "Nobody has shared a link here yet. Post one, and I will keep it findable.",
            private=request.private,
        )
    return Reply.say(
        "I found no link about ",
        Quote(short(topic)),
        ". As soon as somebody posts one, it can be found here.",
        private=request.private,
    )


def find(topic: str, audience: Audience, unit: Unit) -> list[list[Share]]:
    """The links for a topic, best first; for each all its shares, first sharer first."""
    found = about(topic, audience, unit) if topic else newest(audience, unit)
    order = list(dict.fromkeys(share.canonical for share in found))[:MOST]
    everyone = unit.evidence.shares_of(order, audience) if order else []
    groups: dict[str, list[Share]] = {form: [] for form in order}
    for share in reversed(everyone):
        groups[share.canonical].append(share)
    return [group for group in groups.values() if group]


def newest(audience: Audience, unit: Unit) -> list[Share]:
    """The links that were shared last."""
    return unit.evidence.newest_shares(audience, 4 * MOST)


def about(topic: str, audience: Audience, unit: Unit) -> list[Share]:
    """All shares that are found for a topic, those that fit best first."""
    terms = words.terms(topic)
    least = math.ceil(len(terms) * COVER)
    return _matching(terms, least, audience, unit) if terms else []


def _matching(terms: list[str], least: int, audience: Audience, unit: Unit) -> list[Share]:
    """The shares that at least so many of the terms lead to, best first."""
    numbers = [number for number, _ in unit.evidence.sharers(terms, least, audience, CONSIDERED)]
    shares = {one.id: one for one in unit.evidence.shares(numbers, audience)}
    return [shares[number] for number in numbers]


def _names(groups: list[list[Share]], unit: Unit) -> dict[int, str]:
    """For each share the name of its sharer, if they may be named and did not hide it."""
    shares = [share for group in groups for share in group]
    sharers = {one.id: one for one in unit.people.nameable({s.account_id for s in shares})}
    hidden = unit.people.hidden_by({one.person_id for one in sharers.values()})
    return {
        share.id: sharer.name
        for share in shares
        if (sharer := sharers.get(share.account_id)) is not None
        and ("share", str(share.id)) not in hidden.get(sharer.person_id, set())
    }


def _section(group: list[Share], names: dict[int, str], request: Request) -> Section:
    first = group[0]
    title = next((share.title for share in reversed(group) if share.title), None)
    # The address as somebody posted it, from whoever posted it with the least hanging on it.
    url = min((share.url for share in group), key=len)
    name = short(title) if title else receipts.title(first)
    heading = Link(name, url) if url else Strong(name)
    who = names.get(first.id, "Somebody")
    said: Line = (
        f"{who} in {place(first.place_name, first.elsewhere)}, {day(first.at, request.at)}",
        f"{_keeper(first, request)} ",
        Source(first.place, first.message, first.permalink),
    )
    lines = [said]
    said_with_it = own_words(first)
    if said_with_it:
        lines.append((Quote(said_with_it),))
    later = [names.get(s.id, "") for s in group[1:] if s.account_id != first.account_id]
    again = [name for name in dict.fromkeys(later) if name]
    if again:
        lines.append((f"also shared by {listed(again)}",))
    return Section(heading=(heading,), lines=tuple(lines))


def _keeper(share: Share, request: Request) -> str:
    """Who kept a note, if they may be named."""
    name = keeper(share, request.unit)
    return "" if name is None else f", kept by {name}"


def keeper(share: Share, unit: Unit) -> str | None:
    """The name of whoever kept a note, if they may be named."""
    known = [] if share.kept_by is None else unit.people.nameable([share.kept_by])
    return known[0].name if known else None


def own_words(share: Share, most: int = QUOTED) -> str:
    """What the sharer said beside the link, on one line."""
    text = share.words
    for url in find_urls(text):
        text = text.replace(url, " ")
    return short(_EMPTIED.sub("", text).strip(" :–—-\n"), most)
