"""Who one is, where one is, and that nobody sees a place they are not in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.console import Session
from bot.errors import NotFound
from bot.events import CommandUsed, MembershipChanged, MessagePosted, PlaceRef
from tests.console.village import (
    ANA,
    ATTIC,
    COMMITTEE,
    GARDEN,
    GENERAL,
    HOME,
    MEI,
    NOON,
    ZOE,
    Core,
    Table,
    Time,
    Village,
    someone,
    spot,
)


def where(table: Table) -> str:
    return f"{table.session.who} {table.session.where}"


# ── Who ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["mei", "MEI", "@mei", "u2"])
def test_one_goes_on_as_somebody_else_by_name_or_id(name: str) -> None:
    table = Table()
    assert table.line(f"/as {name}") == "You are mei in #general."
    table.type("hello")
    assert table.core.of(MessagePosted)[0].author == MEI.ref


def test_a_name_may_have_several_words() -> None:
    table = Table(Village(everyone=[ANA, someone(7, "Ana V.")]))
    assert table.line("/as ana v.") == "You are Ana V. in #general."


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("/as", "Type it like this: /as NAME"),
        ("/as mey", "There is nobody called mey here; do you mean mei?"),
        ("/as wilhelmina", "There is nobody called wilhelmina here; /people lists everyone."),
    ],
)
def test_an_unknown_person_gets_one_sentence(line: str, sentence: str) -> None:
    table = Table()
    assert table.line(line) == sentence
    assert where(table) == "ana in #general"


def test_an_ambiguous_name_gets_the_ids_to_choose_from() -> None:
    table = Table(Village(everyone=[ANA, someone(7, "sam"), someone(8, "Sam")]))
    assert table.line("/as sam") == "There are 2 people called sam; type /as U7 or /as U8."
    assert table.line("/as U8") == "You are Sam in #general."


def test_people_are_listed_with_their_ids() -> None:
    assert Table().type("/people")[1:] == ["  ana (U1)", "  mei (U2)", "  tom (U3)", "  zoe (U4)"]


# ── Where ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["garden", "#garden", "GARDEN", "c-garden"])
def test_one_goes_to_a_place_by_name_or_id(name: str) -> None:
    table = Table()
    assert table.line(f"/in {name}") == "You are ana in #garden."
    table.type("hello")
    assert table.core.of(MessagePosted)[0].place == GARDEN.ref


def test_a_member_sees_public_places_and_the_private_ones_they_are_in() -> None:
    table = Table()
    assert table.type("/places")[1:] == ["  #committee (private)", "  #garden", "  #general"]
    assert table.type("/as mei", "/places")[1:] == ["  #garden", "  #general"]


def test_a_guest_sees_only_the_places_they_are_in() -> None:
    table = Table()
    assert table.line("/as zoe") == "You are zoe in #garden."
    assert table.type("/places")[1:] == ["  #garden"]
    assert table.line("/in general") == "There is no place called #general that zoe can see."


@pytest.mark.parametrize("name", ["committee", "#committee", "C-committee", "comittee"])
def test_a_hidden_place_is_refused_like_one_that_does_not_exist(name: str) -> None:
    table, without = Table(), Table(Village(everywhere=[ATTIC, GARDEN, GENERAL]))
    shown = table.line("/as mei", f"/in {name}")
    assert shown == without.line("/as mei", f"/in {name}")
    assert shown == f"There is no place called #{name.removeprefix('#')} that mei can see."


def test_an_archived_place_is_not_there() -> None:
    assert Table().line("/in attic") == "There is no place called #attic that ana can see."


def test_a_misspelt_place_gets_the_nearest_one() -> None:
    assert Table().line("/in gardn").endswith("that ana can see. Do you mean #garden?")
    assert Table().line("/in") == "Type it like this: /in PLACE"


def test_two_places_of_one_name_are_told_apart_by_their_ids() -> None:
    twin = spot("garden", ident="C-2")
    table = Table(Village(everywhere=[GENERAL, GARDEN, twin]))
    shown = table.line("/in garden")
    assert shown == "There are 2 places called #garden; type /in C-garden or /in C-2."
    assert table.line("/in C-2") == "You are ana in #garden."


def test_whoever_cannot_see_the_place_starts_in_one_they_can() -> None:
    table = Table()
    assert table.line("/in committee", "/as mei") == "You are mei in #garden."


def test_going_on_as_somebody_else_in_direct_messages_is_going_to_theirs() -> None:
    table = Table()
    assert table.line("/dm", "/as mei") == "You are mei, alone with Grapevine."
    table.type("hello")
    assert table.core.of(MessagePosted)[0].place == PlaceRef(HOME, "dm-U2")


def test_whoever_sees_no_place_at_all_has_direct_messages() -> None:
    table = Table(Village(inside={}))
    assert table.line("/as zoe") == "You are zoe, alone with Grapevine."
    assert table.line("/places") == "zoe can see no place; there is /dm."


@pytest.mark.parametrize("line", ["hello", "/whoknows bread"])
def test_a_place_one_was_removed_from_takes_nothing_more(line: str) -> None:
    table = Table()
    table.type("/in committee")
    table.village.inside.clear()
    shown = table.line(line)
    assert shown == "ana can no longer see #committee; /places lists where to go."
    assert table.core.events == []


@pytest.mark.parametrize(("person", "place"), [("U77", GENERAL.ref.id), ("U2", "C-committee")])
def test_a_session_starts_only_where_its_person_may_be(person: str, place: str) -> None:
    core = Core(Village())
    with pytest.raises(NotFound, match="There is no"):
        Session(
            core.handle,
            core.village,
            Time().now,
            community=HOME,
            person=type(ANA.ref)(HOME, person),
            place=PlaceRef(HOME, place),
            commands={},
        )


def test_a_session_can_start_in_direct_messages() -> None:
    table = Table(options={"place": PlaceRef(HOME, "dm-U1")})
    assert where(table) == "ana to Grapevine"


# ── Vouching for memberships ─────────────────────────────────────────────────────────────────────


def test_the_console_vouches_for_private_places_before_the_first_event() -> None:
    table = Table()
    table.type("/whoknows bread")
    vouched, used = table.core.events
    assert vouched == MembershipChanged(COMMITTEE.ref, ANA.ref, joined=True, at=NOON)
    assert isinstance(used, CommandUsed)


def test_it_vouches_again_only_after_ten_minutes() -> None:
    table = Table()
    table.type("one", "/wait 10 minutes", "two")
    assert len(table.core.of(MembershipChanged)) == 1
    table.type("/wait 1 minute", "three", "four")
    moments = [event.at for event in table.core.of(MembershipChanged)]
    assert moments == [NOON, NOON + timedelta(minutes=11)]


def test_it_vouches_again_when_the_clock_was_set_back() -> None:
    table = Table()
    table.type("one", "/at 2025-01-01 10:00", "two")
    assert len(table.core.of(MembershipChanged)) == 2


def test_it_vouches_for_each_person_and_only_for_where_they_are() -> None:
    table = Table()
    table.type("one", "/as mei", "two", "/as zoe", "three")
    vouched = [(event.account, event.place) for event in table.core.of(MembershipChanged)]
    assert vouched == [(ANA.ref, COMMITTEE.ref), (ZOE.ref, GARDEN.ref)]


def test_it_vouches_for_nobody_who_was_removed() -> None:
    table = Table()
    table.village.inside.clear()
    table.type("one")
    assert table.core.of(MembershipChanged) == []
