"""Reading what people said, always on behalf of an audience.

Every public method takes an `Audience` and reads only places that `storage.audience.visible`
allows (`storage.sight.Sight` looks them up), counts and statistics included;
`tests/storage/test_audience.py` holds them to it. The statements stand in `storage/queries.py` and
`storage/word_queries.py`.
Times come back as microseconds where thousands of rows are read at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from bot.digest.model import Asked, Crossed
from bot.events import AccountRef, CommunityRef, PlaceRef, Platform
from bot.model import Claim, Share
from bot.ports import Near, Said, Standing
from bot.ranking.rows import Hit, Present
from bot.room import Heard
from bot.text import words
from storage import counts, fresh, queries, word_queries
from storage.audience import communities
from storage.binding import HOUR
from storage.sight import PLACES, Sight

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import CompoundSelect, Select

    from bot.model import Audience
    from bot.ranking.rows import Part, Saturation, Used
    from storage.known import Known

AFTER_ALL = "\U0010ffff"  # behind every word that goes on


class Evidence:
    """Reads evidence within one transaction."""

    def __init__(self, connection: Connection, known: Known, flush: Callable[[], None]) -> None:
        self._connection = connection
        self._flush = flush
        self._sight = Sight(connection, known)

    def _all(
        self, query: Select[Any] | CompoundSelect[Any], audience: Audience, **values: Any
    ) -> Sequence[Any]:
        self._flush()
        values |= {PLACES: self._sight.places(audience), "home": audience.community_id}
        return self._connection.execute(query, values).all()

    def may_see(self, place_id: int, audience: Audience) -> bool:
        """Whether the audience may see what was said in a place."""
        return place_id in self._sight.places(audience)

    # ── The index ────────────────────────────────────────────────────────────────────────────

    def size(self, audience: Audience) -> tuple[int, int]:
        """How many conversations and index words the audience can see in all."""
        conversations, length = self._all(word_queries.SIZE, audience)[0]
        return int(conversations), int(length)

    def frequencies(self, terms: Collection[str], audience: Audience) -> dict[str, int]:
        """In how many visible conversations each term stands; absent terms are left out."""
        found = self._all(word_queries.FREQUENCIES, audience, terms=list(terms))
        return {term: int(count) for term, count in found}

    def newest(self, audience: Audience, most: int) -> int:
        """The number of the conversation behind which there are so many that are visible.

        0 when there are no more. Numbers are given in the order in which conversations are kept.
        """
        found = self._all(word_queries.NEWEST, audience, most=most)
        return int(found[0][0]) if found else 0

    def score(
        self,
        saturation: Saturation,
        audience: Audience,
        most: int,
        within: Collection[int] | None = None,
        after: int = 0,
    ) -> list[Hit]:
        """The conversations that score best by BM25, best first; at a tie the newer first.

        Each term's weight is the caller's; what the database adds up are the conversations, so
        that the many that do not count never leave it. `within` narrows to some conversations,
        `after` to those that are numbered higher.
        """
        values: dict[str, Any] = {"most": most}
        values |= {"k1": saturation.k1, "b": saturation.b, "average": saturation.average}
        for number, (term, weight) in enumerate(saturation.weights.items()):
            values |= {f"term_{number}": term, f"weight_{number}": weight}
        if within is None:
            values["after"] = after
        else:
            values |= {"within": within, "narrow": len(within)}
        query = word_queries.score(len(saturation.weights), narrowed=within is not None)
        return [Hit(*row) for row in self._all(query, audience, **values)]

    def used(
        self, terms: Collection[str], conversation_ids: Collection[int], audience: Audience
    ) -> list[Used]:
        """Who used which of the terms how often in some conversations."""
        values = {"within": conversation_ids, "narrow": len(conversation_ids)}
        found = self._all(word_queries.USED, audience, terms=list(terms), **values)
        return cast("list[Used]", found)  # rows of the same names, thousands at once

    def near(self, beginnings: Collection[str], audience: Audience) -> list[Near]:
        """The visible words that begin in one of several ways."""
        values: dict[str, str] = {}
        for number, begin in enumerate(beginnings):
            values |= {f"from_{number}": begin, f"to_{number}": begin + AFTER_ALL}
        found = self._all(word_queries.near(len(beginnings)), audience, **values)
        return [Near(*row) for row in found]

    def spelled(self, terms: Collection[str], audience: Audience) -> dict[str, str]:
        """How each term is written in the newest visible conversation that holds it.

        Read from what is there now: a spelling kept beside its term would outlive the only text
        it stood in.
        """
        found = dict(map(tuple, self._all(word_queries.NEWEST_WITH, audience, terms=list(terms))))
        spelled: dict[str, str] = {}
        for one in self.said(set(found.values()), None, audience):
            for term, spelling in words.count(one.text).spellings.items():
                if found.get(term) == one.conversation_id:
                    spelled.setdefault(term, spelling)
        return {term: spelled.get(term, term) for term in terms}

    # ── Conversations and who took part ──────────────────────────────────────────────────────

    def parts(self, conversation_ids: Collection[int], audience: Audience) -> list[Part]:
        """Who took part in some conversations."""
        found = self._all(queries.PARTS, audience, conversations=conversation_ids)
        return cast("list[Part]", found)  # the same

    def answered_lately(
        self, audience: Audience, place_id: int | None, most: int
    ) -> list[tuple[int, int]]:
        """The newest answers, as (account, when), newest first; of one place, or of all visible."""
        if place_id is None:
            found = self._all(queries.ANSWERED_LATELY, audience, most=most)
        else:
            found = self._all(queries.ANSWERED_LATELY_HERE, audience, most=most, here=place_id)
        return [(number, at) for number, at in found]

    def answered_to(
        self, account_ids: Collection[int], audience: Audience, most: int
    ) -> list[tuple[int, int]]:
        """Who answered in the newest conversations that some accounts began, as (account, when)."""
        found = self._all(queries.ANSWERED_TO, audience, accounts=account_ids, most=most)
        return [(number, at) for number, at in found]

    def present(
        self, audience: Audience, place_id: int | None, now: int, most: int
    ) -> list[Present]:
        """Who wrote the newest messages, of one place or of all visible, and when."""
        values: dict[str, Any] = {"most": most, "turned": 25 - now // HOUR % 24}
        if place_id is None:
            found = self._all(queries.PRESENT, audience, **values)
        else:
            found = self._all(queries.PRESENT_HERE, audience, here=place_id, **values)
        return [Present(*row) for row in found]

    def answered_by(self, account_ids: Collection[int], audience: Audience, most: int) -> list[int]:
        """The newest conversations in which one of the accounts answered, newest first."""
        found = self._all(queries.ANSWERED_BY, audience, accounts=account_ids, most=most)
        return [number for (number,) in found]

    def said(
        self,
        conversation_ids: Collection[int],
        account_ids: Collection[int] | None,
        audience: Audience,
    ) -> list[Said]:
        """What some accounts (None: all) said in some conversations, in order of time."""
        values: dict[str, Any] = {"conversations": conversation_ids}
        if account_ids is not None:
            values["accounts"] = account_ids
        query = queries.SAID if account_ids is None else queries.SAID_BY
        return [
            Said(number, who, _place_ref(platform, home, where), *rest)
            for number, who, platform, home, where, *rest in self._all(query, audience, **values)
        ]

    # ── Links ────────────────────────────────────────────────────────────────────────────────

    def sharers(
        self,
        terms: Collection[str],
        least: int,
        audience: Audience,
        most: int,
        within: Collection[int] | None = None,
        after: int = 0,
    ) -> list[tuple[int, int]]:
        """The shares that at least so many of some terms lead to, as (share, account).

        Those with most of the terms first, among equals the newest first. `within` narrows to
        some shares, `after` to those that are numbered higher.
        """
        values: dict[str, Any] = {"terms": list(terms), "least": least, "most": most}
        if within is None:
            found = self._all(queries.SHARERS, audience, after=after, **values)
        else:
            found = self._all(queries.SHARERS_WITHIN, audience, shares=within, **values)
        return [(n, who) for n, who in found]

    def shares(self, share_ids: Collection[int], audience: Audience) -> list[Share]:
        """Some shares, newest first."""
        return _shares(self._all(queries.SHARES, audience, shares=share_ids))

    def shares_by(self, account_ids: Collection[int], audience: Audience) -> list[Share]:
        """The links that some accounts shared, newest first."""
        return _shares(self._all(queries.SHARES_BY, audience, accounts=account_ids))

    def newest_shares(self, audience: Audience, most: int) -> list[Share]:
        """The links shared last, newest first."""
        newest = self._all(queries.NEWEST_SHARES, audience, most=most)
        return self.shares([number for (number,) in newest], audience)

    def newest_by(self, account_ids: Collection[int], audience: Audience, most: int) -> list[Share]:
        """The links that some accounts shared last, newest first."""
        newest = self._all(queries.NEWEST_SHARES_BY, audience, accounts=account_ids, most=most)
        return self.shares([number for (number,) in newest], audience)

    def newest_in(self, place_id: int, audience: Audience, most: int) -> list[Share]:
        """The links shared last in a place, newest first."""
        newest = self._all(queries.NEWEST_SHARES_HERE, audience, here=place_id, most=most)
        return self.shares([number for (number,) in newest], audience)

    def shares_at(self, place_id: int, external_id: str, audience: Audience) -> list[Share]:
        """The links of one message."""
        found = self._all(queries.SHARES_AT, audience, here=place_id, message=external_id)
        return _shares(found)

    def shares_of(self, canonicals: Collection[str], audience: Audience) -> list[Share]:
        """Every visible share of some links, newest first."""
        return _shares(self._all(queries.SHARES_OF, audience, canonicals=list(canonicals)))

    # ── What people say they know ────────────────────────────────────────────────────────────

    def questions(
        self, terms: Collection[str], least: int, audience: Audience, most: int
    ) -> list[Standing]:
        """Questions that share at least so many terms and stand in a visible place, best first.

        Each once, where it was posted first.
        """
        values = {"terms": list(terms), "least": least, "most": most}
        found: dict[int, Standing] = {}
        for number, platform, home, where, message in self._all(
            queries.QUESTIONS, audience, **values
        ):
            ref = PlaceRef(CommunityRef(Platform(platform), home), where)
            found.setdefault(number, Standing(number, ref, message))
        return list(found.values())

    def thanked(
        self,
        conversation_ids: Collection[int],
        account_ids: Collection[int],
        audience: Audience,
    ) -> set[tuple[int, int]]:
        """In which of some visible conversations which of some accounts was thanked."""
        if not conversation_ids or not account_ids:
            return set()
        values = {"conversations": conversation_ids, "accounts": account_ids}
        found = self._all(queries.THANKED, audience, **values)
        return {(number, who) for number, who in found}

    def claims(self, terms: Collection[str], audience: Audience) -> list[tuple[Claim, int]]:
        """The claims that hold one of the terms, each with how many of the terms it holds."""
        found = self._claims(queries.CLAIMS, audience, terms=list(terms))
        return [(Claim(*row[:5]), int(row[5])) for row in found]

    def claims_by(self, account_ids: Collection[int], audience: Audience) -> list[Claim]:
        """What some accounts say they know, oldest first."""
        found = self._claims(queries.CLAIMS_BY, audience, claimers=account_ids)
        return [Claim(*row) for row in found]

    def newest_claims(self, audience: Audience, most: int) -> list[Claim]:
        """What people said last that they know, newest first."""
        return [Claim(*row) for row in self._claims(queries.NEWEST_CLAIMS, audience, most=most)]

    def _claims(self, query: Select[Any], audience: Audience, **values: Any) -> Sequence[Any]:
        homes, more = communities(audience)
        return self._all(queries.claimed_in(homes, query), audience, **values, **more)

    # ── What is counted ──────────────────────────────────────────────────────────────────────

    def asked(self, community_id: int, audience: Audience) -> list[Asked]:
        """The questions of a community that stand where they are seen, each with its answers.

        First asked first; one without an answer comes once, with nobody.
        """
        return [Asked(*row) for row in self._all(counts.ASKED, audience, home=community_id)]

    def asked_terms(self, ids: Collection[int], audience: Audience) -> list[tuple[str, int]]:
        """The terms of some questions that stand where they are seen, as (term, question)."""
        found = self._all(counts.ASKED_TERMS, audience, questions=ids)
        return [(term, number) for term, number in found]

    def crossed(self, since: datetime, until: datetime, audience: Audience) -> list[Crossed]:
        """Every share until then of the links that came since then and are in several places."""
        found = self._all(counts.CROSSED, audience, since=since, until=until)
        return [Crossed(*row) for row in found]

    # ── What is new ──────────────────────────────────────────────────────────────────────────

    def talked_of(
        self, terms: Collection[str], since: datetime, audience: Audience
    ) -> list[tuple[str, int]]:
        """The conversations that went on since then and hold a term, as (term, conversation)."""
        return self._pairs(fresh.TALKED_OF, audience, terms=list(terms), since=since)

    def shared_with(
        self, terms: Collection[str], since: datetime, audience: Audience
    ) -> list[tuple[str, int]]:
        """The shares since then that a term leads to, as (term, share)."""
        return self._pairs(fresh.SHARED_WITH, audience, terms=list(terms), since=since)

    def leads_to(
        self, terms: Collection[str], share_ids: Collection[int], audience: Audience
    ) -> list[tuple[str, int]]:
        """Which of some terms lead to which of some shares, as (term, share)."""
        return self._pairs(fresh.LEADS_TO, audience, terms=list(terms), shares=share_ids)

    def asked_with(
        self, terms: Collection[str], since: datetime, audience: Audience
    ) -> list[tuple[str, int]]:
        """The open questions since then that hold a term and stand where they are seen."""
        return self._pairs(fresh.ASKED_WITH, audience, terms=list(terms), since=since)

    def _pairs(self, query: Select[Any], audience: Audience, **values: Any) -> list[Any]:
        return [tuple(row) for row in self._all(query, audience, **values)]

    def first_shared(self, canonicals: Collection[str], audience: Audience) -> dict[str, datetime]:
        """When some links were first shared, as far as that is seen."""
        return dict(self._pairs(fresh.FIRST_SHARED, audience, canonicals=list(canonicals)))

    def outside(
        self,
        usual: Collection[int],
        account_ids: Collection[int],
        since: datetime,
        audience: Audience,
        most: int,
    ) -> list[int]:
        """The links since then of most people, by others in other places; each as a share."""
        values = {"usual": usual, "accounts": account_ids, "since": since, "most": most}
        return [number for (number,) in self._all(fresh.OUTSIDE, audience, **values)]

    def used_again(
        self, account_ids: Collection[int], since: datetime, audience: Audience, most: int
    ) -> list[int]:
        """The shares since then, by others, of links that some accounts shared, newest first."""
        values = {"accounts": account_ids, "since": since, "most": most}
        return [number for (number,) in self._all(fresh.USED_AGAIN, audience, **values)]

    # ── The chat itself (bot/room.py) ────────────────────────────────────────────────────────

    def recent(self, place_id: int, audience: Audience, most: int) -> list[Heard]:
        """The newest messages of a place, oldest first."""
        newest = self._all(queries.RECENT, audience, here=place_id, most=most)
        return [_heard(row) for row in reversed(newest)]

    def around(self, place_id: int, external_id: str, audience: Audience) -> list[Heard]:
        """The whole conversation about a message, oldest first."""
        found = self._all(queries.AROUND, audience, here=place_id, message=external_id)
        return [_heard(row) for row in found]


def _place_ref(platform: str, home: str, where: str) -> PlaceRef:
    return PlaceRef(CommunityRef(Platform(platform), home), where)


def _shares(rows: Sequence[Any]) -> list[Share]:
    return [
        Share(number, who, _place_ref(platform, home, where), *rest)
        for number, who, platform, home, where, *rest in rows
    ]


def _heard(row: Sequence[Any]) -> Heard:
    number, platform, home, where, name, author_id, author, text, at, thread, reply_to, edited = row
    spot = _place_ref(platform, home, where)
    account_ref = AccountRef(spot.community, author_id)
    was_edited = edited is not None
    return Heard(number, spot, name, account_ref, author, text, at, thread, reply_to, was_edited)
