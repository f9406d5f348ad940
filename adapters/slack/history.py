"""Pages of `conversations.history` and `conversations.replies`, read: pure.

https://docs.slack.dev/reference/methods/conversations.history: newest first, without the answers in
threads, whose parents say how many they have.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.files.records import LeftOut, Record, optional_id, records
from adapters.files.slack_messages import slack_moment
from adapters.slack.translate import read_message
from adapters.slack.workspace import Workspace
from bot.events import MessagePosted


@dataclass(frozen=True, slots=True)
class Parent:
    """A message with answers under it, and when the last of them came, if Slack says so."""

    ts: str
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page: what people said in it, and the threads that begin in it.

    `oldest` is the id of its oldest message, whoever wrote it; `more`: there are older ones.
    """

    messages: tuple[MessagePosted, ...]
    parents: tuple[Parent, ...]
    oldest: str | None
    more: bool


def page_of(answer: dict[str, Any], channel: str, home: Workspace) -> Page:
    """Read one answer."""
    shown = records(answer.get("messages"))
    ids = [ts for one in shown if (ts := _id(one)) is not None]
    return Page(
        _read(shown, channel, home),
        tuple(found for one in shown if (found := _parent(one)) is not None),
        min(ids, key=float, default=None),
        bool(answer.get("has_more")) and bool(ids),
    )


def replies_of(
    shown: list[Any], parent: str, channel: str, home: Workspace
) -> tuple[MessagePosted, ...]:
    """Read one page of a thread, without the message it stands under."""
    return _read([one for one in records(shown) if _id(one) != parent], channel, home)


def _read(shown: list[Record], channel: str, home: Workspace) -> tuple[MessagePosted, ...]:
    found: list[MessagePosted] = []
    for one in reversed(shown):
        try:
            found.append(read_message(one, channel, home))
        except LeftOut:
            continue
    return tuple(found)


def _id(message: Record) -> str | None:
    try:
        ts = optional_id(message, "ts")
        return None if ts is None else str(slack_moment(ts) and ts)
    except LeftOut:
        return None


def _parent(message: Record) -> Parent | None:
    ts = _id(message)
    if ts is None or not message.get("reply_count"):
        return None
    try:
        last = message.get("latest_reply")
        return Parent(ts, slack_moment(last) if isinstance(last, str) else None)
    except LeftOut:
        return Parent(ts, None)
