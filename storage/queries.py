"""The SELECTs of evidence, each built once; `storage/evidence.py` runs them for an audience.

Every one holds `seen(...)`: only visible places are read. `place_id + 0` says the same where the
rows are to be found by another key than by their place.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Integer, and_, bindparam, case, func, select, type_coerce

from storage.binding import HOUR, MOST, at_all, micros, one_of
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
    question,
    question_term,
    share,
    share_term,
    thanks,
)

if TYPE_CHECKING:
    from sqlalchemy.sql import ColumnElement, Select


# The name of the community, where it is not the audience's own.
_ELSEWHERE = case((community.c.id != bindparam("home", type_=BigInteger), community.c.name))

# ── Conversations and who took part ──────────────────────────────────────────────────────────

PARTS = select(
    participant.c.conversation_id,
    participant.c.account_id,
    participant.c.messages,
    micros(participant.c.answered_at).label("answered_at"),
).where(among(participant.c.conversation_id, "conversations"), seen(participant.c.place_id + 0))

ANSWERED_LATELY = (
    select(participant.c.account_id, micros(participant.c.answered_at))
    .where(participant.c.answered_at.is_not(None), seen(participant.c.place_id + 0))
    .order_by(participant.c.answered_at.desc(), participant.c.account_id.desc())
    .limit(MOST)
)
ANSWERED_LATELY_HERE = ANSWERED_LATELY.where(
    participant.c.place_id == bindparam("here", type_=BigInteger)
)

# Ordered by what no index gives, so that those of all openers are not gone through for a few.
_their_own = (
    select(conversation.c.id)
    .where(among(conversation.c.opener_id, "accounts"), seen(conversation.c.place_id + 0))
    .order_by((conversation.c.id + 0).desc())
    .limit(MOST)
    .subquery()
)
ANSWERED_TO = (
    select(participant.c.account_id, micros(participant.c.answered_at))
    .join(_their_own, _their_own.c.id == participant.c.conversation_id)
    .where(participant.c.answered_at.is_not(None))
)


def _present(*where: ColumnElement[bool]) -> Select[Any]:
    """When each author of the newest messages was last seen, and how often about this hour.

    Binds `turned`: what turns an hour of the day into how far it lies behind the hour before this
    one, which is 0 to 2 for those that count.
    """
    newest = (
        select(message.c.account_id, micros(message.c.at).label("at"))
        .where(at_all(message.c.at), seen(message.c.place_id + 0), *where)
        .order_by(message.c.at.desc(), message.c.account_id.desc())
        .limit(MOST)
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
    .limit(MOST)
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
        _ELSEWHERE,
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


def _sharers(*where: ColumnElement[bool]) -> Select[Any]:
    led_to = (
        select(share_term.c.share_id, _matched.label("matched"))
        .where(*where)
        .group_by(share_term.c.share_id)
        .having(_matched >= bindparam("least", type_=Integer))
        .order_by(_matched.desc(), share_term.c.share_id.desc())
        .limit(MOST)
        .subquery()
    )
    return (
        select(share.c.id, share.c.account_id)
        .join(led_to, led_to.c.share_id == share.c.id)
        .order_by(led_to.c.matched.desc(), share.c.at.desc(), share.c.id)
    )


SHARERS = _sharers(
    one_of(share_term.c.term, "terms"),
    seen(share_term.c.place_id),
    share_term.c.share_id > bindparam("after", type_=BigInteger),
)
SHARERS_WITHIN = _sharers(
    among(share_term.c.share_id, "shares"),
    one_of(share_term.c.term, "terms"),
    seen(share_term.c.place_id + 0),
)

NEWEST_SHARES = (
    select(share.c.id)
    .where(seen(share.c.place_id + 0))
    .order_by(share.c.at.desc(), share.c.id.desc())
    .limit(MOST)
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
        _ELSEWHERE,
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
SHARES_AT = _shares.where(
    share.c.place_id == bindparam("here", type_=BigInteger),
    message.c.external_id == bindparam("message"),
)
SHARES_OF = _shares.where(one_of(share.c.canonical, "canonicals"))

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
    .where(one_of(claim_term.c.term, "terms"))
    .group_by(claim.c.id)
    .order_by(claim.c.at.desc(), claim.c.id.desc())
)

CLAIMS_BY = (
    select(claim.c.id, claim.c.account_id, claim.c.community_id, claim.c.topic, claim.c.at)
    .where(among(claim.c.account_id, "claimers"))
    .order_by(claim.c.at, claim.c.id)
)

NEWEST_CLAIMS = (
    select(claim.c.id, claim.c.account_id, claim.c.community_id, claim.c.topic, claim.c.at)
    .order_by(claim.c.at.desc(), claim.c.id.desc())
    .limit(MOST)
)


# A member's own home is always the same query.
@lru_cache(32)
def claimed_in(homes: Select[tuple[int]], query: Select[Any]) -> Select[Any]:
    """What `query` finds of claims, where it was said in some communities."""
    return query.where(claim.c.community_id.in_(homes))


# ── Asking ───────────────────────────────────────────────────────────────────────────────────

_shared_terms = func.count(question_term.c.term)
_alike = (
    select(question_term.c.question_id, _shared_terms.label("matched"))
    .where(one_of(question_term.c.term, "terms"))
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
    .limit(MOST)
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
RECENT = _heard.order_by(message.c.at.desc(), message.c.id.desc()).limit(MOST)
_about = message.alias("about")
AROUND = _heard.where(
    message.c.conversation_id.in_(
        select(_about.c.conversation_id).where(
            _about.c.place_id == bindparam("here", type_=BigInteger),
            _about.c.external_id == bindparam("message"),
        )
    )
).order_by(message.c.at, message.c.id)
