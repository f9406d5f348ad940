"""Why somebody is named: the few things that show it, each with the way to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from bot.replies import Line, Link, Quote, Source
from bot.text import words
from bot.text.urls import host
from bot.wording import day, place, short

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from bot.model import Account, Claim, Share
    from bot.ports import Said

MOST = 3  # receipts under one name


@dataclass(frozen=True, slots=True)
class Receipt:
    """One thing that shows it. `kind` and `key` are what hiding it is remembered by."""

    kind: str
    key: str
    at: datetime
    line: Line


@dataclass(slots=True)
class Listed:
    """A person as they are listed: under one name, with receipts, best first."""

    person_id: int
    name: str
    receipts: list[Receipt] = field(default_factory=list)

    def shown(self) -> list[Receipt]:
        """The few that are shown, newest first; what people say of themselves last."""
        best = self.receipts[:MOST]
        return sorted(best, key=lambda one: (one.kind != "claim", one.at), reverse=True)


def answered(said: Said, now: datetime, *, thanked: bool = False) -> Receipt:
    """`answered Ana in #infra, 3 May ↗`; `helped Ana` where somebody said thanks for it."""
    where = place(said.place_name, said.elsewhere)
    did = "helped" if thanked else "answered"
    text = f"{did} {said.opener} in {where}, {day(said.at, now)} "
    line: Line = (text, Source(said.place, said.external_id, said.permalink))
    return Receipt("conversation", str(said.conversation_id), said.at, line)


def shared(share: Share, now: datetime) -> Receipt:
    """`shared Title in #tools, 3 May ↗`."""
    where = f" in {place(share.place_name, share.elsewhere)}, {day(share.at, now)} "
    source = Source(share.place, share.message, share.permalink)
    line: Line = ("shared ", linked(share), where, source)
    return Receipt("share", str(share.id), share.at, line)


def claimed(claim: Claim) -> Receipt:
    """`says: knows terraform`."""
    return Receipt("claim", str(claim.id), claim.at, ("says: knows ", Quote(claim.topic)))


def title(share: Share) -> str:
    """What a link is called: its title, else its address without the prefix."""
    if share.title:
        return short(share.title)
    return short(share.canonical.partition("://")[2].rstrip("/") or host(share.url), 60)


def linked(share: Share) -> Link | Quote:
    """A link by its name; a note is no link."""
    name = title(share)
    return Link(name, share.url) if share.url else Quote(name)


def telling(said: Iterable[Said], terms: Collection[str]) -> dict[tuple[int, int], Said]:
    """For each conversation and account the message that shows most of what is asked.

    The one with the most of the terms; among equals the longest.
    """
    wanted = set(terms)
    several: dict[tuple[int, int], list[Said]] = {}
    for one in said:
        several.setdefault((one.conversation_id, one.account_id), []).append(one)

    def worth(one: Said) -> tuple[int, int]:
        return len(wanted.intersection(words.sequence(one.text))), len(one.text)

    # Most said one thing only, whose words need not be counted.
    return {
        key: some[0] if len(some) == 1 else max(some, key=worth) for key, some in several.items()
    }


def name_here(accounts: Collection[Account], scope: str) -> str:
    """The name a person goes by in a community; else any of their names."""
    here = [one for one in accounts if one.ref.community.id == scope]
    return (here or list(accounts))[0].name
