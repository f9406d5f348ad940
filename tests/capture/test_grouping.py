"""Conversations as people would see them."""

from __future__ import annotations

import pytest

from bot.conversations import Limits
from tests.capture.picture import expected, kept
from tests.capture.world import GARDEN, GENERAL, World, edited, gone, minute, opened, said

DAY = 24 * 60


def test_what_is_said_within_a_quarter_of_an_hour_belongs_together(world: World) -> None:
    world.hear(said("ana", "1", at=0), said("ben", "2", at=15), said("ana", "3", at=31))
    assert world.conversations() == [["1", "2"], ["3"]]


def test_what_is_said_in_two_places_never_belongs_together(world: World) -> None:
    world.hear(said("ana", "1"), said("ben", "1", at=1, place=GARDEN))
    assert world.conversations(GENERAL) == world.conversations(GARDEN) == [["1"]]


def test_a_conversation_ends_when_it_is_full(migrated_url: str) -> None:
    with opened(migrated_url, Limits(cap=2)) as world:
        world.hear(*(said("ana", str(number), at=number) for number in range(5)))
        assert world.conversations() == [["0", "1"], ["2", "3"], ["4"]]


def test_a_thread_goes_on_while_the_floor_talks_of_something_else(world: World) -> None:
    world.hear(
        said("ana", "1", at=0),
        said("ben", "2", at=1, thread="1"),
        said("cy", "3", at=2),
        said("ana", "4", at=3 * DAY, thread="1"),
    )
    assert world.conversations() == [["1", "2", "4"], ["3"]]


def test_a_thread_that_slept_for_a_month_is_a_new_conversation(world: World) -> None:
    world.hear(
        said("ana", "1", at=0),
        said("ben", "2", at=1, thread="1"),
        said("ana", "3", at=30 * DAY, thread="1"),
    )
    assert world.conversations() == [["1", "2"], ["3"]]


def test_the_first_reply_takes_the_message_it_stands_under_off_the_floor(world: World) -> None:
    world.hear(said("ana", "1", at=0), said("ben", "2", at=1), said("cy", "3", at=2))
    assert world.conversations() == [["1", "2", "3"]]
    world.hear(said("ben", "4", at=3, thread="1"))
    assert world.conversations() == [["1", "4"], ["2", "3"]]


def test_a_message_taken_into_a_thread_may_leave_a_gap_behind(world: World) -> None:
    world.hear(said("ana", "1", at=0), said("ben", "2", at=10), said("cy", "3", at=20))
    world.hear(said("ana", "4", at=21, thread="2"))
    assert world.conversations() == [["1"], ["2", "4"], ["3"]]


def test_a_thread_whose_beginning_comes_last_is_whole_all_the_same(world: World) -> None:
    world.hear(said("ben", "2", at=1, thread="1"), said("cy", "3", at=2, thread="1"))
    world.hear(said("ana", "1", at=0))
    assert world.conversations() == [["1", "2", "3"]]
    assert next(iter(kept(world.store, GENERAL).talks.values())).opener == "U-ana"


def test_when_its_only_reply_goes_a_message_lies_on_the_floor_again(world: World) -> None:
    world.hear(said("ana", "1", at=0), said("ben", "2", at=1), said("cy", "3", at=2, thread="1"))
    world.hear(gone("3"))
    assert world.conversations() == [["1", "2"]]


def test_that_is_so_too_when_the_platform_named_the_thread_in_its_first_message(
    world: World,
) -> None:
    world.hear(
        said("ana", "1", at=0, thread="1"),
        said("ben", "2", at=1),
        said("cy", "3", at=2, thread="1"),
        gone("3"),
    )
    there_and_back = world.conversations()
    world.hear(
        gone("3", GARDEN),
        said("ana", "1", at=0, place=GARDEN, thread="1"),
        said("ben", "2", at=1, place=GARDEN),
        said("cy", "3", at=2, place=GARDEN, thread="1"),
    )
    assert there_and_back == world.conversations(GARDEN) == [["1", "2"]]


def test_a_reply_belongs_to_what_it_answers_and_so_does_a_reply_to_it(world: World) -> None:
    world.hear(
        said("ana", "1", at=0),
        said("cy", "2", at=60),
        said("ben", "3", at=61, reply_to="1"),
        said("ana", "4", at=3 * DAY, reply_to="3"),
    )
    assert world.conversations() == [["1", "3", "4"], ["2"]]


def test_replies_do_not_keep_the_floor_awake(world: World) -> None:
    world.hear(said("ana", "1", at=0), said("ben", "2", at=14, reply_to="1"))
    world.hear(said("cy", "3", at=20))
    assert world.conversations() == [["1", "2"], ["3"]]


def test_a_reply_may_come_before_what_it_answers(world: World) -> None:
    world.hear(said("cy", "3", at=9, reply_to="2"), said("ben", "2", at=8, reply_to="1"))
    world.hear(said("cy", "9", at=500))
    assert world.conversations() == [["2", "3"], ["9"]]
    world.hear(said("ana", "1", at=0))
    assert world.conversations() == [["1", "2", "3"], ["9"]]


def test_replies_to_a_message_that_is_deleted_stay_together(world: World) -> None:
    world.hear(
        said("ana", "1", at=0),
        said("cy", "2", at=1),
        said("ben", "3", at=2, reply_to="1"),
        said("cy", "4", at=300, reply_to="1"),
        said("ana", "5", at=301, reply_to="4"),
        gone("1"),
    )
    assert world.conversations() == [["2"], ["3", "4", "5"]]
    talk = kept(world.store, GENERAL).talks["3 4 5"]
    assert (talk.strand, talk.opener) == ("lost:1", "U-ben")


def test_a_thread_outlives_its_first_message(world: World) -> None:
    world.hear(
        said("ana", "1", at=0),
        said("ben", "2", at=1, thread="1"),
        said("cy", "3", at=2, thread="1"),
        gone("1"),
    )
    assert world.conversations() == [["2", "3"]]
    assert kept(world.store, GENERAL).talks["2 3"].opener == "U-ben"


def test_replies_in_the_middle_of_a_chain_follow_when_it_breaks(world: World) -> None:
    world.hear(
        said("ana", "1", at=0),
        said("ben", "2", at=1, reply_to="1"),
        said("cy", "3", at=2, reply_to="2"),
        said("ana", "4", at=3, reply_to="3"),
        gone("2"),
    )
    assert world.conversations() == [["1"], ["3", "4"]]


def test_a_late_message_joins_two_conversations(world: World) -> None:
    world.hear(said("ana", "1", at=0), said("cy", "3", at=20))
    assert world.conversations() == [["1"], ["3"]]
    world.hear(said("ben", "2", at=10))
    assert world.conversations() == [["1", "2", "3"]]


def test_a_late_message_can_fill_a_conversation_and_push_the_others_on(migrated_url: str) -> None:
    with opened(migrated_url, Limits(cap=2)) as world:
        world.hear(*(said("ana", str(at), at=at) for at in (0, 2, 4, 6)))
        assert world.conversations() == [["0", "2"], ["4", "6"]]
        world.hear(said("ben", "1", at=1))
        assert world.conversations() == [["0", "1"], ["2", "4"], ["6"]]


def test_a_deleted_message_may_have_held_a_conversation_together(world: World) -> None:
    world.hear(said("ana", "1", at=0), said("ben", "2", at=10), said("cy", "3", at=20), gone("2"))
    assert world.conversations() == [["1"], ["3"]]


def test_what_was_deleted_before_it_came_is_never_kept(world: World) -> None:
    world.hear(
        gone("1"), said("ana", "1"), said("ben", "2", at=1), edited(said("ana", "1"), "x", 2)
    )
    assert world.conversations() == [["2"]]


def test_who_answers_is_told_from_who_asks(world: World) -> None:
    world.hear(
        said("ana", "1", at=0),
        said("ben", "2", at=1),
        said("ana", "3", at=2),
        said("ben", "4", at=3),
    )
    assert kept(world.store, GENERAL).talks["1 2 3 4"].people == {
        "U-ana": (2, minute(0), None),
        "U-ben": (2, minute(1), minute(1)),
    }


def test_a_late_beginning_makes_somebody_else_the_one_who_asked(world: World) -> None:
    world.hear(said("ben", "2", at=1), said("ana", "1", at=0))
    assert kept(world.store, GENERAL).talks["1 2"].people == {
        "U-ana": (1, minute(0), None),
        "U-ben": (1, minute(1), minute(1)),
    }


def test_of_two_messages_of_one_moment_the_same_is_first_whichever_came_first(world: World) -> None:
    world.hear(said("ana", "1"), said("ben", "2"))
    world.hear(said("ben", "2", place=GARDEN), said("ana", "1", place=GARDEN))
    openers = {
        talk.opener
        for place in (GENERAL, GARDEN)
        for talk in kept(world.store, place).talks.values()
    }
    assert openers == {"U-ana"}


def test_of_one_full_moment_the_last_message_decides_where_it_goes_on(migrated_url: str) -> None:
    with opened(migrated_url, Limits(cap=2)) as world:
        world.hear(said("ana", "3"), said("ben", "4"), said("cy", "1"), said("ana", "5", at=1))
        assert world.conversations() == [["1", "3"], ["4", "5"]]


def test_the_floor_goes_on_behind_a_late_beginning_that_brought_its_answers(world: World) -> None:
    world.take_in(
        said("cy", "9", at=1, reply_to="1"),
        said("ana", "1", at=0),
        said("ben", "2", at=10),
        said("cy", "3", at=20),
    )
    assert world.conversations() == [["1", "9", "2", "3"]]


def test_a_thread_is_one_while_anybody_answers_in_it_however_late(world: World) -> None:
    posts = [
        said("ana", "1", at=0),
        said("ben", "2", at=1, thread="1"),
        said("cy", "3", at=30 * DAY, thread="1"),
    ]
    world.hear(*posts, gone("2"))
    assert kept(world.store, GENERAL) == expected([*posts, gone("2")], GENERAL, world.bot.limits)
    assert kept(world.store, GENERAL).talks["1"].strand == "thread:1"


def test_that_is_so_too_when_its_beginning_has_the_latest_clock(world: World) -> None:
    posts = [
        said("ben", "2", at=0, thread="1"),
        said("cy", "3", at=30 * DAY, thread="1"),
        said("ana", "1", at=30 * DAY + 1),
    ]
    world.hear(*posts, gone("3"))
    assert kept(world.store, GENERAL) == expected([*posts, gone("3")], GENERAL, world.bot.limits)
    assert kept(world.store, GENERAL).talks["1"].strand == "thread:1"


@pytest.mark.parametrize("deleted", ["1", "2", "3"])
def test_messages_that_claim_to_answer_each_other_or_themselves_do_no_harm(
    world: World, deleted: str
) -> None:
    world.hear(
        said("ana", "1", at=0, reply_to="2"),
        said("ben", "2", at=1, reply_to="1"),
        said("cy", "3", at=2, reply_to="3"),
        gone(deleted),
        said("ana", "9", at=900),
    )
    left = {"1", "2", "3", "9"} - {deleted}
    assert {ident for run in world.conversations() for ident in run} == left
    assert sum(talk.words for talk in kept(world.store, GENERAL).talks.values()) == 0
    world.hear(*(gone(ident) for ident in left))
    assert world.conversations() == []
    assert kept(world.store, GENERAL).totals == (0, 0)


def test_an_edit_that_comes_together_with_its_message_counts(world: World) -> None:
    second = said("ben", "2", "kettle", at=1, reply_to="lost")
    world.take_in(said("ana", "1", "ladder", reply_to="lost"), second, edited(second, "compost", 2))
    assert world.texts() == {"1": "ladder", "2": "compost"}
    assert world.terms() == {"ladder", "compost"}
