"""What one transaction asks twice is answered from memory, until it changes what that rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from bot.events import PlaceSeen, Visibility
from bot.model import Audience
from storage.audience import READ, visible
from storage.known import tables_of
from tests.storage.asking_at import DAY, NOW, Town, town


@pytest.fixture
def place(migrated_url: str) -> Iterator[Town]:
    with town(migrated_url) as founded:
        yield founded


@pytest.fixture
def asked(place: Town) -> list[str]:
    """Every statement that is run from now on."""
    ran: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        ran.append(statement)

    event.listen(place.store._engine, "after_cursor_execute", note)
    return ran


def test_the_same_is_asked_once(place: Town, asked: list[str]) -> None:
    with place.store.write() as unit:
        for _ in range(3):
            unit.manners.of(place.ana.person_id)
            unit.directory.accounts_of(place.ana.person_id)
            unit.directory.accounts_of(place.bea.person_id)
        assert sum("FROM manners" in one for one in asked) == 1
        assert sum("FROM account" in one for one in asked) == 2


def test_the_next_transaction_asks_anew(place: Town) -> None:
    with place.store.write() as unit:
        known = unit.manners.of(place.ana.person_id)
    with place.store.write() as unit:
        unit.manners.save(replace(known, timezone="Asia/Kolkata"))
    with place.store.read() as unit:
        assert unit.manners.of(place.ana.person_id).timezone == "Asia/Kolkata"


def test_what_was_written_is_asked_anew_and_nothing_else(place: Town, asked: list[str]) -> None:
    with place.store.write() as unit:
        known = unit.manners.of(place.ana.person_id)
        unit.directory.accounts_of(place.ana.person_id)
        unit.manners.save(replace(known, timezone="Asia/Kolkata"))
        assert unit.manners.of(place.ana.person_id).timezone == "Asia/Kolkata"
        unit.directory.accounts_of(place.ana.person_id)
        assert sum("FROM account" in one for one in asked) == 1


def test_after_a_deletion_all_is_asked_anew(place: Town) -> None:
    with place.store.write() as unit:
        assert unit.directory.accounts_of(place.ana.person_id)
        unit.directory.drop_community(place.homes[0].ref)  # and with it whoever is nowhere else
        assert unit.directory.accounts_of(place.ana.person_id) == ()


def test_what_somebody_may_see_is_asked_anew_when_it_changes(place: Town) -> None:
    hall = place.places["1", "hall"]
    with place.store.write() as unit:
        mine = Audience(NOW, place.homes[0].id, (place.ana.id,))
        assert unit.evidence.may_see(hall.id, mine)
        unit.directory.save_place(PlaceSeen(hall.ref, "hall", Visibility.PRIVATE))
        assert not unit.evidence.may_see(hall.id, mine)
        unit.directory.set_members(hall.id, [place.ana.id], NOW)
        assert unit.evidence.may_see(hall.id, mine)


@pytest.mark.parametrize(
    "audience",
    [
        Audience(NOW, 1, (1,)),
        Audience(NOW, 1, (1,), settled=NOW - DAY),
        Audience(NOW, 1, ()),
        Audience(NOW, None, ()),
        Audience(NOW, 1, (), place_id=1),
    ],
)
def test_it_is_known_what_the_predicate_reads(audience: Audience) -> None:
    assert tables_of(visible(audience)[0]) <= READ
    assert {"place", "place_grant", "place_member", "member", "community"} == READ
