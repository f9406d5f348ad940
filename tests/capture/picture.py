"""What the store must hold, worked out anew from all that happened.

`expected` looks only at the events, as a set: it knows nothing of the order in which they came,
nor of how the store keeps up with them. `kept` reads the same picture from the store. A
conversation goes by the ids of its messages, which no two of a place share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, Table, select
from sqlalchemy.engine import Connection, Row

from bot.conversations import Limits
from bot.events import Event, MessageDeleted, MessagePosted, PlaceRef, Unfurl
from bot.features.sharing import around, found_by
from bot.text import words
from bot.text.urls import canonical, find_urls
from storage.store import Store
from storage.tables import (
    account,
    conversation,
    message,
    participant,
    place,
    posting,
    share,
    share_term,
    vocabulary,
)

NEVER = timedelta(days=100_000)


@dataclass(frozen=True)
class Talk:
    """One conversation: its row, and (messages, first at, answered at) of who took part."""

    strand: str
    opener: str
    started_at: datetime
    tail_at: datetime
    last_at: datetime
    messages: int
    words: int
    people: dict[str, tuple[int, datetime, datetime | None]]


@dataclass(frozen=True)
class Picture:
    """Everything that is kept of one place, by the platform's names.

    `postings`: (term, conversation, account) to how often; `shares`: (message, link, title, terms).
    """

    texts: dict[str, str]
    talks: dict[str, Talk]
    postings: dict[tuple[str, str, str], int]
    vocabulary: dict[str, int]
    shares: list[tuple[str, str, str | None, list[str]]]
    totals: tuple[int, int]


# ── As it must be ────────────────────────────────────────────────────────────────────────────────


def standing(events: Iterable[Event], where: PlaceRef) -> list[MessagePosted]:
    """The messages of a place in their newest versions, with all the titles of their links.

    Without those that were deleted, or that an edit made a request.
    """
    newest: dict[str, MessagePosted] = {}
    titles: dict[str, tuple[Unfurl, ...]] = {}
    gone: set[str] = set()
    for event in events:
        match event:
            case MessageDeleted() if event.place == where:
                gone.add(event.id)
            case MessagePosted(to_bot=True) if event.place == where:
                gone.add(event.id)
            case MessagePosted() if event.place == where:
                titles[event.id] = titles.get(event.id, ()) + event.unfurls
                known = newest.get(event.id)
                if known is None or _version(event) > _version(known):
                    newest[event.id] = event
    return [
        replace(post, unfurls=titles[ident]) for ident, post in newest.items() if ident not in gone
    ]


def _version(post: MessagePosted) -> datetime:
    return post.edited_at or post.at


def expected(events: Iterable[Event], where: PlaceRef, limits: Limits) -> Picture:
    """What must be kept of a place after all these events, in whatever order they came."""
    posts = sorted(standing(events, where), key=lambda post: (post.at, post.id))
    talks: dict[str, Talk] = {}
    postings: Counter[tuple[str, str, str]] = Counter()
    for strand, said in _groups(posts, limits):
        name = _name(post.id for post in said)
        talks[name] = _talk(strand, said)
        for post in said:
            for term, often in words.count(post.text).terms.items():
                postings[term, name, post.author.id] += often
    return Picture(
        texts={post.id: post.text for post in posts},
        talks=talks,
        postings=dict(postings),
        vocabulary=dict(Counter(term for term, _ in {key[:2] for key in postings})),
        shares=sorted((one for post in posts for one in _shares(post)), key=repr),
        totals=(len(talks), postings.total()),
    )


def _groups(posts: list[MessagePosted], limits: Limits) -> list[tuple[str, list[MessagePosted]]]:
    """Each strand's conversations, with what hangs on their messages."""
    by_id = {post.id: post for post in posts}
    begun = {post.thread for post in posts if post.thread != post.id}

    def strand(post: MessagePosted) -> str | None:
        """The strand it lies on; None for what hangs on another message."""
        if post.thread not in {None, post.id}:
            return f"thread:{post.thread}"
        if post.id in begun:
            return f"thread:{post.id}"
        if post.reply_to is None:
            return "floor"
        return None if post.reply_to in by_id else f"lost:{post.reply_to}"

    lying: dict[str, list[MessagePosted]] = {}
    for post in posts:
        if (on := strand(post)) is not None:
            lying.setdefault(on, []).append(post)
    groups = [(on, run) for on, some in lying.items() for run in _cut(on, some, limits)]
    home = {post.id: run for _, run in groups for post in run}
    for post in posts:
        target = post
        while strand(target) is None:
            target = by_id[target.reply_to or ""]
        if target is not post:
            home[target.id].append(post)
    return groups


def _cut(strand: str, posts: list[MessagePosted], limits: Limits) -> list[list[MessagePosted]]:
    if strand.startswith("lost:"):
        return [posts]
    gap = limits.gap if strand == "floor" else limits.thread_gap
    runs: list[list[MessagePosted]] = []
    before = posts[0].at - NEVER
    for post in posts:
        if post.at - before > gap or len(runs[-1]) == limits.cap:
            runs.append([])
        runs[-1].append(post)
        before = post.at
    return runs


def _talk(strand: str, said: list[MessagePosted]) -> Talk:
    said = sorted(said, key=lambda post: (post.at, post.id))
    is_lost = strand.startswith("lost:")
    on_strand = [post for post in said if not is_lost and _lies_on(post, strand)]
    first = (on_strand or said)[0]
    people: dict[str, tuple[int, datetime, datetime | None]] = {}
    for name in {post.author.id for post in said}:
        own = [post.at for post in said if post.author.id == name]
        people[name] = (len(own), own[0], None if name == first.author.id else own[0])
    return Talk(
        strand=strand,
        opener=first.author.id,
        started_at=first.at,
        tail_at=(on_strand or [first])[-1].at,
        last_at=said[-1].at,
        messages=len(on_strand),
        words=sum(sum(words.count(post.text).terms.values()) for post in said),
        people=people,
    )


def _lies_on(post: MessagePosted, strand: str) -> bool:
    if strand.startswith("thread:"):
        return strand in {f"thread:{post.thread}", f"thread:{post.id}"}
    return post.reply_to is None


def _shares(post: MessagePosted) -> Iterable[tuple[str, str, str | None, list[str]]]:
    titles = {canonical(unfurl.url): unfurl.title for unfurl in post.unfurls}
    for form, url in {canonical(url): url for url in reversed(find_urls(post.text))}.items():
        assert form is not None
        title = titles.get(form)
        yield post.id, form, title, sorted(found_by(form, title, around(url, post.text)))


def _name(idents: Iterable[str]) -> str:
    return " ".join(sorted(idents))


# ── As it is ─────────────────────────────────────────────────────────────────────────────────────


def kept(store: Store, where: PlaceRef) -> Picture:
    """What the store holds of a place."""
    with store.read() as unit:
        spot = unit.directory.place(where)
        assert spot is not None
        return _Reader(unit.connection, spot.id).picture()


class _Reader:
    """Reads the rows of one place and calls everything by the platform's names."""

    def __init__(self, connection: Connection, place_id: int) -> None:
        self._connection = connection
        self._place_id = place_id
        everybody = connection.execute(select(account.c.id, account.c.external_id))
        self._accounts: dict[int, str] = {row.id: row.external_id for row in everybody}
        self._said = self._all(message)
        together: dict[int, list[str]] = {}
        for row in self._said:
            together.setdefault(row.conversation_id, []).append(row.external_id)
        self._talks = {number: _name(idents) for number, idents in together.items()}

    def _all(self, table: Table) -> list[Row[Any]]:
        query: Select[Any] = select(table).where(table.c.place_id == self._place_id)
        return list(self._connection.execute(query))

    def picture(self) -> Picture:
        return Picture(
            texts={row.external_id: row.text for row in self._said},
            talks=self._read_talks(),
            postings={
                (row.term, self._talks[row.conversation_id], self._accounts[row.account_id]): row.tf
                for row in self._all(posting)
            },
            vocabulary={row.term: row.conversations for row in self._all(vocabulary)},
            shares=self._read_shares(),
            totals=self._sizes(),
        )

    def _sizes(self) -> tuple[int, int]:
        query = select(place.c.conversations, place.c.words).where(place.c.id == self._place_id)
        conversations, length = self._connection.execute(query).one()
        return conversations, length

    def _read_talks(self) -> dict[str, Talk]:
        people: dict[int, dict[str, tuple[int, datetime, datetime | None]]] = {}
        for row in self._all(participant):
            took_part = row.messages, row.first_at, row.answered_at
            people.setdefault(row.conversation_id, {})[self._accounts[row.account_id]] = took_part
        return {
            self._talks.get(row.id, f"nothing, at {row.started_at}"): Talk(
                row.strand,
                self._accounts[row.opener_id],
                row.started_at,
                row.tail_at,
                row.last_at,
                row.messages,
                row.words,
                people.pop(row.id, {}),
            )
            for row in self._all(conversation)
        }

    def _read_shares(self) -> list[tuple[str, str, str | None, list[str]]]:
        idents = {row.id: row.external_id for row in self._said}
        terms: dict[int, list[str]] = {}
        for row in self._all(share_term):
            terms.setdefault(row.share_id, []).append(row.term)
        found = [
            (idents[row.message_id], row.canonical, row.title, sorted(terms.pop(row.id, [])))
            for row in self._all(share)
        ]
        assert not terms, "words that lead to a link which is gone"
        return sorted(found, key=repr)
