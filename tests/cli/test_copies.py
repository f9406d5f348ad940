"""`backup` and `restore`: a copy of everything, and what must not come back with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.events import (
    AccountRef,
    ButtonPressed,
    CommandUsed,
    CommunityRef,
    MessageDeleted,
    MessagePosted,
    PlaceRef,
    Platform,
)
from bot.queues import Delivery, DeliveryState, Destination, key_of
from bot.replies import plain
from bot.wiring import Wiring
from tests.cli.running import Grapevine

LADDER = "A ladder of nine metres leans behind the pavilion"
LONG_AGO = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)


HOME = CommunityRef(Platform.SLACK, "T0RIVERBND")
GENERAL = PlaceRef(HOME, "C0RBGEN001")
ANA = AccountRef(HOME, "U0RBANA001")
DELETED = MessageDeleted(GENERAL, "new", LONG_AGO + timedelta(minutes=1))


@contextmanager
def at_work() -> Iterator[Wiring]:
    """Grapevine itself, on the store of this test."""
    wiring = Wiring()
    yield wiring
    wiring.store.close()


def ana_says_something() -> None:
    with at_work() as grapevine:
        grapevine.bot.handle(MessagePosted(GENERAL, ANA, "new", LADDER, LONG_AGO))


def ana_deletes_it() -> None:
    with at_work() as grapevine:
        grapevine.bot.handle(DELETED)


def ana_is_forgotten() -> None:
    with at_work() as grapevine:
        sure = grapevine.bot.handle(CommandUsed(GENERAL, ANA, "forget-me", "", LONG_AGO))
        assert sure is not None
        token = sure.sections[-1].buttons[0].token
        done = grapevine.bot.handle(ButtonPressed(GENERAL, ANA, token, LONG_AGO))
        assert done is not None
        assert plain(done).startswith("Done.")


def found(text: str) -> bool:
    """Whether a text stands in the store's file."""
    return text.encode() in Path("grapevine.db").read_bytes()


# ── A copy ───────────────────────────────────────────────────────────────────────────────────


def test_a_copy_is_made_while_others_write_and_nobody_else_may_read_it(
    grapevine: Grapevine, riverbend: Path
) -> None:
    with at_work() as busy, busy.store.write():
        said = grapevine("backup", "copies/monday.db").out
    assert said.startswith("Everything is in copies/monday.db (")
    assert "delete it within 30 days" in said
    copy = Path("copies/monday.db")
    assert copy.stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(copy)) as copied, closing(sqlite3.connect(riverbend)) as kept:
        count = "SELECT count(*) FROM message"
        assert copied.execute(count).fetchone() == kept.execute(count).fetchone()
    assert [one.name for one in Path("copies").iterdir()] == ["monday.db"]


@pytest.mark.usefixtures("riverbend")
def test_a_copy_never_overwrites_anything(grapevine: Grapevine) -> None:
    Path("copy.db").write_text("dear diary")
    said = grapevine("backup", "copy.db")
    assert said.sentence == "copy.db is there already; choose another name."
    assert Path("copy.db").read_text() == "dear diary"


def test_without_a_store_there_is_nothing_to_copy(grapevine: Grapevine) -> None:
    assert grapevine("backup", "copy.db").sentence == ("There is no store at grapevine.db to copy.")
    assert not list(Path().iterdir())


def test_postgresql_has_its_own_way(grapevine: Grapevine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hush@host/name")
    said = grapevine("backup", "copy.db").sentence
    assert said.startswith("The store is PostgreSQL's: copy it with pg_dump")
    assert grapevine("restore", "copy.db").sentence == said


# ── Bringing it back ─────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("riverbend")
def test_a_copy_is_brought_back_and_what_was_there_lies_beside_it(grapevine: Grapevine) -> None:
    grapevine("backup", "copy.db")
    ana_says_something()
    assert found(LADDER)
    said = grapevine("restore", "copy.db").out
    assert said.startswith("The store is as it was when copy.db was made.\n")
    assert not found(LADDER)
    (before,) = Path().glob("grapevine.db.until-*")
    assert f"What was there before is in {before}" in said
    assert LADDER.encode() in before.read_bytes()
    assert grapevine("doctor").code == 0
    assert not list(Path().glob(".*"))


@pytest.mark.usefixtures("riverbend")
def test_what_was_deleted_since_stays_deleted(grapevine: Grapevine) -> None:
    ana_says_something()
    grapevine("backup", "copy.db")
    ana_deletes_it()
    said = grapevine("restore", "copy.db").out
    assert "Deleted since then, and again now: 1 message; forgotten: 0 accounts." in said
    assert not found(LADDER)


@pytest.mark.usefixtures("riverbend")
def test_who_was_forgotten_since_stays_forgotten(grapevine: Grapevine) -> None:
    ana_says_something()
    grapevine("backup", "copy.db")
    ana_is_forgotten()
    said = grapevine("restore", "copy.db").out
    assert "forgotten: 1 account." in said
    assert not found(LADDER)
    ana_says_something()  # it came from the platform once more
    assert not found(LADDER)


@pytest.mark.usefixtures("riverbend")
def test_without_the_store_before_it_the_copy_comes_back_as_it_is(grapevine: Grapevine) -> None:
    grapevine("backup", "copy.db")
    Path("grapevine.db").unlink()
    said = grapevine("restore", "copy.db").out
    assert "The store before it is not there or damaged" in said
    assert grapevine("doctor").code == 0


@pytest.mark.usefixtures("riverbend")
def test_a_damaged_store_makes_way(grapevine: Grapevine) -> None:
    grapevine("backup", "copy.db")
    Path("grapevine.db").write_bytes(b"\x00 nothing to be read here " * 999)
    said = grapevine("restore", "copy.db").out
    assert "The store before it is not there or damaged" in said
    assert grapevine("doctor").code == 0


# ── Nothing twice ────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("riverbend")
def test_what_was_owed_then_waits_for_a_person(grapevine: Grapevine) -> None:
    with at_work() as busy:
        to = Destination(HOME, place=GENERAL.id)
        with busy.store.write() as unit:
            unit.outbox.owe(Delivery(key_of("news"), to, {"text": LADDER}, LONG_AGO))
    grapevine("backup", "copy.db")
    said = grapevine("restore", "copy.db").out
    assert "1 delivery may have arrived; grapevine outbox lists them." in said
    with at_work() as restored, restored.store.read() as unit:
        assert unit.outbox.count(DeliveryState.UNKNOWN) == 1
        assert unit.outbox.count(DeliveryState.PENDING) == 0


# ── What is no copy ──────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("riverbend")
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "There is no file copy.db."),
        (b"", "copy.db is no copy of a Grapevine store, or is damaged."),
        (b"SQLite format 3\0" + b"x" * 9_000, "copy.db is no copy of a Grapevine store, or is"),
    ],
)
def test_what_is_no_copy_changes_nothing(
    grapevine: Grapevine, content: bytes | None, sentence: str
) -> None:
    before = Path("grapevine.db").read_bytes()
    if content is not None:
        Path("copy.db").write_bytes(content)
    assert grapevine("restore", "copy.db").sentence.startswith(sentence)
    assert Path("grapevine.db").read_bytes() == before


@pytest.mark.usefixtures("riverbend")
def test_a_store_in_use_is_left_alone(grapevine: Grapevine) -> None:
    grapevine("backup", "copy.db")
    with at_work() as busy, busy.store.read() as unit:
        unit.imports.totals()
        said = grapevine("restore", "copy.db").sentence
    assert said == "The store grapevine.db is in use; stop grapevine run, and try again."
