"""Writing the links people shared; reading them is evidence (`storage/evidence.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from bot.text import words
from storage.drafts import chunks
from storage.index import bring, upsert
from storage.tables import share, share_term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.row import Row

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
        self._dropped: dict[tuple[int, str], Row[int, int, str, str | None, bool]] = {}

    def add(
        self, post: Message, url: str, canonical: str, title: str | None, terms: Iterable[str]
    ) -> None:
        """One link of one message; `terms` are the words that find it.

        A link that was there before an edit stays the share it was: what somebody hid stays
        hidden, and what its page is called need not be asked again.
        """
        before = self._dropped.pop((post.id, canonical), None)
        number = self._ids.next() if before is None else before.id
        found = set(terms)
        if before is not None and title is None and before.title is not None:
            title = before.title
            found.update(words.terms(title))
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
                "looked_up": title is not None or (before is not None and before.looked_up),
            }
        )
        self._terms += [(term, post.place_id, number) for term in found]

    def name(self, post: Message, canonical: str, title: str, terms: Iterable[str]) -> bool:
        """Give a link of a kept message its title, unless it has one. Whether that was new."""
        self.flush()
        change = (
            update(share)
            .where(
                share.c.message_id == post.id,
                share.c.canonical == canonical,
                share.c.title.is_(None),
            )
            .values(title=title, looked_up=True)
            .returning(share.c.id)
        )
        numbers = self._connection.scalars(change).all()
        self._add_terms([(term, post.place_id, one) for one in numbers for term in set(terms)])
        return bool(numbers)

    def _add_terms(self, rows: Sequence[tuple[object, ...]]) -> None:
        """Words that lead to links which other words lead to already."""
        if rows:
            names = share_term.columns.keys()
            into = upsert(self._connection, share_term).on_conflict_do_nothing()
            self._connection.execute(into, [dict(zip(names, row, strict=True)) for row in rows])

    def drop(self, message_ids: Sequence[int]) -> None:
        """Forget the links of some messages."""
        self.flush()
        columns = (
            share.c.id,
            share.c.message_id,
            share.c.canonical,
            share.c.title,
            share.c.looked_up,
        )
        for part in chunks(message_ids):
            of_these = share.c.message_id.in_(part)
            for row in self._connection.execute(select(*columns).where(of_these)):
                self._dropped[row.message_id, row.canonical] = row
            self._connection.execute(delete(share).where(of_these))

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
        self._add_terms([(term, row.place_id, row.id) for row in found for term in set(terms)])

    def flush(self) -> None:
        """Write what was gathered."""
        if self._rows:
            self._write_messages()
            self._connection.execute(insert(share), self._rows)
            bring(self._connection, share_term.name, self._terms)
            self._rows.clear()
            self._terms.clear()
