"""Answers to questions, and the thanks for them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

from bot.asking.model import Given, Thanks
from storage.columns import Instant
from storage.lists import among
from storage.tables import answer, thanks

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import Select

    from storage.ids import Ids

_THANKS = [one for one in thanks.c if one.name != "told_at"]

_untold = (
    among(thanks.c.account_id, "accounts"),
    thanks.c.told_at.is_(None),
    thanks.c.at <= bindparam("until", type_=Instant),
)
_UNTOLD = select(*_THANKS).where(*_untold).order_by(thanks.c.at, thanks.c.id)
_TELL = update(thanks).where(*_untold).values(told_at=bindparam("now", type_=Instant))


class Answers:
    """Reads and writes answers and thanks within one transaction."""

    def __init__(self, connection: Connection, ids: Ids) -> None:
        self._connection = connection
        self._ids = ids
        # Whether anything was answered in a place: an import asks for each of its messages.
        self._answered: dict[int, bool] = {}

    def add(self, given: Given) -> Given:
        """Keep a new answer; returns it with its number."""
        row = asdict(given) | {"id": self._ids.next()}
        self._connection.execute(insert(answer), row)
        self._answered.clear()
        return Given(**row)

    def find(self, answer_id: int) -> Given | None:
        """The answer with this number."""
        found = self._all(select(answer).where(answer.c.id == answer_id))
        return found[0] if found else None

    def at(self, place_id: int, message: str) -> Given | None:
        """The answer that is this message."""
        if place_id not in self._answered:
            any_there = select(answer.c.id).where(answer.c.place_id == place_id).limit(1)
            self._answered[place_id] = self._connection.execute(any_there).first() is not None
        if not self._answered[place_id]:
            return None
        query = select(answer).where(answer.c.place_id == place_id, answer.c.message == message)
        found = self._all(query)
        return found[0] if found else None

    def save(self, given: Given) -> None:
        """Write down how an answer stands now."""
        change = update(answer).where(answer.c.id == given.id)
        self._connection.execute(change.values(**asdict(given)))

    def drop(self, answer_id: int) -> None:
        """Delete an answer."""
        self._connection.execute(delete(answer).where(answer.c.id == answer_id))

    def of(self, question_id: int) -> list[Given]:
        """The answers to a question, first given first."""
        query = select(answer).where(answer.c.question_id == question_id)
        return self._all(query.order_by(answer.c.at, answer.c.id))

    def by(self, account_ids: Collection[int]) -> list[Given]:
        """What somebody answered, first given first."""
        query = select(answer).where(answer.c.account_id.in_(account_ids))
        return self._all(query.order_by(answer.c.at, answer.c.id))

    def _all(self, query: Select[Any]) -> list[Given]:
        return [Given(**row._mapping) for row in self._connection.execute(query)]  # noqa: SLF001

    # ── Thanks ───────────────────────────────────────────────────────────────────────────────

    def thank(self, said: Thanks) -> bool:
        """Note that somebody is thanked; whether that is new."""
        same = select(thanks.c.id).where(
            thanks.c.account_id == said.account_id,
            thanks.c.given_by == said.given_by,
            thanks.c.kind == said.kind,
            thanks.c.question_id.is_not_distinct_from(said.question_id),
            thanks.c.place_id.is_not_distinct_from(said.place_id),
            thanks.c.message.is_not_distinct_from(said.message),
        )
        if self._connection.execute(same).first() is not None:
            return False
        self._connection.execute(insert(thanks), asdict(said) | {"id": self._ids.next()})
        return True

    def untold(self, account_ids: Collection[int], until: datetime) -> list[Thanks]:
        """What somebody has not heard yet that they are thanked for, up to some moment."""
        values = {"accounts": account_ids, "until": until}
        found = self._connection.execute(_UNTOLD, values)
        return [Thanks(**row._mapping) for row in found]  # noqa: SLF001

    def tell(self, account_ids: Collection[int], until: datetime, at: datetime) -> None:
        """They heard it all, up to some moment."""
        values = {"accounts": account_ids, "until": until, "now": at}
        self._connection.execute(_TELL, values)

    def told(self, account_ids: Collection[int], at: datetime) -> list[Thanks]:
        """The thanks that somebody heard of at one moment."""
        query = select(*_THANKS).where(thanks.c.account_id.in_(account_ids), thanks.c.told_at == at)
        found = self._connection.execute(query.order_by(thanks.c.at, thanks.c.id))
        return [Thanks(**row._mapping) for row in found]  # noqa: SLF001

    def thanked_by(self, account_ids: Collection[int]) -> list[tuple[Thanks, datetime]]:
        """Whom somebody thanked, as far as they heard of it, and when they did."""
        query = select(*_THANKS, thanks.c.told_at).where(
            thanks.c.given_by.in_(account_ids), thanks.c.told_at.is_not(None)
        )
        rows = self._connection.execute(query.order_by(thanks.c.at, thanks.c.id))
        return [(Thanks(*row[:-1]), row[-1]) for row in rows]
