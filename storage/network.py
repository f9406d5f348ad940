"""Communities that agreed to share with each other, and what each lets the other find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, or_, select

from bot.events import Visibility
from storage.index import upsert
from storage.rows import PLACED, as_community, as_placed
from storage.tables import alliance, community, place, place_grant, question_place

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import ColumnElement

    from bot.model import Community, Place
    from storage.ids import Ids

Named = list[tuple[str, str]]

# Nothing of a place that is no longer open to all leaves its community, its name included.
_IS_OPEN = place.c.visibility == Visibility.PUBLIC.value
_TAKES_QUESTIONS = (_IS_OPEN, ~place.c.archived)


class Network:
    """Reads and writes agreements within one transaction."""

    def __init__(self, connection: Connection, ids: Ids) -> None:
        self._connection = connection
        self._ids = ids

    # ── Communities ──────────────────────────────────────────────────────────────────────────

    def ally(self, one: int, other: int, offered_by: int, accepted_by: int, at: datetime) -> bool:
        """Two communities agree; whether that is new."""
        row = {
            "id": self._ids.next(),
            "community_id": min(one, other),
            "other_id": max(one, other),
            "offered_by": offered_by,
            "accepted_by": accepted_by,
            "at": at,
        }
        into = upsert(self._connection, alliance).values(row).on_conflict_do_nothing()
        return self._connection.execute(into.returning(alliance.c.id)).first() is not None

    def part(self, one: int, other: int) -> None:
        """End an agreement, with all that either side lets the other find."""
        self._connection.execute(delete(alliance).where(_between(one, other)))
        for home, to in ((one, other), (other, one)):
            of_home = select(place.c.id).where(place.c.community_id == home)
            gone = delete(place_grant).where(
                place_grant.c.community_id == to, place_grant.c.place_id.in_(of_home)
            )
            self._connection.execute(gone)

    def allies(self, community_id: int) -> list[Community]:
        """The communities that one agreed with, by name."""
        there = select(alliance.c.other_id).where(alliance.c.community_id == community_id)
        here = select(alliance.c.community_id).where(alliance.c.other_id == community_id)
        query = select(community).where(community.c.id.in_(there.union_all(here)))
        query = query.order_by(community.c.name, community.c.id)
        return [as_community(row) for row in self._connection.execute(query)]

    def are_allied(self, one: int, other: int) -> bool:
        """Whether two communities agreed."""
        query = select(alliance.c.id).where(_between(one, other))
        return self._connection.execute(query).first() is not None

    # ── Places ───────────────────────────────────────────────────────────────────────────────

    def grant(self, place_id: int, community_id: int, person_id: int, at: datetime) -> None:
        """Let what is said in a place be found in another community."""
        row = {
            "place_id": place_id,
            "community_id": community_id,
            "granted_by": person_id,
            "at": at,
        }
        into = upsert(self._connection, place_grant).values(row)
        self._connection.execute(into.on_conflict_do_nothing())

    def revoke(self, place_id: int) -> int:
        """Let a place be found in its own community alone; in how many others it was."""
        gone = delete(place_grant).where(place_grant.c.place_id == place_id)
        return self._connection.execute(gone).rowcount

    def granted(self, community_id: int) -> tuple[Named, Named]:
        """The places a community shares, and those shared with it: (place, other community).

        By name, and only while they are open to all of their community.
        """
        home, other = community.alias("home"), community.alias("other")
        query = (
            select(place.c.name, home.c.id, home.c.name, other.c.id, other.c.name)
            .select_from(place_grant)
            .join(place, place.c.id == place_grant.c.place_id)
            .join(home, home.c.id == place.c.community_id)
            .join(other, other.c.id == place_grant.c.community_id)
            .where(_IS_OPEN, or_(home.c.id == community_id, other.c.id == community_id))
            .order_by(place.c.name, home.c.name, other.c.name, place.c.id)
        )
        rows = self._connection.execute(query).all()
        out = [(name, to) for name, home_id, _, _, to in rows if home_id == community_id]
        back = [(name, by) for name, _, by, other_id, _ in rows if other_id == community_id]
        return out, back

    # ── Where questions are received ─────────────────────────────────────────────────────────

    def receive(self, place_id: int, at: datetime) -> None:
        """Have questions of other communities posted in a place."""
        into = upsert(self._connection, question_place).values(place_id=place_id, at=at)
        self._connection.execute(into.on_conflict_do_nothing())

    def refuse(self, place_id: int) -> bool:
        """Have no more of them posted there; whether they were."""
        gone = delete(question_place).where(question_place.c.place_id == place_id)
        return self._connection.execute(gone).rowcount > 0

    def receiving(self, community_id: int) -> list[Place]:
        """The places in which a community receives questions."""
        query = PLACED.join(question_place, question_place.c.place_id == place.c.id)
        query = query.where(place.c.community_id == community_id, *_TAKES_QUESTIONS)
        query = query.order_by(place.c.name, place.c.id)
        return [as_placed(row) for row in self._connection.execute(query)]

    def is_receiving(self, place_id: int) -> bool:
        """Whether questions of other communities are posted in a place."""
        query = select(place.c.id).join(question_place, question_place.c.place_id == place.c.id)
        query = query.where(place.c.id == place_id, *_TAKES_QUESTIONS)
        return self._connection.execute(query).first() is not None


def _between(one: int, other: int) -> ColumnElement[bool]:
    return and_(alliance.c.community_id == min(one, other), alliance.c.other_id == max(one, other))
