"""Questions to the network."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, delete, func, insert, select, update

from bot.asking.model import Question, Ring, State
from storage.binding import MOST
from storage.index import upsert
from storage.lists import among
from storage.tables import finding, question, question_term

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import ColumnElement, Select

    from storage.ids import Ids

_IS_OPEN = question.c.state != State.CLOSED.value
# Open ones first, then the newest.
_IN_ORDER = (case((_IS_OPEN, 0), else_=1), question.c.asked_at.desc(), question.c.id.desc())

_OF = (
    select(question)
    .where(among(question.c.account_id, "accounts"))
    .order_by(*_IN_ORDER)
    .limit(MOST)
)


class Questions:
    """Reads and writes questions within one transaction."""

    def __init__(self, connection: Connection, ids: Ids) -> None:
        self._connection = connection
        self._ids = ids

    def add(self, asked: Question, terms: Iterable[str]) -> Question:
        """Keep a new question, to be found by its terms; returns it with its number."""
        row = asdict(asked) | {"id": self._ids.next()}
        self._connection.execute(insert(question), row)
        words = [{"term": term, "question_id": row["id"]} for term in set(terms)]
        if words:
            self._connection.execute(insert(question_term), words)
        return Question(**row)

    def find(self, question_id: int) -> Question | None:
        """The question with this number."""
        found = self._all(select(question).where(question.c.id == question_id))
        return found[0] if found else None

    def save(self, asked: Question) -> None:
        """Write down how a question stands now."""
        change = update(question).where(question.c.id == asked.id)
        self._connection.execute(change.values(**asdict(asked)))

    # ── Somebody's, and a community's ────────────────────────────────────────────────────────

    def of(self, account_ids: Collection[int], most: int) -> list[Question]:
        """What somebody asked, open questions first, then the newest."""
        found = self._connection.execute(_OF, {"accounts": account_ids, "most": most})
        return [_question(row._mapping) for row in found]  # noqa: SLF001

    def in_community(self, community_id: int, most: int) -> list[Question]:
        """What was asked in a community and is open, the newest first."""
        query = select(question).where(question.c.community_id == community_id, _IS_OPEN)
        query = query.order_by(question.c.asked_at.desc(), question.c.id.desc())
        return self._all(query.limit(most))

    def in_thread(self, place_id: int, thread: str) -> list[Question]:
        """What was asked in a thread and is not closed."""
        here = question.c.place_id == place_id, question.c.thread == thread
        return self._all(select(question).where(*here, _IS_OPEN).order_by(question.c.id))

    def count_of(self, account_ids: Collection[int], since: datetime) -> int:
        """How many questions somebody asked since then."""
        return self._count(question.c.account_id.in_(account_ids), since)

    def count_in(self, community_id: int, since: datetime) -> int:
        """How many questions were asked in a community since then."""
        return self._count(question.c.community_id == community_id, since)

    def _count(self, which: ColumnElement[bool], since: datetime) -> int:
        query = select(func.count()).select_from(question)
        query = query.where(which, question.c.asked_at > since)
        return int(self._connection.execute(query).scalar_one())

    # ── What is due ──────────────────────────────────────────────────────────────────────────

    def widening(self, at: datetime, most: int) -> list[Question]:
        """Open questions whose next ring is due."""
        return self._due(question.c.widens_at, at, most)

    def reminding(self, at: datetime, most: int) -> list[Question]:
        """Answered questions whose asker is to be asked whether it helped."""
        return self._due(question.c.reminds_at, at, most)

    def looking(self, at: datetime, most: int) -> list[Question]:
        """Questions to be held against what was said lately."""
        return self._due(question.c.looks_at, at, most)

    def _due(self, column: ColumnElement[datetime], at: datetime, most: int) -> list[Question]:
        query = select(question).where(column <= at, _IS_OPEN)
        return self._all(query.order_by(column, question.c.id).limit(most))

    def _all(self, query: Select[Any]) -> list[Question]:
        return [_question(row._mapping) for row in self._connection.execute(query)]  # noqa: SLF001

    # ── What turned up later ─────────────────────────────────────────────────────────────────

    def found(self, question_id: int, kind: str, key: int, at: datetime) -> bool:
        """Note that something was offered to the asker; whether that is new."""
        row = {"question_id": question_id, "kind": kind, "key": key, "at": at}
        into = upsert(self._connection, finding).values(row).on_conflict_do_nothing()
        return self._connection.execute(into.returning(finding.c.key)).first() is not None

    def was_found(self, question_id: int, kind: str, key: int) -> bool:
        """Whether something was offered to the asker before."""
        query = select(finding.c.key).where(
            finding.c.question_id == question_id, finding.c.kind == kind, finding.c.key == key
        )
        return self._connection.execute(query).first() is not None

    def found_since(self, question_id: int, since: datetime) -> list[tuple[str, int]]:
        """What was offered to the asker since then, newest first, as (kind, key)."""
        query = select(finding.c.kind, finding.c.key).where(
            finding.c.question_id == question_id, finding.c.at > since
        )
        found = self._connection.execute(query.order_by(finding.c.at.desc(), finding.c.key))
        return [(kind, key) for kind, key in found]

    def last_found(self, question_id: int) -> datetime | None:
        """When something was last offered."""
        query = select(finding.c.at).where(finding.c.question_id == question_id)
        return self._connection.execute(query.order_by(finding.c.at.desc()).limit(1)).scalar()

    def drop(self, question_id: int) -> None:
        """Delete a question with all that hangs on it."""
        self._connection.execute(delete(question).where(question.c.id == question_id))


def _question(row: Any) -> Question:
    values = dict(row)
    return Question(**values | {"state": State(row["state"]), "ring": Ring(row["ring"])})
