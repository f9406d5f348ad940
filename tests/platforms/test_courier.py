"""The courier: whatever goes wrong on the way, what is owed arrives once, in order and in time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from itertools import pairwise

import pytest

from adapters.service.courier import UNPREPARED
from adapters.service.pacing import CourierHabits
from bot.deliveries import Ref, Trouble
from bot.events import Platform
from bot.queues import MOST_TRIES
from storage.outbox import NO_ANSWER
from tests.platforms.office import Office, now, open_office
from tests.platforms.small_core import owed
from tests.platforms.strict import Post

SOON = timedelta(seconds=1)
Open = Callable[..., Office]


@pytest.fixture
def office(sqlite_url: str) -> Iterator[Open]:
    """Open an office over a new store; its arguments are the platform's faults."""
    with ExitStack() as stack:

        def enter(**faults: object) -> Office:
            manager: AbstractContextManager[Office] = open_office(sqlite_url, **faults)
            return stack.enter_context(manager)

        yield enter


def test_what_is_owed_arrives_and_where_it_stands_is_known(office: Open) -> None:
    here = office()
    here.owe(owed(1, "garden"))
    here.deliver()
    (post,) = here.platform.posts
    assert (post.place, post.text) == ("garden", "number 1")
    assert here.record(owed(1)).sent_ref == str(Ref("garden", post.id))


def test_one_place_gets_it_in_the_order_in_which_it_was_owed(office: Open) -> None:
    here = office(latency=(0.0, 0.02), unavailable=0.2, lose_reply=0.1)
    here.owe(*(owed(number, "garden") for number in range(30)))
    here.deliver()
    assert here.platform.texts("garden") == [f"number {number}" for number in range(30)]


def test_a_lost_reply_is_looked_into_and_nothing_is_sent_twice(office: Open) -> None:
    here = office(lose_reply=1.0)
    here.owe(owed(1), owed(2))
    here.deliver()
    assert here.states() == {"sent": 2}
    assert set(here.platform.arrivals().values()) == {1}


def test_a_dropped_connection_is_looked_into_and_it_is_sent_again(office: Open) -> None:
    here = office(drop=0.6)
    here.owe(*(owed(number) for number in range(10)))
    here.deliver()
    assert here.states() == {"sent": 10}
    assert set(here.platform.arrivals().values()) == {1}


def test_nothing_unclear_is_sent_again_before_it_can_have_landed(office: Open) -> None:
    here = office(landing=(0.35, 0.6))  # later than our time-out, within what the carrier says
    here.owe(*(owed(number) for number in range(20)))
    here.deliver()
    assert here.states() == {"sent": 20}
    assert set(here.platform.arrivals().values()) == {1}


def test_what_a_dead_courier_held_is_looked_into_within_half_a_minute(office: Open) -> None:
    here = office()
    here.habits = CourierHabits()
    here.owe(owed(1, "garden"), owed(2, "shed"))
    lease, quiet = here.habits.timeout + here.habits.leeway, here.habits.quiet
    with here.store.queue() as unit:  # by one who died half a minute ago
        unit.outbox.claim(Platform.SLACK, now() - timedelta(seconds=30), lease, 2, quiet)
    here.platform.posts.append(Post("garden", "1", owed(1).key, "number 1", None, None, 0.0))
    verbs: list[str] = []

    def both_looked_for() -> bool:
        verbs[:] = [one.verb for one in here.platform.requests]
        return here.states() == {"sent": 1, "sending": 1} and len(verbs) == 2

    here.deliver(both_looked_for)
    assert verbs == ["find", "find"]
    with here.store.queue() as unit:
        assert unit.outbox.claim(Platform.SLACK, now(), lease, 2) == []
        (doubtful,) = unit.outbox.claim(Platform.SLACK, now() + quiet, lease, 2)
    assert doubtful.delivery.key == owed(2).key


def test_where_no_time_is_late_enough_a_doubtful_one_is_left_to_a_person(office: Open) -> None:
    here = office(drop=1.0)
    here.owe(owed(1))
    here.deliver(lands_within=None)
    assert here.states() == {"unknown": 1}
    assert here.record(owed(1)).reason == NO_ANSWER
    assert [one.verb for one in here.platform.requests].count("post") == 1


def test_what_cannot_be_looked_up_is_left_to_a_person(office: Open) -> None:
    here = office(lose_reply=1.0, blind=True)
    here.owe(owed(1))
    here.deliver()
    assert here.states() == {"unknown": 1}
    assert here.platform.arrivals() == {owed(1).key: 1}


def test_what_is_refused_is_told_and_not_tried_again(office: Open) -> None:
    here = office(gone=frozenset({"shed"}))
    here.owe(owed(1, "shed"), owed(2, "garden"))
    here.deliver()
    assert here.core.bounces == [(owed(1).key, Trouble.GONE)]
    assert here.states() == {"failed": 1, "sent": 1}
    assert [one.place for one in here.platform.requests].count("shed") == 1


def test_what_is_owed_no_more_is_not_sent(office: Open) -> None:
    here = office()
    here.owe(owed(1, withdrawn="yes"), owed(2))
    here.deliver()
    assert here.platform.arrivals() == {owed(2).key: 1}


def test_what_the_core_cannot_put_into_words_stops_nobody_else(
    office: Open, caplog: pytest.LogCaptureFixture
) -> None:
    here = office()
    here.owe(owed(1, "shed", poison="boo"), owed(2, "garden"))
    here.deliver()
    assert here.states() == {"unknown": 1, "sent": 1}
    assert here.record(owed(1)).reason == UNPREPARED
    assert here.record(owed(1)).attempts == MOST_TRIES
    assert "incident" in caplog.text


def test_an_edit_replaces_what_stood_there_however_often_it_takes(office: Open) -> None:
    here = office(lose_reply=0.5, unavailable=0.3)
    here.owe(owed(1, "garden"))
    here.deliver()
    here.owe(owed(2, "garden", edits=owed(1).key, text="number one"))
    here.deliver()
    assert here.platform.texts("garden") == ["number one"]
    assert here.record(owed(2)).sent_ref == here.record(owed(1)).sent_ref


def test_nothing_goes_to_a_limited_place_before_its_time_and_no_other_place_waits(
    office: Open,
) -> None:
    """The 429 storm, with a limit that ideal behaviour would meet in 7 times 0.5 s."""
    here = office(limit=0.5, limited=frozenset({"busy", "busier"}))
    here.owe(*(owed(number, ("busy", "busier")[number % 2]) for number in range(16)))
    others = [owed(100 + number, f"D{number % 4}") for number in range(40)]
    here.owe(*others)
    began = time.time()
    here.deliver()
    landed = {post.key: post.landed_at - began for post in here.platform.posts}
    assert here.platform.too_early == []
    assert set(here.platform.arrivals().values()) == {1}
    assert max(landed[one.key] for one in others) < 1.0
    assert max(landed.values()) <= 7 * 0.5 * 1.2


def test_when_a_platform_says_stop_everything_stops_for_so_long(office: Open) -> None:
    here = office(is_closed_for=0.6)
    here.owe(*(owed(number) for number in range(30)))
    began = time.time()
    here.deliver()
    assert here.states() == {"sent": 30}
    # What was under way in that moment cannot be called back; nothing else comes too early.
    assert len(here.platform.too_early) < here.habits.at_once
    late = [post for post in here.platform.posts if post.landed_at - began > 0.6]
    assert len(late) >= 30 - here.habits.at_once
    assert max(post.landed_at for post in late) - began < 1.5


def test_one_place_is_not_sent_to_faster_than_its_pace(office: Open) -> None:
    here = office()
    here.owe(*(owed(number, "garden") for number in range(5)))
    here.owe(*(owed(100 + number, f"D{number}") for number in range(20)))
    here.deliver(pace=timedelta(seconds=0.2))
    landed = [post.landed_at for post in here.platform.posts if post.place == "garden"]
    assert all(later - earlier >= 0.18 for earlier, later in pairwise(landed))
    assert here.states() == {"sent": 25}


def test_when_told_to_stop_it_finishes_what_it_began_and_begins_nothing_new(office: Open) -> None:
    here = office(latency=(0.1, 0.1))
    here.owe(*(owed(number) for number in range(60)))
    here.deliver(until=lambda: len(here.platform.posts) >= 5)
    sent = here.states()
    assert set(sent) == {"sent", "pending"}
    assert sent["sent"] == len(here.platform.posts) < 60
    here.deliver()
    assert Counter(here.platform.arrivals().values()) == {1: 60}


def test_nothing_is_sent_before_it_is_due(office: Open) -> None:
    here = office()
    soon = now() + SOON
    here.owe(owed(1, at=soon))
    here.deliver()
    assert here.platform.posts[0].landed_at >= soon.timestamp()
