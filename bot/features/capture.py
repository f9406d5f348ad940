"""Keeping what people say: messages, their conversations and the links they share.

Idempotent: the state after any order and any number of repeats of the same events is the same. A
message is known by its place and id and has a version (`edited_at`); the newest version wins, and
a deletion wins over all, also when it comes before the message. Nothing is kept of bots, of
requests to Grapevine itself, of direct messages, of places that are switched off, and of people
who asked to be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot import conversations
from bot.conversations import Limits
from bot.events import MessageDeleted, MessagePosted, ReactionChanged, Visibility
from bot.features import sharing
from bot.model import Message
from bot.text.secrets import redact

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.model import Account, Place
    from bot.ports import Unit

LONGEST = 40_000  # characters; what Slack lets a message have, far above Discord's 4,000


@dataclass(slots=True)
class Capture:
    """Captures events within one unit of work; `settle` ends it.

    Messages that arrive late open a conversation of their own at first; `settle` puts them where
    they belong, once for all that came late.
    """

    unit: Unit
    limits: Limits = field(default_factory=Limits)
    _late: dict[tuple[int, str], list[datetime]] = field(default_factory=dict)

    def warm(self, posts: Sequence[MessagePosted]) -> None:
        """Look up a batch's messages at once; changes nothing but the speed."""
        self.unit.directory.warm({post.author for post in posts})
        by_place: dict[int, list[MessagePosted]] = {}
        for post in posts:
            place = self.unit.directory.place(post.place)
            if place is not None:
                by_place.setdefault(place.id, []).append(post)
        for place_id, some in by_place.items():
            names = [post.id for post in some]
            # A thread may be named by the message it stands under.
            names += {post.thread for post in some if post.thread}
            self.unit.archive.warm(place_id, names)
            strands = {conversations.strand_of(post.thread, post.reply_to) for post in some}
            strands |= {conversations.strand_of(post.id, None) for post in some if not post.thread}
            self.unit.archive.warm_strands(place_id, sorted(strands))

    def post(self, event: MessagePosted) -> bool:
        """Keep a message, or its newer version. Whether anything changed."""
        place = self.unit.directory.place(event.place)
        if place is None or not listens(place) or event.from_bot or event.to_bot:
            return False
        kept = self.unit.archive.find(place.id, event.id)
        if kept is not None:
            return self._edit(kept, event)
        account = self.unit.directory.author(event.author)
        if account is None or account.is_bot or self.unit.archive.is_buried(place.id, event.id):
            return False
        self._keep(place, account, event)
        return True

    def _keep(self, place: Place, account: Account, event: MessagePosted) -> None:
        post = _message(place, account, event)
        if post.thread is None and self._opens_thread(post):
            post = replace(post, thread=post.external_id)
        elif post.thread not in {None, post.external_id}:
            self._begin_thread(post)
        post = self._place(post)
        sharing.keep(self.unit.shares, post, event)
        for reply in self.unit.archive.orphans_of(post):
            self._follow(reply, post.conversation_id)

    def _opens_thread(self, post: Message) -> bool:
        """Whether replies in the thread under a message came before the message itself."""
        strand = conversations.strand_of(post.external_id, None)
        return self.unit.archive.last_of(post.place_id, strand) is not None

    def _begin_thread(self, reply: Message) -> None:
        """The first reply in a thread makes the message it stands under part of the thread.

        A platform names a thread by that message's id; until then it lay on the open floor.
        """
        archive = self.unit.archive
        root = archive.find(reply.place_id, reply.thread or "")
        if root is None or root.thread is not None:
            return
        strand = conversations.strand_of(reply.thread, None)
        said = archive.said_in([root.conversation_id])
        moved = archive.rethread(root, root.external_id)
        home = archive.move([moved], None, strand)
        self._bring([moved], said, home)
        if not conversations.is_attached(root):
            self._late.setdefault((root.place_id, conversations.FLOOR), []).append(root.at)
        self.settle()

    def _end_thread(self, place_id: int, thread: str) -> None:
        """When the last reply in a thread is gone, its message lies on the open floor again."""
        archive = self.unit.archive
        root = archive.find(place_id, thread)
        if root is None or root.thread != thread:
            return
        said = archive.said_in([root.conversation_id])
        if any(post.thread == thread and post.id != root.id for post in said):
            return
        strand = conversations.strand_of(None, root.reply_to)
        bare = archive.rethread(root, None)
        if conversations.is_attached(bare):
            self._follow(bare, self._home_of(bare))
        else:
            self._bring([bare], said, archive.move([bare], None, strand))
            self._late.setdefault((place_id, strand), []).append(bare.at)
        self.settle()

    def _home_of(self, reply: Message) -> int | None:
        parent = self.unit.archive.find(reply.place_id, reply.reply_to or "")
        return None if parent is None else parent.conversation_id

    def _place(self, post: Message) -> Message:
        archive = self.unit.archive
        if conversations.is_attached(post):
            parent = archive.find(post.place_id, post.reply_to or "")
            if parent is not None:
                return archive.append(post, parent.conversation_id)
        strand = conversations.strand_of(post.thread, post.reply_to)
        last = archive.last_of(post.place_id, strand)
        if last is not None and conversations.is_attached(post):
            archive.reopen(last.id)  # who replied first to what is lost may change
            return archive.append(post, last.id)
        if last is not None and post.at < last.tail_at:
            self._late.setdefault((post.place_id, strand), []).append(post.at)
        elif last is not None and conversations.continues(last, post, self.limits):
            return archive.append(post, last.id)
        return archive.open(post, strand)

    def _edit(self, kept: Message, event: MessagePosted) -> bool:
        if not _is_newer(kept, event):
            return False
        newer = replace(kept, text=tidy(event.text), edited_at=event.edited_at)
        if newer.text != kept.text:
            self.unit.archive.rewrite(newer)
            self.unit.archive.mend()
        self.unit.shares.drop([kept.id])
        sharing.keep(self.unit.shares, newer, event)
        return True

    def delete(self, event: MessageDeleted) -> bool:
        """Forget a message for good. Whether it had been kept."""
        place = self.unit.directory.place(event.place)
        if place is None:
            return False
        self.unit.archive.bury(place.id, event.id, event.at)
        kept = self.unit.archive.find(place.id, event.id)
        if kept is not None:
            self.remove([kept])
        return kept is not None

    def remove(self, gone: Sequence[Message]) -> None:
        """Take messages out and put what hung on them, or stood beside them, where it belongs."""
        archive = self.unit.archive
        self.settle()
        gone = [self._now(post) for post in gone]
        names = {(post.place_id, post.external_id) for post in gone}
        left = [r for post in gone for r in archive.replies_to(post)]
        self.unit.shares.drop([post.id for post in gone])
        archive.remove(gone)
        for reply in left:
            if (reply.place_id, reply.external_id) not in names:
                self._follow(reply, None)
        for post in gone:
            strand = conversations.strand_of(post.thread, post.reply_to)
            if not conversations.is_attached(post):
                self._late.setdefault((post.place_id, strand), []).append(post.at)
        self.settle()
        for place_id, thread in {(p.place_id, p.thread) for p in gone if p.thread}:
            self._end_thread(place_id, thread)

    def react(self, event: ReactionChanged) -> None:
        """Keep who put which emoji on what."""
        place = self.unit.directory.place(event.place)
        account = self.unit.directory.author(event.account)
        if place is not None and listens(place) and account is not None and not account.is_bot:
            self.unit.archive.react(event, place.id, account.id)

    # ── Putting late messages where they belong ──────────────────────────────────────────────

    def settle(self) -> None:
        """Group anew the stretches of time in which something came late or went."""
        self.unit.archive.mend()
        for (place_id, strand), moments in self._late.items():
            self._regroup(place_id, strand, min(moments), max(moments))
        self._late.clear()
        self.unit.archive.mend()

    def _regroup(self, place_id: int, strand: str, first: datetime, last: datetime) -> None:
        archive = self.unit.archive
        run = archive.around(place_id, strand, first, last, self.limits.of(strand))
        said = archive.said_in(run)
        on_strand = [post for post in said if not conversations.is_attached(post)]
        taken: set[int] = set()
        for group in conversations.cut(strand, on_strand, self.limits):
            home = next((p.conversation_id for p in group if p.conversation_id not in taken), None)
            moving = [post for post in group if post.conversation_id != home]
            if home is None or moving:
                home = archive.move(moving or group, home, strand)
                self._bring(moving or group, said, home)
            taken.add(home)

    def _bring(self, moved: Sequence[Message], said: Sequence[Message], home: int) -> None:
        """Move what hangs on moved messages along with them."""
        names = {post.external_id for post in moved}
        hanging: list[Message] = []
        attached = [post for post in said if conversations.is_attached(post)]
        for post in attached:  # in order of time, so a reply to a reply comes after it
            if post.reply_to in names:
                names.add(post.external_id)
                hanging.append(post)
        if hanging:
            self.unit.archive.move(hanging, home, "")

    def _follow(self, reply: Message, home: int | None) -> None:
        """Move a reply, and what hangs on it, to where its target now is (or was lost)."""
        archive = self.unit.archive
        reply = self._now(reply)
        said = archive.said_in([reply.conversation_id])
        strand = conversations.strand_of(None, reply.reply_to)
        if home is None:
            last = archive.last_of(reply.place_id, strand)
            home = None if last is None else last.id
        if home != reply.conversation_id:
            home = archive.move([reply], home, strand)
            self._bring([reply], said, home)

    def _now(self, post: Message) -> Message:
        """A message as it is now, after others have been moved."""
        return self.unit.archive.find(post.place_id, post.external_id) or post


def listens(place: Place) -> bool:
    """Whether what is said in a place may be kept."""
    return place.captured and place.visibility is not Visibility.DIRECT


def tidy(text: str) -> str:
    """A message's text as it may be stored: storable characters, no secrets, not endless."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return redact(text.replace("\x00", ""))[:LONGEST]


def _message(place: Place, account: Account, event: MessagePosted) -> Message:
    return Message(
        id=0,
        place_id=place.id,
        external_id=event.id,
        conversation_id=0,
        account_id=account.id,
        text=tidy(event.text),
        at=event.at,
        thread=event.thread,
        reply_to=event.reply_to,
        permalink=event.permalink,
        edited_at=event.edited_at,
    )


def _is_newer(kept: Message, event: MessagePosted) -> bool:
    if event.edited_at is None:
        # A platform may add the titles of links to a message that nobody edited.
        return kept.edited_at is None and bool(event.unfurls)
    return kept.edited_at is None or event.edited_at > kept.edited_at
