"""Which messages belong together: a pure function of what stands in a place.

Every message lies on a *strand*: its platform thread; else, when it replies to a message, the
strand of that message (or of the lost message it replies to); else the place's open floor. A
strand is cut into conversations at every silence longer than a gap, and after a cap of messages.
Replies outside threads are attached to the conversation of what they reply to and never lengthen
a strand, so that one late message moves only what hangs on it.

The result depends only on the set of messages, not on the order in which they arrived.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.model import Conversation, Message

FLOOR = "floor"
_THREAD = "thread:"
LOST = "lost:"
THREAD_GAP = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Limits:
    """Where a strand is cut.

    `gap` is the silence that ends a conversation on the open floor, `thread_gap` the one in a
    thread; `cap` is the most messages one conversation holds.
    """

    gap: timedelta = timedelta(minutes=15)
    thread_gap: timedelta = THREAD_GAP
    cap: int = 100

    def of(self, strand: str) -> timedelta:
        """The silence that ends a conversation on this strand; replies to one message never end."""
        if strand.startswith(LOST):
            return timedelta.max
        return self.gap if strand == FLOOR else self.thread_gap


def strand_of(thread: str | None, reply_to: str | None) -> str:
    """The strand of a message whose reply target, if any, is unknown."""
    if thread is not None:
        return f"{_THREAD}{thread}"
    return FLOOR if reply_to is None else f"{LOST}{reply_to}"


def is_attached(message: Message) -> bool:
    """Whether the message hangs on another one instead of lying on a strand itself."""
    return message.thread is None and message.reply_to is not None


def continues(conversation: Conversation, message: Message, limits: Limits) -> bool:
    """Whether a message at the end of a strand still belongs to its last conversation."""
    silence = message.at - conversation.tail_at
    return conversation.messages < limits.cap and silence <= limits.of(conversation.strand)


def is_late(conversation: Conversation, message: Message) -> bool:
    """Whether a message stands before the end of its strand's last conversation."""
    return in_order(message) < (conversation.tail_at, conversation.tail)


def belongs_inside(conversation: Conversation, message: Message, limits: Limits) -> bool:
    """Whether a late message lies within its strand's last conversation, and has room there."""
    is_within = conversation.started_at < message.at and is_late(conversation, message)
    return is_within and conversation.messages < limits.cap


def cut(strand: str, messages: Sequence[Message], limits: Limits) -> list[list[Message]]:
    """Cut a strand's messages, in order of time, into conversations."""
    runs: list[list[Message]] = []
    for message in messages:
        run = runs[-1] if runs else None
        if run is None or len(run) >= limits.cap or message.at - run[-1].at > limits.of(strand):
            runs.append([message])
        else:
            run.append(message)
    return runs


def in_order(message: Message) -> tuple[datetime, str]:
    """Sort key: time, then the platform's id where two stand at one moment."""
    return message.at, message.external_id


def hanging_on(messages: Iterable[Message], said: Iterable[Message]) -> list[Message]:
    """Those of `said` that are attached to some messages, or to what is attached to them."""
    answers: dict[str | None, list[Message]] = {}
    for post in said:
        if is_attached(post):
            answers.setdefault(post.reply_to, []).append(post)
    found: list[Message] = []
    targets = [post.external_id for post in messages]
    while targets:
        # Each target is taken out, so that messages answering each other end it as well.
        hanging = answers.pop(targets.pop(), [])
        found += hanging
        targets += [post.external_id for post in hanging]
    return found
