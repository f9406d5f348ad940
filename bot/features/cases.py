"""What speaks for each person on a topic: answers they gave, links they shared, claims of theirs.

Gathered as numbers first; only what will be shown is read in full.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.features import receipts
from bot.features.receipts import Listed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from bot.features.receipts import Receipt
    from bot.model import Audience, Claim, Share
    from bot.ports import Said, Unit

Hidden = set[tuple[str, str]]  # kind and key of each thing that somebody hid


@dataclass(slots=True)
class Gathered:
    """What was found, by account, best first; conversations and shares as their numbers.

    `thanked`: the (conversation, account) pairs in which somebody was thanked.
    """

    answers: dict[int, list[int]] = field(default_factory=dict)
    shares: dict[int, list[int]] = field(default_factory=dict)
    claims: dict[int, list[Claim]] = field(default_factory=dict)
    thanked: set[tuple[int, int]] = field(default_factory=set)

    def accounts(self) -> set[int]:
        """The accounts for which there is anything to show."""
        return self.answers.keys() | self.shares.keys() | self.claims.keys()


@dataclass(slots=True)
class Case:
    """What is shown for one person: answers as (conversation, account), shares, claims."""

    person_id: int
    name: str
    answers: list[tuple[int, int]]
    shares: list[int]
    claims: list[Claim]
    thanked: set[tuple[int, int]] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.answers or self.shares or self.claims)


def make(
    person_id: int, name: str, account_ids: Sequence[int], found: Gathered, hidden: Hidden
) -> Case:
    """The best of what speaks for a person, without what they hid; it may be nothing."""
    answers = [(n, who) for who in account_ids for n in found.answers.get(who, ())]
    shares = [n for who in account_ids for n in found.shares.get(who, ())]
    claims = [claim for who in account_ids for claim in found.claims.get(who, ())]
    answers = [a for a in answers if ("conversation", str(a[0])) not in hidden][: receipts.MOST]
    shares = [n for n in shares if ("share", str(n)) not in hidden]
    shares = shares[: receipts.MOST - len(answers)]
    claims = claims[: receipts.MOST - len(answers) - len(shares)]
    thanked = found.thanked.intersection(answers)
    return Case(person_id, name, answers, shares, claims, thanked)


def listed(
    cases: Sequence[Case], terms: Collection[str], audience: Audience, at: datetime, unit: Unit
) -> list[Listed]:
    """The people of some cases with their receipts. `terms`: what answers are chosen to show."""
    told = _told(cases, terms, audience, unit)
    shares = _shares(cases, audience, unit)
    return [
        Listed(case.person_id, case.name, list(_receipts(case, told, shares, at))) for case in cases
    ]


def _receipts(
    case: Case, told: dict[tuple[int, int], Said], shares: dict[int, Share], at: datetime
) -> Iterable[Receipt]:
    for one in case.answers:
        if one in told:
            yield receipts.answered(told[one], at, thanked=one in case.thanked)
    yield from (receipts.shared(shares[n], at) for n in case.shares if n in shares)
    yield from map(receipts.claimed, case.claims)


def _told(
    cases: Sequence[Case], terms: Collection[str], audience: Audience, unit: Unit
) -> dict[tuple[int, int], Said]:
    wanted = {pair for case in cases for pair in case.answers}
    if not wanted:
        return {}
    numbers, accounts = {number for number, _ in wanted}, {who for _, who in wanted}
    said = unit.evidence.said(numbers, accounts, audience)
    theirs = (one for one in said if (one.conversation_id, one.account_id) in wanted)
    return receipts.telling(theirs, terms)


def _shares(cases: Sequence[Case], audience: Audience, unit: Unit) -> dict[int, Share]:
    wanted = [number for case in cases for number in case.shares]
    return {one.id: one for one in unit.evidence.shares(wanted, audience)} if wanted else {}
