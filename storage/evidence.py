"""Reading what people said, always on behalf of an audience.

Every public method takes an `Audience` and reads only places that `storage.audience.visible`
allows, counts and statistics included; `tests/storage/test_audience.py` holds them to it.
Times come back as microseconds where thousands of rows are read at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Float, Integer, and_, case, cast, func, or_, select, type_coerce

from bot.events import AccountRef, CommunityRef, PlaceRef, Platform
from bot.model import Claim, Share
from bot.ports import Hit, Near, Part, Said, Saturation, Used
from bot.room import Heard
from bot.text import words
from storage.audience import communities, visible
from storage.tables import (
    account,
    claim,
    claim_term,
    community,
    conversation,
    message,
    participant,
    place,
    posting,
    share,
    share_term,
    vocabulary,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import ColumnElement, Select

    from bot.model import Audience


def _micros(column: ColumnElement[object]) -> ColumnElement[int]:
    return type_coerce(column, BigInteger)


class Evidence:
    """Reads evidence within one transaction."""

    def __init__(self, connection: Connection, flush: Callable[[], None]) -> None:
        self._connection = connection
        self._flush = flush

    def _all(self, query: Select[Any]) -> Sequence[Any]:
        self._flush()
        return self._connection.execute(query).all()

    # ── The index ────────────────────────────────────────────────────────────────────────────

    def size(self, audience: Audience) -> tuple[int, int]:
        """How many conversations and index words the audience can see in all."""
        query = select(
            func.coalesce(func.sum(place.c.conversations), 0),
            func.coalesce(func.sum(place.c.words), 0),
        ).where(place.c.id.in_(visible(audience)))
        conversations, length = self._all(query)[0]
        return int(conversations), int(length)

    def frequencies(self, terms: Collection[str], audience: Audience) -> dict[str, int]:
        """In how many visible conversations each term stands; absent terms are left out."""
        query = (
            select(vocabulary.c.term, type_coerce(func.sum(vocabulary.c.conversations), Integer))
            .where(vocabulary.c.term.in_(terms), vocabulary.c.place_id.in_(visible(audience)))
            .group_by(vocabulary.c.term)
        )
        return {term: int(count) for term, count in self._all(query)}

    def score(
        self, saturation: Saturation, audience: Audience, most: int, within: Collection[int] | None
    ) -> list[Hit]:
        """The conversations that score best by BM25, best first; at a tie the newer first.

        Each term's weight is the caller's; what the database adds up are the conversations, so
        that the many that do not count never leave it. `within` narrows to some conversations.
        """
        weights = saturation.weights
        used = select(
            posting.c.term,
            posting.c.conversation_id,
            func.sum(posting.c.tf).label("tf"),
        ).where(posting.c.term.in_(weights))
        hits = _counted(used, within, audience).subquery()
        weight = case(weights, value=hits.c.term, else_=0.0)
        size = saturation.b * conversation.c.words / saturation.average
        room = saturation.k1 * (1 - saturation.b + size)
        worth = weight * hits.c.tf * (saturation.k1 + 1) / (hits.c.tf + room)
        score = type_coerce(func.sum(worth), Float)
        query = (
            select(
                conversation.c.id,
                score,
                type_coerce(func.sum(weight), Float),
                _micros(conversation.c.last_at),
            )
            .join(hits, hits.c.conversation_id == conversation.c.id)
            .group_by(conversation.c.id, conversation.c.last_at)
            # Whole millionths: the order in which a database adds must not decide a tie.
            .order_by(cast(score * 1_000_000, BigInteger).desc(), conversation.c.id.desc())
            .limit(most)
        )
        return [Hit(*row) for row in self._all(query)]

    def used(
        self, terms: Collection[str], conversation_ids: Collection[int], audience: Audience
    ) -> list[Used]:
        """Who used which of the terms how often in some conversations."""
        query = select(
            posting.c.term, posting.c.conversation_id, posting.c.account_id, posting.c.tf
        ).where(posting.c.term.in_(terms))
        return [Used(*row) for row in self._all(_looked_up(query, conversation_ids, audience))]

    def near(self, beginnings: Collection[str], audience: Audience) -> list[Near]:
        """The visible words that begin in one of several ways."""
        term = vocabulary.c.term
        begins = or_(*(and_(term >= begin, term < f"{begin}\U0010ffff") for begin in beginnings))
        query = (
            select(term, type_coerce(func.sum(vocabulary.c.conversations), Integer))
            .where(begins, vocabulary.c.place_id.in_(visible(audience)))
            .group_by(term)
        )
        return [Near(*row) for row in self._all(query)]

    def spelled(self, terms: Collection[str], audience: Audience) -> dict[str, str]:
        """How each term is written in the newest visible conversation that holds it.

        Read from what is there now: a spelling kept beside its term would outlive the only text
        it stood in.
        """
        newest = (
            select(posting.c.term, func.max(posting.c.conversation_id))
            .where(posting.c.term.in_(terms), posting.c.place_id.in_(visible(audience)))
            .group_by(posting.c.term)
        )
        found = dict(map(tuple, self._all(newest)))
        spelled: dict[str, str] = {}
        for one in self.said(set(found.values()), None, audience):
            for term, spelling in words.count(one.text).spellings.items():
                if found.get(term) == one.conversation_id:
                    spelled.setdefault(term, spelling)
        return {term: spelled.get(term, term) for term in terms}

    # ── Conversations and who took part ──────────────────────────────────────────────────────

    def parts(self, conversation_ids: Collection[int], audience: Audience) -> list[Part]:
        """Who took part in some conversations."""
        query = (
            select(
                participant.c.conversation_id,
                participant.c.account_id,
                participant.c.messages,
                _micros(participant.c.answered_at),
            )
            .where(participant.c.conversation_id.in_(conversation_ids))
            .where(participant.c.place_id.in_(visible(audience)))
        )
        return [Part(*row) for row in self._all(query)]

    def answered_lately(
        self, audience: Audience, place_id: int | None, most: int
    ) -> list[tuple[int, int]]:
        """The newest answers, as (account, when), newest first; of one place, or of all visible."""
        query = (
            select(participant.c.account_id, _micros(participant.c.answered_at))
            .where(participant.c.answered_at.is_not(None))
            .where(_not_by_place(participant.c.place_id, audience))
            .order_by(participant.c.answered_at.desc(), participant.c.account_id.desc())
            .limit(most)
        )
        if place_id is not None:
            query = query.where(participant.c.place_id == place_id)
        return [(number, at) for number, at in self._all(query)]

    def seen_lately(self, audience: Audience, most: int) -> list[int]:
        """The authors of the newest messages, newest first, with repeats."""
        query = (
            select(message.c.account_id)
            .where(_not_by_place(message.c.place_id, audience))
            .order_by(message.c.at.desc(), message.c.id.desc())
            .limit(most)
        )
        return [number for (number,) in self._all(query)]

    def answered_by(self, account_ids: Collection[int], audience: Audience, most: int) -> list[int]:
        """The newest conversations in which one of the accounts answered, newest first."""
        query = (
            select(participant.c.conversation_id)
            .where(
                participant.c.account_id.in_(account_ids), participant.c.answered_at.is_not(None)
            )
            .where(participant.c.place_id.in_(visible(audience)))
            .order_by(participant.c.answered_at.desc())
            .limit(most)
        )
        return [number for (number,) in self._all(query)]

    def said(
        self,
        conversation_ids: Collection[int],
        account_ids: Collection[int] | None,
        audience: Audience,
    ) -> list[Said]:
        """What some accounts (None: all) said in some conversations, in order of time."""
        opener = account.alias("opener")
        query = (
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
                opener.c.name,
            )
            .join(place, place.c.id == message.c.place_id)
            .join(community, community.c.id == place.c.community_id)
            .join(conversation, conversation.c.id == message.c.conversation_id)
            .join(opener, opener.c.id == conversation.c.opener_id)
            .where(message.c.conversation_id.in_(conversation_ids))
            .where(message.c.place_id.in_(visible(audience)))
            .order_by(message.c.at, message.c.id)
        )
        if account_ids is not None:
            query = query.where(message.c.account_id.in_(account_ids))
        return [
            Said(number, who, _place_ref(platform, home, where), *rest)
            for number, who, platform, home, where, *rest in self._all(query)
        ]

    # ── Links ────────────────────────────────────────────────────────────────────────────────

    def shares(self, terms: Collection[str], audience: Audience) -> list[tuple[Share, int]]:
        """The links that some terms lead to, each with how many of them; best first."""
        matched = func.count(share_term.c.term)
        query = (
            select(share_term.c.share_id, matched.label("matched"))
            .where(share_term.c.term.in_(terms), share_term.c.place_id.in_(visible(audience)))
            .group_by(share_term.c.share_id)
            .order_by(matched.desc(), share_term.c.share_id.desc())
            .limit(200)
        )
        found = dict(map(tuple, self._all(query)))
        shared = self._shares(share.c.id.in_(found), audience)
        counted = [(one, int(found[one.id])) for one in shared]
        return sorted(counted, key=lambda pair: (-pair[1], -pair[0].at.timestamp(), pair[0].id))

    def shares_by(self, account_ids: Collection[int], audience: Audience) -> list[Share]:
        """The links that some accounts shared, newest first."""
        return self._shares(share.c.account_id.in_(account_ids), audience)

    def newest_shares(self, audience: Audience, most: int) -> list[Share]:
        """The links shared last, newest first."""
        newest = (
            select(share.c.id)
            .where(share.c.place_id.in_(visible(audience)))
            .order_by(share.c.at.desc(), share.c.id.desc())
            .limit(most)
        )
        return self._shares(share.c.id.in_([n for (n,) in self._all(newest)]), audience)

    def shares_of(self, canonicals: Collection[str], audience: Audience) -> list[Share]:
        """Every visible share of some links, newest first."""
        return self._shares(share.c.canonical.in_(canonicals), audience)

    def _shares(self, wanted: ColumnElement[bool], audience: Audience) -> list[Share]:
        query = (
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
            )
            .join(message, message.c.id == share.c.message_id)
            .join(place, place.c.id == share.c.place_id)
            .join(community, community.c.id == place.c.community_id)
            .where(wanted, share.c.place_id.in_(visible(audience)))
            .order_by(share.c.at.desc(), share.c.id.desc())
        )
        return [
            Share(number, who, _place_ref(platform, home, where), *rest)
            for number, who, platform, home, where, *rest in self._all(query)
        ]

    # ── What people say they know ────────────────────────────────────────────────────────────

    def claims(self, terms: Collection[str], audience: Audience) -> list[tuple[Claim, int]]:
        """The claims that hold one of the terms, each with how many of the terms it holds."""
        query = (
            select(
                claim.c.id,
                claim.c.account_id,
                claim.c.community_id,
                claim.c.topic,
                claim.c.at,
                func.count(claim_term.c.term),
            )
            .join(claim_term, claim_term.c.claim_id == claim.c.id)
            .where(claim_term.c.term.in_(terms), claim.c.community_id.in_(communities(audience)))
            .group_by(claim.c.id)
            .order_by(claim.c.at.desc(), claim.c.id.desc())
        )
        return [(Claim(*row[:5]), int(row[5])) for row in self._all(query)]

    # ── The chat itself (bot/room.py) ────────────────────────────────────────────────────────

    def recent(self, place_id: int, audience: Audience, most: int) -> list[Heard]:
        """The newest messages of a place, oldest first."""
        query = self._heard(audience).where(message.c.place_id == place_id)
        newest = query.order_by(message.c.at.desc(), message.c.id.desc()).limit(most)
        return [_heard(row) for row in reversed(self._all(newest))]

    def around(self, place_id: int, external_id: str, audience: Audience) -> list[Heard]:
        """The whole conversation about a message, oldest first."""
        same = select(message.c.conversation_id).where(
            message.c.place_id == place_id, message.c.external_id == external_id
        )
        query = self._heard(audience).where(message.c.conversation_id.in_(same))
        return [_heard(row) for row in self._all(query.order_by(message.c.at, message.c.id))]

    def _heard(self, audience: Audience) -> Select[Any]:
        return (
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
            .where(message.c.place_id.in_(visible(audience)))
        )


def _counted(query: Select[Any], within: Collection[int] | None, audience: Audience) -> Select[Any]:
    """Add up what all accounts used, grouped in the order in which the rows are found."""
    if within is None:
        seen = query.where(posting.c.place_id.in_(visible(audience)))
        return seen.group_by(posting.c.term, posting.c.place_id, posting.c.conversation_id)
    some = _looked_up(query, within, audience)
    return some.group_by(posting.c.conversation_id, posting.c.term)


def _looked_up(
    query: Select[Any], conversation_ids: Collection[int], audience: Audience
) -> Select[Any]:
    """Narrow a read of postings to some visible conversations, so that the key leads to each.

    The limit changes nothing but the plan: the conversations are found first, and not anew for
    every term of every place.
    """
    chosen = (
        select(conversation.c.id, conversation.c.place_id)
        .where(conversation.c.id.in_(conversation_ids))
        .where(_not_by_place(conversation.c.place_id, audience))
        .limit(len(conversation_ids))
        .subquery()
    )
    return query.join(
        chosen,
        and_(chosen.c.place_id == posting.c.place_id, chosen.c.id == posting.c.conversation_id),
    )


def _not_by_place(column: ColumnElement[int], audience: Audience) -> ColumnElement[bool]:
    """Visible, but not to be looked up by place where another key is quicker."""
    return (column + 0).in_(visible(audience))


def _place_ref(platform: object, home: object, where: object) -> PlaceRef:
    return PlaceRef(CommunityRef(Platform(str(platform)), str(home)), str(where))


def _heard(row: Sequence[Any]) -> Heard:
    number, platform, home, where, name, author_id, author, text, at, thread, reply_to, edited = row
    spot = _place_ref(platform, home, where)
    account_ref = AccountRef(spot.community, author_id)
    was_edited = edited is not None
    return Heard(number, spot, name, account_ref, author, text, at, thread, reply_to, was_edited)
