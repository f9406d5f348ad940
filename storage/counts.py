"""The SELECTs of the pulse: what is counted; `storage/evidence.py` runs them for an audience.

As in `storage/queries.py` every one holds `seen(...)`: only visible places are read.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, bindparam, func, select

from storage.columns import Instant
from storage.lists import among
from storage.sight import seen
from storage.tables import account, answer, post, question, question_term, share

_asker, _helper = account.alias("asker"), account.alias("helper")

# Questions of one community that stand where they may be seen, with each answer by somebody else.
_standing = (
    select(post.c.question_id)
    .where(post.c.message.is_not(None), ~post.c.withdrawn, seen(post.c.place_id + 0))
    .distinct()
)
ASKED = (
    select(
        question.c.id,
        _asker.c.person_id,
        question.c.asked_at,
        _helper.c.person_id,
        answer.c.at,
    )
    .join(_asker, _asker.c.id == question.c.account_id)
    .outerjoin(answer, answer.c.question_id == question.c.id)
    .outerjoin(_helper, _helper.c.id == answer.c.account_id)
    .where(question.c.community_id == bindparam("home", type_=BigInteger))
    .where(~question.c.stopped, question.c.id.in_(_standing))
    .order_by(question.c.asked_at, question.c.id, answer.c.at, answer.c.id)
)

ASKED_TERMS = (
    select(question_term.c.term, question_term.c.question_id)
    .where(among(question_term.c.question_id, "questions"))
    .where(question_term.c.question_id.in_(_standing))
    .order_by(question_term.c.term, question_term.c.question_id)
)

# Links that came to a place in some time and are in several: who brought each where, and when.
_came = (
    select(share.c.canonical)
    .where(seen(share.c.place_id + 0), share.c.url != "")
    .where(share.c.at >= bindparam("since", type_=Instant))
    .where(share.c.at < bindparam("until", type_=Instant))
)
_several = (
    select(share.c.canonical)
    .where(share.c.canonical.in_(_came), seen(share.c.place_id + 0))
    .group_by(share.c.canonical)
    .having(func.count(share.c.place_id.distinct()) > 1)
)
CROSSED = (
    select(
        share.c.id,
        share.c.canonical,
        share.c.place_id,
        share.c.account_id,
        account.c.person_id,
        share.c.at,
    )
    .join(account, account.c.id == share.c.account_id)
    .where(share.c.canonical.in_(_several), seen(share.c.place_id + 0))
    .where(share.c.at < bindparam("until", type_=Instant))
    .order_by(share.c.at, share.c.id)
)
