"""What Grapevine says when it comes to a place, and what comes of its buttons."""

from __future__ import annotations

import pytest

from bot.events import Arrived, PlaceRef, Visibility
from bot.replies import Reply, plain
from tests.audience.scene import Scene
from tests.network.towns import WORK, bees, keeps_bees, press, presses, says, spot, who


def comes(stage: Scene, place: PlaceRef) -> Reply | None:
    """What all in a place read when Grapevine was invited to it."""
    return stage.bot.handle(Arrived(place, stage.at, who("ana")))


def labels(reply: Reply) -> list[str]:
    return [button.label for section in reply.sections for button in section.buttons]


def said(reply: Reply | None) -> str:
    assert reply is not None
    assert not reply.private
    return plain(reply)


def test_in_an_open_place_it_says_what_it_keeps_and_how_to_refuse(stage: Scene) -> None:
    told = said(comes(stage, spot("hall")))
    assert "I keep what is said in #hall" in told
    assert "here off" in told
    assert "privacy" in told


def test_anybody_there_can_refuse_to_be_found_with_one_press(stage: Scene) -> None:
    note = comes(stage, spot("hall"))
    assert note is not None
    for name in ("ana", "bea"):
        keeps_bees(stage, who(name))
    assert "in no list" in press(stage, who("bea"), note, "Take me off")
    answer = says(stage, who("boss"), "whoknows", "bees")
    assert "ana" in answer
    assert "bea" not in answer


def test_in_a_private_place_it_keeps_nothing_until_somebody_there_wants_it(stage: Scene) -> None:
    stage.lists(spot("den"), who("ana"), who("bea"))
    note = comes(stage, spot("den"))
    assert "I keep nothing" in said(note)
    keeps_bees(stage, who("bea"), "den", "ducks")
    assert not bees(stage, who("ana"), "ducks")
    assert note is not None
    assert "From now on I keep" in press(stage, who("ana"), note, "Keep", "den")
    keeps_bees(stage, who("bea"), "den", "geese")
    assert bees(stage, who("ana"), "geese")
    assert not bees(stage, who("boss"), "geese")  # who is not in it


def test_its_button_does_nothing_outside_of_that_place(stage: Scene) -> None:
    note = comes(stage, spot("den"))
    assert note is not None
    assert "in the place that is meant" in press(stage, who("boss"), note, "Keep", "hall")
    assert not stage.place(spot("den")).captured


def test_where_a_private_place_is_switched_on_already_it_says_so(stage: Scene) -> None:
    stage.listens(spot("den"))
    note = comes(stage, spot("den"))
    assert "I keep what is said in #den" in said(note)
    assert "here off" in said(note)
    assert note is not None
    assert labels(note) == []


def test_where_an_admin_switched_it_off_it_says_that_and_not_that_it_is_private(
    stage: Scene,
) -> None:
    says(stage, who("boss"), "here", "off")
    note = comes(stage, spot("hall"))
    assert "I keep nothing" in said(note)
    assert "private" not in said(note)
    assert note is not None
    assert labels(note) == []


@pytest.mark.parametrize("name", ["booth", "nowhere"])
def test_it_says_nothing_where_it_is_alone_with_somebody_or_knows_no_place(
    stage: Scene, name: str
) -> None:
    stage.opens(spot("booth", WORK), Visibility.DIRECT)
    assert comes(stage, spot(name)) is None


# ── To a whole community ─────────────────────────────────────────────────────────────────────────


def comes_everywhere(stage: Scene) -> Reply:
    note = stage.bot.handle(Arrived(spot("hall"), stage.at, everywhere=True))
    assert note is not None
    return note


def test_to_a_whole_community_it_says_where_it_listens_and_lets_admins_choose(stage: Scene) -> None:
    note = comes_everywhere(stage)
    assert "the places that everybody here can read" in said(note)
    assert labels(note) == ["All of them", "Choose", "Not yet", "Take me off all lists"]
    for label in ("All of them", "Choose", "Not yet"):
        assert "Only an admin" in press(stage, who("bea"), note, label)
    assert stage.place(spot("hall")).captured


def test_not_yet_means_nowhere_and_takes_back_what_was_kept(stage: Scene) -> None:
    keeps_bees(stage, who("bea"))
    note = comes_everywhere(stage)
    pressed = presses(stage, who("boss"), note, "Not yet")
    assert not stage.place(spot("hall")).captured
    keeps_bees(stage, who("bea"), "hall", "ducks")
    assert not bees(stage, who("ana"), "ducks")
    assert bees(stage, who("ana"), "bees")
    assert "nothing of these places" in press(stage, who("boss"), pressed, "Delete what I kept")
    assert not bees(stage, who("ana"), "bees")
    assert "I listen in" in press(stage, who("boss"), note, "All of them")
    assert stage.place(spot("hall")).captured
    assert not stage.place(spot("den")).captured


def test_places_are_chosen_one_by_one_and_private_ones_are_not_among_them(stage: Scene) -> None:
    shown = presses(stage, who("boss"), comes_everywhere(stage), "Choose")
    assert "#hall" in labels(shown)
    assert "#den" not in labels(shown)
    shown = presses(stage, who("boss"), shown, "#hall")
    assert not stage.place(spot("hall")).captured
    assert "I do not listen in:" in plain(shown)
    presses(stage, who("boss"), shown, "#hall")
    assert stage.place(spot("hall")).captured
