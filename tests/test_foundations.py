"""What `conftest.py` and the make targets promise to everyone who works here."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, inspect, text

from tests import conftest
from tests.conftest import Network, NetworkClosedError
from tests.databases import Databases, own_cluster, postgres_binaries

ROOT = Path(__file__).parent.parent
ELSEWHERE = "192.0.2.1"  # an address kept for documentation: nobody is there
SETTINGS_OF_A_MACHINE = dict.fromkeys(
    ("GRAPEVINE_X", "SLACK_BOT_TOKEN", "DISCORD_TOKEN", "DATABASE_URL", "PGHOST"), "x"
)
A_MACHINE_WITHOUT_POSTGRES = """
from tests import conftest

conftest.POSTGRES_URL = None
conftest.postgres_binaries = lambda: None
"""
A_FILE_OF_TESTS = f"""
import contextlib, os, socket

def test_of_both_kinds(database_url): pass

def test_sneaky():
    with contextlib.suppress(Exception):
        socket.create_connection(("{ELSEWHERE}", 80))

def test_clean():
    assert not os.environ.keys() & {set(SETTINGS_OF_A_MACHINE)}
"""


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def run_sql(url: str, statement: str) -> str:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            result = connection.execute(text(statement))
            return str(result.scalar()) if result.returns_rows else ""
    finally:
        engine.dispose()


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of `A_FILE_OF_TESTS` on a machine with settings and without PostgreSQL."""
    folder = tmp_path_factory.mktemp("inner")
    (folder / "conftest.py").write_text(A_MACHINE_WITHOUT_POSTGRES)
    (folder / "test_inner.py").write_text(A_FILE_OF_TESTS)
    options = ["-c", os.devnull, "-p", "tests.conftest"]
    options += [word for name in ("cacheprovider", "cov", "xdist") for word in ("-p", f"no:{name}")]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, "test_inner.py"],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
        env={
            **os.environ,
            **SETTINGS_OF_A_MACHINE,
            "PYTHONPATH": str(ROOT),
            "GRAPEVINE_REQUIRE_POSTGRES": "",
        },
    ).stdout


def test_an_empty_database_has_nothing_in_it(database_url: str) -> None:
    assert tables(database_url) == set()


def test_a_migrated_database_has_tables_and_is_nobody_elses(databases: Databases) -> None:
    first, second = databases.migrated(), databases.migrated()
    assert first != second
    assert tables(first) == tables(second) != set()
    run_sql(first, "CREATE TABLE scribble (id INTEGER)")
    assert tables(first) - tables(second) == {"scribble"}
    assert "scribble" not in tables(databases.migrated())


def test_the_kind_of_database_is_the_one_asked_for(backend: str, database_url: str) -> None:
    start = {"sqlite": "sqlite:///", "postgres": "postgresql+psycopg://"}[backend]
    assert database_url.startswith(start)


def test_a_sqlite_database_comes_with_tables(sqlite_url: str) -> None:
    assert tables(sqlite_url)


@pytest.mark.skipif(conftest.POSTGRES_URL is not None, reason="that server is not ours")
@pytest.mark.parametrize(
    "backend", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
def test_our_postgres_is_in_utf8_and_in_a_zone_that_is_never_utc(database_url: str) -> None:
    assert run_sql(database_url, "SHOW server_encoding") == "UTF8"
    assert run_sql(database_url, "SELECT lower('ÄPFEL')") == "äpfel"
    assert run_sql(database_url, "SHOW timezone") == "Pacific/Auckland"


@pytest.mark.postgres
def test_a_test_run_that_is_killed_leaves_no_server_and_no_files(tmp_path: Path) -> None:
    binaries = postgres_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL was not found on this machine")
    script = tmp_path / "killed.py"
    script.write_text(
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from tests.databases import own_cluster\n"
        "with own_cluster(Path(sys.argv[1])) as url:\n"
        "    home = Path(url.query['host'])\n"
        "    print(home, (home / 'data/postmaster.pid').read_text().split()[0], flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, str(script), str(binaries)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        home, server = process.stdout.readline().split()
        postmaster = psutil.Process(int(server))
        keeper = next(p for p in psutil.Process(process.pid).children() if p.name() == "sh")
        process.send_signal(signal.SIGKILL)
    _, running = psutil.wait_procs([postmaster, keeper], timeout=30)
    assert not running
    assert not Path(home).exists()


@pytest.mark.postgres
def test_a_server_that_cannot_start_says_why() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        binaries = Path(folder)
        binaries.chmod(0o755)  # the user who runs the server reads it
        (binaries / "initdb").write_text("#!/bin/sh\necho no room left\nexit 1\n")
        (binaries / "initdb").chmod(0o755)
        with pytest.raises(RuntimeError, match="no room left"), own_cluster(binaries):
            pass


def test_without_postgres_its_tests_are_skipped_and_the_summary_says_so(said: str) -> None:
    assert "NOT TESTED ON POSTGRESQL" in said
    assert "1 skipped: PostgreSQL was not found on this machine. To run them, install it" in said
    assert re.search(r"3 passed, 1 skipped, 1 error in .*\n\Z", said)


def test_a_swallowed_attempt_to_leave_this_machine_still_fails_the_test(said: str) -> None:
    assert "ERROR at teardown of test_sneaky" in said
    assert f"this one tried connect to ('{ELSEWHERE}', 80)" in said


def test_settings_of_this_machine_do_not_reach_a_test(said: str) -> None:
    assert "test_clean" not in said


def test_nothing_runs_without_postgres_where_it_is_required(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conftest, "POSTGRES_URL", None)
    monkeypatch.setattr(conftest, "postgres_binaries", lambda: None)
    conftest.demand_postgres_if_required()
    monkeypatch.setenv("GRAPEVINE_REQUIRE_POSTGRES", "1")
    with pytest.raises(pytest.UsageError, match="was not found on this machine, and"):
        conftest.demand_postgres_if_required()


def test_another_machine_cannot_be_reached(network: Network) -> None:
    with socket.socket() as sock:
        for attempt in (sock.connect, sock.connect_ex):
            with pytest.raises(NetworkClosedError, match=ELSEWHERE):
                attempt((ELSEWHERE, 80))
    with socket.socket(type=socket.SOCK_DGRAM) as sock, pytest.raises(NetworkClosedError):
        sock.sendto(b"hello", (ELSEWHERE, 53))
    with pytest.raises(NetworkClosedError, match=r"example\.org"):
        socket.getaddrinfo("example.org", 443)
    assert len(network.refused) == 4
    network.refused.clear()


def test_this_machine_can_be_reached() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(("localhost", server.getsockname()[1])) as client,
    ):
        assert client.getpeername() == server.getsockname()


def test_the_clock_on_the_wall_is_never_utc() -> None:
    assert time.localtime(0).tm_hour == 12


def test_workdir_is_the_current_folder(workdir: Path) -> None:
    assert Path.cwd() == workdir


def test_make_lists_every_target_with_a_line_of_its_own() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    said = subprocess.run(
        ["make"], cwd=ROOT, capture_output=True, text=True, check=True, env=environment
    ).stdout
    listed = re.findall(r"^  make ([a-z-]+) +\w.+$", said, re.MULTILINE)
    assert listed == targets


@pytest.mark.parametrize(
    "name", ["requirements.lock", "requirements-dev.lock", "scripts/requirements-uv.lock"]
)
def test_a_lock_holds_hashed_versions_and_nothing_of_the_machine_that_wrote_it(name: str) -> None:
    for line in (ROOT / name).read_text().splitlines()[1:]:
        assert re.fullmatch(
            r"[a-z0-9.-]+==[\w.]+( ; [^/]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line
        )


def test_the_locks_hold_what_the_project_file_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runs = project["project"]["dependencies"] + project["build-system"]["requires"]
    locked = locked_names("requirements.lock")
    assert asked_names(runs) <= locked, 'run "make lock"'
    develops = project["dependency-groups"]["dev"]
    assert locked | asked_names(develops) <= locked_names("requirements-dev.lock"), (
        'run "make lock"'
    )


def asked_names(requirements: list[str]) -> set[str]:
    names = (re.split(r"[\[<>=!~; ]", requirement)[0] for requirement in requirements)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


def locked_names(lock: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9.-]+)==", (ROOT / lock).read_text(), re.MULTILINE))
