"""What is kept of somebody, for them alone: counted, and as a copy to take along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import String, and_, cast, func, or_, select

from storage.lists import among
from storage.notes import is_part_of
from storage.tables import (
    account,
    answer,
    ask,
    brought,
    claim,
    community,
    confirmed,
    feed,
    follow,
    hidden,
    manners,
    member,
    message,
    muted,
    note,
    participant,
    person,
    place,
    question,
    reaction,
    share,
    subscription,
    thanks,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

# What `privacy` counts, and what each is called there.
_COUNTED = {
    "messages": message,
    "links": share,
    "claims": claim,
    "reactions": reaction,
    "questions": question,
    "answers": answer,
}
_STANDING = {"reactions": (~reaction.c.taken_away,)}

_USUAL_PLACES = (
    select(participant.c.place_id).where(among(participant.c.account_id, "accounts")).distinct()
)


class OwnData:
    """Reads a person's own data within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def counts(self, account_ids: Collection[int]) -> dict[str, int]:
        """How many messages, links, claims and reactions are kept of somebody."""
        return {
            name: int(
                self._connection.execute(
                    select(func.count())
                    .select_from(table)
                    .where(table.c.account_id.in_(account_ids), *_STANDING.get(name, ()))
                ).scalar_one()
            )
            for name, table in _COUNTED.items()
        }

    def places_of(self, account_ids: Collection[int]) -> list[str]:
        """The names of the places in which something is kept of somebody."""
        query = (
            select(place.c.name)
            .join(message, message.c.place_id == place.c.id)
            .where(message.c.account_id.in_(account_ids))
            .distinct()
            .order_by(place.c.name)
        )
        return list(self._connection.scalars(query))

    def usual_places(self, account_ids: Collection[int]) -> set[int]:
        """The places in which somebody took part in a conversation."""
        return set(self._connection.scalars(_USUAL_PLACES, {"accounts": account_ids}))

    def moments(self, account_ids: Collection[int], most: int) -> list[datetime]:
        """When somebody wrote last, newest first."""
        query = select(message.c.at).where(message.c.account_id.in_(account_ids))
        return list(self._connection.scalars(query.order_by(message.c.at.desc()).limit(most)))

    def has_replied(self, account_ids: Collection[int]) -> bool:
        """Whether somebody replied to a message, or in a thread that did not begin with theirs."""
        in_thread = message.c.thread.is_not(None) & (message.c.thread != message.c.external_id)
        query = select(message.c.id).where(
            message.c.account_id.in_(account_ids), or_(message.c.reply_to.is_not(None), in_thread)
        )
        return self._connection.execute(query.limit(1)).first() is not None

    def everything(self, account_ids: Collection[int], person_id: int) -> dict[str, Any]:
        """All that is kept of somebody, for them to take along."""
        return {
            "accounts": self._rows(
                select(
                    account.c.platform,
                    community.c.name.label("community"),
                    account.c.external_id,
                    account.c.name,
                    member.c.role,
                )
                .join(member, member.c.account_id == account.c.id)
                .join(community, community.c.id == member.c.community_id)
                .where(account.c.id.in_(account_ids))
            ),
            "messages": self._rows(
                select(
                    place.c.name.label("place"),
                    message.c.external_id.label("id"),
                    message.c.at,
                    message.c.edited_at,
                    message.c.text,
                    message.c.permalink,
                )
                .join(place, place.c.id == message.c.place_id)
                .where(message.c.account_id.in_(account_ids))
                .order_by(message.c.at, message.c.id)
            ),
            "links": self._rows(
                select(share.c.url, share.c.title, share.c.at)
                .where(share.c.account_id.in_(account_ids))
                .order_by(share.c.at, share.c.id)
            ),
            "claims": self._rows(
                select(claim.c.topic, claim.c.at)
                .where(claim.c.account_id.in_(account_ids))
                .order_by(claim.c.id)
            ),
            "reactions": self._rows(
                select(reaction.c.emoji, reaction.c.message, reaction.c.at)
                .where(reaction.c.account_id.in_(account_ids), ~reaction.c.taken_away)
                .order_by(reaction.c.at, reaction.c.message, reaction.c.emoji)
            ),
            "hidden": self._hidden(account_ids, person_id),
            "confirmed": self._rows(
                select(confirmed.c.topic)
                .where(confirmed.c.person_id == person_id)
                .order_by(confirmed.c.key)
            ),
            "unlisted": self._is_unlisted(person_id),
            **self._asking(account_ids, person_id),
        }

    def _hidden(self, account_ids: Collection[int], person_id: int) -> list[dict[str, Any]]:
        """What somebody hid, by their own words: our numbers would tell how much others said."""
        theirs = hidden.c.person_id == person_id
        said = and_(
            hidden.c.kind == "conversation",
            hidden.c.key == cast(message.c.conversation_id, String),
            message.c.account_id.in_(account_ids),
        )
        shared = and_(
            hidden.c.kind == "share",
            hidden.c.key == cast(share.c.id, String),
            share.c.account_id.in_(account_ids),
        )
        return [
            *self._rows(
                select(hidden.c.kind, hidden.c.key.label("topic"))
                .where(theirs, hidden.c.kind == "topic")
                .order_by(hidden.c.key)
            ),
            *self._rows(
                select(
                    hidden.c.kind, place.c.name.label("place"), message.c.external_id.label("id")
                )
                .join(message, said)
                .join(place, place.c.id == message.c.place_id)
                .where(theirs)
                .order_by(message.c.at, message.c.id)
            ),
            *self._rows(
                select(hidden.c.kind, share.c.url)
                .join(share, shared)
                .where(theirs)
                .order_by(share.c.at, share.c.id)
            ),
        ]

    def _asking(self, account_ids: Collection[int], person_id: int) -> dict[str, Any]:
        """What somebody asked, was asked, answered and was thanked for, and their wishes."""
        return {
            "questions": self._rows(
                select(question.c.text, question.c.asked_at, question.c.state, question.c.named)
                .where(question.c.account_id.in_(account_ids))
                .order_by(question.c.asked_at, question.c.id)
            ),
            "asked": self._rows(
                select(question.c.text, ask.c.at, ask.c.state)
                .join(question, question.c.id == ask.c.question_id)
                .where(ask.c.account_id.in_(account_ids))
                .order_by(ask.c.at, ask.c.id)
            ),
            "answers": self._rows(
                select(answer.c.text, answer.c.at, answer.c.helped_at)
                .where(answer.c.account_id.in_(account_ids))
                .order_by(answer.c.at, answer.c.id)
            ),
            "thanks": self._rows(
                select(thanks.c.kind, thanks.c.at)
                .where(thanks.c.account_id.in_(account_ids))
                .order_by(thanks.c.at, thanks.c.id)
            ),
            "asking": self._one(manners, person_id),
            "digest": self._one(subscription, person_id),
            "muted": self._rows(
                select(muted.c.kind).where(muted.c.person_id == person_id).order_by(muted.c.kind)
            ),
            "feeds": self._rows(
                select(feed.c.subject, feed.c.topic, feed.c.made_at)
                .where(feed.c.person_id == person_id)
                .order_by(feed.c.id)
            ),
            "brings": self._rows(
                select(brought.c.url, brought.c.read_at)
                .where(brought.c.person_id == person_id)
                .order_by(brought.c.place_id)
            ),
            "notes": self._rows(
                select(note.c.title, note.c.words, note.c.at, note.c.shown)
                .where(is_part_of(account_ids))
                .order_by(note.c.id)
            ),
            "follows": self._rows(
                select(follow.c.topic, follow.c.at)
                .where(follow.c.person_id == person_id)
                .order_by(follow.c.at, follow.c.key)
            ),
        }

    def _one(self, table: Table, person_id: int) -> dict[str, Any] | None:
        """A person's row of a table, without the store's own numbers."""
        columns = [one for one in table.c if not one.name.endswith("_id")]
        found = self._rows(select(*columns).where(table.c.person_id == person_id))
        return found[0] if found else None

    def _is_unlisted(self, person_id: int) -> bool:
        query = select(person.c.unlisted).where(person.c.id == person_id)
        return bool(self._connection.execute(query).scalar())

    def _rows(self, query: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in self._connection.execute(query).mappings()]
