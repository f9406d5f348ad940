"""The store: one place from which every transaction starts."""

from __future__ import annotations

import threading
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from sqlalchemy.engine import Connection, Engine

from bot.errors import StoreError
from bot.logs import logger
from bot.text import words
from storage import leftovers
from storage.answers import Answers
from storage.archive import Archive
from storage.asks import Asks
from storage.brought import BroughtFeeds
from storage.codes import Codes
from storage.cursors import Cursors
from storage.digests import Digests
from storage.directory import Directory
from storage.engine import explained, lock_for_writing, name_of, open_engine
from storage.evidence import Evidence
from storage.feeds import Feeds
from storage.graves import Graves
from storage.ids import Ids
from storage.imports import ImportRuns
from storage.inbox import Inbox
from storage.index import Index
from storage.installations import Installations
from storage.joining import Joining
from storage.known import Known, watch
from storage.manners import ManyManners
from storage.memos import Memos
from storage.migrate import check
from storage.network import Network
from storage.notes import Notes
from storage.outbox import Outbox
from storage.own_data import OwnData
from storage.people import People
from storage.questions import Questions
from storage.reindex import built_with, rebuild
from storage.removal import Removal
from storage.shares import Shares
from storage.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Iterator


class Unit:
    """Everything that can be read and written within one transaction."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._ids = Ids(connection)
        known = Known(connection)
        self._index = Index(connection)
        self.directory = Directory(connection, self._ids, known)
        self.archive = Archive(connection, self._ids, self._index)
        self.shares = Shares(connection, self._ids, self.archive.flush)
        self.evidence = Evidence(connection, known, self.flush)
        self.people = People(connection, self._ids)
        self.own_data = OwnData(connection)
        self.network = Network(connection, self._ids)
        self.codes = Codes(connection, self._ids)
        self.joining = Joining(connection, self._ids)
        self.questions = Questions(connection, self._ids)
        self.asks = Asks(connection, self._ids)
        self.answers = Answers(connection, self._ids)
        self.notes = Notes(connection, self._ids)
        self.manners = ManyManners(connection, known)
        self.digests = Digests(connection, known)
        self.wishes = Wishes(connection)
        self.feeds = Feeds(connection, self._ids)
        self.brought = BroughtFeeds(connection)
        self.removal = Removal(connection, self.directory)
        self.inbox = Inbox(connection, self._ids)
        self.outbox = Outbox(connection, self._ids)
        self.imports = ImportRuns(connection)
        self.cursors = Cursors(connection)
        self.memos = Memos(connection)
        self.installations = Installations(connection)
        self.graves = Graves(connection)

    def flush(self) -> None:
        """Write all that was gathered, so that reads see it."""
        self.archive.flush()
        self.shares.flush()
        self._index.flush()

    def finish(self) -> None:
        """Write the rest of the transaction."""
        self.flush()
        self._ids.save()


class Store:
    """A database of Grapevine's, opened and of the right version."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_file = engine.dialect.name == "sqlite"
        # The writers of one process take turns here, so that none runs out of time in SQLite's
        # own queue while the file is written anew.
        self._turn = threading.RLock() if self._is_file else nullcontext()
        self._cleans_later = False
        # What was deleted and waits for `scrub`, and what `scrub` is at; only whose turn it is
        # touches them.
        self._waiting: leftovers.Gone | None = None
        self._at_work: leftovers.Gone | None = None

    @property
    def name(self) -> str:
        """The database's name for people, without user and password."""
        return name_of(self._engine)

    @property
    def backend(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @contextmanager
    def write(self) -> Iterator[Unit]:
        """A transaction as the one writer: all of it happens, or nothing.

        What it deletes has left the file when this returns; if that cannot be done just now, or
        `clean_later` was called, it is done by `scrub`, or when the store is opened next.
        """
        with self._turn, explained(self._engine):
            with self._connect(writes=True) as connection:
                lock_for_writing(connection)
                unit = Unit(connection)
                yield unit
                unit.finish()
                known = self._waiting or self._at_work
                gone = leftovers.collect(connection, known) if self._is_file else None
            if gone is not None:
                self._waiting = gone if self._waiting is None else self._waiting | gone
                if not self._cleans_later:
                    self._clean()

    @contextmanager
    def queue(self) -> Iterator[Unit]:
        """A transaction for the inbox and the outbox alone, which does not wait for the writer.

        On PostgreSQL several processes then share the work; SQLite has one writer in any case.
        """
        with self._turn, explained(self._engine), self._connect(writes=True) as connection:
            unit = Unit(connection)
            yield unit
            unit.finish()

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """A view of one moment, for reading only."""
        with explained(self._engine), self._connect(writes=False) as connection:
            yield Unit(connection)

    @contextmanager
    def _connect(self, *, writes: bool) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            if self._is_file and writes:
                leftovers.watch(connection)
            connection = connection.execution_options(**self._options(writes=writes))  # noqa: PLW2901
            with connection.begin():
                yield connection

    def _options(self, *, writes: bool) -> dict[str, object]:
        if writes or self._is_file:
            return {"writes": writes}
        # PostgreSQL would else show each statement another moment.
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    def clean_later(self) -> None:
        """Leave the cleaning up after deletions to `scrub`, so that nobody who writes waits for it.

        For a service, which scrubs every few minutes.
        """
        self._cleans_later = True

    def scrub(self) -> None:
        """Leave no deleted byte behind in the file; `write` does so unless `clean_later`.

        Also for what a crash or a busy moment left undone. StoreError when it cannot be done now.
        PostgreSQL overwrites its files in its own time.
        """
        if not self._is_file:
            return
        with explained(self._engine):
            gone = self._take_waiting()
            try:
                leftovers.clean(self._engine, gone, self._turn)
            except BaseException:
                with self._turn:
                    self._waiting = gone if self._waiting is None else self._waiting | gone
                raise
            finally:
                self._at_work = None
            with self._turn:
                if self._waiting is None:
                    leftovers.settle(self._engine)

    def _take_waiting(self) -> leftovers.Gone:
        """What there is to clean up; all, if the database says so and we do not know what."""
        with self._turn:
            gone, self._waiting = self._waiting, None
            if gone is None:
                with self._connect(writes=False) as connection:
                    gone = leftovers.Gone(all=leftovers.is_owed(connection))
            self._at_work = gone
        return gone

    def _clean(self) -> None:
        """What was deleted is deleted, also if its leftovers must wait."""
        try:
            self.scrub()
        except StoreError as error:
            logger().warning("deleted, but not cleaned up yet", reason=str(error))

    def check(self) -> None:
        """StoreError when the database is damaged."""
        if not self._is_file:
            return
        with explained(self._engine), self._engine.connect() as connection:
            said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if said != "ok":
            raise StoreError(f"The store {self.name} is damaged; restore it from a backup.")

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()


def open_store(url: str) -> Store:
    """Open the database at `url` and bring it to this version. StoreError when that fails."""
    engine = open_engine(url)
    watch(engine)
    store = Store(engine)
    try:
        with explained(engine):
            check(engine)
        with store.read() as unit:
            is_current = built_with(unit.connection) == words.VERSION
            is_owed = leftovers.is_owed(unit.connection)
        if is_owed:
            store._clean()  # noqa: SLF001
        if not is_current:
            with store.write() as unit:
                rebuild(unit.connection)
    except BaseException:
        store.close()
        raise
    return store
