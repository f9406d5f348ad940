"""What communities let one another find: one place, one agreement of both sides at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from bot.events import Visibility
from storage.tables import community, place, place_grant

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from storage.ids import Ids

Named = list[tuple[str, str]]

# Nothing of a place that is no longer open to all leaves its community, its name included.
_IS_OPEN = place.c.visibility == Visibility.PUBLIC.value


class Grants:
    """Reads and writes agreements within one transaction."""

    def __init__(self, connection: Connection, ids: Ids) -> None:
        self._connection = connection
        self._ids = ids

    def offer(self, place_id: int, code_hash: str, person_id: int, at: datetime) -> None:
        """Offer a place to whoever redeems the code."""
        row = {
            "id": self._ids.next(),
            "place_id": place_id,
            "code_hash": code_hash,
            "offered_by": person_id,
            "offered_at": at,
        }
        self._connection.execute(insert(place_grant), row)

    def accept(
        self, code_hash: str, community_id: int, person_id: int, at: datetime, since: datetime
    ) -> str | None:
        """Redeem a code for a community. The place's name, or None when the code is not valid.

        Valid once, when offered at or after `since`, not by the community that offered it, and
        while the place is open to all of that one.
        """
        query = (
            select(place_grant.c.id, place.c.name, place.c.community_id)
            .join(place, place.c.id == place_grant.c.place_id)
            .where(place_grant.c.code_hash == code_hash, place_grant.c.accepted_at.is_(None))
            .where(place_grant.c.offered_at >= since, place.c.community_id != community_id)
            .where(_IS_OPEN)
        )
        row = self._connection.execute(query).first()
        if row is None:
            return None
        change = update(place_grant).where(place_grant.c.id == row.id)
        values = {"community_id": community_id, "accepted_by": person_id, "accepted_at": at}
        self._connection.execute(change.values(values))
        self._join_networks(community_id, row.community_id)
        return str(row.name)

    def _join_networks(self, one: int, other: int) -> None:
        query = select(community.c.network).where(community.c.id.in_((one, other)))
        networks = set(self._connection.scalars(query))
        change = update(community).where(community.c.network.in_(networks))
        self._connection.execute(change.values(network=min(networks)))

    def end(self, place_id: int) -> int:
        """End everything agreed or offered about a place; how many agreements that were."""
        gone = delete(place_grant).where(place_grant.c.place_id == place_id)
        return self._connection.execute(gone).rowcount

    def of(self, community_id: int) -> tuple[Named, Named]:
        """The places a community shares, and those shared with it: (place, other community).

        By name, each once, and only while they are open to all of their community.
        """
        home, other = community.alias("home"), community.alias("other")
        query = (
            select(place.c.name, home.c.id, home.c.name, other.c.id, other.c.name, place.c.id)
            .select_from(place_grant)
            .join(place, place.c.id == place_grant.c.place_id)
            .join(home, home.c.id == place.c.community_id)
            .join(other, other.c.id == place_grant.c.community_id)
            .where(place_grant.c.accepted_at.is_not(None), _IS_OPEN)
            .distinct()
            .order_by(place.c.name, home.c.name, other.c.name, place.c.id)
        )
        rows = self._connection.execute(query).all()
        out = [(name, to) for name, home_id, _, _, to, _ in rows if home_id == community_id]
        back = [(name, by) for name, _, by, other_id, _, _ in rows if other_id == community_id]
        return out, back
