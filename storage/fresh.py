"""The SELECTs of digests: what is new; `storage/evidence.py` runs them for an audience.

As in `storage/queries.py` every one holds `seen(...)`: only visible places are read. They begin
with what is rare, a word or the last days, so that each reader's digest costs a few milliseconds.
"""

from __future__ import annotations

from sqlalchemy import Integer, bindparam, func, not_, select

from storage.binding import one_of
from storage.columns import Instant
from storage.lists import among
from storage.sight import seen
from storage.tables import (
    conversation,
    post,
    posting,
    question,
    question_term,
    share,
    share_term,
)

_SINCE = bindparam("since", type_=Instant)
_MOST = bindparam("most", type_=Integer)

TALKED_OF = (
    select(posting.c.term, posting.c.conversation_id)
    .join(conversation, conversation.c.id == posting.c.conversation_id)
    .where(one_of(posting.c.term, "terms"), seen(posting.c.place_id))
    .where(conversation.c.last_at > _SINCE)
    .distinct()
)

SHARED_WITH = (
    select(share_term.c.term, share_term.c.share_id)
    .join(share, share.c.id == share_term.c.share_id)
    .where(one_of(share_term.c.term, "terms"), seen(share_term.c.place_id))
    .where(share.c.at > _SINCE)
)

LEADS_TO = (
    select(share_term.c.term, share_term.c.share_id)
    .where(among(share_term.c.share_id, "shares"), seen(share_term.c.place_id + 0))
    .where(one_of(share_term.c.term, "terms"))
)

FIRST_SHARED = (
    select(share.c.canonical, func.min(share.c.at))
    .where(one_of(share.c.canonical, "canonicals"))
    .where(seen(share.c.place_id + 0))
    .group_by(share.c.canonical)
)

# Links of most people first, in places but some, by anybody but some; each as it came last.
_people = func.count(share.c.account_id.distinct())
OUTSIDE = (
    select(func.max(share.c.id))
    .where(share.c.at > _SINCE, seen(share.c.place_id + 0), share.c.url != "")
    .where(not_(among(share.c.place_id + 0, "usual")))
    .where(not_(among(share.c.account_id + 0, "accounts")))
    .group_by(share.c.canonical + "")  # else every link there is would be looked at
    .order_by(_people.desc(), func.max(share.c.at).desc(), func.max(share.c.id).desc())
    .limit(_MOST)
)

_own = share.alias("own")
_theirs = select(_own.c.canonical).where(
    among(_own.c.account_id, "accounts"), seen(_own.c.place_id + 0), _own.c.url != ""
)
USED_AGAIN = (
    select(share.c.id)
    .where(share.c.at > _SINCE, seen(share.c.place_id + 0), (share.c.canonical + "").in_(_theirs))
    .where(not_(among(share.c.account_id + 0, "accounts")))
    .order_by(share.c.at.desc(), share.c.id.desc())
    .limit(_MOST)
)

_standing = (
    select(post.c.question_id)
    .where(post.c.message.is_not(None), ~post.c.withdrawn, seen(post.c.place_id + 0))
    .distinct()
)
ASKED_WITH = (
    select(question_term.c.term, question.c.id)
    .join(question, question.c.id == question_term.c.question_id)
    .where(one_of(question_term.c.term, "terms"))
    .where(question.c.asked_at > _SINCE, ~question.c.stopped, question.c.state == "open")
    .where(question.c.id.in_(_standing))
)
