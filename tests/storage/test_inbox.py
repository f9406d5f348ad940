"""The inbox: nothing that arrived is lost or counted twice, and nothing said stays in it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select, text, update

from bot import events
from bot.events import (
    AccountRef,
    CommandUsed,
    CommunityRef,
    Event,
    LinkSaved,
    MembershipChanged,
    MembersSeen,
    MessageDeleted,
    MessagePosted,
    PlaceRef,
    PlaceSeen,
    Platform,
    ReactionChanged,
    Unfurl,
    Visibility,
)
from bot.queues import MOST_ATTEMPTS, EventState, Stored, backoff, clean, subject_of
from storage.engine import lock_for_writing
from storage.tables import inbox
from tests.storage.queues_at import claiming, discarded, opened, writing

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEASE = 5 * MINUTE
HOME = CommunityRef(Platform.SLACK, "T1")
PLACE = PlaceRef(HOME, "C1")
WHO = AccountRef(HOME, "U1")
POSTED = MessagePosted(PLACE, WHO, "1.1", "The compost bin is full.", NOW)
ALIKE = (
    POSTED,
    replace(POSTED, id="1.2"),
    replace(POSTED, text="It is empty.", edited_at=NOW + MINUTE),
    replace(POSTED, text="It is full again.", edited_at=NOW + 2 * MINUTE),
    replace(POSTED, unfurls=(Unfurl("https://example.org/bin", "A bin"),)),
    replace(POSTED, place=PlaceRef(HOME, "C2")),
    replace(POSTED, place=PlaceRef(CommunityRef(Platform.SLACK, "T2"), "C1")),
    replace(POSTED, place=PlaceRef(CommunityRef(Platform.DISCORD, "T1"), "C1")),
    MessageDeleted(PLACE, "1.1", NOW),
    ReactionChanged(PLACE, "1.1", WHO, "seedling", added=True, at=NOW),
    ReactionChanged(PLACE, "1.1", WHO, "seedling", added=False, at=NOW + MINUTE),
    ReactionChanged(PLACE, "1.1", WHO, "seedling", added=True, at=NOW + 2 * MINUTE),
    MembershipChanged(PLACE, WHO, joined=True, at=NOW),
    MembershipChanged(PLACE, WHO, joined=False, at=NOW),
    MembersSeen(PLACE, ("U1", "U2"), NOW),
    MembersSeen(PLACE, ("U1",), NOW + MINUTE),
)
# Words that a database keeps as they are.
WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
POISON = st.text(st.sampled_from("aé\0\t\ud83c\udf31\udfff🌱"), max_size=8)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: WORDS,
    bool: st.booleans(),
    datetime: st.datetimes(timezones=st.just(UTC)),
}
WITH_A_DATABASE = settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    with opened(migrated_url) as engine:
        yield engine


on_postgres = pytest.mark.parametrize(
    "backend", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


def any_of(hint: Any) -> st.SearchStrategy[Any]:
    """Return values of a type that an event's field may have."""
    if hint in PLAIN:
        return PLAIN[hint]
    if get_origin(hint) is tuple:
        return tuples_of(get_args(hint))
    if isinstance(hint, UnionType):
        return st.one_of([any_of(one) for one in get_args(hint)])
    if hint is type(None):
        return st.none()
    return st.sampled_from(hint) if issubclass(hint, Enum) else records(hint)


def tuples_of(parts: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if parts[-1] is ...:
        return st.lists(any_of(parts[0]), max_size=3).map(tuple)
    return st.tuples(*(any_of(part) for part in parts))


def records(kind: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind) if field.name != "kind"]
    return st.builds(kind, **{name: any_of(hints[name]) for name in names})


def take(engine: Engine, *some: Event) -> None:
    with writing(engine) as queues:
        for event in some:
            name = f"Ev{queues.inbox.counts()}{event}"
            assert queues.inbox.take(name, event, NOW) is not None


def claim(engine: Engine, at: datetime = NOW, most: int = 10) -> list[Stored]:
    with claiming(engine) as queues:
        return queues.inbox.claim(at, LEASE, most)


def finish(engine: Engine, stored: Stored) -> bool:
    with writing(engine) as queues:
        return queues.inbox.done(stored)


def fail(engine: Engine, stored: Stored, at: datetime) -> bool:
    with claiming(engine) as queues:
        return queues.inbox.failed(stored, at)


def counts(engine: Engine) -> dict[str, int]:
    with claiming(engine) as queues:
        return {state: number for state, number in queues.inbox.counts().items() if number}


def messages(number: int) -> list[Event]:
    return [replace(POSTED, id=str(name)) for name in range(number)]


def ids(claimed: list[Stored]) -> list[str]:
    return [stored.event.id for stored in claimed if isinstance(stored.event, MessagePosted)]


# ── Storing ──────────────────────────────────────────────────────────────────────────────────


@WITH_A_DATABASE
@given(some=st.tuples(*(records(kind) for kind in get_args(Event))))
def test_every_event_comes_back_as_it_was(engine: Engine, some: tuple[Event, ...]) -> None:
    with discarded(engine) as queues:
        for number, event in enumerate(some):
            assert queues.inbox.take(str(number), event, NOW) is not None
        claimed = queues.inbox.claim(NOW, LEASE, len(some))
    assert tuple(stored.event for stored in claimed) == some


def test_every_kind_of_event_that_there_is_can_be_stored() -> None:
    declared = {kind for kind in vars(events).values() if hasattr(kind, "kind")}
    assert declared == set(get_args(Event))


@WITH_A_DATABASE
@given(data=st.data(), some=st.lists(st.sampled_from(ALIKE), unique=True))
def test_an_event_counts_once_in_any_order_and_under_any_ids(
    engine: Engine, data: st.DataObject, some: list[Event]
) -> None:
    copies = [event for event in some for _ in range(data.draw(st.integers(1, 4)))]
    arrived = data.draw(st.permutations(copies))
    with discarded(engine) as queues:
        numbers = [queues.inbox.take(f"Ev{name}", event, NOW) for name, event in enumerate(arrived)]
        claimed = queues.inbox.claim(NOW, LEASE, len(copies) + 1)
    assert [stored.id for stored in claimed] == [number for number in numbers if number]
    assert len(claimed) == len(some)
    assert {stored.event for stored in claimed} == set(some)


def test_an_event_id_counts_once_whatever_it_says(engine: Engine) -> None:
    with writing(engine) as queues:
        assert queues.inbox.take("Ev1", POSTED, NOW)
        assert queues.inbox.take("Ev1", replace(POSTED, id="1.2"), NOW) is None


def test_one_event_id_in_two_communities_is_two_events(engine: Engine) -> None:
    elsewhere = PlaceRef(CommunityRef(Platform.DISCORD, "T1"), "C1")
    with writing(engine) as queues:
        assert queues.inbox.take("1", POSTED, NOW)
        assert queues.inbox.take("1", replace(POSTED, place=elsewhere), NOW)


def test_what_looks_alike_but_was_meant_twice_counts_twice(engine: Engine) -> None:
    command = CommandUsed(PLACE, WHO, "whoknows", "compost", NOW)
    saved = LinkSaved(POSTED, WHO, NOW)
    named = PlaceSeen(PLACE, "garden", Visibility.PUBLIC)
    with writing(engine) as queues:
        for event in (command, saved, named):
            assert queues.inbox.take(f"1-{event.kind}", event, NOW)
            assert queues.inbox.take(f"2-{event.kind}", event, NOW)
            assert queues.inbox.take(f"2-{event.kind}", event, NOW) is None


def test_the_same_moment_in_another_time_zone_is_the_same() -> None:
    there = NOW.astimezone(timezone(timedelta(hours=13)))
    assert subject_of(replace(POSTED, edited_at=there)) == subject_of(
        replace(POSTED, edited_at=NOW)
    )


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("com\0post", "compost"),
        ("com\ud800post\udfff", "com\ufffdpost\ufffd"),
        ("\ud83c\udf31 grows", "🌱 grows"),
        ("compost " * 131_072, "compost " * 131_072),
        ("\0" * 1000, ""),
    ],
    ids=["NUL", "lone surrogates", "a pair of surrogates", "1 MB", "nothing but NUL"],
)
def test_poison_is_put_right_on_the_way_in(engine: Engine, said: str, kept: str) -> None:
    event = replace(POSTED, text=said, id="\0\ud800", unfurls=(Unfurl("u\0", said),))
    with writing(engine) as queues:
        assert queues.inbox.take("Ev\0\udfff", event, NOW)
        assert queues.inbox.take("Ev\0\udfff", event, NOW) is None
    assert claim(engine)[0].event == replace(
        POSTED, text=kept, id="\ufffd", unfurls=(Unfurl("u", kept),)
    )


@settings(max_examples=50)
@given(
    st.recursive(
        POISON,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(POISON, inner, max_size=2),
        max_leaves=4,
    )
)
def test_what_is_clean_stays_so_and_can_be_said_in_utf_8(value: Any) -> None:
    once = clean(value)
    assert clean(once) == once
    assert b"\\u0000" not in json.dumps(once).encode()
    json.dumps(once, ensure_ascii=False).encode()


def test_what_was_not_committed_is_not_there(engine: Engine) -> None:
    with discarded(engine) as queues:
        assert queues.inbox.take("Ev1", POSTED, NOW)
    with writing(engine) as queues:
        assert queues.inbox.take("Ev1", POSTED, NOW)


# ── Claiming ─────────────────────────────────────────────────────────────────────────────────


def test_events_are_claimed_oldest_first_and_as_many_as_asked_for(engine: Engine) -> None:
    take(engine, *messages(5))
    assert ids(claim(engine, most=2)) == ["0", "1"]
    assert ids(claim(engine, most=2)) == ["2", "3"]
    assert ids(claim(engine, most=2)) == ["4"]
    assert claim(engine) == []


def test_a_claimed_event_comes_back_when_its_lease_is_over(engine: Engine) -> None:
    take(engine, POSTED)
    (first,) = claim(engine, NOW)
    assert claim(engine, NOW + LEASE - timedelta(microseconds=1)) == []
    (again,) = claim(engine, NOW + LEASE)
    assert again == replace(first, attempt=2)


def test_whoever_takes_an_event_with_a_lease_has_it_until_that_is_over(engine: Engine) -> None:
    with writing(engine) as queues:
        number = queues.inbox.take("Ev1", POSTED, NOW, lease=LEASE)
    assert number is not None
    assert claim(engine, NOW) == []
    (again,) = claim(engine, NOW + LEASE)
    assert again == Stored(number, POSTED, 2, NOW)
    assert not finish(engine, replace(again, attempt=1)), "somebody else has it by now"
    assert finish(engine, again)


def test_what_is_held_is_not_tried_again_until_it_is_released(engine: Engine) -> None:
    with writing(engine) as queues:
        number = queues.inbox.take("Ev1", POSTED, NOW, lease=LEASE)
        assert number is not None
        assert queues.inbox.hold(Stored(number, POSTED, 1, NOW))
        assert queues.inbox.count(EventState.HELD) == 1
    assert claim(engine, NOW + timedelta(days=1)) == []
    with writing(engine) as queues:
        assert queues.inbox.release() == 1
    assert claim(engine)[0].attempt == 1


def test_what_was_left_lying_comes_before_what_is_new(engine: Engine) -> None:
    take(engine, *messages(3))
    claim(engine, NOW, most=1)
    assert ids(claim(engine, NOW + LEASE, most=2)) == ["0", "1"]


def test_nothing_said_stays_of_an_event_that_is_done(engine: Engine) -> None:
    with writing(engine) as queues:
        queues.inbox.take("Ev1", POSTED, NOW, account_hash="5" * 64)
    assert finish(engine, claim(engine)[0])
    with claiming(engine) as queues:
        (row,) = queues.connection.execute(select(inbox)).mappings()
    assert row["event"] == {}
    assert row["account_hash"] is None
    assert not any(word in str(row) for word in ("compost", "U1", "C1", "Ev1"))
    assert counts(engine) == {"done": 1}


def test_an_event_that_is_done_is_known_again(engine: Engine) -> None:
    with writing(engine) as queues:
        queues.inbox.take("Ev1", POSTED, NOW)
    assert finish(engine, claim(engine)[0])
    with writing(engine) as queues:
        assert queues.inbox.take("Ev1", POSTED, NOW) is None
        assert queues.inbox.take("Ev2", POSTED, NOW) is None
    assert claim(engine, NOW + 2 * LEASE) == []


def test_who_lost_the_lease_cannot_finish(engine: Engine) -> None:
    take(engine, POSTED)
    (slow,) = claim(engine, NOW)
    (quick,) = claim(engine, NOW + LEASE)
    assert not finish(engine, slow)
    assert not fail(engine, slow, NOW + LEASE)
    assert finish(engine, quick)
    assert not finish(engine, slow)
    assert counts(engine) == {"done": 1}


def test_done_is_undone_with_its_transaction(engine: Engine) -> None:
    take(engine, POSTED)
    (stored,) = claim(engine)
    with discarded(engine) as queues:
        assert queues.inbox.done(stored)
    assert counts(engine) == {"working": 1}


def test_handling_may_forget_the_person_the_event_came_from(engine: Engine) -> None:
    take(engine, POSTED)
    (stored,) = claim(engine)
    with writing(engine) as queues:
        queues.connection.execute(delete(inbox))
        assert queues.inbox.done(stored)
    assert counts(engine) == {}


# ── Poison ───────────────────────────────────────────────────────────────────────────────────


def test_a_failing_event_waits_longer_each_time_and_is_held_in_the_end(engine: Engine) -> None:
    take(engine, *messages(2))
    bad, good = claim(engine)
    finish(engine, good)
    at = NOW
    for attempt in range(1, MOST_ATTEMPTS):
        assert not fail(engine, bad, at)
        wait = backoff(attempt)
        assert wait == timedelta(seconds=15) * 2 ** (attempt - 1)
        assert claim(engine, at + wait - timedelta(microseconds=1)) == []
        at += wait
        (bad,) = claim(engine, at)
        assert bad.attempt == attempt + 1
    assert fail(engine, bad, at)
    assert claim(engine, at + timedelta(days=1)) == []
    assert counts(engine) == {"done": 1, "held": 1}


def test_an_event_that_kills_its_process_is_held_and_the_others_go_on(engine: Engine) -> None:
    take(engine, *messages(3))
    at = NOW
    for _ in range(MOST_ATTEMPTS):
        first = claim(engine, at, most=1)
        assert ids(first) == ["0"]
        at += LEASE
    assert ids(claim(engine, at)) == ["1", "2"]
    assert counts(engine) == {"held": 1, "working": 2}


def test_an_event_that_cannot_be_read_is_held_and_the_others_go_on(engine: Engine) -> None:
    take(engine, *messages(3))
    with claiming(engine) as queues:
        unheard_of = {"kind": "teleported", "place": None}
        first = select(inbox.c.id).limit(1).scalar_subquery()
        change = update(inbox).where(inbox.c.id == first).values(event=unheard_of)
        queues.connection.execute(change)
    assert ids(claim(engine)) == ["1", "2"]
    assert counts(engine) == {"held": 1, "working": 2}


def test_what_was_held_can_be_tried_anew_with_all_it_said(engine: Engine) -> None:
    take(engine, POSTED)
    for number in range(MOST_ATTEMPTS):
        claim(engine, NOW + number * LEASE)
    late = NOW + MOST_ATTEMPTS * LEASE
    assert claim(engine, late) == []
    with claiming(engine) as queues:
        assert queues.inbox.release() == 1
    (stored,) = claim(engine, late)
    assert (stored.event, stored.attempt) == (POSTED, 1)


# ── Looking after it ─────────────────────────────────────────────────────────────────────────


def test_the_age_of_what_waits_is_known(engine: Engine) -> None:
    with claiming(engine) as queues:
        assert queues.inbox.oldest_pending(NOW) is None
    take(engine, *messages(2))
    stored, _ = claim(engine)
    with claiming(engine) as queues:
        assert queues.inbox.oldest_pending(NOW + MINUTE) == MINUTE
        assert queues.inbox.counts()[EventState.PENDING] == 0
    finish(engine, stored)
    with claiming(engine) as queues:
        assert queues.inbox.oldest_pending(NOW + 3 * MINUTE) == 3 * MINUTE


def test_only_old_keys_of_events_that_are_done_are_swept(engine: Engine) -> None:
    take(engine, *messages(3))
    done, _ = claim(engine, most=2)
    finish(engine, done)
    month = timedelta(days=30)
    with claiming(engine) as queues:
        assert queues.inbox.sweep(NOW + month) == 0
        assert queues.inbox.sweep(NOW + month + MINUTE) == 1
    assert counts(engine) == {"pending": 1, "working": 1}


# ── Several at once ──────────────────────────────────────────────────────────────────────────


def test_processes_that_claim_at_once_share_nothing_and_leave_nothing(engine: Engine) -> None:
    take(engine, *messages(60))
    start = threading.Barrier(4)
    claimed: list[str] = []

    def work() -> None:
        start.wait()
        while some := claim(engine, most=4):
            claimed.extend(ids(some))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(claimed, key=int) == [str(number) for number in range(60)]


@on_postgres
def test_a_claim_waits_neither_for_another_one_nor_for_the_writer(engine: Engine) -> None:
    take(engine, *messages(4))
    with claiming(engine) as writer, claiming(engine) as first, claiming(engine) as second:
        lock_for_writing(writer.connection)
        second.connection.execute(text("SET LOCAL lock_timeout = '1s'"))
        assert ids(first.inbox.claim(NOW, LEASE, 2)) == ["0", "1"]
        assert ids(second.inbox.claim(NOW, LEASE, 10)) == ["2", "3"]
