"""How far each import has come, so that a killed one goes on where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage.index import upsert
from storage.tables import conversation, import_run, message, share

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


class ImportRuns:
    """Reads and writes the progress of imports, in the transactions that import."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def done(self, fingerprint: str) -> int:
        """How many events of an export were taken in by a run that did not finish."""
        query = select(import_run.c.events).where(
            import_run.c.fingerprint == fingerprint, ~import_run.c.finished
        )
        return self._connection.execute(query).scalar() or 0

    def save(self, fingerprint: str, events: int, *, finished: bool) -> None:
        """Note how many events are in the store when this transaction commits."""
        values = {"events": events, "finished": finished}
        into = upsert(self._connection, import_run).values(fingerprint=fingerprint, **values)
        keys = list(import_run.primary_key.columns)
        self._connection.execute(into.on_conflict_do_update(index_elements=keys, set_=values))

    def totals(self) -> dict[str, int]:
        """How many messages, people, conversations and links are kept in all."""
        people = select(message.c.account_id).distinct().subquery()
        counted = {
            "messages": select(func.count()).select_from(message),
            "people": select(func.count()).select_from(people),
            "conversations": select(func.count()).select_from(conversation),
            "links": select(func.count()).select_from(share),
        }
        return {
            name: int(self._connection.execute(query).scalar_one())
            for name, query in counted.items()
        }
