"""What is kept and what never is: of bots, requests, direct messages, places that are not heard."""

from __future__ import annotations

import pytest

from bot.digest.model import PulseOrder
from bot.events import (
    AccountSeen,
    CommunityLeft,
    CommunityRef,
    CommunitySeen,
    Event,
    LinkSaved,
    MembershipChanged,
    MembersSeen,
    MessagePosted,
    PlaceDeleted,
    PlaceRef,
    PlaceSeen,
    Platform,
    ReactionsCleared,
    Role,
    Visibility,
)
from bot.replies import plain
from tests.capture.picture import expected, kept
from tests.capture.world import (
    GARDEN,
    GENERAL,
    HOME,
    World,
    edited,
    gone,
    minute,
    reacted,
    said,
    who,
)

BACK_ROOM, WHISPER = PlaceRef(HOME, "C-back"), PlaceRef(HOME, "D-ana")
AWAY = CommunityRef(Platform.SLACK, "T2")
HALL = PlaceRef(AWAY, "C-hall")
SPOKEN = ("message", "conversation", "participant", "posting", "vocabulary")
SHARED = ("share", "share_term")
OF_A_PLACE = (
    *SPOKEN,
    *SHARED,
    *("reaction", "tombstone", "place_member", "place_grant", "question_place", "post"),
    *("credit_place", "credit_note", "pulse"),
)
LINK = "compost https://ex.org/soil"


def nothing_said(world: World) -> bool:
    return not any(world.sizes((*SPOKEN, *SHARED)).values())


def test_a_message_is_kept_with_its_words_and_links(world: World) -> None:
    world.hear(said("ana", "1", LINK))
    assert all(world.sizes((*SPOKEN, *SHARED)).values())
    assert world.links() == ["https://ex.org/soil"]


@pytest.mark.parametrize(
    "post", [said("ana", "1", LINK, from_bot=True), said("ana", "1", LINK, to_bot=True)]
)
def test_what_bots_say_and_what_is_said_to_this_one_is_not_kept(
    world: World, post: MessagePosted
) -> None:
    world.take_in(post)
    world.hear(post)
    assert nothing_said(world)


def test_a_bot_is_known_by_its_account_too(world: World) -> None:
    world.hear(AccountSeen(who("robot"), "Robot", is_bot=True), said("robot", "1", LINK))
    assert nothing_said(world)


def test_what_a_bot_said_before_it_was_known_as_one_goes(world: World) -> None:
    other = said("ana", "2", "kettle", at=1)
    spoken: list[Event] = [said("robot", "1", LINK), other, reacted("robot", "2")]
    world.hear(*spoken, AccountSeen(who("robot"), "Robot", is_bot=True))
    assert world.texts() == {"2": "kettle"}
    assert world.links() == []
    assert world.count("reaction") == 0
    unseen = who("other robot")
    world.take_in(*spoken, said("other robot", "3", LINK), AccountSeen(unseen, "X", is_bot=True))
    assert world.texts() == {"2": "kettle"}
    assert kept(world.store, GENERAL) == expected([other], GENERAL, world.bot.limits)


def test_a_message_that_an_edit_turns_into_a_request_is_no_longer_kept(world: World) -> None:
    post = said("ana", "1", LINK)
    world.hear(post, edited(post, "who knows about bees?", 1, to_bot=True))
    assert nothing_said(world)


def test_that_is_so_too_when_the_edit_comes_first(world: World) -> None:
    post = said("ana", "1", LINK)
    world.hear(edited(post, "who knows about bees?", 1, to_bot=True), post)
    assert nothing_said(world)


@pytest.mark.parametrize("visibility", [Visibility.PRIVATE, Visibility.DIRECT])
def test_nothing_is_kept_of_places_that_are_not_open(world: World, visibility: Visibility) -> None:
    world.hear(PlaceSeen(BACK_ROOM, "back", visibility), said("ana", "1", LINK, place=BACK_ROOM))
    assert nothing_said(world)


def test_a_private_place_is_kept_once_somebody_in_it_says_so(world: World) -> None:
    world.hear(PlaceSeen(BACK_ROOM, "back", Visibility.PRIVATE))
    world.ask("ana", "here", "on", BACK_ROOM)
    world.hear(said("ana", "1", LINK, place=BACK_ROOM))
    assert world.conversations(BACK_ROOM) == [["1"]]


def test_direct_messages_are_not_kept_whatever_anybody_says(world: World) -> None:
    world.hear(PlaceSeen(WHISPER, "ana", Visibility.DIRECT))
    world.ask("ana", "here", "on", WHISPER)
    world.hear(said("ana", "1", LINK, place=WHISPER), said("ana", "2", "x", 1, WHISPER))
    world.hear(LinkSaved(said("ana", "3", LINK, 2, WHISPER), who("ana"), minute(3)))
    assert nothing_said(world)


def test_a_place_that_becomes_private_is_no_longer_kept(world: World) -> None:
    world.hear(said("ana", "1", "kettle"))
    world.hear(PlaceSeen(GENERAL, "general", Visibility.PRIVATE), said("ben", "2", LINK, at=1))
    assert world.conversations() == [["1"]]


def test_nothing_new_is_kept_of_a_place_that_is_switched_off(world: World) -> None:
    world.hear(said("ana", "1", "kettle"))
    world.ask("ana", "here", "off")
    world.hear(said("ben", "2", LINK, at=1), reacted("ben", "1"))
    assert world.conversations() == [["1"]]
    assert world.links() == []
    assert world.reactions() == []


def test_deleting_works_where_nothing_new_is_kept(world: World) -> None:
    world.hear(said("ana", "1", LINK))
    world.ask("ana", "here", "off")
    world.hear(gone("1"))
    assert nothing_said(world)


def test_what_an_edit_took_back_is_not_kept_where_nothing_new_is(world: World) -> None:
    post = said("ana", "1", "kettle " + LINK)
    world.hear(post)
    world.ask("ana", "here", "off")
    world.hear(edited(post, "ladder", 1))
    assert "kettle" not in " ".join(world.texts().values())
    assert "kettl" not in world.terms()
    assert world.links() == []


def test_switching_a_place_off_offers_to_empty_it(world: World) -> None:
    world.hear(said("ana", "1", LINK), reacted("ben", "1"), said("ben", "1", LINK, place=GARDEN))
    world.press("ana", world.ask("ana", "here", "off"), "Delete what I kept")
    assert world.conversations(GENERAL) == []
    assert world.conversations(GARDEN) == [["1"]]
    assert world.terms(GENERAL) == set()
    assert kept(world.store, GENERAL).totals == (0, 0)
    assert world.reactions() == []


def fill(world: World) -> None:
    """Say and do everything there is in `GENERAL`, and a little elsewhere."""
    first = said("ana", "1", "kettle " + LINK)
    world.hear(
        first,
        said("ben", "2", "worms", at=1, thread="1"),
        said("cy", "3", "bread", at=2, reply_to="2"),
        edited(first, "kettle compost https://ex.org/bread", 3),
        said("ana", "4", "ladder", at=4),
        gone("4"),
        reacted("cy", "1"),
        MembersSeen(GENERAL, ("U-ana", "U-ben"), minute(5)),
    )
    world.hear(said("ana", "1", "kettle " + LINK, place=GARDEN))
    world.hear(
        CommunitySeen(AWAY, "Hillside"),
        PlaceSeen(HALL, "hall", Visibility.PUBLIC),
        AccountSeen(who("ana", AWAY), "Ana", Role.ADMIN),
        said("ana", "1", "kettle " + LINK, place=HALL),
    )
    code = plain(world.ask("ana", "link", "new")).partition("“link ")[2].partition("”")[0]
    world.ask("ana", "link", code, HALL)
    world.ask("ana", "share", "on")
    world.ask("ana", "questions", "on")
    world.press("ana", world.ask("ana", "ask", "who mends kettles?"), "Ask the network")
    world.ask("ben", "iknow", "sourdough")
    world.ask("ana", "credit", "on")
    with world.store.write() as unit:
        where, ana = unit.directory.place(GENERAL), unit.directory.account(who("ana"))
        assert where is not None
        assert ana is not None
        unit.wishes.names("note", where.id, [ana.person_id])
        unit.wishes.order(PulseOrder(where.community_id, where.id, "UTC", minute(900)))


def test_with_a_place_goes_everything_of_it(world: World) -> None:
    fill(world)
    before = world.sizes(OF_A_PLACE)
    assert all(before.values())
    world.hear(PlaceDeleted(GENERAL))
    elsewhere = dict.fromkeys((*SPOKEN, "share"), 2)
    elsewhere |= {"posting": 4, "vocabulary": 4, "share_term": 10}
    found = {table: size for table, size in world.sizes(OF_A_PLACE).items() if size}
    assert found == elsewhere
    for place in (GARDEN, HALL):
        only = [said("ana", "1", "kettle " + LINK, place=place)]
        assert kept(world.store, place) == expected(only, place, world.bot.limits)


def test_with_a_community_goes_everything_of_it_and_everybody_who_is_nowhere_else(
    world: World,
) -> None:
    fill(world)
    world.hear(CommunityLeft(HOME))
    only = [said("ana", "1", "kettle " + LINK, place=HALL)]
    assert kept(world.store, HALL) == expected(only, HALL, world.bot.limits)
    of_people = ("claim", "claim_term", "confirmed", "question", "question_term")
    found = world.sizes((*OF_A_PLACE, "place", "alliance", *of_people))
    assert {table: size for table, size in found.items() if size} == {
        "message": 1,
        "conversation": 1,
        "participant": 1,
        "posting": 2,
        "vocabulary": 2,
        "share": 1,
        "share_term": 5,
        "place": 1,
    }
    assert world.sizes(("community", "account", "person", "member")) == {
        "community": 1,
        "account": 1,
        "person": 1,
        "member": 1,
    }


# Events that were on their way when the bot was removed.
AFTERWARDS: list[Event] = [
    said("ana", "7", LINK),
    edited(said("ana", "1", LINK), "other words", 9),
    gone("1"),
    reacted("dora", "1"),
    MembersSeen(GENERAL, ("U-dora",), minute(9)),
    MembershipChanged(GENERAL, who("dora"), joined=True, at=minute(9)),
    AccountSeen(who("dora"), "Dora"),
    PlaceSeen(GENERAL, "general", Visibility.PUBLIC),
    PlaceDeleted(GENERAL),
    CommunityLeft(HOME),
    LinkSaved(said("ana", "8", LINK), who("ana"), minute(9)),
]


@pytest.mark.parametrize("event", AFTERWARDS, ids=lambda event: str(event.kind))
def test_what_comes_of_a_community_after_it_left_changes_nothing(
    world: World, event: Event
) -> None:
    world.hear(said("ana", "1", LINK), CommunityLeft(HOME))
    before = world.sizes(("account", "place", "message", "reaction"))
    world.take_in(event)
    world.hear(event)
    assert world.sizes(("account", "place", "message", "reaction")) == before


@pytest.mark.parametrize("at", [-5, 30])
def test_a_place_may_go_in_the_batch_that_speaks_of_it(world: World, at: int) -> None:
    world.hear(said("ana", "1", LINK))
    world.take_in(said("ana", "2", LINK, at=at), PlaceDeleted(GENERAL), said("ana", "3", LINK))
    assert nothing_said(world)


def test_a_place_that_is_gone_and_back_begins_anew(world: World) -> None:
    before: list[Event] = [
        said("ana", "1", LINK),
        said("ben", "2", "worms", at=1, thread="1"),
        gone("3"),
    ]
    after: list[Event] = [said("ben", "2", "bread", at=1), said("cy", "3", "kettle", at=2)]
    world.take_in(
        *before, PlaceDeleted(GENERAL), PlaceSeen(GENERAL, "again", Visibility.PUBLIC), *after
    )
    assert kept(world.store, GENERAL) == expected(after, GENERAL, world.bot.limits)


def test_taking_a_reaction_away_works_where_nothing_new_is_kept(world: World) -> None:
    world.hear(said("ana", "1"), reacted("ben", "1"))
    world.ask("ana", "here", "off")
    world.hear(reacted("ben", "1", at=1, added=False), reacted("cy", "1", at=1, added=False))
    assert world.reactions() == []
    assert world.count("reaction") == 0


def test_reactions_are_taken_off_one_message_all_at_once(world: World) -> None:
    world.hear(said("ana", "1"), said("ana", "2"))
    world.hear(reacted("ben", "1"), reacted("cy", "1", "tada"), reacted("ben", "2"))
    world.hear(ReactionsCleared(GENERAL, "1", minute(1), "tada"))
    assert world.reactions() == [("ben", "1", "bee"), ("ben", "2", "bee")]
    world.hear(ReactionsCleared(GENERAL, "1", minute(1)))
    world.hear(reacted("ben", "1"))  # a late copy
    assert world.reactions() == [("ben", "2", "bee")]
    world.hear(reacted("ben", "1", at=2))
    world.hear(ReactionsCleared(GENERAL, "1", minute(1)))
    assert world.reactions() == [("ben", "1", "bee"), ("ben", "2", "bee")]


def test_a_message_that_may_not_be_kept_is_not_saved(world: World) -> None:
    world.hear(gone("1"))
    reply = world.bot.handle(LinkSaved(said("ana", "1", LINK), who("cy"), minute(3)))
    assert reply is not None
    assert plain(reply) == "I may not keep that message, but you can post its link yourself."
    assert nothing_said(world)


def test_who_was_deactivated_is_not_named_any_more(world: World) -> None:
    world.hear(said("ana", "1", "what do worms eat?"), said("ben", "2", "worms eat bread", at=1))
    assert "Ben" in plain(world.ask("cy", "whoknows", "worms"))
    world.hear(AccountSeen(who("ben"), "Ben", active=False))
    assert "Ben" not in plain(world.ask("cy", "whoknows", "worms"))
    assert world.conversations() == [["1", "2"]]


def test_a_saved_link_of_a_late_message_puts_its_conversation_right(world: World) -> None:
    reply = said("ben", "2", "worms", at=1, reply_to="1")
    late = said("ana", "1", "kettle " + LINK, at=0)
    world.hear(reply, LinkSaved(late, who("cy"), minute(3)))
    assert kept(world.store, GENERAL) == expected([reply, late], GENERAL, world.bot.limits)


def test_a_link_saved_between_two_conversations_joins_them(world: World) -> None:
    around = [said("ana", "1", "kettle", at=0), said("cy", "3", "ladder", at=20)]
    late = said("ben", "2", LINK, at=10)
    world.hear(*around, LinkSaved(late, who("cy"), minute(30)))
    assert kept(world.store, GENERAL) == expected([*around, late], GENERAL, world.bot.limits)


def test_asking_is_no_way_to_break_the_next_newcomers_message(world: World) -> None:
    world.ask("stranger", "whoknows", "worms")
    world.hear(said("newcomer", "1", LINK))
    assert world.conversations() == [["1"]]
