"""The outbox: nothing owed is lost, nothing is sent twice, and no one waits for somebody else."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, select, text, update

from bot.events import CommunityRef, Platform
from bot.queues import (
    MOST_TRIES,
    Claimed,
    Delivery,
    DeliveryRecord,
    DeliveryState,
    Destination,
    EventState,
    key_of,
)
from storage.engine import lock_for_writing
from storage.outbox import NO_ANSWER, RESTORED, UNREADABLE
from storage.tables import outbox, person
from tests.storage import doomed
from tests.storage.queues_at import claiming, discarded, opened, writing

ROOT = Path(__file__).parent.parent.parent
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEASE = 5 * MINUTE
HOME = CommunityRef(Platform.SLACK, "T1")
GARDEN = Destination(HOME, place="C1")
ASKER, HELPER = 901, 902
SECRET = "Dana knows about compost."
KILLS = 8
# Fail rather than hang where a claim waits for somebody.
SOON = text("SET LOCAL lock_timeout = '1s'")
# Each thread looks so often; far fewer are needed, but a lost delivery must not hang the tests.
MOST_ROUNDS = 300
WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    with opened(migrated_url) as engine:
        with writing(engine) as queues:
            people = [{"id": number, "unlisted": False} for number in (ASKER, HELPER)]
            queues.connection.execute(insert(person), people)
        yield engine


on_postgres = pytest.mark.parametrize(
    "backend", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


def delivery(name: str = "first", destination: Destination = GARDEN, **changes: Any) -> Delivery:
    made = Delivery(key_of(name), destination, {"name": name, "text": SECRET}, NOW, ASKER, HELPER)
    return replace(made, **changes)


def elsewhere(number: int) -> Delivery:
    return delivery(str(number), Destination(HOME, place=f"D{number}"))


def owe(engine: Engine, *some: Delivery) -> None:
    with writing(engine) as queues:
        for one in some:
            assert queues.outbox.owe(one)


def claim(
    engine: Engine, at: datetime = NOW, most: int = 10, platform: Platform = Platform.SLACK
) -> list[Claimed]:
    with claiming(engine) as queues:
        return queues.outbox.claim(platform, at, LEASE, most)


def claim_one(engine: Engine, at: datetime = NOW) -> Claimed:
    (one,) = claim(engine, at)
    return one


def tell(engine: Engine, verb: str, *told: Any) -> bool:
    with claiming(engine) as queues:
        return bool(getattr(queues.outbox, verb)(*told))


def find(engine: Engine, one: Delivery) -> DeliveryRecord:
    with claiming(engine) as queues:
        found = queues.outbox.find(one.key)
    assert found is not None
    return found


def counts(engine: Engine) -> dict[str, int]:
    with claiming(engine) as queues:
        return {state: number for state, number in queues.outbox.counts().items() if number}


def names(claimed: list[Claimed]) -> list[object]:
    return [one.delivery.payload["name"] for one in claimed]


def stored(engine: Engine) -> str:
    with claiming(engine) as queues:
        return str(queues.connection.execute(select(outbox)).mappings().all())


# ── Owing ────────────────────────────────────────────────────────────────────────────────────


def test_a_delivery_is_owed_once(engine: Engine) -> None:
    owe(engine, delivery())
    with writing(engine) as queues:
        assert not queues.outbox.owe(delivery(payload={"name": "another"}))
        assert not queues.outbox.owe(delivery(destination=Destination(HOME, account="U1")))
    one = claim_one(engine)
    assert names([one]) == ["first"]
    assert tell(engine, "sent", one, "1.1")
    with writing(engine) as queues:
        assert not queues.outbox.owe(delivery())


def test_what_is_owed_goes_with_what_caused_it(engine: Engine) -> None:
    with discarded(engine) as queues:
        assert queues.outbox.owe(delivery())
    assert counts(engine) == {}
    owe(engine, delivery())


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    destination=st.builds(
        Destination,
        st.builds(CommunityRef, st.just(Platform.SLACK), WORDS),
        *(st.none() | WORDS for _ in range(3)),
    ),
    payload=st.dictionaries(WORDS, JSON, max_size=3),
    due_at=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants the bounds without a zone
)
def test_a_delivery_is_claimed_as_it_was_owed(
    engine: Engine, destination: Destination, payload: dict[str, Any], due_at: datetime
) -> None:
    owed = delivery("any", destination, payload=payload, due_at=due_at)
    with discarded(engine) as queues:
        queues.outbox.owe(owed)
        (claimed,) = queues.outbox.claim(Platform.SLACK, due_at, LEASE, 1)
    assert claimed.delivery == owed
    assert (claimed.attempt, claimed.needs_reconcile) == (1, False)
    assert claimed.lease_until == due_at + LEASE


def test_poison_in_a_delivery_is_put_right(engine: Engine) -> None:
    place = Destination(HOME, place="C\0\ud800")
    owe(engine, delivery(destination=place, payload={"name": "a\0b\udfff", "n": [1, "\0"]}))
    one = claim_one(engine)
    assert one.delivery.destination.place == "C\ufffd"
    assert one.delivery.payload == {"name": "ab\ufffd", "n": [1, ""]}
    assert tell(engine, "sent", one, "\0ref\ud800" + "x" * 1000)
    assert str(find(engine, delivery()).sent_ref).startswith("ref\ufffdxxx")


def test_a_key_is_short_enough_for_a_nonce_and_differs_with_every_part() -> None:
    assert len(key_of("digest", 12, "2027-03-01")) <= 25
    assert key_of("a", 1) == key_of("a", 1)
    different = [("a", "b"), ("ab",), ("a", "b", None), ("a", ("b",)), ("a\0b",), (1,), ("1",)]
    assert len({key_of(*parts) for parts in different}) == len(different)


def test_what_nobody_began_to_send_can_be_taken_back(engine: Engine) -> None:
    owe(engine, delivery())
    assert tell(engine, "cancel", delivery().key)
    assert not tell(engine, "cancel", delivery().key)
    assert counts(engine) == {}
    owe(engine, delivery())
    claim(engine)
    assert not tell(engine, "cancel", delivery().key)
    assert counts(engine) == {"sending": 1}


# ── Claiming ─────────────────────────────────────────────────────────────────────────────────


def test_only_what_is_due_on_the_platform_is_claimed_the_longest_due_first(engine: Engine) -> None:
    late = replace(elsewhere(1), due_at=NOW - MINUTE)
    early = replace(elsewhere(2), due_at=NOW + MINUTE)
    discord = delivery("discord", Destination(CommunityRef(Platform.DISCORD, "G1"), place="D9"))
    owe(engine, elsewhere(0), late, early, discord)
    assert names(claim(engine, platform=Platform.DISCORD)) == ["discord"]
    assert names(claim(engine)) == ["1", "0"]
    assert names(claim(engine, NOW + MINUTE)) == ["2"]


def test_no_more_are_claimed_than_asked_for(engine: Engine) -> None:
    owe(engine, *(elsewhere(number) for number in range(5)))
    assert [names(claim(engine, most=2)) for _ in range(4)] == [["0", "1"], ["2", "3"], ["4"], []]


def test_what_a_process_left_behind_comes_back_to_be_reconciled(engine: Engine) -> None:
    owe(engine, delivery())
    claim(engine)
    assert claim(engine, NOW + LEASE - timedelta(microseconds=1)) == []
    again = claim_one(engine, NOW + LEASE)
    assert (again.attempt, again.needs_reconcile) == (2, True)


def test_what_is_taken_over_says_until_when_it_may_still_arrive(engine: Engine) -> None:
    owe(engine, delivery())
    with claiming(engine) as queues:
        queues.outbox.claim(Platform.SLACK, NOW, LEASE, 1, 2 * LEASE)
    again = claim_one(engine, NOW + LEASE)
    assert again.lands_until == NOW + 3 * LEASE
    assert tell(engine, "postpone", again, again.lands_until)
    assert claim(engine, NOW + 2 * LEASE) == []
    once_more = claim_one(engine, NOW + 3 * LEASE)
    assert (once_more.attempt, once_more.lands_until) == (2, NOW + 3 * LEASE)


def test_one_destination_gets_one_delivery_at_a_time_in_order(engine: Engine) -> None:
    thread = replace(GARDEN, thread="1.1")
    owe(engine, delivery("a"), delivery("b", thread), elsewhere(1), delivery("c"))
    first, other = claim(engine)
    assert names([first, other]) == ["a", "1"]
    assert claim(engine) == []
    tell(engine, "sent", first, "1.1")
    assert names(claim(engine)) == ["b"]
    assert claim(engine) == []


@pytest.mark.parametrize(
    ("verb", "told"), [("retry", (NOW + MINUTE,)), ("unclear", (NOW + MINUTE, NOW + MINUTE))]
)
def test_what_has_to_be_tried_again_keeps_its_turn(
    engine: Engine, verb: str, told: tuple[Any, ...]
) -> None:
    owe(engine, delivery("a"), delivery("b"))
    tell(engine, verb, claim_one(engine), *told)
    assert claim(engine) == []
    assert names(claim(engine, NOW + MINUTE)) == ["a"]


@pytest.mark.parametrize("verb", ["refused", "unknown"])
def test_what_is_given_up_makes_room_for_the_next(engine: Engine, verb: str) -> None:
    owe(engine, delivery("a"), delivery("b"))
    tell(engine, verb, claim_one(engine), "The channel is archived.")
    assert names(claim(engine)) == ["b"]


def test_what_is_planned_for_later_holds_up_nothing(engine: Engine) -> None:
    owe(engine, delivery("tomorrow", due_at=NOW + timedelta(days=1)), delivery("now"))
    assert names(claim(engine)) == ["now"]


def test_somebody_seeing_it_alone_is_another_destination(engine: Engine) -> None:
    whispered = replace(GARDEN, account="U1")
    direct = Destination(HOME, account="U1")
    owe(engine, delivery("a"), delivery("b", whispered), delivery("c", direct))
    assert names(claim(engine)) == ["a", "b", "c"]


# ── Outcomes ─────────────────────────────────────────────────────────────────────────────────


def test_what_was_sent_is_kept_without_its_words(engine: Engine) -> None:
    owe(engine, delivery())
    assert SECRET in stored(engine)
    one = claim_one(engine)
    assert tell(engine, "sent", one, "1.1")
    assert not tell(engine, "sent", one, "1.2")
    assert SECRET not in stored(engine)
    found = find(engine, delivery())
    assert (found.state, found.sent_ref) == (DeliveryState.SENT, "1.1")
    assert (found.destination, found.person_id, found.about_id) == (GARDEN, ASKER, HELPER)
    assert claim(engine, NOW + 2 * LEASE) == []


def test_what_did_not_arrive_is_sent_again_when_due(engine: Engine) -> None:
    owe(engine, delivery())
    assert tell(engine, "retry", claim_one(engine), NOW + MINUTE)
    assert claim(engine) == []
    again = claim_one(engine, NOW + MINUTE)
    assert (again.attempt, again.needs_reconcile) == (2, False)


def test_what_may_have_arrived_is_looked_for_before_it_is_sent_again(engine: Engine) -> None:
    owe(engine, delivery())
    assert tell(engine, "unclear", claim_one(engine), NOW + 2 * LEASE, NOW + 2 * LEASE)
    assert claim(engine, NOW + LEASE) == []
    assert claim_one(engine, NOW + 2 * LEASE).needs_reconcile


def test_what_rests_with_its_reader_holds_nothing_up(engine: Engine) -> None:
    owe(engine, delivery("reminder"), delivery("answer"))
    assert tell(engine, "rest", claim_one(engine), NOW + MINUTE)
    assert names(claim(engine)) == ["answer"]
    with claiming(engine) as queues:
        assert queues.outbox.counts()[DeliveryState.PENDING] == 1


def test_what_was_tried_and_then_rests_keeps_its_turn(engine: Engine) -> None:
    owe(engine, delivery("reminder"), delivery("answer"))
    assert tell(engine, "retry", claim_one(engine), NOW)
    assert tell(engine, "rest", claim_one(engine), NOW + MINUTE)
    assert claim(engine) == []
    assert names(claim(engine, NOW + MINUTE)) == ["reminder"]


def test_what_was_postponed_is_as_before_its_claim(engine: Engine) -> None:
    owe(engine, delivery())
    assert tell(engine, "postpone", claim_one(engine), NOW + MINUTE)
    assert claim(engine) == []
    first = claim_one(engine, NOW + MINUTE)
    assert (first.attempt, first.needs_reconcile) == (1, False)
    second = claim_one(engine, NOW + MINUTE + LEASE)
    assert tell(engine, "postpone", second, NOW + 3 * LEASE)
    assert claim(engine, NOW + 2 * LEASE) == []
    third = claim_one(engine, NOW + 3 * LEASE)
    assert (third.attempt, third.needs_reconcile) == (2, True)


def test_what_was_postponed_still_comes_before_what_was_owed_after_it(engine: Engine) -> None:
    owe(engine, delivery("first"), delivery("second"))
    tell(engine, "postpone", claim_one(engine), NOW + MINUTE)
    assert claim(engine) == []
    (first,) = claim(engine, NOW + MINUTE)
    assert names([first]) == ["first"]
    tell(engine, "sent", first, "1.1")
    assert names(claim(engine, NOW + MINUTE)) == ["second"]


def test_a_person_may_have_a_doubtful_one_sent_again_as_if_for_the_first_time(
    engine: Engine,
) -> None:
    owe(engine, delivery())
    one = claim_one(engine)
    assert not tell(engine, "send_again", delivery().key, NOW), "it is under way"
    tell(engine, "unknown", one, "The platform did not say.")
    assert tell(engine, "send_again", delivery().key, NOW + MINUTE)
    again = claim_one(engine, NOW + MINUTE)
    assert (again.attempt, again.needs_reconcile) == (1, False)
    assert again.delivery.payload == delivery().payload
    assert not tell(engine, "send_again", key_of("never owed"), NOW)


def test_a_person_may_drop_what_failed_or_is_doubtful_and_it_is_owed_no_more(
    engine: Engine,
) -> None:
    owe(engine, delivery(), elsewhere(1))
    doubtful, failed = claim(engine)
    assert not tell(engine, "drop", delivery().key)
    tell(engine, "unknown", doubtful, "The platform did not say.")
    tell(engine, "refused", failed, "They left.")
    assert tell(engine, "drop", delivery().key)
    assert tell(engine, "drop", elsewhere(1).key)
    assert SECRET not in stored(engine)
    assert counts(engine) == {"dropped": 2}
    assert claim(engine, NOW + timedelta(days=9)) == []
    with writing(engine) as queues:
        assert queues.outbox.unsettled() == []
        assert not queues.outbox.owe(delivery())


def test_what_a_person_has_to_see_is_listed_and_counted(engine: Engine) -> None:
    owe(engine, *(elsewhere(number) for number in range(4)))
    doubtful, failed, sent, _ = claim(engine)
    tell(engine, "unknown", doubtful, "The platform did not say.")
    tell(engine, "refused", failed, "They left.")
    tell(engine, "sent", sent, "1.1")
    with claiming(engine) as queues:
        shown = [(one.state, one.reason) for one in queues.outbox.unsettled()]
        counted = [queues.outbox.count(state) for state in DeliveryState]
    assert shown == [
        (DeliveryState.FAILED, "They left."),
        (DeliveryState.UNKNOWN, "The platform did not say."),
    ]
    assert counted == [0, 1, 1, 1, 1, 0]


def test_what_can_never_arrive_is_not_tried_again(engine: Engine) -> None:
    owe(engine, delivery())
    assert tell(engine, "refused", claim_one(engine), "They take no direct messages.\0" + "!" * 500)
    found = find(engine, delivery())
    assert found.state is DeliveryState.FAILED
    assert str(found.reason).startswith("They take no direct messages.!")
    assert SECRET not in stored(engine)
    assert claim(engine, NOW + 2 * LEASE) == []


def test_what_is_unknown_is_shown_and_never_sent_again(engine: Engine) -> None:
    owe(engine, delivery())
    assert tell(engine, "unknown", claim_one(engine), "The platform did not say.")
    assert claim(engine, NOW + timedelta(days=30)) == []
    with claiming(engine) as queues:
        (shown,) = queues.outbox.unsettled()
    assert (shown.key, shown.reason) == (delivery().key, "The platform did not say.")


def test_only_what_is_known_for_sure_is_taken_from_who_lost_the_lease(engine: Engine) -> None:
    owe(engine, delivery())
    slow = claim_one(engine)
    claim_one(engine, NOW + LEASE)
    assert not tell(engine, "retry", slow, NOW)
    assert not tell(engine, "unclear", slow, NOW, NOW)
    assert not tell(engine, "postpone", slow, NOW)
    assert not tell(engine, "refused", slow, "no")
    assert not tell(engine, "unknown", slow, "no")
    assert counts(engine) == {"sending": 1}
    assert tell(engine, "sent", slow, "1.1")
    assert counts(engine) == {"sent": 1}


def test_an_unknown_one_that_turns_up_was_sent(engine: Engine) -> None:
    owe(engine, delivery())
    one = claim_one(engine)
    tell(engine, "unknown", one, "The platform did not say.")
    assert tell(engine, "sent", one, "1.1")
    found = find(engine, delivery())
    assert (found.state, found.reason) == (DeliveryState.SENT, None)


def test_a_delivery_that_kills_its_process_is_given_up_as_unknown(engine: Engine) -> None:
    owe(engine, delivery(), elsewhere(1))
    tell(engine, "sent", claim(engine)[1], "1.1")
    for number in range(1, MOST_TRIES):
        assert claim_one(engine, NOW + number * LEASE).attempt == number + 1
    assert claim(engine, NOW + MOST_TRIES * LEASE) == []
    found = find(engine, delivery())
    assert (found.state, found.reason) == (DeliveryState.UNKNOWN, NO_ANSWER)


def test_a_delivery_that_cannot_be_read_is_shown_and_the_others_go_on(engine: Engine) -> None:
    owe(engine, delivery(), elsewhere(1))
    with claiming(engine) as queues:
        change = update(outbox).where(outbox.c.key == delivery().key)
        queues.connection.execute(change.values(destination={"planet": "Mars"}))
    assert names(claim(engine)) == ["1"]
    with claiming(engine) as queues:
        (shown,) = queues.outbox.unsettled()
    assert (shown.destination, shown.reason) == (None, UNREADABLE)


# ── Looking after it ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("who", [ASKER, HELPER])
def test_forgetting_a_person_forgets_what_is_owed_to_and_about_them(
    engine: Engine, who: int
) -> None:
    owe(engine, delivery(), delivery("other", person_id=None, about_id=None))
    one = claim_one(engine)
    with writing(engine) as queues:
        queues.connection.execute(delete(person).where(person.c.id == who))
    assert not tell(engine, "sent", one, "1.1")
    with claiming(engine) as queues:
        assert queues.outbox.find(delivery().key) is None
    assert names(claim(engine, NOW + LEASE)) == ["other"]


def test_after_a_restore_nothing_that_was_open_is_sent_by_itself(engine: Engine) -> None:
    owe(engine, *(elsewhere(number) for number in range(3)), delivery(due_at=NOW + LEASE))
    sent, *_ = claim(engine, most=2)
    tell(engine, "sent", sent, "1.1")
    assert tell(engine, "review")
    assert counts(engine) == {"sent": 1, "unknown": 3}
    assert claim(engine, NOW + timedelta(days=1)) == []
    with claiming(engine) as queues:
        assert {shown.reason for shown in queues.outbox.unsettled()} == {RESTORED}
        assert queues.outbox.review() == 0


def test_how_long_something_is_due_is_known(engine: Engine) -> None:
    assert oldest(engine, NOW) is None
    owe(engine, delivery(due_at=NOW + MINUTE))
    assert oldest(engine, NOW) is None
    assert oldest(engine, NOW + 3 * MINUTE) == 2 * MINUTE
    tell(engine, "sent", claim_one(engine, NOW + MINUTE), "1.1")
    assert oldest(engine, NOW + 3 * MINUTE) is None


def oldest(engine: Engine, at: datetime) -> timedelta | None:
    with claiming(engine) as queues:
        return queues.outbox.oldest_due(at)


def test_only_what_is_over_is_swept(engine: Engine) -> None:
    owe(engine, *(elsewhere(number) for number in range(5)))
    sent, refused, unknown, _ = claim(engine, most=4)
    tell(engine, "sent", sent, "1.1")
    tell(engine, "refused", refused, "no")
    tell(engine, "unknown", unknown, "no answer")
    with claiming(engine) as queues:
        assert queues.outbox.sweep(NOW) == 0
        assert queues.outbox.sweep(NOW + MINUTE) == 3
    assert counts(engine) == {"pending": 1, "sending": 1}


# ── Several at once ──────────────────────────────────────────────────────────────────────────


def at_once(work: Callable[[], None]) -> None:
    start = threading.Barrier(4)

    def wait_and_work() -> None:
        start.wait()
        work()

    workers = [threading.Thread(target=wait_and_work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def test_processes_that_claim_at_once_share_nothing_and_leave_nothing(engine: Engine) -> None:
    owe(engine, *(elsewhere(number) for number in range(60)))
    claimed: list[object] = []

    def work() -> None:
        while some := claim(engine, most=4):
            claimed.extend(names(some))

    at_once(work)
    assert sorted(claimed, key=str) == sorted(str(number) for number in range(60))


def test_processes_that_send_at_once_keep_the_order_of_each_destination(engine: Engine) -> None:
    places = [Destination(HOME, place=f"C{number}") for number in range(3)]
    owe(engine, *(delivery(str(number), places[number % 3]) for number in range(45)))
    arrived: dict[str | None, list[int]] = {place.place: [] for place in places}

    def work() -> None:
        for _ in range(MOST_ROUNDS):
            if counts(engine) == {"sent": 45}:
                return
            for one in claim(engine, most=2):
                name = str(one.delivery.payload["name"])
                arrived[one.delivery.destination.place].append(int(name))
                assert tell(engine, "sent", one, name)

    at_once(work)
    assert list(arrived.values()) == [list(range(first, 45, 3)) for first in range(3)]


@on_postgres
def test_a_claim_waits_neither_for_another_one_nor_for_the_writer(engine: Engine) -> None:
    owe(engine, *(elsewhere(number) for number in range(4)))
    with claiming(engine) as writer, claiming(engine) as first, claiming(engine) as second:
        lock_for_writing(writer.connection)
        second.connection.execute(SOON)
        assert names(first.outbox.claim(Platform.SLACK, NOW, LEASE, 2)) == ["0", "1"]
        assert names(second.outbox.claim(Platform.SLACK, NOW, LEASE, 10)) == ["2", "3"]


@on_postgres
def test_while_a_claim_is_not_committed_its_destination_is_taken(engine: Engine) -> None:
    owe(engine, delivery("a"), delivery("b"))
    with claiming(engine) as first, claiming(engine) as second:
        second.connection.execute(SOON)
        assert names(first.outbox.claim(Platform.SLACK, NOW, LEASE, 2)) == ["a"]
        assert second.outbox.claim(Platform.SLACK, NOW, LEASE, 2) == []


def test_nothing_is_lost_or_sent_twice_however_often_it_is_killed(
    migrated_url: str, engine: Engine, tmp_path: Path
) -> None:
    chance = random.Random(2027)
    steps = [str(chance.randint(1, 40)) for _ in range(KILLS)]
    ended = subprocess.run(
        [sys.executable, "-m", doomed.__name__, migrated_url, str(tmp_path), *steps],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.stdout, ended.stderr) == (str(KILLS), "")
    posted = doomed.FilePlatform(tmp_path).posted()
    assert sorted(posted) == sorted(doomed.echo(str(n)) for n in range(doomed.EVENTS))
    with claiming(engine) as queues:
        assert queues.inbox.counts()[EventState.DONE] == doomed.EVENTS
    assert counts(engine) == {"sent": doomed.EVENTS}
