"""Conversations as one transaction is changing them, and the rows derived from their messages.

A draft is read once, counts messages in as they come, and is written when the transaction flushes:
its row, who took part, and how much its place holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from bot.conversations import in_order, is_attached
from bot.model import Conversation
from storage.index import upsert
from storage.tables import conversation, participant, place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.engine import Connection

    from bot.model import Message

_COLUMNS = tuple(conversation.c[name] for name in Conversation.__slots__)
_CHANGING = ("opener_id", "started_at", "tail_at", "tail", "last_at", "messages", "words")
AT_ONCE = 500  # names in one IN list


def chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """A long list in pieces that fit into one statement."""
    return (items[i : i + AT_ONCE] for i in range(0, len(items), AT_ONCE))


@dataclass(slots=True)
class Draft:
    """A conversation as this transaction is changing it.

    `people`: account to (messages, first at, answered at); `changed`: whose of these are to be
    written.
    """

    id: int
    place_id: int
    strand: str
    opener_id: int
    started_at: datetime
    tail_at: datetime
    tail: str
    last_at: datetime
    messages: int
    words: int
    is_new: bool = False
    people: dict[int, tuple[int, datetime, datetime | None]] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)

    def value(self) -> Conversation:
        """The conversation as it stands."""
        return Conversation(
            self.id,
            self.place_id,
            self.strand,
            self.opener_id,
            self.started_at,
            self.tail_at,
            self.tail,
            self.last_at,
            self.messages,
            self.words,
        )

    def take(self, post: Message, words: int) -> None:
        """Count one more message in."""
        if not is_attached(post):
            self.messages += 1
            self.tail_at, self.tail = max((self.tail_at, self.tail), in_order(post))
        self.last_at = max(self.last_at, post.at)
        self.words += words
        said, first_at, answered_at = self.people.get(post.account_id, (0, post.at, None))
        if post.account_id != self.opener_id:
            answered_at = min(answered_at or post.at, post.at)
        self.people[post.account_id] = said + 1, min(first_at, post.at), answered_at
        self.changed.add(post.account_id)


class Drafts:
    """The drafts of one transaction, by conversation."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._drafts: dict[int, Draft] = {}
        self._unwritten: dict[int, Draft] = {}
        self._growth: dict[int, list[int]] = {}

    def get(self, conversation_id: int) -> Draft:
        """The draft of a conversation."""
        if conversation_id not in self._drafts:
            self.load([conversation_id])
        return self._drafts[conversation_id]

    def load(self, conversation_ids: Sequence[int]) -> None:
        """Read conversations with those who took part in them."""
        missing = [number for number in conversation_ids if number not in self._drafts]
        for part in chunks(missing):
            query = select(*_COLUMNS).where(conversation.c.id.in_(part))
            for row in self._connection.execute(query):
                self._drafts[row.id] = Draft(*row)
            people = select(participant).where(participant.c.conversation_id.in_(part))
            for row in self._connection.execute(people):
                known = row.messages, row.first_at, row.answered_at
                self._drafts[row.conversation_id].people[row.account_id] = known

    def begin(self, number: int, strand: str, post: Message, *, is_new: bool) -> Draft:
        """A conversation that holds nothing yet and begins with `post`."""
        draft = Draft(
            id=number,
            place_id=post.place_id,
            strand=strand,
            opener_id=post.account_id,
            started_at=post.at,
            tail_at=post.at,
            tail=post.external_id,
            last_at=post.at,
            messages=0,
            words=0,
            is_new=is_new,
        )
        self._drafts[number] = self._unwritten[number] = draft
        self._grow(post.place_id, conversations=1)
        return draft

    def take(self, draft: Draft, post: Message, words: int) -> None:
        """Count one more message of `words` index words in."""
        self._grow(draft.place_id, words=words)
        self._unwritten[draft.id] = draft
        draft.take(post, words)

    def discard(self, conversation_id: int) -> None:
        """Take back what a conversation adds to its place; it will be derived anew, or go."""
        draft = self.get(conversation_id)
        self._grow(draft.place_id, conversations=-1, words=-draft.words)
        del self._drafts[conversation_id]
        self._unwritten.pop(conversation_id, None)

    def _grow(self, place_id: int, *, conversations: int = 0, words: int = 0) -> None:
        size = self._growth.setdefault(place_id, [0, 0])
        size[0] += conversations
        size[1] += words

    def flush(self) -> None:
        """Write the conversations; `flush_rest` writes what hangs on them and their messages."""
        fresh = [draft for draft in self._unwritten.values() if draft.is_new]
        if fresh:
            rows = [
                {name: getattr(draft, name) for name in Conversation.__slots__} for draft in fresh
            ]
            self._connection.execute(insert(conversation), rows)
        known = [draft for draft in self._unwritten.values() if not draft.is_new]
        if known:
            self._update(known)
        for draft in fresh:
            draft.is_new = False

    def _update(self, drafts: list[Draft]) -> None:
        change = (
            update(conversation)
            .where(conversation.c.id == bindparam("_id"))
            .values({name: bindparam(f"_{name}") for name in _CHANGING})
        )
        rows = [
            {"_id": draft.id, **{f"_{name}": getattr(draft, name) for name in _CHANGING}}
            for draft in drafts
        ]
        self._connection.execute(change, rows)

    def flush_rest(self) -> None:
        """Write who took part, and how much the places hold now."""
        self._flush_participants()
        self._flush_sizes()

    def _flush_participants(self) -> None:
        rows = [
            {
                "conversation_id": draft.id,
                "account_id": account_id,
                "place_id": draft.place_id,
                "messages": draft.people[account_id][0],
                "first_at": draft.people[account_id][1],
                "answered_at": draft.people[account_id][2],
            }
            for draft in self._unwritten.values()
            for account_id in draft.changed
        ]
        for draft in self._unwritten.values():
            draft.changed.clear()
        self._unwritten.clear()
        if not rows:
            return
        into = upsert(self._connection, participant)
        values = {name: into.excluded[name] for name in ("messages", "first_at", "answered_at")}
        self._connection.execute(
            into.on_conflict_do_update(
                index_elements=list(participant.primary_key.columns), set_=values
            ),
            rows,
        )

    def _flush_sizes(self) -> None:
        rows = [
            {"_id": place_id, "_conversations": size[0], "_words": size[1]}
            for place_id, size in self._growth.items()
            if any(size)
        ]
        self._growth.clear()
        if rows:
            change = (
                update(place)
                .where(place.c.id == bindparam("_id"))
                .values(
                    conversations=place.c.conversations + bindparam("_conversations"),
                    words=place.c.words + bindparam("_words"),
                )
            )
            self._connection.execute(change, rows)
