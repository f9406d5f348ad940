"""`run`, `status` and `outbox`: what whoever looks after Grapevine sees and decides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.service.running import NONE_CONFIGURED
from bot.events import AccountRef, CommunityRef, MessagePosted, PlaceRef, Platform
from bot.queues import Delivery, DeliveryState, Destination, key_of
from storage.store import Store, open_store
from tests.cli.running import Grapevine

LONG_AGO = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
SECRET = "Mei has a ladder."


@contextmanager
def opened() -> Iterator[Store]:
    store = open_store("sqlite:///grapevine.db")
    yield store
    store.close()


def owed(name: str, to: Destination) -> Delivery:
    return Delivery(key_of(name), to, {"text": SECRET}, LONG_AGO)


@pytest.fixture
def troubled(riverbend: Path) -> list[str]:
    """The keys of an unknown delivery, a failed one and one to somebody unknown that failed."""
    with opened() as store, store.write() as unit:
        (home,) = unit.directory.communities()
        place = unit.directory.places(home.id)[0].ref.id
        destinations = [
            Destination(home.ref, place=place),
            Destination(home.ref, place="C404"),
            Destination(home.ref, account="nobody-we-know"),
        ]
        deliveries = [owed(str(number), one) for number, one in enumerate(destinations)]
        for one in deliveries:
            unit.outbox.owe(one)
        at = LONG_AGO + timedelta(minutes=1)
        claimed = unit.outbox.claim(home.ref.platform, at, timedelta(minutes=1), 9)
        unit.outbox.unknown(claimed[0], "No answer in 8 tries.")
        unit.outbox.refused(claimed[1], "gone: channel_not_found")
        unit.outbox.refused(claimed[2], "left")
    return [one.key for one in deliveries]


def states() -> dict[DeliveryState, int]:
    with opened() as store, store.read() as unit:
        return {state: number for state, number in unit.outbox.counts().items() if number}


def test_without_any_platform_run_says_what_is_missing(grapevine: Grapevine) -> None:
    said = grapevine("run")
    assert said.code == 1
    assert said.sentence == NONE_CONFIGURED


def test_where_all_has_arrived_there_is_nothing_to_look_at(grapevine: Grapevine) -> None:
    assert grapevine("outbox").out == (
        "Nothing to look at: every delivery that is over has arrived.\n"
    )


def test_the_outbox_lists_what_a_person_has_to_look_at_without_what_it_says(
    grapevine: Grapevine, troubled: list[str]
) -> None:
    said = grapevine("outbox").out
    left, gone, unknown, advice = said.splitlines()
    assert unknown.startswith(f"{troubled[0]}  2026-01-05 08:30 UTC  ")
    assert unknown.endswith("  may have arrived: No answer in 8 tries.")
    assert ", #" in unknown
    assert gone.endswith(", #C404  failed: gone: channel_not_found")
    assert left.endswith(", to nobody-we-know  failed: left")
    assert "--send KEY" in advice
    assert "--drop KEY" in advice
    assert SECRET not in said


def test_a_person_sends_one_again_and_drops_the_others(
    grapevine: Grapevine, troubled: list[str]
) -> None:
    unknown, *others = troubled
    dropped = grapevine("outbox", *(word for key in others for word in ("--drop", key)))
    assert dropped.out == "2 deliveries are dropped.\n"
    assert grapevine("outbox", "--send", unknown).out == "1 delivery goes out again.\n"
    assert states() == {DeliveryState.PENDING: 1, DeliveryState.DROPPED: 2}


def test_a_person_drops_all_that_waits_for_them(grapevine: Grapevine, troubled: list[str]) -> None:
    assert grapevine("outbox", "--drop", "all").out == "3 deliveries are dropped.\n"
    assert states() == {DeliveryState.DROPPED: len(troubled)}


def test_a_wrong_key_is_named_and_nothing_is_done(
    grapevine: Grapevine, troubled: list[str]
) -> None:
    unknown, failed, _ = troubled
    said = grapevine("outbox", "--send", unknown, "--send", failed)
    assert said.sentence == f"{failed} is no delivery that may have arrived; nothing was done."
    said = grapevine("outbox", "--drop", failed, "--drop", "abc")
    assert said.sentence == "abc is no delivery that waits for you; nothing was done."
    assert states() == {DeliveryState.UNKNOWN: 1, DeliveryState.FAILED: 2}


def test_the_status_says_what_waits_and_where_we_listen(
    grapevine: Grapevine, troubled: list[str]
) -> None:
    home = CommunityRef(Platform.CONSOLE, "somewhere")
    event = MessagePosted(PlaceRef(home, "C1"), AccountRef(home, "U1"), "1", "Hello?", LONG_AGO)
    with opened() as store, store.write() as unit:
        unit.inbox.take("Ev1", event, datetime.now(UTC) - timedelta(minutes=3))
    events, deliveries, riverbend = grapevine("status").out.splitlines()
    assert events == (
        "Events: 1 waits, the oldest for 3 minutes; 0 are held after failing too often."
    )
    assert deliveries == (
        "Deliveries: 0 wait; 1 may or may not have arrived, 2 failed (see grapevine outbox)."
    )
    assert riverbend.startswith("Riverbend (")
    assert riverbend.endswith(" listened to.")
