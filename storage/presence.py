"""Who is in a place, as far as that is known, and since when.

What is told comes in any order: lists are read page by page, events overtake one another. Every
word has its time, and an older one never undoes a newer one. So leaving keeps a row with its time,
and a place the time of its newest complete list: whoever is in no row was not in that list. Of two
words of one moment the one that says no counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, case, delete, insert, or_, select, update

from storage.index import upsert
from storage.tables import place, place_member

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.engine import Connection


class Presence:
    """Writes who is in which place, within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def tell(self, place_id: int, account_id: int, at: datetime, *, inside: bool) -> None:
        """One account was in a place at `at`, or was not."""
        listed_at = self._listed_at(place_id)
        if listed_at is not None and (at < listed_at or (inside and at == listed_at)):
            return
        row = {"place_id": place_id, "account_id": account_id, "checked_at": at, "inside": inside}
        since = None if listed_at is None else at
        into = upsert(self._connection, place_member).values(row | {"since": since})
        new, old = into.excluded, place_member.c
        stayed = and_(old.inside, new.inside)
        same_moment_says_no = and_(new.checked_at == old.checked_at, ~new.inside)
        self._connection.execute(
            into.on_conflict_do_update(
                index_elements=list(place_member.primary_key.columns),
                set_={
                    "checked_at": new.checked_at,
                    "inside": new.inside,
                    "since": case((stayed, old.since), else_=new.checked_at),
                },
                where=or_(new.checked_at > old.checked_at, same_moment_says_no),
            )
        )

    def tell_all(self, place_id: int, account_ids: Collection[int], at: datetime) -> None:
        """These accounts, and no others, were in a place at `at`."""
        listed_at = self._listed_at(place_id)
        if listed_at is not None and at < listed_at:
            return
        members = set(account_ids)
        stayed = self._inside(place_id)
        kept = self._not_before(place_id, at)
        # Whoever another list of this very moment left out stays out.
        if listed_at != at:
            came = dict.fromkeys(members - kept.keys(), None if listed_at is None else at)
            since = came | {one: stayed[one] for one in came if one in stayed}
            self._let_in(place_id, since, at)
        self._send_out(place_id, [one for one in kept if kept[one] == at and one not in members])
        self._connection.execute(update(place).where(place.c.id == place_id).values(listed_at=at))

    def has_left(self, place_id: int, account_ids: Collection[int]) -> bool:
        """Whether none of some accounts is in a place, as far as anybody said anything of it."""
        query = select(place_member.c.inside).where(
            place_member.c.place_id == place_id, place_member.c.account_id.in_(account_ids)
        )
        said = list(self._connection.scalars(query))
        return not any(said) if said else self._listed_at(place_id) is not None

    def _listed_at(self, place_id: int) -> datetime | None:
        query = select(place.c.listed_at).where(place.c.id == place_id)
        return self._connection.execute(query).scalar()

    def _not_before(self, place_id: int, at: datetime) -> dict[int, datetime]:
        """Drop what was known of a place before `at`; the accounts and times of what is left."""
        here = place_member.c.place_id == place_id
        self._connection.execute(delete(place_member).where(here, place_member.c.checked_at < at))
        query = select(place_member.c.account_id, place_member.c.checked_at).where(here)
        return dict(map(tuple, self._connection.execute(query)))

    def _inside(self, place_id: int) -> dict[int, datetime | None]:
        """Who is in a place, and since when."""
        query = select(place_member.c.account_id, place_member.c.since).where(
            place_member.c.place_id == place_id, place_member.c.inside
        )
        return dict(map(tuple, self._connection.execute(query)))

    def _let_in(self, place_id: int, since: dict[int, datetime | None], at: datetime) -> None:
        row = {"place_id": place_id, "checked_at": at, "inside": True}
        rows = [row | {"account_id": number, "since": began} for number, began in since.items()]
        if rows:
            self._connection.execute(insert(place_member), rows)

    def _send_out(self, place_id: int, account_ids: Collection[int]) -> None:
        change = (
            update(place_member)
            .where(place_member.c.place_id == place_id)
            .where(place_member.c.account_id == bindparam("who"))
            .values(inside=False)
        )
        if account_ids:
            self._connection.execute(change, [{"who": number} for number in account_ids])
