"""Keeping what people say: messages, their conversations and the links they share.

Idempotent: the state after any order and any number of repeats of the same events is the same. A
message is known by its place and id and has a version (`edited_at`); the newest version wins, and
a deletion wins over all, also when it comes before the message. An edit that makes a message a
request to Grapevine counts as a deletion. Nothing is kept of bots, of requests, of direct messages,
of places that are switched off (an edit there takes the message out, as its new text may not be
kept and its old one should not be), and of people who asked to be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot import conversations
from bot.conversations import Limits
from bot.events import (
    MessageDeleted,
    MessagePosted,
    ReactionChanged,
    ReactionsCleared,
    Visibility,
)
from bot.features import sharing
from bot.features.regrouping import bring, regroup
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

    Messages that arrive late open conversations of their own at first; `settle` puts them where
    they belong, once for all that came late. `_late`: the moments of a place's strand in which
    something came late or went, and into or out of which conversation. `_early`: the last of these
    conversations. `_threads`: (place, thread) of which only the beginning may be left, so that it
    is no thread. `_awaited`: threads in which somebody answers in this batch.
    """

    unit: Unit
    limits: Limits = field(default_factory=Limits)
    _late: dict[tuple[int, str], list[tuple[datetime, int]]] = field(default_factory=dict)
    _early: dict[tuple[int, str], int] = field(default_factory=dict)
    _threads: set[tuple[int, str]] = field(default_factory=set)
    _awaited: set[tuple[int, str]] = field(default_factory=set)

    def warm(self, posts: Sequence[MessagePosted]) -> None:
        """Look up what a batch says in one place at once; changes nothing but the speed."""
        self.unit.directory.warm({post.author for post in posts})
        place = self.unit.directory.place(posts[0].place)
        if place is None:
            return
        # A thread may be named by the message it stands under.
        threads = {post.thread for post in posts if post.thread and post.thread != post.id}
        self._awaited.update((place.id, thread) for thread in threads)
        self.unit.archive.warm(place.id, [*(post.id for post in posts), *threads])
        strands = {conversations.strand_of(post.thread, post.reply_to) for post in posts}
        strands |= {conversations.strand_of(post.id, None) for post in posts if not post.thread}
        # The floor has as many conversations as all threads together; its end is one look-up.
        self.unit.archive.warm_strands(place.id, sorted(strands - {conversations.FLOOR}))

    def post(self, event: MessagePosted) -> bool:
        """Keep a message, or its newer version. Whether anything changed."""
        place = self.unit.directory.place(event.place)
        if place is None or event.from_bot:
            return False
        if event.to_bot or not listens(place):
            return self._take_back(place, event)
        kept = self.unit.archive.find(place.id, event.id)
        if kept is not None:
            return self._edit(kept, event)
        account = self.unit.directory.author(event.author)
        if account is None or account.is_bot or self.unit.archive.is_buried(place.id, event.id):
            return False
        self._keep(place, account, event)
        return True

    def on_behalf(self, place: Place, account: Account, event: MessagePosted) -> None:
        """Keep what Grapevine posted for somebody in their own words as theirs.

        So a question to the network, and what is answered to it, are found like any other.
        """
        is_new = self.unit.archive.find(place.id, event.id) is None
        if listens(place) and is_new and not self.unit.archive.is_buried(place.id, event.id):
            self._keep(place, account, event)
            self.settle()

    def _take_back(self, place: Place, event: MessagePosted) -> bool:
        """Take out what was kept of a message whose new version may not be kept."""
        if event.edited_at is None:
            return False
        kept = self.unit.archive.find(place.id, event.id)
        if listens(place):
            self.unit.archive.bury(place.id, event.id, event.edited_at)
        elif kept is not None and not _is_newer(kept, event):
            return False
        if kept is not None:
            self.remove([kept])
        return kept is not None

    def _keep(self, place: Place, account: Account, event: MessagePosted) -> None:
        post = _message(place, account, event)
        if post.thread is not None:
            self._begin_thread(post)
        elif self._opens_thread(post):
            post = replace(post, thread=post.external_id)
        post = self._place(post)
        sharing.keep(self.unit.shares, post, event)
        for reply in self.unit.archive.orphans_of(post):
            self._follow(reply, post.conversation_id)

    def _opens_thread(self, post: Message) -> bool:
        """Whether somebody answers, or did before the message came, in the thread under it."""
        thread = post.place_id, post.external_id
        if thread in self._awaited:
            self._threads.add(thread)  # the answer may turn out to be one that is not kept
            return True
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
        self._early.clear()  # it may be left empty
        moved = archive.rethread(root, root.external_id)
        home = archive.move([moved], None, strand)
        bring(self.unit.archive, [moved], said, home)
        if not conversations.is_attached(root):
            self._disturb(root, root.conversation_id)

    def _end_thread(self, place_id: int, thread: str) -> None:
        """When nothing else is in a thread, the message it stands under lies on the open floor."""
        archive = self.unit.archive
        root = archive.find(place_id, thread)
        if root is None or root.thread != thread or not archive.is_alone(root):
            return
        said = archive.said_in([root.conversation_id])
        bare = archive.rethread(root, None)
        if conversations.is_attached(bare):
            self._follow(bare, self._home_of(bare))
        else:
            home = archive.move([bare], None, conversations.FLOOR)
            bring(self.unit.archive, [bare], said, home)
            self._disturb(bare, home)

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
            return archive.append(post, last.id)
        if last is not None and conversations.belongs_inside(last, post, self.limits):
            return archive.append(post, last.id)
        if last is not None and conversations.is_late(last, post):
            return self._place_late(post, strand)
        if last is not None and conversations.continues(last, post, self.limits):
            return archive.append(post, last.id)
        return archive.open(post, strand)

    def _place_late(self, post: Message, strand: str) -> Message:
        """What comes late together stays together until it is settled."""
        archive = self.unit.archive
        early = self._early.get((post.place_id, strand))
        last = None if early is None else archive.conversation(early)
        if last is None or conversations.is_late(last, post):
            kept = archive.open(post, strand)
        elif conversations.continues(last, post, self.limits):
            kept = archive.append(post, last.id)
        else:
            kept = archive.open(post, strand)
        self._early[post.place_id, strand] = kept.conversation_id
        self._disturb(kept, kept.conversation_id)
        return kept

    def _edit(self, kept: Message, event: MessagePosted) -> bool:
        if not _is_newer(kept, event):
            # What a link's page is called may come at any time, and with any version.
            return bool(event.unfurls) and sharing.entitle(self.unit.shares, kept, event)
        newer = replace(kept, text=tidy(event.text), edited_at=event.edited_at)
        self.unit.archive.rewrite(newer)
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
            if not conversations.is_attached(post):
                self._disturb(post, post.conversation_id)
        self._threads |= {(post.place_id, post.thread) for post in gone if post.thread}
        self.settle()

    def react(self, event: ReactionChanged) -> None:
        """Keep who put which emoji on what, or that it was taken away."""
        directory, archive = self.unit.directory, self.unit.archive
        place = directory.place(event.place)
        if place is None:
            return
        if not listens(place):
            account = directory.account(event.account)
            if account is not None and not event.added:
                archive.reactions.drop(event, place.id, account.id)
            return
        account = directory.author(event.account)
        if account is None or account.is_bot or archive.is_buried(place.id, event.message):
            return
        archive.reactions.save(event, place.id, account.id)

    def clear_reactions(self, event: ReactionsCleared) -> None:
        """Take all reactions off a message, or those with one emoji."""
        place = self.unit.directory.place(event.place)
        if place is not None:
            self.unit.archive.reactions.clear(event, place.id)

    def silence(self, account: Account) -> None:
        """Take out what was kept of an account that turns out to be a bot."""
        self.settle()
        self.unit.flush()
        said = self.unit.removal.messages_of([account.id])
        if said:
            self.remove(said)
        self.unit.archive.reactions.drop_of(account.id)

    def finish(self) -> None:
        """Write everything, so that what it is about may go."""
        self.settle()
        self.unit.flush()

    # ── Putting late messages where they belong ──────────────────────────────────────────────

    def settle(self) -> None:
        """Group anew the stretches of time in which something came late or went."""
        self._early.clear()
        while self._late or self._threads:
            late, self._late = self._late, {}
            for (place_id, strand), moments in late.items():
                regroup(self.unit.archive, self.limits, (place_id, strand), sorted(moments))
            threads, self._threads = self._threads, set()
            for place_id, thread in sorted(threads):
                self._end_thread(place_id, thread)
        self.unit.archive.mend()

    def _disturb(self, post: Message, home: int) -> None:
        """Note that a message came late into `home`, or went out of it, and on which strand."""
        strand = conversations.strand_of(post.thread, post.reply_to)
        self._late.setdefault((post.place_id, strand), []).append((post.at, home))

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
            bring(self.unit.archive, [reply], said, home)

    def _now(self, post: Message) -> Message:
        """A message as it is now, after others have been moved."""
        return self.unit.archive.find(post.place_id, post.external_id) or post


def listens(place: Place) -> bool:
    """Whether what is said in a place may be kept."""
    return place.captured and place.visibility is not Visibility.DIRECT


def tidy(text: str) -> str:
    """A message's text as it may be stored: storable characters, no secrets, not endless."""
    return redact(sharing.storable(text))[:LONGEST]


def _message(place: Place, account: Account, event: MessagePosted) -> Message:
    return Message(
        id=0,
        place_id=place.id,
        external_id=event.id,
        conversation_id=0,
        account_id=account.id,
        text=tidy(event.text),
        at=event.at,
        # That it begins a thread is known by the answers: a platform may say so before any.
        thread=None if event.thread == event.id else event.thread,
        reply_to=event.reply_to,
        permalink=event.permalink,
        edited_at=event.edited_at,
    )


def _is_newer(kept: Message, event: MessagePosted) -> bool:
    if event.edited_at is None:
        return False
    return kept.edited_at is None or event.edited_at > kept.edited_at
