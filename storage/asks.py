"""Who is asked a question in person, and in which places it stands."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, or_, select, update

from bot.asking.model import Ask, AskState, Post, State
from storage.tables import ask, place, post, question

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.engine import Connection
    from sqlalchemy.sql import Select

    from storage.ids import Ids


class Asks:
    """Reads and writes asks and posts within one transaction."""

    def __init__(self, connection: Connection, ids: Ids) -> None:
        self._connection = connection
        self._ids = ids
        self._watched: dict[int, bool] = {}

    # ── People ───────────────────────────────────────────────────────────────────────────────

    def add(self, asked: Ask) -> Ask:
        """Note who is asked; returns it with its number."""
        row = asdict(asked) | {"id": self._ids.next()}
        self._connection.execute(insert(ask), row)
        return Ask(**row)

    def find(self, ask_id: int) -> Ask | None:
        """The ask with this number."""
        found = self._asks(select(ask).where(ask.c.id == ask_id))
        return found[0] if found else None

    def save(self, asked: Ask) -> None:
        """Write down what became of it."""
        change = update(ask).where(ask.c.id == asked.id)
        row = asdict(asked) | {"question_id": asked.question_id or None}
        self._connection.execute(change.values(**row))

    def of(self, question_id: int) -> list[Ask]:
        """Everybody who is asked a question, first asked first."""
        return self._asks(select(ask).where(ask.c.question_id == question_id).order_by(ask.c.id))

    def waiting(self, account_ids: Collection[int]) -> list[Ask]:
        """What somebody was asked and said nothing to, and is open; the newest first."""
        query = (
            select(ask)
            .join(question, question.c.id == ask.c.question_id)
            .where(ask.c.account_id.in_(account_ids), ask.c.state == AskState.ASKED.value)
            .where(question.c.state != State.CLOSED.value, ask.c.message.is_not(None))
        )
        return self._asks(query.order_by(ask.c.at.desc(), ask.c.id.desc()))

    def sent_as(self, account_ids: Collection[int], message: str) -> Ask | None:
        """What somebody was asked by a message."""
        query = select(ask).where(ask.c.account_id.in_(account_ids), ask.c.message == message)
        found = self._asks(query.order_by(ask.c.id.desc()).limit(1))
        return found[0] if found else None

    def lately(self, account_ids: Collection[int], since: datetime) -> dict[int, int]:
        """How often each of some accounts was asked since then; who was not is left out."""
        query = (
            select(ask.c.account_id, func.count())
            .where(ask.c.account_id.in_(account_ids), ask.c.at > since)
            .where(ask.c.state != AskState.UNREACHABLE.value)
            .group_by(ask.c.account_id)
        )
        return {who: int(count) for who, count in self._connection.execute(query)}

    def reached(self, account_ids: Collection[int], since: datetime) -> int:
        """How many questions really came to somebody since then."""
        query = select(func.count()).where(
            ask.c.account_id.in_(account_ids), ask.c.at > since, ask.c.message.is_not(None)
        )
        return int(self._connection.execute(query).scalar_one())

    def _asks(self, query: Select[Any]) -> list[Ask]:
        found = (dict(row._mapping) for row in self._connection.execute(query))  # noqa: SLF001
        return [_ask(row) for row in found]

    # ── Places ───────────────────────────────────────────────────────────────────────────────

    def add_post(self, posted: Post) -> Post:
        """Note where a question stands; returns it with its number."""
        row = asdict(posted) | {"id": self._ids.next()}
        self._connection.execute(insert(post), row)
        self._watched.clear()
        return Post(**row)

    def find_post(self, post_id: int) -> Post | None:
        """The post with this number."""
        found = self._posts(select(post).where(post.c.id == post_id))
        return found[0] if found else None

    def save_post(self, posted: Post) -> None:
        """Write down how a post stands now."""
        self._connection.execute(
            update(post).where(post.c.id == posted.id).values(**asdict(posted))
        )
        self._watched.clear()

    def posts_of(self, question_id: int) -> list[Post]:
        """Where a question stands, first posted first."""
        return self._posts(
            select(post).where(post.c.question_id == question_id).order_by(post.c.id)
        )

    def posts_in(self, community_id: int, most: int) -> list[Post]:
        """Open questions that stand in a community's places, the newest first."""
        query = (
            select(post)
            .join(question, question.c.id == post.c.question_id)
            .join(place, place.c.id == post.c.place_id)
            .where(place.c.community_id == community_id, ~post.c.withdrawn)
            .where(question.c.state != State.CLOSED.value)
        )
        return self._posts(query.order_by(post.c.id.desc()).limit(most))

    def post_at(self, place_id: int, messages: Collection[str]) -> Post | None:
        """The post that is one of some messages of a place, or stands in a thread of one."""
        if not self._has_posts(place_id):
            return None
        is_meant = or_(post.c.message.in_(messages), post.c.thread.in_(messages))
        query = select(post).where(post.c.place_id == place_id, is_meant)
        found = self._posts(query.order_by(post.c.id.desc()).limit(1))
        return found[0] if found else None

    def _has_posts(self, place_id: int) -> bool:
        """Whether any question stands in a place: an import asks for each of its messages."""
        if place_id not in self._watched:
            query = select(post.c.id).where(post.c.place_id == place_id).limit(1)
            self._watched[place_id] = self._connection.execute(query).first() is not None
        return self._watched[place_id]

    def _posts(self, query: Select[Any]) -> list[Post]:
        return [Post(**row._mapping) for row in self._connection.execute(query)]  # noqa: SLF001


def _ask(row: dict[str, Any]) -> Ask:
    """An ask; of a question that is gone it has the number 0, which no question has."""
    values = row | {"state": AskState(row["state"]), "question_id": row["question_id"] or 0}
    return Ask(**values)
