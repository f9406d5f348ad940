"""What every test stands on: databases, a clean environment and a closed network.

* `database_url` (nothing in it) and `migrated_url` (today's tables) run a test once on SQLite and
  once on PostgreSQL; `databases` gives out as many of either as a test wants.
* `sqlite_url` is a migrated SQLite file, for tests in which the kind of database does not matter.
* `workdir` makes a temporary folder the current one, for tests of the command line.
* No setting of this machine reaches a test, and the time zone is one that is never UTC.
* Connecting to anything but this machine fails the test, even if the code swallows the error.

PostgreSQL is the server at `GRAPEVINE_TEST_DATABASE_URL` (the whole URL, of a user who may create
databases), else a cluster of our own. Where neither is to be had, its tests are skipped and the
summary says so; with `GRAPEVINE_REQUIRE_POSTGRES=1` nothing runs at all.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import make_url

from tests.databases import (
    Databases,
    PostgresDatabases,
    SqliteDatabases,
    SqliteTemplate,
    own_cluster,
    postgres_binaries,
)

TIME_ZONE = "Pacific/Auckland"
SETTINGS = re.compile(
    r"(GRAPEVINE|SLACK|DISCORD)_\w*|PG[A-Z]+|DATABASE_URL|(HTTPS?|ALL|NO)_PROXY", re.IGNORECASE
)
# Read now: no test sees it.
POSTGRES_URL = os.environ.get("GRAPEVINE_TEST_DATABASE_URL")
NO_POSTGRES = "PostgreSQL was not found on this machine"
HOW_TO_GET_POSTGRES = (
    "install it (on Debian: apt install postgresql) or name a server in GRAPEVINE_TEST_DATABASE_URL"
)

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")


class NetworkClosedError(RuntimeError):
    """A test tried to reach another machine."""


class Network:
    """The network as tests see it: this machine and nothing else.

    `refused` lists what was tried; the test in which something was fails.
    """

    def __init__(self) -> None:
        self.refused: list[str] = []
        self._patch = pytest.MonkeyPatch()

    def close(self) -> None:
        """Let connections and look-ups go no further than this machine."""
        for verb in ("connect", "connect_ex", "sendto"):
            self._patch.setattr(socket.socket, verb, self._guard_socket(verb))
        for verb in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
            self._patch.setattr(socket, verb, self._guard_lookup(verb))

    def reopen(self) -> None:
        """Undo `close`."""
        self._patch.undo()

    def _guard_socket(self, verb: str) -> Callable[..., Any]:
        original = getattr(socket.socket, verb)

        def guarded(sock: socket.socket, *args: Any) -> Any:
            address = args[-1]
            if sock.family in {socket.AF_INET, socket.AF_INET6} and not _is_here(address[0]):
                self._refuse(f"{verb} to {address}")
            return original(sock, *args)

        return guarded

    def _guard_lookup(self, verb: str) -> Callable[..., Any]:
        original = getattr(socket, verb)

        def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
            if host and not (_is_here(host) or _as_address(host)):
                self._refuse(f"{verb} of {host!r}")
            return original(host, *args, **kwargs)

        return guarded

    def _refuse(self, what: str) -> None:
        self.refused.append(what)
        raise NetworkClosedError(f"Tests stay on this machine; this one tried {what}.")


def _as_address(host: str | bytes) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host)
    except ValueError:
        return None


def _is_here(host: str | bytes) -> bool:
    address = _as_address(host)
    return host in {"localhost", b"localhost"} if address is None else address.is_loopback


NETWORK = Network()


def pytest_configure(config: pytest.Config) -> None:
    """Close the network, go to another time zone and see to PostgreSQL."""
    config.addinivalue_line("markers", "postgres: needs PostgreSQL")
    config.addinivalue_line("markers", "soak: takes long; `make soak` runs it")
    NETWORK.close()
    os.environ["TZ"] = TIME_ZONE
    time.tzset()
    demand_postgres_if_required()


def demand_postgres_if_required() -> None:
    """Run nothing at all rather than half of it where the environment says so."""
    if os.environ.get("GRAPEVINE_REQUIRE_POSTGRES") == "1" and not (
        POSTGRES_URL or postgres_binaries()
    ):
        raise pytest.UsageError(
            f"{NO_POSTGRES}, and GRAPEVINE_REQUIRE_POSTGRES=1 wants it: {HOW_TO_GET_POSTGRES}."
        )


def pytest_unconfigure() -> None:
    """Open the network again."""
    NETWORK.reopen()


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly that tests were left out for want of PostgreSQL."""
    skipped = [
        report
        for report in terminalreporter.getreports("skipped")
        if NO_POSTGRES in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.section("NOT TESTED ON POSTGRESQL", sep="!", red=True, bold=True)
        terminalreporter.line(
            f"{len(skipped)} skipped: {NO_POSTGRES}. To run them, {HOW_TO_GET_POSTGRES}.",
            red=True,
            bold=True,
        )


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide this machine's settings from the test, and put back what an earlier test changed."""
    for name in list(os.environ):
        if SETTINGS.fullmatch(name):
            monkeypatch.delenv(name)
    monkeypatch.setenv("TZ", TIME_ZONE)
    time.tzset()


@pytest.fixture(autouse=True)
def network() -> Iterator[Network]:
    """Fail the test if it tried to leave this machine."""
    yield NETWORK
    refused = NETWORK.refused[:]
    NETWORK.refused.clear()
    assert not refused, f"Tests stay on this machine; this one tried {', '.join(refused)}."


@pytest.fixture
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a new folder the current one: no `.env` and no store of this machine is found there."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("sqlite-template"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresDatabases]:
    """The PostgreSQL server of this process (each test process has its own)."""
    if POSTGRES_URL:
        server = PostgresDatabases(make_url(POSTGRES_URL).set(drivername="postgresql+psycopg"))
        yield server
        server.close()
    elif binaries := postgres_binaries():
        with own_cluster(binaries) as url:
            server = PostgresDatabases(url)
            yield server
            server.close()
    else:
        pytest.skip(f"{NO_POSTGRES}: {HOW_TO_GET_POSTGRES}.")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def backend(request: pytest.FixtureRequest) -> str:
    """The kind of database of this run of the test: `sqlite` or `postgres`."""
    return str(request.param)


@pytest.fixture
def databases(
    backend: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    sqlite_template: SqliteTemplate,
) -> Iterator[Databases]:
    """Give out databases of this run's kind until the test is over."""
    if backend == "sqlite":
        yield SqliteDatabases(tmp_path, sqlite_template)
    else:
        server: PostgresDatabases = request.getfixturevalue("postgres")
        yield server
        server.test_is_over()


@pytest.fixture
def database_url(databases: Databases) -> str:
    """The URL of a new database with nothing in it."""
    return databases.empty()


@pytest.fixture
def migrated_url(databases: Databases) -> str:
    """The URL of a new database with today's tables."""
    return databases.migrated()


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: SqliteTemplate) -> str:
    """The URL of a new SQLite database with today's tables."""
    return SqliteDatabases(tmp_path, sqlite_template).migrated()
