"""What is offered while somebody types a topic: words people use here, claims, and people.

Nobody but the one who types sees it, so it is computed from what they alone may see. It only saves
typing: anything else may be typed as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.text import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.model import Account
    from bot.ports import Near
    from bot.requests import Request

MOST = 25
MOST_WORDS = 15
MOST_PEOPLE = 10
CLAIMS = 200  # the newest that are looked at
MICROS = 1_000_000
SEEN = 1_000  # messages, the newest, whose authors are looked at
# What is said in more than this share of all conversations is no topic, where there are some.
COMMON = 0.1
SOME = 50
PERSON = "@"


def topics(request: Request, typed: str) -> list[str]:
    """Topics that what is typed may become, most likely ones first."""
    return list(dict.fromkeys([*_claimed(request, typed), *_worded(request, typed)]))[:MOST]


def topics_and_people(request: Request, typed: str) -> list[str]:
    """The same, and `@name` for whom it may mean; people alone once an @ is typed."""
    about = [] if typed.startswith(PERSON) else topics(request, typed)
    return [*about[: MOST - MOST_PEOPLE], *(PERSON + name for name in _people(request, typed))]


def _claimed(request: Request, typed: str) -> Iterator[str]:
    """What people say they know; of everything while nothing is typed."""
    claims = request.unit.evidence.newest_claims(request.own, CLAIMS)
    begun = [one for one in claims if _begins(one.topic, typed)]
    may = {one.id: one.person_id for one in _nameable(request, [one.account_id for one in begun])}
    hidden = request.unit.people.hidden_by(set(may.values()))
    for one in begun:
        key = "topic", words.key(one.topic)
        if one.account_id in may and key not in hidden.get(may[one.account_id], ()):
            yield one.topic


def _worded(request: Request, typed: str) -> Iterator[str]:
    """Words that go on with the last one that is being typed, the most used first."""
    before, space, last = typed.rpartition(" ")
    begun = _folded(last)
    if not begun:
        return
    evidence, audience = request.unit.evidence, request.own
    # `kubernetes` is kept as `kubernet`: what is typed to its end goes on with its stem.
    ways = {begun, *words.terms(last)}
    shortest = {one for one in ways if not any(o != one and one.startswith(o) for o in ways)}
    total, _ = evidence.size(audience)
    found = [one for one in evidence.near(shortest, audience) if not _is_common(one, total)]
    found.sort(key=lambda one: (-one.conversations, one.term))
    some = [one.term for one in found[: 2 * MOST_WORDS]]
    spelled = evidence.spelled(some, audience) if some else {}
    going_on = [spelled[term] for term in some if _folded(spelled[term]).startswith(begun)]
    yield from (before + space + one for one in going_on[:MOST_WORDS])


def _is_common(one: Near, total: int) -> bool:
    return one.term.isdigit() or (total >= SOME and one.conversations > COMMON * total)


def _people(request: Request, typed: str) -> list[str]:
    """The names of those who said something lately, as far as the person may know."""
    begun = typed.removeprefix(PERSON)
    now = int(request.at.timestamp() * MICROS)
    seen = request.unit.evidence.present(request.own, None, now, SEEN) if typed else []
    named = (one.name for one in _nameable(request, [one.account_id for one in seen]))
    return sorted({name for name in named if _begins(name, begun)})[:MOST_PEOPLE]


def _nameable(request: Request, account_ids: list[int]) -> list[Account]:
    return request.unit.people.nameable(account_ids)


def _begins(text: str, typed: str) -> bool:
    return _folded(text).startswith(_folded(typed))


def _folded(text: str) -> str:
    return words.fold(" ".join(text.split()))
