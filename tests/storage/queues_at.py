"""The inbox and the outbox of a throw-away database, one transaction at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from storage.engine import lock_for_writing, open_engine
from storage.ids import Ids
from storage.inbox import Inbox
from storage.outbox import Outbox


@dataclass(frozen=True)
class Queues:
    """Both queues within one transaction."""

    connection: Connection
    inbox: Inbox
    outbox: Outbox


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def writing(engine: Engine) -> Iterator[Queues]:
    """A transaction of the one writer."""
    with claiming(engine) as queues:
        lock_for_writing(queues.connection)
        ids = Ids(queues.connection)
        yield Queues(
            queues.connection, Inbox(queues.connection, ids), Outbox(queues.connection, ids)
        )
        ids.save()


@contextmanager
def claiming(engine: Engine) -> Iterator[Queues]:
    """A transaction that waits for no writer; only on SQLite it is one."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        ids = Ids(connection)
        yield Queues(connection, Inbox(connection, ids), Outbox(connection, ids))


@contextmanager
def discarded(engine: Engine) -> Iterator[Queues]:
    """A transaction of the one writer of which nothing stays."""
    with engine.connect().execution_options(writes=True) as connection:
        transaction = connection.begin()
        lock_for_writing(connection)
        ids = Ids(connection)
        yield Queues(connection, Inbox(connection, ids), Outbox(connection, ids))
        transaction.rollback()
