"""Taking in what stands in the feed that somebody brought.

Each entry is kept as a message of theirs on a shelf: a place of its own for each feed, in which
nobody talks and which their whole community sees. So links, who knows, digests, hiding,
forgetting and the audience work on it as on anything that was said, and a feed that goes takes all
of it along.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.events import MessagePosted, PlaceRef, Unfurl
from bot.features import sharing
from bot.features.capture import Capture
from bot.text.urls import find_urls
from bot.wording import short

if TYPE_CHECKING:
    from datetime import datetime

    from bot.asking.scene import Scene
    from bot.feeds.model import Brought, Entry, Fetched
    from bot.model import Account

EVERY = timedelta(hours=1)
LONGEST_WAIT = timedelta(days=1)
MOST = 100  # entries looked at
AT_ONCE = 10  # feeds claimed in one transaction
SUMMARY = 300  # characters of a summary


def claim(scene: Scene) -> list[Brought]:
    """Some feeds that are due, put off until their next time. Of who left, none is read."""
    due = scene.unit.brought.due(scene.at, AT_ONCE)
    for one in due:
        scene.unit.brought.save(replace(one, next_at=scene.at + EVERY))
    return [one for one in due if _bringer(scene, one) is not None] if due else []


def _bringer(scene: Scene, brought: Brought) -> Account | None:
    where = scene.unit.directory.place_by_id(brought.place_id)
    home = None if where is None else where.community_id
    return scene.unit.directory.met(brought.account_id, home)


def take_in(scene: Scene, place_id: int, fetched: Fetched) -> int:
    """Take in a feed as it is now; how many entries were new or changed."""
    brought = scene.unit.brought.at(place_id)
    where = scene.unit.directory.place_by_id(place_id)
    who = None if brought is None else _bringer(scene, brought)
    if brought is None or where is None or who is None:
        return 0  # it went while it was fetched
    if fetched.trouble is not None:
        wait = min(EVERY * 2**brought.failures, LONGEST_WAIT)
        failed = replace(brought, trouble=fetched.trouble, failures=min(brought.failures + 1, 10))
        scene.unit.brought.save(replace(failed, next_at=scene.at + wait))
        return 0
    capture = Capture(scene.unit, scene.limits)
    said = [_said(where.ref, who, one, scene.at) for one in fetched.entries or ()]
    changed = sum(capture.post(one) for one in said if one is not None)
    capture.settle()
    read = replace(brought, trouble=None, failures=0, read_at=scene.at)
    if fetched.entries is not None:
        read = replace(read, etag=fetched.etag, modified=fetched.modified)
    scene.unit.brought.save(read)
    return changed


def _said(where: PlaceRef, who: Account, entry: Entry, now: datetime) -> MessagePosted | None:
    """An entry as its author's words with its link; None where that is none that may be kept."""
    url = next(iter(sharing.links_in(entry.url).values()), None)
    if url != entry.url:
        return None
    summary = entry.summary
    for other in find_urls(summary):  # what it links to, they did not share here
        summary = summary.replace(other, "")
    at = min(entry.at or now, now)
    is_changed = entry.updated_at is not None and at < entry.updated_at <= now
    name = hashlib.sha256(entry.id.encode("utf-8", "replace")).hexdigest()[:32]
    return MessagePosted(
        place=where,
        author=who.ref,
        id=name,
        text=f"{short(summary, SUMMARY)} {url}".strip(),
        at=at,
        thread=f"of {name}",  # each entry is a conversation of its own
        permalink=url,
        edited_at=entry.updated_at if is_changed else None,
        unfurls=(Unfurl(url, entry.title),) if entry.title else (),
    )
