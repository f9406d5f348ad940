"""Opening a database so that both kinds keep the same promises.

SQLite: WAL, foreign keys on, deleted bytes overwritten, one writer at a time through
`BEGIN IMMEDIATE` (a deferred transaction that reads and then writes fails when another has
written meanwhile). PostgreSQL: the same single writer through one advisory lock, so that
conversations are grouped by one process at a time; reads and the queues never wait for it.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError

from bot.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY_TIMEOUT_MS = 5_000
CACHE_KIB = 48 * 1024
# Any fixed number; every Grapevine process of one database must use the same.
WRITER_LOCK = 0x67726170
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    f"PRAGMA cache_size=-{CACHE_KIB}",
    "PRAGMA temp_store=MEMORY",
    # The key of `posting` leads to a row at once; an index made for one query never pays here.
    "PRAGMA automatic_index=OFF",
)
_NO_ADDRESS = "DATABASE_URL is not a database address; try sqlite:///grapevine.db."
_UNREACHABLE = "cannot be reached; check that the server runs and the address is right"
_FIXED = "cannot be written to; check the permissions of the file and its folder"
_RESTARTS = "is starting or stopping; try again in a moment"
# What a database says when its surroundings (disk, rights, server) fail, and what to do.
_REASONS = {
    "unable to open": "cannot be opened; check that its folder exists and may be written to",
    "readonly": _FIXED,
    "read-only": _FIXED,
    "not a database": "is not a Grapevine database",
    "malformed": "is damaged; restore it from a backup",
    "disk is full": "could not be written: the disk is full",
    "no space left": "could not be written: the disk is full",
    "disk i/o": "could not be read or written: the disk reports an error",
    "locked": "is busy with another Grapevine process; try again in a moment",
    "too many": "has no connection left; try again in a moment",
    "connection slots": "has no connection left; try again in a moment",
    "starting up": _RESTARTS,
    "shutting down": _RESTARTS,
    "terminating connection": _RESTARTS,
    "connection refused": _UNREACHABLE,
    "no password supplied": "wants a password; put it into the address",
    "password": "refused the user name or the password",
    "does not exist": "does not exist on that server",
    "could not translate": "cannot be reached; check the host name",
    "resolve host": "cannot be reached; check the host name",
    "timeout": "did not answer in time",
}
# The same where the driver takes it for a mistake of ours.
_MISUSES = {
    "invalid connection option": "has an option in its address that PostgreSQL does not know",
    "permission denied": "does not let this user make or change tables",
}


def parse_url(url: str) -> URL:
    """The database that `url` names. StoreError when it is neither SQLite nor PostgreSQL."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError(_NO_ADDRESS) from None
    backend = parsed.get_backend_name()
    if backend in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite" or parsed.database in {None, "", ":memory:"}:
        raise StoreError("DATABASE_URL must name a SQLite file or a PostgreSQL database.")
    if parsed.query:
        raise StoreError("DATABASE_URL names a SQLite file; leave out what follows the ? sign.")
    return parsed.set(drivername="sqlite+pysqlite")


def open_engine(url: str) -> Engine:
    """An engine for `url`, not yet connected. StoreError when the address makes no sense."""
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed)
    # A dead server must not hang a command; pre-ping replaces connections lost in a restart.
    # A statement's values are what people said: no error may repeat them.
    at_most = {"connect_timeout": 10}
    try:
        return create_engine(parsed, pool_pre_ping=True, hide_parameters=True, connect_args=at_most)
    except ArgumentError:
        raise StoreError(_NO_ADDRESS) from None


def _sqlite(url: URL) -> Engine:
    # The driver's own transaction handling would send BEGIN late and deferred.
    arguments = {"isolation_level": None, "timeout": BUSY_TIMEOUT_MS / 1000}
    engine = create_engine(url, connect_args=arguments, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    _keep_private(connection)
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _keep_private(connection: Any) -> None:
    """The file holds what people said: nobody but its owner may read it."""
    path = Path(connection.execute("PRAGMA database_list").fetchone()[2])
    if path.exists() and path.stat().st_uid == os.getuid():
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def lock_for_writing(connection: Connection) -> None:
    """Become the one writer until the transaction ends; SQLite has done so at BEGIN."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """Turn a database's refusal into one sentence.

    Only faults of the surroundings (disk, rights, server) become StoreError; a mistake of ours
    in a statement stays what it is.
    """
    try:
        yield
    except DBAPIError as error:
        reason = _reason(error)
        if reason is None:
            raise
        raise StoreError(f"The store {name_of(engine)} {reason}.") from None


def _reason(error: DBAPIError) -> str | None:
    """What is wrong around the database; None for a mistake of ours."""
    is_fault = isinstance(error, OperationalError) or type(error) is DatabaseError
    said = str(error.orig).lower()
    for sign, reason in (_REASONS if is_fault else _MISUSES).items():
        if sign in said:
            return reason
    # The server itself has said nothing: the connection failed, or never came to be.
    is_silent = isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", "") is None
    return _UNREACHABLE if is_silent else None


def name_of(engine: Engine) -> str:
    """The database's name for people, without user and password."""
    url = engine.url
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    host = url.host or url.query.get("host") or "this machine"
    return f"{_bare(url.database or url.username or 'postgres')} on {_bare(host)}"


def _bare(part: str | tuple[str, ...]) -> str:
    """A part of an address, without what a password with an @ or a / in it has left there."""
    whole = part if isinstance(part, str) else ", ".join(part)
    return whole.rpartition("@")[2]
