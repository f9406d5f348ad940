"""“What do they know?”: what somebody is found for, as far as the viewer may see it."""

from __future__ import annotations

from bot.events import AccountRef, PersonLookedUp, Role, Visibility
from bot.features.me import NOTHING_TO_SHOW
from bot.replies import plain
from tests.audience.scene import Scene
from tests.network.towns import (
    GUILD,
    WORK,
    asks,
    join,
    keeps_bees,
    link,
    press,
    says,
    spot,
    who,
)

ANA, BEA = who("ana"), who("bea")


def looks_up(
    stage: Scene,
    about: AccountRef,
    viewer: AccountRef = ANA,
    where: str = "hall",
    *,
    private: bool = True,
) -> str:
    """What a viewer reads about somebody."""
    place = spot(where, viewer.community)
    reply = stage.bot.handle(PersonLookedUp(place, viewer, about, stage.at, private))
    assert reply is not None
    assert reply.private == private
    assert not [button for section in reply.sections for button in section.buttons]
    return plain(reply)


def test_it_shows_topics_with_receipts_and_what_they_say_they_know(stage: Scene) -> None:
    keeps_bees(stage, BEA)
    says(stage, BEA, "iknow", "sourdough, soap")
    told = looks_up(stage, BEA)
    assert told.startswith("What bea is found for:\nbees\nanswered boss in #hall")
    assert told.endswith("bea says: knows sourdough and soap")


def test_it_shows_what_the_viewer_may_see_and_nothing_else(stage: Scene) -> None:
    stage.listens(spot("den"))
    keeps_bees(stage, BEA, "den", "secrets")
    assert looks_up(stage, BEA) == NOTHING_TO_SHOW
    stage.lists(spot("den"), ANA, BEA)
    assert "secrets" in looks_up(stage, BEA)
    # Others read along in the hall, and not all of them are in the den.
    assert looks_up(stage, BEA, private=False) == NOTHING_TO_SHOW


def test_a_guest_learns_nothing_of_what_is_open_to_members(stage: Scene) -> None:
    keeps_bees(stage, BEA)
    says(stage, BEA, "iknow", "soap")
    stage.enters(who("gil"), Role.GUEST)
    assert looks_up(stage, BEA, who("gil")) == NOTHING_TO_SHOW


def test_what_is_hidden_is_shown_to_nobody(stage: Scene) -> None:
    keeps_bees(stage, BEA)
    says(stage, BEA, "iknow", "bees")
    press(stage, BEA, asks(stage, BEA, "me"), "Never for “bees”")
    assert "bees" not in looks_up(stage, BEA).splitlines()
    assert "says: knows" not in looks_up(stage, BEA)


def test_somebody_in_no_list_reads_like_somebody_of_whom_there_is_nothing(stage: Scene) -> None:
    keeps_bees(stage, BEA)
    press(stage, BEA, asks(stage, BEA, "me"), "Take me off")
    assert looks_up(stage, BEA) == NOTHING_TO_SHOW
    assert looks_up(stage, who("boss")) == NOTHING_TO_SHOW  # only asked
    assert looks_up(stage, who("stranger")) == NOTHING_TO_SHOW


def test_whoever_left_and_bots_are_not_shown(stage: Scene) -> None:
    keeps_bees(stage, BEA)
    stage.enters(BEA, active=False)
    assert looks_up(stage, BEA) == NOTHING_TO_SHOW


def test_where_listing_is_confirmed_only_what_they_said_yes_to_is_shown(stage: Scene) -> None:
    keeps_bees(stage, BEA)
    keeps_bees(stage, BEA, thing="ducks")
    says(stage, who("boss"), "listing", "confirmed")
    assert looks_up(stage, BEA) == NOTHING_TO_SHOW
    says(stage, BEA, "iknow", "ducks")
    told = looks_up(stage, BEA)
    assert "ducks\nanswered boss in #hall" in told
    assert told.endswith("bea says: knows ducks")
    assert "bees\n" not in told


def test_an_account_of_elsewhere_shows_what_was_shared_with_here(stage: Scene) -> None:
    her = who("bea", GUILD)
    keeps_bees(stage, her)
    join(stage, BEA, her)
    assert looks_up(stage, BEA) == NOTHING_TO_SHOW
    link(stage, WORK, GUILD)
    says(stage, who("boss", GUILD), "share", "on")
    assert "bees" in looks_up(stage, BEA)
    stage.opens(spot("hall", GUILD), Visibility.PRIVATE)
    assert looks_up(stage, BEA) == NOTHING_TO_SHOW
