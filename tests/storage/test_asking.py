"""Questions, asks, posts, answers, thanks and manners, as both kinds of databases keep them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.asking.model import AskState, Kind, Manners, Post, Ring, State
from bot.core import Bot
from bot.events import PlaceDeleted
from tests.storage.asking_at import DAY, NOW, Town, town

HOUR = timedelta(hours=1)
HALL, YARD, AWAY = ("1", "hall"), ("1", "yard"), ("2", "hall")


@pytest.fixture
def place(migrated_url: str) -> Iterator[Town]:
    with town(migrated_url) as found:
        yield found


# ── Questions ────────────────────────────────────────────────────────────────────────────────


def test_a_question_comes_back_as_it_was_kept_and_as_it_was_changed(place: Town) -> None:
    kept = place.asked(thread="t", private=True, named=False, widens_at=NOW + HOUR)
    changed = replace(kept, state=State.CLOSED, stopped=True, ring=Ring.NETWORK, widens_at=None)
    with place.store.write() as unit:
        assert unit.questions.find(kept.id) == kept
        unit.questions.save(changed)
    with place.store.read() as unit:
        assert unit.questions.find(kept.id) == changed
        assert unit.questions.find(kept.id + 1) is None


def test_ones_own_questions_come_open_ones_first_then_the_newest(place: Town) -> None:
    old = place.asked(asked_at=NOW - DAY)
    closed = place.asked(state=State.CLOSED, asked_at=NOW + HOUR)
    new = place.asked(state=State.ANSWERED)
    place.asked(account_id=place.bea.id)
    with place.store.read() as unit:
        mine = [one.id for one in unit.questions.of([place.ana.id], 9)]
        assert mine == [new.id, old.id, closed.id]
        assert [one.id for one in unit.questions.of([place.ana.id], 1)] == [new.id]
        assert unit.questions.of([], 9) == []


def test_a_community_is_asked_for_what_is_open_there(place: Town) -> None:
    old, new = place.asked(asked_at=NOW - DAY), place.asked(account_id=place.bea.id)
    place.asked(state=State.CLOSED)
    place.asked(community_id=place.homes[1].id)
    with place.store.read() as unit:
        found = unit.questions.in_community(place.homes[0].id, 9)
    assert [one.id for one in found] == [new.id, old.id]


def test_questions_of_a_day_are_counted_to_the_moment(place: Town) -> None:
    place.asked(asked_at=NOW - DAY)
    place.asked(asked_at=NOW - DAY + HOUR)
    place.asked(account_id=place.bea.id)
    with place.store.read() as unit:
        assert unit.questions.count_of([place.ana.id], NOW - DAY) == 1
        assert unit.questions.count_of([place.ana.id, place.bea.id], NOW - DAY) == 2
        assert unit.questions.count_in(place.homes[0].id, NOW - DAY) == 2
        assert unit.questions.count_in(place.homes[1].id, NOW - DAY) == 0


@pytest.mark.parametrize(
    ("column", "verb"),
    [("widens_at", "widening"), ("reminds_at", "reminding"), ("looks_at", "looking")],
)
def test_what_is_due_comes_the_longest_due_first_and_never_when_closed(
    place: Town, column: str, verb: str
) -> None:
    second, first = place.asked(**{column: NOW}), place.asked(**{column: NOW - HOUR})
    place.asked(**{column: NOW + HOUR})
    place.asked(**{column: NOW - DAY}, state=State.CLOSED)
    place.asked()
    with place.store.read() as unit:
        due = getattr(unit.questions, verb)
        assert [one.id for one in due(NOW, 9)] == [first.id, second.id]
        assert [one.id for one in due(NOW, 1)] == [first.id]
        assert due(NOW, 0) == []


def test_what_was_offered_to_an_asker_is_offered_once(place: Town) -> None:
    asked, other = place.asked(), place.asked()
    with place.store.write() as unit:
        assert unit.questions.last_found(asked.id) is None
        assert unit.questions.found(asked.id, "share", 7, NOW)
        assert not unit.questions.found(asked.id, "share", 7, NOW + HOUR)
        assert unit.questions.found(asked.id, "claim", 7, NOW + DAY)
        assert unit.questions.was_found(asked.id, "share", 7)
        assert not unit.questions.was_found(asked.id, "share", 8)
        assert not unit.questions.was_found(other.id, "share", 7)
        assert unit.questions.last_found(asked.id) == NOW + DAY


# ── Asks and posts ───────────────────────────────────────────────────────────────────────────


def test_who_is_asked_comes_in_order_and_as_changed(place: Town) -> None:
    asked = place.asked()
    bea = place.ask(asked, place.bea)
    cy = place.ask(asked, place.cy, passed_by=place.bea.id, message=None)
    changed = replace(bea, state=AskState.PASSED)
    with place.store.write() as unit:
        unit.asks.save(changed)
        assert unit.asks.of(asked.id) == [changed, cy]
        assert unit.asks.find(cy.id) == cy
        assert unit.asks.find(-1) is None


def test_what_waits_for_somebody_is_what_they_got_and_is_open_newest_first(place: Town) -> None:
    old = place.ask(place.asked(), place.bea, at=NOW - DAY)
    new = place.ask(place.asked(state=State.ANSWERED), place.bea)
    place.ask(place.asked(), place.bea, message=None)  # it has not arrived
    place.ask(place.asked(), place.bea, state=AskState.DECLINED)
    place.ask(place.asked(state=State.CLOSED), place.bea)
    place.ask(place.asked(), place.cy)
    with place.store.read() as unit:
        assert unit.asks.waiting([place.bea.id]) == [new, old]


def test_how_often_somebody_was_asked_counts_what_reached_them(place: Town) -> None:
    place.ask(place.asked(), place.bea, at=NOW - DAY)
    place.ask(place.asked(), place.bea, at=NOW - DAY + HOUR)
    place.ask(place.asked(), place.bea, state=AskState.DECLINED)
    place.ask(place.asked(), place.bea, state=AskState.UNREACHABLE)
    with place.store.read() as unit:
        assert unit.asks.lately([place.bea.id, place.cy.id], NOW - DAY) == {place.bea.id: 2}


def test_a_post_is_found_by_its_message_or_its_thread_in_its_own_place(place: Town) -> None:
    asked = place.asked()
    with place.store.read() as unit:
        assert unit.asks.post_at(place.places[HALL].id, ["p1"]) is None
    post = place.post(asked, HALL, message=None)
    hall, away = place.places[HALL].id, place.places[AWAY].id
    with place.store.write() as unit:
        assert unit.asks.post_at(hall, ["p1"]) is None
        sent = replace(post, message="p1", thread="t1")
        unit.asks.save_post(sent)
        assert unit.asks.find_post(post.id) == sent
        assert unit.asks.post_at(hall, ["other", "p1"]) == sent
        assert unit.asks.post_at(hall, ["t1"]) == sent
        assert unit.asks.post_at(hall, ["other"]) is None
        assert unit.asks.post_at(away, ["p1"]) is None


def test_a_place_is_watched_from_its_first_post_on_within_one_transaction(place: Town) -> None:
    asked = place.asked()
    with place.store.write() as unit:
        assert unit.asks.post_at(place.places[HALL].id, ["p1"]) is None
        kept = unit.asks.add_post(
            Post(0, asked.id, place.places[HALL].id, None, "p1", withdrawn=False)
        )
        assert unit.asks.post_at(place.places[HALL].id, ["p1"]) == kept


def test_a_community_is_asked_for_the_open_posts_in_its_places(place: Town) -> None:
    first = place.post(place.asked(), HALL)
    second = place.post(place.asked(community_id=place.homes[1].id), YARD)
    place.post(place.asked(), AWAY)
    place.post(place.asked(), HALL, withdrawn=True)
    place.post(place.asked(state=State.CLOSED), HALL)
    with place.store.read() as unit:
        assert unit.asks.posts_in(place.homes[0].id, 9) == [second, first]
        assert unit.asks.posts_in(place.homes[0].id, 1) == [second]
        assert unit.asks.posts_of(first.question_id) == [first]


# ── Answers and thanks ───────────────────────────────────────────────────────────────────────


def test_answers_come_in_order_are_changed_and_taken_back(place: Town) -> None:
    asked = place.asked()
    second = place.given(asked)
    first = place.given(asked, at=NOW - HOUR, place_id=None, message=None)
    changed = replace(second, text="I do, too", edited_at=NOW + HOUR, helped_at=NOW + HOUR)
    with place.store.write() as unit:
        assert unit.answers.of(asked.id) == [first, second]
        unit.answers.save(changed)
        assert unit.answers.find(second.id) == changed
        assert unit.answers.at(place.places[HALL].id, "g1") == changed
        assert unit.answers.at(place.places[YARD].id, "g1") is None
        assert unit.answers.at(place.places[HALL].id, "g2") is None
        unit.answers.drop(second.id)
        assert unit.answers.at(place.places[HALL].id, "g1") is None
        assert unit.answers.of(asked.id) == [first]


def test_an_answer_is_recognised_in_the_transaction_that_kept_it(place: Town) -> None:
    asked = place.asked()
    other = place.given(asked, place_id=None, message=None)
    hall = place.places[HALL].id
    with place.store.write() as unit:
        assert unit.answers.at(hall, "g1") is None
        kept = unit.answers.add(replace(other, place_id=hall, message="g1"))
        assert unit.answers.at(hall, "g1") == kept


def test_thanks_for_one_thing_is_noted_once(place: Town) -> None:
    asked, hall = place.asked(), place.places[HALL].id
    different: list[dict[str, object]] = [
        {},
        {"kind": "link"},
        {"given_by": place.cy.id},
        {"question_id": asked.id},
        {"place_id": hall, "message": "m1"},
        {"place_id": hall, "message": "m2"},
    ]
    with place.store.write() as unit:
        for more in different:
            assert unit.answers.thank(place.thanks(**more))
        for more in different:
            assert not unit.answers.thank(place.thanks(**more, at=NOW + HOUR))
        assert len(unit.answers.untold([place.bea.id], NOW)) == len(different)


def test_thanks_are_told_once_up_to_a_moment(place: Town) -> None:
    with place.store.write() as unit:
        assert unit.answers.thank(place.thanks(at=NOW - HOUR))
        assert unit.answers.thank(place.thanks(kind="link", at=NOW - DAY))
        assert unit.answers.thank(place.thanks(kind="passing", at=NOW + HOUR))
        assert unit.answers.thank(place.thanks(account_id=place.cy.id))
        bea = [place.bea.id]
        assert [one.kind for one in unit.answers.untold(bea, NOW)] == ["link", "answer"]
        unit.answers.tell(bea, NOW, NOW)
        assert unit.answers.untold(bea, NOW) == []
        assert [one.kind for one in unit.answers.untold(bea, NOW + DAY)] == ["passing"]
        assert len(unit.answers.untold([place.cy.id], NOW)) == 1


def test_with_a_place_go_its_posts_and_answers_and_the_question_stays(place: Town) -> None:
    asked = place.asked()
    post, given = place.post(asked, HALL), place.given(asked)
    Bot(place.store, lambda: "token").handle(PlaceDeleted(place.places[HALL].ref))
    with place.store.read() as unit:
        assert unit.asks.find_post(post.id) is None
        assert unit.answers.find(given.id) is None
        assert unit.questions.find(asked.id) == replace(asked, place_id=None)


# ── Manners ──────────────────────────────────────────────────────────────────────────────────


def test_who_never_said_has_the_usual_manners(place: Town) -> None:
    with place.store.read() as unit:
        assert unit.manners.of(place.ana.person_id) == Manners(place.ana.person_id)


def test_manners_come_back_as_they_were_said_last(place: Town) -> None:
    said = Manners(
        place.ana.person_id,
        met_at=NOW,
        agreed=True,
        offered=True,
        weekly=5,
        quiet_from=0,
        quiet_to=90,
        quiet_days=frozenset({0, 6}),
        timezone="Europe/Dublin",
        paused_until=NOW + DAY,
    )
    for manners in (said, replace(said, agreed=None, quiet_days=frozenset(), timezone=None)):
        with place.store.write() as unit:
            unit.manners.save(manners)
        with place.store.read() as unit:
            assert unit.manners.of(place.ana.person_id) == manners


def test_somebody_is_met_once(place: Town) -> None:
    person_id = place.ana.person_id
    with place.store.write() as unit:
        unit.manners.save(Manners(person_id, weekly=5))
        unit.manners.meet(person_id, NOW)
        unit.manners.meet(person_id, NOW + DAY)
        unit.manners.meet(place.bea.person_id, NOW)
        assert unit.manners.of(person_id) == Manners(person_id, met_at=NOW, weekly=5)
        assert unit.manners.of(place.bea.person_id).met_at == NOW


def test_who_may_be_asked_is_who_said_yes_and_makes_no_pause(place: Town) -> None:
    ana, bea, cy = (one.person_id for one in (place.ana, place.bea, place.cy))
    with place.store.write() as unit:
        unit.manners.save(Manners(ana, agreed=True, paused_until=NOW))
        unit.manners.save(Manners(bea, agreed=True, paused_until=NOW + HOUR))
        unit.manners.save(Manners(cy, agreed=False))
        agreed = unit.manners.agreed([ana, bea, cy], NOW)
        assert [one.person_id for one in agreed] == [ana]
        assert unit.manners.agreed([], NOW) == []
        assert len(unit.manners.agreed([ana, bea, cy], NOW + HOUR)) == 2


def test_kinds_are_muted_one_by_one_and_wanted_again_together(place: Town) -> None:
    ana, bea = place.ana.person_id, place.bea.person_id
    with place.store.write() as unit:
        for kind in (Kind.ASK, Kind.ASK, Kind.FOUND):
            unit.manners.mute(ana, kind)
        assert unit.manners.is_muted(ana, Kind.FOUND)
        assert not unit.manners.is_muted(ana, Kind.NOTE)
        assert not unit.manners.is_muted(bea, Kind.ASK)
        assert unit.manners.unmute(ana) == 2
        assert not unit.manners.is_muted(ana, Kind.ASK)
