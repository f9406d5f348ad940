"""Agreements, shared places and codes, as both kinds of databases keep them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.core import Bot
from bot.events import PlaceSeen, Visibility
from tests.storage.asking_at import DAY, NOW, Town, town


@pytest.fixture
def place(migrated_url: str) -> Iterator[Town]:
    with town(migrated_url) as found:
        yield found


def test_two_communities_agree_once_whoever_began(place: Town) -> None:
    one, two, three = (home.id for home in place.homes)
    mine = place.ana.person_id
    with place.store.write() as unit:
        assert unit.network.ally(two, one, mine, mine, NOW)
        assert not unit.network.ally(one, two, mine, mine, NOW)
        assert unit.network.ally(one, three, mine, mine, NOW)
        assert unit.network.allies(one) == place.homes[1:]
        assert unit.network.allies(two) == place.homes[:1]
        assert unit.network.are_allied(two, one)
        assert unit.network.are_allied(one, two)
        assert not unit.network.are_allied(two, three)


def test_to_part_takes_what_either_shared_with_the_other_and_nothing_else(place: Town) -> None:
    one, two, three = (home.id for home in place.homes)
    mine = place.ana.person_id
    with place.store.write() as unit:
        for pair in ((one, two), (one, three), (two, three)):
            unit.network.ally(*pair, mine, mine, NOW)
        for (home, name), spot in place.places.items():
            for number, community in enumerate((one, two, three), 1):
                if str(number) != home and name == "hall":
                    unit.network.grant(spot.id, community, mine, NOW)
        unit.network.part(two, one)
        assert [one.name for one in unit.network.allies(two)] == ["Town 3"]
        assert unit.network.granted(one) == ([("hall", "Town 3")], [("hall", "Town 3")])
        assert unit.network.granted(two) == ([("hall", "Town 3")], [("hall", "Town 3")])
        both = [("hall", "Town 1"), ("hall", "Town 2")]
        assert unit.network.granted(three) == (both, both)


def test_what_is_shared_is_shared_once_and_taken_back_from_all(place: Town) -> None:
    one, two, three = (home.id for home in place.homes)
    hall, mine = place.places["1", "hall"].id, place.ana.person_id
    with place.store.write() as unit:
        for community in (two, two, three):
            unit.network.grant(hall, community, mine, NOW)
        assert unit.network.granted(one)[0] == [("hall", "Town 2"), ("hall", "Town 3")]
        assert unit.network.revoke(hall) == 2
        assert unit.network.revoke(hall) == 0
        assert unit.network.granted(one) == ([], [])


def test_questions_are_received_where_it_was_said_and_while_all_can_read_it(place: Town) -> None:
    one, two, _ = (home.id for home in place.homes)
    hall, yard = place.places["1", "hall"], place.places["1", "yard"]
    with place.store.write() as unit:
        for spot in (yard, hall, hall):
            unit.network.receive(spot.id, NOW)
        assert [spot.name for spot in unit.network.receiving(one)] == ["hall", "yard"]
        assert unit.network.receiving(two) == []
        assert unit.network.is_receiving(hall.id)
        assert unit.network.refuse(yard.id)
        assert not unit.network.refuse(yard.id)
        assert not unit.network.is_receiving(yard.id)
    bot = Bot(place.store, lambda: "token")
    for seen in (
        PlaceSeen(hall.ref, "hall", Visibility.PRIVATE),
        PlaceSeen(hall.ref, "hall", Visibility.PUBLIC, archived=True),
    ):
        bot.handle(seen)
        with place.store.read() as unit:
            assert unit.network.receiving(one) == []
            assert not unit.network.is_receiving(hall.id)


def test_a_code_is_found_until_it_is_spent_replaced_or_too_old(place: Town) -> None:
    home, mine, other = place.homes[0].id, place.ana.person_id, place.bea.person_id
    with place.store.write() as unit:
        unit.codes.make("a", "community", home, mine, NOW + DAY)
        unit.codes.make("b", "person", home, mine, NOW + DAY)
        unit.codes.make("c", "community", home, other, NOW + DAY)
        assert unit.codes.find("a", "community", NOW) == (home, mine)
        assert unit.codes.find("a", "person", NOW) is None
        assert unit.codes.find("a", "community", NOW + DAY) is None
        unit.codes.make("d", "community", home, mine, NOW + DAY)
        assert unit.codes.find("a", "community", NOW) is None
        unit.codes.spend("d")
        assert unit.codes.find("d", "community", NOW) is None
        assert unit.codes.find("b", "person", NOW) == (home, mine)
        assert unit.codes.find("c", "community", NOW) == (home, other)


def test_misses_are_counted_for_each_person_since_a_moment(place: Town) -> None:
    mine, other = place.ana.person_id, place.bea.person_id
    with place.store.write() as unit:
        for at in (NOW - DAY, NOW, NOW):
            unit.codes.missed(mine, at)
        assert unit.codes.misses(mine, NOW - DAY) == 2
        assert unit.codes.misses(mine, NOW) == 0
        assert unit.codes.misses(other, NOW - DAY) == 0
        unit.codes.sweep(NOW, NOW - DAY)
        assert unit.codes.misses(mine, NOW - 2 * DAY) == 2
