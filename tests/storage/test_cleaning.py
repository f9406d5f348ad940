"""Cleaning up apart: nobody who writes waits, and what was deleted still leaves the file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core import Bot
from bot.events import (
    AccountRef,
    AccountSeen,
    CommunityRef,
    CommunitySeen,
    MessageDeleted,
    MessagePosted,
    PlaceRef,
    PlaceSeen,
    Platform,
    Visibility,
)
from storage import leftovers
from storage.store import Store, open_store

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOME = CommunityRef(Platform.SLACK, "T1")
PLACE = PlaceRef(HOME, "C1")
ANA = AccountRef(HOME, "U1")
SECRETS = ("snollygoster", "gobbledygook")


@pytest.fixture
def file(sqlite_url: str) -> Path:
    return Path(sqlite_url.removeprefix("sqlite:///"))


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    store = open_store(sqlite_url)
    store.clean_later()
    Bot(store, lambda: "").take_in(
        [
            CommunitySeen(HOME, "Home"),
            PlaceSeen(PLACE, "garden", Visibility.PUBLIC),
            AccountSeen(ANA, "Ana"),
            *(
                MessagePosted(PLACE, ANA, str(number), f"The {word} is here, again.", NOW)
                for number, word in enumerate((*SECRETS, "compost"))
            ),
        ]
    )
    yield store
    store.close()


def delete(store: Store, number: int) -> None:
    Bot(store, lambda: "").take_in([MessageDeleted(PLACE, str(number), NOW)])


def left(file: Path) -> set[str]:
    """Which of the secrets can be read in the database's files."""
    said = b"".join(one.read_bytes() for one in file.parent.glob(f"{file.name}*"))
    return {word for word in SECRETS if word.encode() in said}


def test_what_was_deleted_leaves_the_file_when_it_is_scrubbed(store: Store, file: Path) -> None:
    for number in range(len(SECRETS)):
        delete(store, number)
    assert left(file)
    store.scrub()
    assert left(file) == set()
    with store.read() as unit:
        assert not leftovers.is_owed(unit.connection)


def test_what_is_deleted_while_it_is_scrubbed_leaves_it_the_next_time(
    store: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete(store, 0)
    searched = leftovers.crumbs_of

    def searching(gone: leftovers.Gone, path: Path) -> bool:
        if "snollygost" in gone.words:
            delete(store, 1)
        return searched(gone, path)

    monkeypatch.setattr(leftovers, "crumbs_of", searching)
    store.scrub()
    with store.read() as unit:
        assert leftovers.is_owed(unit.connection)
    store.scrub()
    assert left(file) == set()
    with store.read() as unit:
        assert not leftovers.is_owed(unit.connection)


def test_what_nobody_scrubbed_leaves_the_file_when_the_store_is_opened_next(
    store: Store, file: Path, sqlite_url: str
) -> None:
    delete(store, 0)
    delete(store, 1)
    store.close()
    open_store(sqlite_url).close()
    assert left(file) == set()
