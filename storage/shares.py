"""Writing the links people shared; reading them is evidence (`storage/evidence.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from storage.index import bring, upsert
from storage.tables import share, share_term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy.engine import Connection

    from bot.model import Message
    from storage.ids import Ids


class Shares:
    """Gathers new shares for one transaction; `flush` writes them.

    `write_messages` writes the messages they belong to, which must be there before them.
    """

    def __init__(
        self, connection: Connection, ids: Ids, write_messages: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._ids = ids
        self._write_messages = write_messages
        self._rows: list[dict[str, Any]] = []
        self._terms: list[tuple[object, ...]] = []

    def add(
        self, post: Message, url: str, canonical: str, title: str | None, terms: Iterable[str]
    ) -> None:
        """One link of one message; `terms` are the words that find it."""
        number = self._ids.next()
        self._rows.append(
            {
                "id": number,
                "message_id": post.id,
                "place_id": post.place_id,
                "account_id": post.account_id,
                "at": post.at,
                "url": url,
                "canonical": canonical,
                "title": title,
                "looked_up": title is not None,
            }
        )
        self._terms += [(term, post.place_id, number) for term in set(terms)]

    def drop(self, message_ids: Sequence[int]) -> None:
        """Forget the links of some messages."""
        self.flush()
        rows = [{"_id": number} for number in message_ids]
        self._connection.execute(delete(share).where(share.c.message_id == bindparam("_id")), rows)

    def untitled(self, most: int) -> list[tuple[str, str]]:
        """Links whose pages were not asked for a title yet, newest first: (canonical, address)."""
        self.flush()
        query = (
            select(share.c.canonical, func.max(share.c.url))
            .where(~share.c.looked_up)
            .group_by(share.c.canonical)
            .order_by(func.max(share.c.id).desc())
            .limit(most)
        )
        return [(form, url) for form, url in self._connection.execute(query)]

    def entitle(self, canonical: str, title: str | None, terms: Iterable[str]) -> None:
        """Note what a link's page is called (None: nothing of use); `terms` find it from now on."""
        self.flush()
        wanted = share.c.canonical == canonical, ~share.c.looked_up
        found = self._connection.execute(select(share.c.id, share.c.place_id).where(*wanted)).all()
        change = update(share).where(*wanted).values(title=title, looked_up=True)
        self._connection.execute(change)
        rows = [
            {"term": term, "place_id": row.place_id, "share_id": row.id}
            for row in found
            for term in set(terms)
        ]
        if rows:
            into = upsert(self._connection, share_term).on_conflict_do_nothing()
            self._connection.execute(into, rows)

    def flush(self) -> None:
        """Write what was gathered."""
        if self._rows:
            self._write_messages()
            self._connection.execute(insert(share), self._rows)
            bring(self._connection, share_term.name, self._terms)
            self._rows.clear()
            self._terms.clear()
