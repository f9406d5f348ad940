"""The SELECTs of the index of words; as those of `storage/queries.py`, each built once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Float,
    Integer,
    and_,
    bindparam,
    case,
    cast,
    func,
    select,
    type_coerce,
    union_all,
)

from storage.binding import MOST, at_all, micros, one_of
from storage.columns import Word
from storage.lists import among
from storage.sight import seen
from storage.tables import conversation, place, posting, vocabulary

if TYPE_CHECKING:
    from sqlalchemy.sql import CompoundSelect, Select

SIZE = select(
    func.coalesce(func.sum(place.c.conversations), 0), func.coalesce(func.sum(place.c.words), 0)
).where(seen(place.c.id))

FREQUENCIES = (
    select(vocabulary.c.term, type_coerce(func.sum(vocabulary.c.conversations), Integer))
    .where(one_of(vocabulary.c.term, "terms"), seen(vocabulary.c.place_id))
    .group_by(vocabulary.c.term)
)


@cache
def score(terms: int, *, narrowed: bool) -> Select[Any]:
    """BM25 of the conversations that hold some of `terms` terms, best first.

    Binds `term_0`, `weight_0` and so on, `k1`, `b`, `average`, `most`; if narrowed, `within` and
    `narrow`, some conversations and how many these are, else `after`, the number of the
    conversation behind which they are looked for.
    """
    names = [bindparam(f"term_{n}", type_=Word) for n in range(terms)]
    weights = [bindparam(f"weight_{n}", type_=Float) for n in range(terms)]
    k1, b, average = (bindparam(name, type_=Float) for name in ("k1", "b", "average"))
    used = select(
        posting.c.term, posting.c.conversation_id, func.sum(posting.c.tf).label("tf")
    ).where(posting.c.term.in_(names))
    # Grouped in the order in which the rows are found.
    if narrowed:
        hits = _looked_up(used).group_by(posting.c.conversation_id, posting.c.term).subquery()
    else:
        by_key = (posting.c.term, posting.c.place_id, posting.c.conversation_id)
        after = posting.c.conversation_id > bindparam("after", type_=BigInteger)
        hits = used.where(seen(posting.c.place_id), after).group_by(*by_key).subquery()
    weight = case(*zip(names, weights, strict=True), value=hits.c.term, else_=0.0)
    room = k1 * (1 - b + b * conversation.c.words / average)
    total = type_coerce(func.sum(weight * hits.c.tf * (k1 + 1) / (hits.c.tf + room)), Float)
    whole = type_coerce(func.sum(weight), Float)
    return (
        select(
            conversation.c.id,
            total,
            whole,
            micros(conversation.c.last_at),
            conversation.c.place_id,
        )
        .join(hits, hits.c.conversation_id == conversation.c.id)
        .group_by(conversation.c.id, conversation.c.last_at, conversation.c.place_id)
        # Whole millionths: the order in which a database adds must not decide a tie.
        .order_by(cast(total * 1_000_000, BigInteger).desc(), conversation.c.id.desc())
        .limit(MOST)
    )


# The number of the conversation behind which there are so many (`most`) visible ones.
NEWEST = (
    select(conversation.c.id)
    .where(at_all(conversation.c.id), seen(conversation.c.place_id + 0))
    .order_by(conversation.c.id.desc())
    .limit(1)
    .offset(MOST)
)


def _looked_up(query: Select[Any]) -> Select[Any]:
    """Narrow a read of postings to some visible conversations, so that the key leads to each.

    The limit changes nothing but the plan: the conversations are found first, and not anew for
    every term of every place.
    """
    chosen = (
        select(conversation.c.id, conversation.c.place_id)
        .where(among(conversation.c.id, "within"), seen(conversation.c.place_id + 0))
        .limit(bindparam("narrow", type_=Integer))
        .subquery()
    )
    return query.join(
        chosen,
        and_(chosen.c.place_id == posting.c.place_id, chosen.c.id == posting.c.conversation_id),
    )


USED = _looked_up(
    select(posting.c.term, posting.c.conversation_id, posting.c.account_id, posting.c.tf).where(
        one_of(posting.c.term, "terms")
    )
)


@cache
def near(beginnings: int) -> CompoundSelect[Any]:
    """The words that begin in one of several ways, from `from_0` to `to_0` and so on.

    No word may begin in two of them. Each is read by itself: of ways that an OR joins SQLite makes
    a look at every word there is.
    """
    return union_all(*(_beginning(n) for n in range(beginnings)))


def _beginning(number: int) -> Select[Any]:
    term = vocabulary.c.term
    return (
        select(term, type_coerce(func.sum(vocabulary.c.conversations), Integer))
        .where(term >= bindparam(f"from_{number}"), term < bindparam(f"to_{number}"))
        .where(seen(vocabulary.c.place_id))
        .group_by(term)
    )


NEWEST_WITH = (
    select(posting.c.term, func.max(posting.c.conversation_id))
    .where(one_of(posting.c.term, "terms"), seen(posting.c.place_id))
    .group_by(posting.c.term)
)
