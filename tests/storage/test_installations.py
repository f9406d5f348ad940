"""Installations and the states of those under way: the same on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.events import CommunityRef, Platform
from bot.installing import Installation
from storage import installations
from storage.store import Store, open_store

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SOON = NOW + timedelta(minutes=10)
UP, DOWN = (CommunityRef(Platform.SLACK, number) for number in ("T0UP", "T0DOWN"))
GUILD = CommunityRef(Platform.DISCORD, "T0UP")


@pytest.fixture
def store(migrated_url: str) -> Iterator[Store]:
    opened = open_store(migrated_url)
    yield opened
    opened.close()


def made(home: CommunityRef, sealed: str = "sealed", at: datetime = NOW) -> Installation:
    return Installation(home, home.id.title(), sealed, at)


def test_an_installation_is_found_until_it_is_dropped(store: Store) -> None:
    later = made(DOWN, at=SOON)
    with store.write() as unit:
        for one in (later, made(UP), made(GUILD)):
            unit.installations.save(one)
    with store.read() as unit:
        assert unit.installations.all(Platform.SLACK) == [made(UP), later]
        assert unit.installations.find(GUILD) == made(GUILD)
    with store.write() as unit:
        assert unit.installations.drop(UP)
        assert not unit.installations.drop(UP)
    with store.read() as unit:
        assert unit.installations.find(UP) is None
        assert unit.installations.all(Platform.SLACK) == [later]
        assert unit.installations.find(GUILD) == made(GUILD)


def test_whoever_installs_anew_has_the_newest_token(store: Store) -> None:
    with store.write() as unit:
        unit.installations.save(made(UP))
        unit.installations.save(made(UP, "newer", SOON))
    with store.read() as unit:
        assert unit.installations.all(Platform.SLACK) == [made(UP, "newer", SOON)]


def test_a_token_is_sealed_anew_only_if_it_is_still_the_same(store: Store) -> None:
    with store.write() as unit:
        unit.installations.save(made(UP))
        unit.installations.save(made(DOWN))
        assert unit.installations.reseal(UP, "sealed", "anew")
        assert not unit.installations.reseal(UP, "sealed", "overtaken")
    with store.read() as unit:
        assert [one.sealed for one in unit.installations.all(Platform.SLACK)] == ["sealed", "anew"]


def test_a_state_comes_back_once_and_in_time(store: Store) -> None:
    with store.queue() as unit:
        assert unit.installations.issue("one", NOW, SOON)
        assert unit.installations.issue("two", NOW, SOON)
    with store.queue() as unit:
        assert not unit.installations.consume("three", NOW)
        assert unit.installations.consume("one", NOW)
        assert not unit.installations.consume("one", NOW)
        assert not unit.installations.consume("two", SOON)


def test_only_so_many_wait_and_those_that_expired_make_room(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installations, "MOST_UNDER_WAY", 2)
    with store.queue() as unit:
        assert unit.installations.issue("one", NOW, SOON)
        assert unit.installations.issue("two", NOW, SOON)
        assert not unit.installations.issue("three", NOW, SOON)
        assert unit.installations.issue("three", SOON, SOON + timedelta(minutes=10))
        assert not unit.installations.consume("one", NOW)
