"""Who put which emoji on what.

A reaction that was taken away leaves a row, so that a late copy of it does not come back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, or_, true, update

from storage.drafts import chunks
from storage.index import upsert
from storage.tables import reaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection

    from bot.events import ReactionChanged, ReactionsCleared


class Reactions:
    """Writes reactions within one transaction; `storage/people.py` reads them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, event: ReactionChanged, place_id: int, account_id: int) -> None:
        """Keep a reaction, or that it was taken away: the latest change of it counts."""
        change = {"at": event.at, "taken_away": not event.added}
        into = upsert(self._connection, reaction)
        said = into.excluded
        later = or_(
            said.at > reaction.c.at, and_(said.at == reaction.c.at, said.taken_away.is_(true()))
        )
        self._connection.execute(
            into.values(_which(event, place_id, account_id) | change).on_conflict_do_update(
                index_elements=list(reaction.primary_key.columns), set_=change, where=later
            )
        )

    def drop(self, event: ReactionChanged, place_id: int, account_id: int) -> None:
        """Forget that a reaction ever was there, unless it is newer than the event."""
        which = _which(event, place_id, account_id)
        same = (reaction.c[name] == value for name, value in which.items())
        self._connection.execute(delete(reaction).where(*same, reaction.c.at <= event.at))

    def clear(self, event: ReactionsCleared, place_id: int) -> None:
        """Take all reactions off a message, or those with one emoji; newer ones stay."""
        which = [reaction.c.place_id == place_id, reaction.c.message == event.message]
        if event.emoji is not None:
            which.append(reaction.c.emoji == event.emoji)
        gone = update(reaction).where(*which, reaction.c.at <= event.at)
        self._connection.execute(gone.values(at=event.at, taken_away=True))

    def drop_on(self, place_id: int, messages: Sequence[str]) -> None:
        """Forget the reactions on some messages, which the platform calls so."""
        for names in chunks(messages):
            on_these = reaction.c.place_id == place_id, reaction.c.message.in_(names)
            self._connection.execute(delete(reaction).where(*on_these))

    def drop_of(self, account_id: int) -> None:
        """Forget the reactions of an account."""
        self._connection.execute(delete(reaction).where(reaction.c.account_id == account_id))


def _which(event: ReactionChanged, place_id: int, account_id: int) -> dict[str, object]:
    """The key of a reaction's row."""
    return {
        "place_id": place_id,
        "message": event.message,
        "account_id": account_id,
        "emoji": event.emoji,
    }
