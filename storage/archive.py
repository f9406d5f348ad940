"""What was said: messages and the conversations they make up.

Appending is the common case and only gathers rows, which `flush` writes set-wise. Everything else
(an edit, a deletion, a message that arrives late) first *tears* the conversations it touches:
what was derived from their text (participants, postings, totals) is taken back, and `mend`
derives it anew from the messages that are then there. So the derived rows are always a function
of the messages, in whatever order these came.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, insert, select, update

from bot.conversations import LOST, in_order, is_attached, strand_of
from bot.model import Message, Stretch
from storage.drafts import Draft, Drafts, chunks
from storage.index import Index, upsert
from storage.reactions import Reactions
from storage.tables import conversation, message, participant, tombstone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from bot.model import Conversation
    from storage.ids import Ids

MESSAGE_COLUMNS = tuple(message.c[name] for name in Message.__slots__)


class Archive:
    """Reads and writes messages and conversations within one transaction."""

    def __init__(self, connection: Connection, ids: Ids, index: Index) -> None:
        self._connection = connection
        self._ids = ids
        self._index = index
        self._known: dict[tuple[int, str], Message | None] = {}
        self._tails: dict[tuple[int, str], int | None] = {}
        self.reactions = Reactions(connection)
        self._drafts = Drafts(connection)
        self._new: list[Message] = []
        self._torn: dict[int, tuple[int, str]] = {}  # conversation: its place and strand
        self._buried: set[tuple[int, str]] = set()
        self._graves: dict[int, bool] = {}
        self._lost: dict[int, set[str]] = {}

    # ── Finding ──────────────────────────────────────────────────────────────────────────────

    def warm(self, place_id: int, external_ids: Sequence[str]) -> None:
        """Look many messages up at once, so that `find` need not ask for each."""
        missing = [name for name in external_ids if (place_id, name) not in self._known]
        for names in chunks(missing):
            self._known.update(dict.fromkeys((place_id, name) for name in names))
            query = select(*MESSAGE_COLUMNS).where(
                message.c.place_id == place_id, message.c.external_id.in_(names)
            )
            for row in self._connection.execute(query):
                self._known[place_id, row.external_id] = Message(*row)
            if self._has_graves(place_id):
                graves = select(tombstone.c.external_id).where(
                    tombstone.c.place_id == place_id, tombstone.c.external_id.in_(names)
                )
                self._buried.update((place_id, name) for name in self._connection.scalars(graves))

    def _has_graves(self, place_id: int) -> bool:
        """Whether anything was ever deleted there: in most imports nothing was."""
        if place_id not in self._graves:
            query = select(tombstone.c.place_id).where(tombstone.c.place_id == place_id).limit(1)
            self._graves[place_id] = self._connection.execute(query).first() is not None
        return self._graves[place_id]

    def warm_strands(self, place_id: int, strands: Sequence[str]) -> None:
        """Look the ends of many strands up at once, so that `last_of` need not ask for each."""
        missing = [strand for strand in strands if (place_id, strand) not in self._tails]
        for part in chunks(missing):
            query = (
                select(conversation.c.strand, conversation.c.id)
                .where(conversation.c.place_id == place_id, conversation.c.strand.in_(part))
                .order_by(conversation.c.tail_at, conversation.c.tail)
            )
            self._tails.update({(place_id, strand): None for strand in part})
            found = {(place_id, row.strand): row.id for row in self._connection.execute(query)}
            self._tails.update(found)
            self._drafts.load(list(found.values()))

    def find(self, place_id: int, external_id: str) -> Message | None:
        """The message that the platform calls `external_id`, if it is kept."""
        key = place_id, external_id
        if key not in self._known:
            self.warm(place_id, (external_id,))
        return self._known[key]

    def conversation(self, conversation_id: int) -> Conversation:
        """A conversation by its number."""
        return self._drafts.get(conversation_id).value()

    def last_of(self, place_id: int, strand: str) -> Conversation | None:
        """The conversation at the end of a strand."""
        tail = self._tail(place_id, strand)
        if tail in self._torn:  # its row says how it was before
            self.mend()
            tail = self._tail(place_id, strand)
        return None if tail is None else self.conversation(tail)

    def _tail(self, place_id: int, strand: str) -> int | None:
        key = place_id, strand
        if key not in self._tails:
            query = (
                select(conversation.c.id)
                .where(conversation.c.place_id == place_id, conversation.c.strand == strand)
                .order_by(conversation.c.tail_at.desc(), conversation.c.tail.desc())
                .limit(1)
            )
            self._tails[key] = self._connection.execute(query).scalar()
        return self._tails[key]

    def is_alone(self, post: Message) -> bool:
        """Whether no other message lies on a message's strand, which is not of attached replies."""
        strand = strand_of(post.thread, post.reply_to)
        last = self.last_of(post.place_id, strand)
        if last is None or last.id != post.conversation_id or last.messages > 1:
            return False
        self.mend()
        self.flush()
        others = select(conversation.c.id).where(
            conversation.c.place_id == post.place_id,
            conversation.c.strand == strand,
            conversation.c.id != post.conversation_id,
        )
        return self._connection.execute(others.limit(1)).first() is None

    def is_buried(self, place_id: int, external_id: str) -> bool:
        """Whether the message was deleted, maybe before it came."""
        self.find(place_id, external_id)
        return (place_id, external_id) in self._buried

    def in_thread(self, place_id: int, thread: str) -> list[str]:
        """The ids of the messages of a thread, with the one that it stands under."""
        query = (
            select(message.c.external_id)
            .join(conversation, conversation.c.id == message.c.conversation_id)
            .where(conversation.c.place_id == place_id)
            .where(conversation.c.strand == strand_of(thread, None))
        )
        return list(self._connection.scalars(query))

    def orphans_of(self, post: Message) -> list[Message]:
        """The replies to a message that came before it did."""
        is_awaited = strand_of(None, post.external_id) in self._lost_in(post.place_id)
        return self.replies_to(post) if is_awaited else []

    def _lost_in(self, place_id: int) -> set[str]:
        """The strands of replies to messages that are not there."""
        if place_id not in self._lost:
            query = select(conversation.c.strand).where(
                conversation.c.place_id == place_id,
                conversation.c.strand.between(LOST, f"{LOST}\U0010ffff"),
            )
            self._lost[place_id] = set(self._connection.scalars(query))
        return self._lost[place_id]

    # ── Appending ────────────────────────────────────────────────────────────────────────────

    def open(self, post: Message, strand: str) -> Message:
        """Keep a message that begins a conversation on `strand`."""
        return self.append(post, self._begin(post, strand))

    def _begin(self, post: Message, strand: str) -> int:
        draft = self._drafts.begin(self._ids.next(), strand, post, is_new=True)
        self._note_end(draft)
        return draft.id

    def _note_end(self, draft: Draft) -> None:
        """A new conversation may be the last of its strand, or await a lost message."""
        last = self.last_of(draft.place_id, draft.strand)
        if last is None or (last.tail_at, last.tail) <= (draft.tail_at, draft.tail):
            self._tails[draft.place_id, draft.strand] = draft.id
        if draft.strand.startswith(LOST):
            self._lost_in(draft.place_id).add(draft.strand)

    def append(self, post: Message, conversation_id: int) -> Message:
        """Keep a message as one of a conversation, at its end or attached to it."""
        kept = Message(
            self._ids.next(),
            post.place_id,
            post.external_id,
            conversation_id,
            post.account_id,
            post.text,
            post.at,
            post.thread,
            post.reply_to,
            post.permalink,
            post.edited_at,
        )
        if conversation_id not in self._torn:
            draft = self._drafts.get(conversation_id)
            if draft.people and draft.strand.startswith(LOST):
                self._tear([conversation_id])  # who replied first to what is lost may change
            else:
                self._extend(draft, kept)
        self._known[kept.place_id, kept.external_id] = kept
        self._new.append(kept)
        return kept

    def _extend(self, draft: Draft, post: Message) -> None:
        words = self._index.add(draft.place_id, draft.id, post.account_id, post.text)
        self._drafts.take(draft, post, words)

    # ── Changing what is there ───────────────────────────────────────────────────────────────

    def rewrite(self, kept: Message) -> None:
        """Put a new text (and version) in the place of the old one."""
        before = self._known.get((kept.place_id, kept.external_id))
        if before is None or before.text != kept.text:
            self._tear([kept.conversation_id])
        self.flush()
        change = (
            update(message)
            .where(message.c.id == kept.id)
            .values(text=kept.text, edited_at=kept.edited_at)
        )
        self._connection.execute(change)
        self._known[kept.place_id, kept.external_id] = kept

    def rethread(self, kept: Message, thread: str | None) -> Message:
        """Make a message part of a thread, or of none; which conversation that is comes next."""
        self._tear([kept.conversation_id])
        change = update(message).where(message.c.id == kept.id).values(thread=thread)
        self._connection.execute(change)
        threaded = replace(kept, thread=thread)
        self._known[kept.place_id, kept.external_id] = threaded
        return threaded

    def bury(self, place_id: int, external_id: str, at: datetime) -> None:
        """Remember that a message is deleted, so that no late copy or reaction is kept."""
        row = {"place_id": place_id, "external_id": external_id, "at": at}
        self._connection.execute(
            upsert(self._connection, tombstone).values(row).on_conflict_do_nothing()
        )
        self._buried.add((place_id, external_id))
        self.reactions.drop_on(place_id, [external_id])

    def remove(self, gone: Sequence[Message]) -> None:
        """Take messages out, with their shares; conversations left empty go when mended."""
        self._tear({post.conversation_id for post in gone})
        for part in chunks(gone):
            self._connection.execute(
                delete(message).where(message.c.id.in_([post.id for post in part]))
            )
        names: dict[int, list[str]] = {}
        for post in gone:
            self._known[post.place_id, post.external_id] = None
            names.setdefault(post.place_id, []).append(post.external_id)
        for place_id, some in names.items():
            self.reactions.drop_on(place_id, some)

    def move(self, posts: Sequence[Message], conversation_id: int | None, strand: str) -> int:
        """Make messages part of another conversation, or of a new one on `strand`."""
        first = posts[0]
        target = conversation_id or self._begin(first, strand)
        self._tear({post.conversation_id for post in posts} | {target})
        for part in chunks(posts):
            self._connection.execute(
                update(message)
                .where(message.c.id.in_([post.id for post in part]))
                .values(conversation_id=target)
            )
        for post in posts:
            moved = replace(post, conversation_id=target)
            self._known[post.place_id, post.external_id] = moved
        return target

    def said_in(self, conversation_ids: Iterable[int]) -> list[Message]:
        """Every message of some conversations, in order of time."""
        self.flush()
        found: list[Message] = []
        for part in chunks(sorted(set(conversation_ids))):
            query = select(*MESSAGE_COLUMNS).where(message.c.conversation_id.in_(part))
            found += [Message(*row) for row in self._connection.execute(query)]
        return sorted(found, key=in_order)

    def replies_to(self, post: Message) -> list[Message]:
        """The messages outside threads that reply directly to one."""
        self.flush()
        query = select(*MESSAGE_COLUMNS).where(
            message.c.place_id == post.place_id,
            message.c.reply_to == post.external_id,
            message.c.thread.is_(None),
        )
        return [Message(*row) for row in self._connection.execute(query)]

    def stretch(
        self, place_id: int, strand: str, moment: datetime, most: int, unsettled: Collection[int]
    ) -> Stretch:
        """Where grouping has to begin if something changed at `moment`, and `most` from there.

        Conversations of a strand follow one another but for the `unsettled` ones, which may lie
        anywhere; these are all in it that begin before it ends.
        """
        self.mend()
        self.flush()
        ends = conversation.c.tail_at, conversation.c.tail
        settled = and_(
            conversation.c.place_id == place_id,
            conversation.c.strand == strand,
            conversation.c.id.not_in(unsettled),
        )
        begins = select(conversation.c.id, conversation.c.started_at, *ends).where(settled)
        before = begins.where(conversation.c.tail_at < moment).order_by(*(e.desc() for e in ends))
        first = self._connection.execute(before.limit(1)).first()
        since = moment if first is None else first.tail_at
        following = begins.where(conversation.c.tail_at >= since).order_by(*ends)
        rows = self._connection.execute(following.limit(most + 1)).all()
        horizon = rows[most].started_at if len(rows) > most else None
        found = [row.id for row in rows[:most]]
        return Stretch(
            tuple(found + self._beginning_before(horizon, unsettled)),
            found[0] if found and (first is not None or rows[0].started_at < moment) else None,
            horizon,
        )

    def _beginning_before(self, horizon: datetime | None, numbers: Collection[int]) -> list[int]:
        found: list[int] = []
        for part in chunks(sorted(numbers)):
            query = select(conversation.c.id).where(conversation.c.id.in_(part))
            if horizon is not None:
                query = query.where(conversation.c.started_at < horizon)
            found += self._connection.scalars(query)
        return found

    # ── Derived rows ─────────────────────────────────────────────────────────────────────────

    def _tear(self, conversation_ids: Iterable[int]) -> None:
        self.flush()  # what comes next changes rows, which must be there
        fresh = sorted(set(conversation_ids) - self._torn.keys())
        if not fresh:
            return
        for post in self.said_in(fresh):
            self._index.remove(post.place_id, post.conversation_id, post.account_id, post.text)
        for part in chunks(fresh):
            self._connection.execute(
                delete(participant).where(participant.c.conversation_id.in_(part))
            )
        for number in fresh:
            draft = self._drafts.get(number)
            self._torn[number] = draft.place_id, draft.strand
            self._drafts.discard(number)

    def mend(self) -> None:
        """Derive anew what the changes of this transaction have torn."""
        if not self._torn:
            return
        torn, self._torn = self._torn, {}
        for at_end in torn.values():
            self._tails.pop(at_end, None)
        posts = self.said_in(torn)
        by_conversation: dict[int, list[Message]] = {}
        for post in posts:
            by_conversation.setdefault(post.conversation_id, []).append(post)
        empty = [number for number in torn if number not in by_conversation]
        for part in chunks(empty):
            self._connection.execute(delete(conversation).where(conversation.c.id.in_(part)))
        for number, said in by_conversation.items():
            self._derive(number, torn[number][1], said)
        self.flush()

    def _derive(self, number: int, strand: str, said: list[Message]) -> None:
        """One conversation's rows from its messages, in order of time."""
        first = next((post for post in said if not is_attached(post)), said[0])
        draft = self._drafts.begin(number, strand, first, is_new=False)
        for post in said:
            self._extend(draft, post)

    # ── Writing ──────────────────────────────────────────────────────────────────────────────

    def flush(self) -> None:
        """Write what was gathered; reads that must see it come after."""
        self._drafts.flush()
        if self._new:
            names = Message.__slots__
            rows = [{name: getattr(post, name) for name in names} for post in self._new]
            self._new.clear()
            self._connection.execute(insert(message), rows)
        self._drafts.flush_rest()
