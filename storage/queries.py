"""The SELECTs of evidence, each built once; `storage/evidence.py` runs them for an audience.

Every one holds `seen(...)`: only visible places are read. `place_id + 0` says the same where the
rows are to be found by another key than by their place.
"""

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

from storage.columns import Word
from storage.lists import among
from storage.sight import seen
from storage.tables import (
    account,
    claim,
    claim_term,
    community,
    conversation,
    message,
    note,
    participant,
    place,
    post,
    posting,
    question,
    question_term,
    share,
    share_term,
    thanks,
    vocabulary,
)

if TYPE_CHECKING:
    from sqlalchemy.sql import ColumnElement, CompoundSelect, Select


def _micros(column: ColumnElement[object]) -> ColumnElement[int]:
    return type_coerce(column, BigInteger)


def _one_of(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    return column.in_(bindparam(name, expanding=True))


_MOST = bindparam("most", type_=Integer)
UNTIL = "until"
HOUR = 3_600_000_000  # microseconds


def _before(column: ColumnElement[object]) -> ColumnElement[bool]:
    """Only what came before the moment up to which the evidence is read."""
    return _micros(column) < bindparam(UNTIL, type_=BigInteger)


# ── The index ────────────────────────────────────────────────────────────────────────────────

SIZE = select(
    func.coalesce(func.sum(place.c.conversations), 0), func.coalesce(func.sum(place.c.words), 0)
).where(seen(place.c.id))

FREQUENCIES = (
    select(vocabulary.c.term, type_coerce(func.sum(vocabulary.c.conversations), Integer))
    .where(_one_of(vocabulary.c.term, "terms"), seen(vocabulary.c.place_id))
    .group_by(vocabulary.c.term)
)


@cache
def score(terms: int, *, narrowed: bool) -> Select[Any]:
    """BM25 of the conversations that hold some of `terms` terms, best first.

    Binds `term_0`, `weight_0` and so on, `k1`, `b`, `average`, `most`; if narrowed, `within` and
    `narrow`, some conversations and how many these are.
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
        hits = used.where(seen(posting.c.place_id)).group_by(*by_key).subquery()
    weight = case(*zip(names, weights, strict=True), value=hits.c.term, else_=0.0)
    room = k1 * (1 - b + b * conversation.c.words / average)
    total = type_coerce(func.sum(weight * hits.c.tf * (k1 + 1) / (hits.c.tf + room)), Float)
    whole = type_coerce(func.sum(weight), Float)
    return (
        select(
            conversation.c.id,
            total,
            whole,
            _micros(conversation.c.last_at),
            conversation.c.place_id,
        )
        .join(hits, hits.c.conversation_id == conversation.c.id)
        .where(_before(conversation.c.started_at))
        .group_by(conversation.c.id, conversation.c.last_at, conversation.c.place_id)
        # Whole millionths: the order in which a database adds must not decide a tie.
        .order_by(cast(total * 1_000_000, BigInteger).desc(), conversation.c.id.desc())
        .limit(_MOST)
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
        _one_of(posting.c.term, "terms")
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
    .where(_one_of(posting.c.term, "terms"), seen(posting.c.place_id))
    .group_by(posting.c.term)
)

# ── Conversations and who took part ──────────────────────────────────────────────────────────

PARTS = select(
    participant.c.conversation_id,
    participant.c.account_id,
    participant.c.messages,
    _micros(participant.c.answered_at).label("answered_at"),
).where(
    among(participant.c.conversation_id, "conversations"),
    seen(participant.c.place_id + 0),
    _before(participant.c.first_at),
)

ANSWERED_LATELY = (
    select(participant.c.account_id, _micros(participant.c.answered_at))
    .where(_before(participant.c.answered_at), seen(participant.c.place_id + 0))
    .order_by(participant.c.answered_at.desc(), participant.c.account_id.desc())
    .limit(_MOST)
)
ANSWERED_LATELY_HERE = ANSWERED_LATELY.where(
    participant.c.place_id == bindparam("here", type_=BigInteger)
)

# Ordered by what no index gives, so that those of all openers are not gone through for a few.
_their_own = (
    select(conversation.c.id)
    .where(among(conversation.c.opener_id, "accounts"), seen(conversation.c.place_id + 0))
    .order_by((conversation.c.id + 0).desc())
    .limit(_MOST)
    .subquery()
)
ANSWERED_TO = (
    select(participant.c.account_id, _micros(participant.c.answered_at))
    .join(_their_own, _their_own.c.id == participant.c.conversation_id)
    .where(_before(participant.c.answered_at))
)


def _present(*where: ColumnElement[bool]) -> Select[Any]:
    """When each author of the newest messages was last seen, and how often about this hour.

    Binds `turned`: what turns an hour of the day into how far it lies behind the hour before this
    one, which is 0 to 2 for those that count.
    """
    newest = (
        select(message.c.account_id, _micros(message.c.at).label("at"))
        .where(_before(message.c.at), seen(message.c.place_id + 0), *where)
        .order_by(message.c.at.desc(), message.c.id.desc())
        .limit(_MOST)
        .subquery()
    )
    behind = (newest.c.at // HOUR + bindparam("turned", type_=BigInteger)) % 24
    return select(
        newest.c.account_id,
        func.max(newest.c.at),
        func.count(),
        type_coerce(func.sum(case((behind <= 2, 1), else_=0)), Integer),  # noqa: PLR2004
    ).group_by(newest.c.account_id)


PRESENT = _present()
PRESENT_HERE = _present(message.c.place_id == bindparam("here", type_=BigInteger))

ANSWERED_BY = (
    select(participant.c.conversation_id)
    .where(among(participant.c.account_id, "accounts"), participant.c.answered_at.is_not(None))
    .where(seen(participant.c.place_id + 0))
    .order_by(participant.c.answered_at.desc(), participant.c.conversation_id.desc())
    .limit(_MOST)
)

_opener = account.alias("opener")
SAID = (
    select(
        message.c.conversation_id,
        message.c.account_id,
        community.c.platform,
        community.c.external_id,
        place.c.external_id,
        place.c.name,
        message.c.external_id,
        message.c.permalink,
        message.c.text,
        message.c.at,
        _opener.c.name,
    )
    .join(place, place.c.id == message.c.place_id)
    .join(community, community.c.id == place.c.community_id)
    .join(conversation, conversation.c.id == message.c.conversation_id)
    .join(_opener, _opener.c.id == conversation.c.opener_id)
    .where(among(message.c.conversation_id, "conversations"), seen(message.c.place_id + 0))
    .order_by(message.c.at, message.c.id)
)
SAID_BY = SAID.where(among(message.c.account_id + 0, "accounts"))

# ── Links ────────────────────────────────────────────────────────────────────────────────────

_matched = func.count(share_term.c.term)
_led_to = (
    select(share_term.c.share_id, _matched.label("matched"))
    .where(_one_of(share_term.c.term, "terms"), seen(share_term.c.place_id))
    .group_by(share_term.c.share_id)
    .having(_matched >= bindparam("least", type_=Integer))
    .order_by(_matched.desc(), share_term.c.share_id.desc())
    .limit(_MOST)
    .subquery()
)
SHARERS = (
    select(share.c.id, share.c.account_id)
    .join(_led_to, _led_to.c.share_id == share.c.id)
    .order_by(_led_to.c.matched.desc(), share.c.at.desc(), share.c.id)
)

NEWEST_SHARES = (
    select(share.c.id)
    .where(seen(share.c.place_id + 0))
    .order_by(share.c.at.desc(), share.c.id.desc())
    .limit(_MOST)
)

NEWEST_SHARES_HERE = NEWEST_SHARES.where(share.c.place_id == bindparam("here", type_=BigInteger))
NEWEST_SHARES_BY = NEWEST_SHARES.where(among(share.c.account_id, "accounts"))

_shares = (
    select(
        share.c.id,
        share.c.account_id,
        community.c.platform,
        community.c.external_id,
        place.c.external_id,
        place.c.name,
        message.c.external_id,
        message.c.permalink,
        share.c.at,
        share.c.url,
        share.c.canonical,
        share.c.title,
        message.c.text,
        note.c.kept_by,
    )
    .join(message, message.c.id == share.c.message_id)
    .outerjoin(
        note,
        and_(
            share.c.url == "",
            note.c.place_id == share.c.place_id,
            note.c.message == message.c.external_id,
        ),
    )
    .join(place, place.c.id == share.c.place_id)
    .join(community, community.c.id == place.c.community_id)
    .where(seen(share.c.place_id + 0))
    .order_by(share.c.at.desc(), share.c.id.desc())
)
SHARES = _shares.where(among(share.c.id, "shares"))
SHARES_BY = _shares.where(among(share.c.account_id, "accounts"))
SHARES_OF = _shares.where(_one_of(share.c.canonical, "canonicals"))

# ── What people say they know ────────────────────────────────────────────────────────────────

CLAIMS = (
    select(
        claim.c.id,
        claim.c.account_id,
        claim.c.community_id,
        claim.c.topic,
        claim.c.at,
        func.count(claim_term.c.term),
    )
    .join(claim_term, claim_term.c.claim_id == claim.c.id)
    .where(_one_of(claim_term.c.term, "terms"))
    .group_by(claim.c.id)
    .order_by(claim.c.at.desc(), claim.c.id.desc())
)

CLAIMS_BY = (
    select(claim.c.id, claim.c.account_id, claim.c.community_id, claim.c.topic, claim.c.at)
    .where(among(claim.c.account_id, "accounts"))
    .order_by(claim.c.at, claim.c.id)
)

# ── Asking ───────────────────────────────────────────────────────────────────────────────────

_shared_terms = func.count(question_term.c.term)
_alike = (
    select(question_term.c.question_id, _shared_terms.label("matched"))
    .where(_one_of(question_term.c.term, "terms"))
    .group_by(question_term.c.question_id)
    .having(_shared_terms >= bindparam("least", type_=Integer))
    .subquery()
)
QUESTIONS = (
    select(
        post.c.question_id,
        community.c.platform,
        community.c.external_id,
        place.c.external_id,
        post.c.message,
    )
    .join(_alike, _alike.c.question_id == post.c.question_id)
    .join(question, question.c.id == post.c.question_id)
    .join(place, place.c.id == post.c.place_id)
    .join(community, community.c.id == place.c.community_id)
    .where(post.c.message.is_not(None), ~post.c.withdrawn, ~question.c.stopped)
    .where(seen(post.c.place_id + 0))
    .order_by(_alike.c.matched.desc(), question.c.asked_at.desc(), post.c.id)
    .limit(_MOST)
)
THANKED = (
    select(message.c.conversation_id, thanks.c.account_id)
    .select_from(thanks)
    .join(
        message,
        and_(
            message.c.place_id == thanks.c.place_id,
            message.c.external_id == thanks.c.message,
            message.c.account_id == thanks.c.account_id,
        ),
    )
    .where(among(thanks.c.account_id, "accounts"), thanks.c.kind == "answer")
    .where(among(message.c.conversation_id + 0, "conversations"), seen(message.c.place_id + 0))
)

# ── The chat itself (bot/room.py) ────────────────────────────────────────────────────────────

_heard = (
    select(
        message.c.external_id,
        community.c.platform,
        community.c.external_id,
        place.c.external_id,
        place.c.name,
        account.c.external_id,
        account.c.name,
        message.c.text,
        message.c.at,
        message.c.thread,
        message.c.reply_to,
        message.c.edited_at,
    )
    .join(place, place.c.id == message.c.place_id)
    .join(community, community.c.id == place.c.community_id)
    .join(account, account.c.id == message.c.account_id)
    .where(seen(message.c.place_id), message.c.place_id == bindparam("here", type_=BigInteger))
)
RECENT = _heard.order_by(message.c.at.desc(), message.c.id.desc()).limit(_MOST)
_about = message.alias("about")
AROUND = _heard.where(
    message.c.conversation_id.in_(
        select(_about.c.conversation_id).where(
            _about.c.place_id == bindparam("here", type_=BigInteger),
            _about.c.external_id == bindparam("message"),
        )
    )
).order_by(message.c.at, message.c.id)
