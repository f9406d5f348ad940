"""Processes that are killed in the middle of things lose nothing and send nothing twice.

Each test has a short form, and a long one for `make soak`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.events import AccountRef, AccountSeen, CommunitySeen, PlaceSeen, Visibility
from bot.queues import DeliveryState, EventState
from storage.store import Store, open_store
from tests.platforms.lives import PLACE, Plan, live
from tests.platforms.office import Office, open_office
from tests.platforms.small_core import HOME, SmallCore, owed

long = pytest.mark.soak
# The seeds, how many deliveries, how many kills.
SHORT, WHOLE = (1, 60, 5), (10, 200, 20)
AMOUNTS = [
    *(pytest.param(seed, *SHORT[1:], id=f"short-{seed}") for seed in range(SHORT[0])),
    *(pytest.param(seed, *WHOLE[1:], id=f"{seed}", marks=long) for seed in range(WHOLE[0])),
]


@contextmanager
def owing(url: str, number: int, seed: int, **faults: object) -> Iterator[Office]:
    with open_office(url, **faults) as office:
        office.platform._chance.seed(seed)
        office.owe(*(owed(one) for one in range(number)))
        yield office


@pytest.mark.parametrize(("seed", "number", "kills"), AMOUNTS)
def test_couriers_killed_at_random_deliver_everything_once(
    migrated_url: str, seed: int, number: int, kills: int
) -> None:
    faults = {"latency": (0.0, 0.15), "landing": (0.0, 0.1), "lose_reply": 0.05, "drop": 0.05}
    with owing(migrated_url, number, seed, **faults) as office:
        outcome = live(Plan("courier", migrated_url, office.platform.url, seed, kills))
        assert outcome.kills >= kills // 2, "it was over before it could be killed"
        assert office.states() == {"sent": number}
        arrivals = office.platform.arrivals()
    assert len(arrivals) == number
    assert set(arrivals.values()) == {1}


@pytest.mark.parametrize(("seed", "number", "kills"), AMOUNTS)
def test_where_nobody_knows_how_late_it_may_land_what_is_doubtful_is_unknown(
    migrated_url: str, seed: int, number: int, kills: int
) -> None:
    """Posts land up to three times the quiet period late."""
    faults = {"latency": (0.0, 0.05), "landing": (0.0, 1.2), "drop": 0.05}
    with owing(migrated_url, number, seed, **faults) as office:
        plan = Plan("courier", migrated_url, office.platform.url, seed, kills, lands_within=None)
        assert live(plan).kills >= kills // 2
        counts, arrivals = office.counts(), office.platform.arrivals()
    assert counts[DeliveryState.SENT] + counts[DeliveryState.UNKNOWN] == number
    assert max(arrivals.values()) == 1
    assert len(arrivals) >= counts[DeliveryState.SENT]


@pytest.mark.parametrize(
    ("number", "kills"), [(150, 0), (150, 1), *(pytest.param(1000, n, marks=long) for n in (0, 1))]
)
def test_three_couriers_share_the_work_and_take_over_from_one_that_dies(
    migrated_url: str, number: int, kills: int
) -> None:
    with owing(migrated_url, number, 1, latency=(0.0, 0.05)) as office:
        plan = Plan("courier", migrated_url, office.platform.url, 1, kills, 3)
        outcome = live(plan)
        assert outcome.kills == kills
        assert office.states() == {"sent": number}
        assert set(office.platform.arrivals().values()) == {1}
    assert outcome.seconds < 30


@pytest.mark.parametrize(
    ("number", "kills"), [(150, 5), pytest.param(1000, 20, marks=long, id="whole")]
)
def test_an_intake_killed_at_random_loses_no_event(
    migrated_url: str, tmp_path: Path, number: int, kills: int
) -> None:
    settle(migrated_url)
    log = str(tmp_path / "acknowledged")
    pause = 0.15 * kills / (number / 5)  # all of them together outlast those that are killed
    plan = Plan("intake", migrated_url, kills=kills, events=number, log=log, pause=pause)
    assert live(replace(plan, between=(0.02, 0.15))).kills == kills
    store = open_store(migrated_url)
    with store.queue() as unit:
        held = unit.inbox.release()
    if held:  # on a slow machine: what five in a row died of is kept aside, not lost
        live(replace(plan, kills=0))
    try:
        assert kept(store) == {f"m{one}" for one in range(number)}
        with store.read() as unit:
            assert unit.inbox.counts()[EventState.DONE] == number
    finally:
        store.close()


def test_two_tickers_at_once_do_each_thing_once(migrated_url: str) -> None:
    live(Plan("ticker", migrated_url, processes=2, events=40))
    store = open_store(migrated_url)
    try:
        with store.read() as unit:
            assert unit.outbox.counts()[DeliveryState.PENDING] == 40
    finally:
        store.close()


def settle(url: str) -> None:
    """Let there be a place with people in it."""
    store = open_store(url)
    people = [AccountSeen(AccountRef(HOME, f"U{one}"), f"Person {one}") for one in range(7)]
    core = SmallCore(store)
    core.take_in(
        [CommunitySeen(HOME, "Home"), PlaceSeen(PLACE, "garden", Visibility.PUBLIC), *people]
    )
    store.close()


def kept(store: Store) -> set[str]:
    """The messages that were taken in."""
    with store.read() as unit:
        place = unit.directory.place(PLACE)
        assert place is not None
        unit.archive.warm(place.id, [f"m{one}" for one in range(1000)])
        found = [unit.archive.find(place.id, f"m{one}") for one in range(1000)]
    return {one.external_id for one in found if one is not None}
