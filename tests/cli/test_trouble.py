"""Whatever is wrong around it, Grapevine says it in one sentence and gives nothing away."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.events import AccountRef, CommunityRef, MessagePosted, PlaceRef, Platform
from bot.queues import Delivery, Destination
from storage.store import open_store
from tests.cli.running import ROOT, Grapevine
from tests.files.building import LINES

PASSWORD = "sesame4711"  # what must never be shown
COMMANDS = [["doctor"], ["whoknows", "compost"], ["import", str(LINES)], ["chat"]]
NOW = datetime(2027, 1, 1, tzinfo=UTC)

# Runs commands as somebody who may do less: once as it is, so that all that Python loads late is
# there, then for each store again without root's rights. Prints what each of them said.
AS_ANOTHER = """
import contextlib, io, json, os, sys
from bot.__main__ import main

def said(words, url):
    os.environ["DATABASE_URL"] = url
    sys.argv = ["grapevine", *words]
    error = io.StringIO()
    with contextlib.redirect_stderr(error), contextlib.redirect_stdout(io.StringIO()):
        try:
            main()
        except SystemExit as ended:
            return ended.code, error.getvalue()

healthy, export, *stores = sys.argv[1:]
asked = [["doctor"], ["import", export], ["whoknows", "compost"], ["chat"], ["no"]]
for words in asked:
    said(words, healthy)
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
print(json.dumps([said(["doctor"], url) for url in stores]))
"""


def wrong_file(name: str) -> None:
    Path(name).write_text("Shopping: flour, salt, water, and a good long rest for the dough.\n" * 9)


def folder(name: str) -> None:
    Path(name).mkdir()


def cut_header(name: str) -> None:
    Path(name).write_bytes(b"SQLite format 3\0")


def others_tables(name: str) -> None:
    with closing(sqlite3.connect(name)) as connection:
        connection.execute("CREATE TABLE recipe (id INTEGER)")


def of_version(version: str) -> Callable[[str], None]:
    def make(name: str) -> None:
        open_store(f"sqlite:///{name}").close()
        with closing(sqlite3.connect(name)) as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
            connection.commit()

    return make


def cut_short(name: str) -> None:
    open_store(f"sqlite:///{name}").close()
    os.truncate(name, Path(name).stat().st_size // 2)


def scribbled_over(name: str) -> None:
    open_store(f"sqlite:///{name}").close()
    content = bytearray(Path(name).read_bytes())
    for page in range(4096, len(content), 4096):
        content[page : page + 64] = b"\xff" * 64
    Path(name).write_bytes(content)


UNREADABLE: list[tuple[Callable[[str], None], str]] = [
    (wrong_file, "is not a Grapevine database"),
    (folder, "cannot be opened"),
    (cut_header, "is not a Grapevine database"),
    (others_tables, "holds other tables; give Grapevine a database of its own"),
    (of_version("9999"), "was made by a newer Grapevine; update this one"),
    (of_version("0000"), "was made by another Grapevine"),
    (of_version("ae1027a6acf"), "was made by a newer Grapevine; update this one"),
    (cut_short, "is damaged; restore it from a backup"),
    (scribbled_over, "is damaged; restore it from a backup"),
]


@pytest.mark.parametrize(("make", "sentence"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_a_database_that_cannot_be_used_is_one_sentence_from_every_command(
    grapevine: Grapevine, workdir: Path, make: Callable[[str], None], sentence: str
) -> None:
    make("grapevine.db")
    for words in COMMANDS:
        said = grapevine(*words)
        assert said.code == 1
        assert said.sentence.startswith(f"The store grapevine.db {sentence}")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "These settings are wrong"),
        ("grapevine.db", "These settings are wrong"),
        (f"mysql://ana:{PASSWORD}@db.example/x", "These settings are wrong"),
        ("sqlite://", "These settings are wrong"),
        ("sqlite:///:memory:", "DATABASE_URL must name a SQLite file or a PostgreSQL database"),
        ("sqlite:////no/such/folder/x.db", "The store /no/such/folder/x.db cannot be opened"),
        ("sqlite:///x.db?mode=ro", "DATABASE_URL "),
        (
            f"postgresql://ana:{PASSWORD}@127.0.0.1:1/x",
            "The store x on 127.0.0.1 cannot be reached",
        ),
        (f"postgres://ana:{PASSWORD}@127.0.0.1:1/x", "The store x on 127.0.0.1 cannot be reached"),
        (f"postgresql://ana:{PASSWORD}@127.0.0.1:door/x", "DATABASE_URL is not a database address"),
        (f"postgresql://ana:{PASSWORD}@127.0.0.1:1/x?colour=red", "The store x on 127.0.0.1 "),
        (f"postgresql://ana:{PASSWORD}@/x?host=/no/such/folder", "The store x on "),
    ],
)
def test_a_wrong_database_url_is_said_without_its_password(
    grapevine: Grapevine, monkeypatch: pytest.MonkeyPatch, url: str, sentence: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    for words in (["doctor"], ["whoknows", "compost"]):
        said = grapevine(*words)
        assert said.code == 1
        assert said.err.startswith(sentence)
        assert PASSWORD not in said.out + said.err
        assert "Traceback" not in said.err
        assert "incident" not in said.err


def test_wrong_settings_are_all_named_at_once_and_never_shown(
    grapevine: Grapevine, monkeypatch: pytest.MonkeyPatch, workdir: Path
) -> None:
    (workdir / ".env").write_text(f"LOG_LEVEL={PASSWORD}\nFETCH_TITLES={PASSWORD}\n")
    monkeypatch.setenv("CONVERSATION_GAP_MINUTES", "0")
    monkeypatch.setenv("CONVERSATION_MOST_MESSAGES", PASSWORD)
    monkeypatch.setenv("DATABASE_URL", f"oracle://ana:{PASSWORD}@db/x")
    said = grapevine("doctor")
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        "These settings are wrong:\n"
        "  DATABASE_URL should look like sqlite:///grapevine.db or "
        "postgresql://user:pass@host/name\n"
        "  CONVERSATION_GAP_MINUTES should be 1 or more\n"
        "  CONVERSATION_MOST_MESSAGES should be a whole number\n"
        "  FETCH_TITLES should be true or false\n"
        "  LOG_LEVEL should be 'debug', 'info', 'warning' or 'error'\n"
    )


def test_settings_in_no_known_encoding_are_one_sentence(
    grapevine: Grapevine, workdir: Path
) -> None:
    (workdir / ".env").write_bytes("LOG_LEVEL=debug".encode("utf-16"))
    assert grapevine("doctor").sentence == (
        "The file .env is not UTF-8 text; save it again as UTF-8."
    )


def test_at_the_lowest_log_level_no_password_is_written(
    grapevine: Grapevine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("DATABASE_URL", f"postgresql://ana:{PASSWORD}@127.0.0.1:1/x")
    said = grapevine("doctor")
    assert PASSWORD not in said.out + said.err


def test_a_defect_of_ours_is_logged_under_the_number_that_is_shown(
    grapevine: Grapevine, riverbend: Path
) -> None:
    with closing(sqlite3.connect(riverbend)) as connection:
        connection.execute("DROP TABLE posting")
        connection.commit()
    said = grapevine("whoknows", "sourdough")
    log, sentence = said.err.splitlines()
    assert said.code == 1
    assert sentence.startswith("Something went wrong in Grapevine itself")
    assert sentence.endswith(f"incident {json.loads(log)['incident']}.")
    assert "posting" in json.loads(log)["exception"]


# ── Rights ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of this machine can reach."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path
        for one in (path, *path.rglob("*")):
            one.chmod(0o755)


def test_what_may_not_be_read_or_written_is_one_sentence(
    open_folder: Path, riverbend_file: Path
) -> None:
    locked, unreadable, fixed = (open_folder / name for name in ("locked", "unreadable", "fixed"))
    for one in (locked, unreadable, fixed):
        one.mkdir()
    shutil.copyfile(riverbend_file, unreadable / "x.db").chmod(0o000)
    shutil.copyfile(riverbend_file, fixed / "x.db").chmod(0o444)
    locked.chmod(0o555)
    unreadable.chmod(0o777)
    fixed.chmod(0o555)
    said = subprocess.run(
        [sys.executable, "-c", AS_ANOTHER, f"sqlite:///{open_folder}/healthy.db", str(LINES)]
        + [f"sqlite:///{one}/x.db" for one in (locked, unreadable, fixed)],
        cwd=open_folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for (code, sentence), one in zip(json.loads(said), (locked, unreadable, fixed), strict=True):
        assert code == 1
        assert sentence.startswith(f"The store {one}/x.db cannot be ")
        assert sentence.count("\n") == 1


# ── doctor ───────────────────────────────────────────────────────────────────────────────────────


def test_the_doctor_finds_a_healthy_store_healthy(grapevine: Grapevine, riverbend: Path) -> None:
    said = grapevine("doctor")
    assert (said.code, said.err) == (0, "")
    assert said.out == (
        "Settings: in order.\n"
        "Store: grapevine.db is in order and holds 330 messages, 12 people, 98 conversations and "
        "64 links.\n"
        "Slack: not set up (SLACK_BOT_TOKEN and SLACK_APP_TOKEN).\n"
        "Discord: not set up (DISCORD_BOT_TOKEN).\n"
        "Titles of shared pages are not fetched (FETCH_TITLES=true switches it on).\n"
    )


def test_the_doctor_notices_a_misspelt_setting_but_not_what_others_need(
    grapevine: Grapevine, workdir: Path, riverbend: Path
) -> None:
    (workdir / ".env").write_text(f"Conversation_Gap=5\nPAGER=less\n{PASSWORD}\nLOG_LEVEL=info\n")
    said = grapevine("doctor")
    assert said.code == 0
    assert said.out.startswith(
        ".env says CONVERSATION_GAP, which is no setting; do you mean CONVERSATION_GAP_MINUTES?\n"
        "Store: grapevine.db is in order"
    )


def test_the_doctor_says_what_to_do_with_an_empty_store(
    grapevine: Grapevine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FETCH_TITLES", "true")
    said = grapevine("doctor")
    assert said.out.splitlines()[1:] == [
        "Store: grapevine.db is in order and holds 0 messages, 0 people, 0 conversations and "
        "0 links.",
        "It is empty: bring a chat in with grapevine import PATH, or try grapevine demo.",
        "Slack: not set up (SLACK_BOT_TOKEN and SLACK_APP_TOKEN).",
        "Discord: not set up (DISCORD_BOT_TOKEN).",
    ]


def test_the_doctor_tells_of_what_was_set_aside(grapevine: Grapevine, riverbend: Path) -> None:
    home = CommunityRef(Platform.SLACK, "T1")
    place = PlaceRef(home, "C1")
    store = open_store(f"sqlite:///{riverbend}")
    with store.write() as unit:
        unit.outbox.owe(Delivery("k", Destination(home, place="C1"), {}, NOW))
        (claimed,) = unit.outbox.claim(Platform.SLACK, NOW, timedelta(minutes=5), 1)
        unit.outbox.unknown(claimed, "no answer came")
        unit.inbox.take("e", MessagePosted(place, AccountRef(home, "U1"), "m", "Hello", NOW), NOW)
        for day in range(20):
            at = NOW + timedelta(days=day)
            for stored in unit.inbox.claim(at, timedelta(minutes=5), 1):
                unit.inbox.failed(stored, at)
    store.close()
    said = grapevine("doctor")
    assert said.code == 0
    assert "\n1 delivery may or may not have arrived.\n" in said.out
    assert "\n1 event could not be taken in; kept aside to be looked at.\n" in said.out
