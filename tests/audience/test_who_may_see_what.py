"""Who sees what is said in which place: every cell of the tables is held to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bot.events import (
    AccountRef,
    ButtonPressed,
    CommunityRef,
    MessageDeleted,
    PlaceRef,
    Platform,
    Role,
    Visibility,
)
from bot.model import Audience
from tests.audience.house import AT_HOME, AWAY, HOME, at_home, away, called, rows, someone
from tests.audience.scene import Scene

ROLES = {
    "a full member": (Role.MEMBER, True),
    "an admin": (Role.ADMIN, True),
    "a guest": (Role.GUEST, True),
    "an external": (Role.EXTERNAL, True),
    "a deactivated member": (Role.MEMBER, False),
    "a deactivated admin": (Role.ADMIN, False),
}

NOWHERE_A_MEMBER = """
                            square attic cellar vault booth market lent board   ended withdrawn den
a full member             | yes    yes   -      -     -     -      yes  -       -     -         -
an admin                  | yes    yes   -      -     -     -      yes  -       -     -         -
a guest                   | -      -     -      -     -     -      -    -       -     -         -
an external               | -      -     -      -     -     -      -    -       -     -         -
a deactivated member      | -      -     -      -     -     -      -    -       -     -         -
a deactivated admin       | -      -     -      -     -     -      -    -       -     -         -
"""

IN_EVERY_PLACE_OF_HOME = """
                                     square attic cellar vault booth market lent board
a full member, seen 14 minutes ago | yes    yes   yes    yes   -     -      yes  -
a full member, seen 16 minutes ago | yes    yes   -      -     -     -      yes  -
a guest, seen now                  | yes    yes   yes    yes   -     -      -    -
a guest, seen 14 minutes ago       | yes    yes   yes    yes   -     -      -    -
a guest, seen 15 minutes ago       | yes    yes   yes    yes   -     -      -    -
a guest, seen 15.01 minutes ago    | -      -     -      -     -     -      -    -
a guest, seen 16 minutes ago       | -      -     -      -     -     -      -    -
an external, seen 14 minutes ago   | yes    yes   yes    yes   -     -      -    -
an external, seen 16 minutes ago   | -      -     -      -     -     -      -    -
a deactivated member, seen now     | -      -     -      -     -     -      -    -
a deactivated admin, seen now      | -      -     -      -     -     -      -    -
"""


def sees(stage: Scene, audience: Audience) -> set[str]:
    """What an audience may see; what it then reads is the same."""
    seen = stage.sees(audience)
    assert stage.reads(audience) == seen
    return called(seen)


@pytest.mark.parametrize(("who", "expected"), rows(NOWHERE_A_MEMBER))
def test_somebody_in_no_place_sees(stage: Scene, who: str, expected: set[str]) -> None:
    role, active = ROLES[who]
    viewer = stage.enters(someone("viewer"), role, active=active)
    assert sees(stage, stage.alone(viewer)) == expected


@pytest.mark.parametrize("told", ["by the list", "by joining"])
@pytest.mark.parametrize(("who", "expected"), rows(IN_EVERY_PLACE_OF_HOME))
def test_somebody_in_all_places_of_home_sees(
    stage: Scene, who: str, told: str, expected: set[str]
) -> None:
    kind, _, seen = who.partition(", seen ")
    role, active = ROLES[kind]
    viewer = stage.enters(someone("viewer"), role, active=active)
    minutes = 0 if seen == "now" else float(seen.split()[0])
    for spot in map(at_home, AT_HOME):
        if told == "by the list":
            stage.lists(spot, viewer, someone("boss"), minutes_ago=minutes)
        else:
            stage.joins(viewer, spot, minutes_ago=minutes)
    assert sees(stage, stage.alone(viewer)) == expected


@pytest.mark.parametrize("role", [Role.GUEST, Role.EXTERNAL, Role.MEMBER])
def test_whoever_leaves_sees_no_more(stage: Scene, role: Role) -> None:
    viewer = stage.enters(someone("viewer"), role)
    for spot in map(at_home, AT_HOME):
        stage.joins(viewer, spot, minutes_ago=3)
    stage.leaves(viewer, at_home("cellar"), minutes_ago=0.02)
    assert "cellar" not in sees(stage, stage.alone(viewer))
    stage.lists(at_home("vault"), someone("boss"))
    assert "vault" not in sees(stage, stage.alone(viewer))


def test_whoever_left_does_not_come_back_by_an_older_list(stage: Scene) -> None:
    viewer = stage.enters(someone("viewer"))
    stage.leaves(viewer, at_home("cellar"), minutes_ago=1)
    stage.lists(at_home("cellar"), viewer, minutes_ago=2)
    assert "cellar" not in sees(stage, stage.alone(viewer))


def test_whoever_left_does_not_come_back_by_an_older_joining(stage: Scene) -> None:
    viewer = stage.enters(someone("viewer"))
    stage.joins(viewer, at_home("cellar"), minutes_ago=4)
    stage.leaves(viewer, at_home("cellar"), minutes_ago=1)
    stage.joins(viewer, at_home("cellar"), minutes_ago=4)
    assert "cellar" not in sees(stage, stage.alone(viewer))


@pytest.mark.parametrize("role", [Role.GUEST, Role.EXTERNAL])
def test_whoever_becomes_less_than_a_member_sees_no_more(stage: Scene, role: Role) -> None:
    viewer = stage.enters(someone("viewer"))
    assert sees(stage, stage.alone(viewer)) == {"square", "attic", "lent"}
    stage.enters(viewer, role)
    assert sees(stage, stage.alone(viewer)) == set()


def test_whoever_leaves_the_community_sees_no_more(stage: Scene) -> None:
    viewer = stage.enters(someone("viewer"))
    stage.lists(at_home("cellar"), viewer)
    stage.enters(viewer, active=False)
    assert sees(stage, stage.alone(viewer)) == set()


def test_somebody_whose_role_nobody_told_sees_only_the_places_they_are_in(stage: Scene) -> None:
    stage.lists(at_home("cellar"), someone("stranger"))
    assert sees(stage, stage.alone(someone("stranger"))) == {"cellar"}


def test_somebody_never_heard_of_learns_nothing_by_asking(stage: Scene) -> None:
    said = stage.hears(someone("ana"), at_home("square"), "whoknows", "bees")
    assert "bea" in said
    said = stage.hears(someone("stranger"), at_home("square"), "whoknows", "bees")
    assert "bea" not in said


def test_a_place_that_turns_private_vanishes_for_those_not_in_it(stage: Scene) -> None:
    outside, inside = stage.enters(someone("outside")), stage.enters(someone("inside"))
    stage.lists(at_home("square"), inside)
    stage.opens(at_home("square"), Visibility.PRIVATE)
    assert sees(stage, stage.alone(outside)) == {"attic", "lent"}
    assert sees(stage, stage.alone(inside)) == {"square", "attic", "lent"}
    assert sees(stage, stage.nobody(HOME)) == {"attic"}


def test_a_lent_place_that_turns_private_vanishes_for_those_it_was_lent_to(stage: Scene) -> None:
    stage.opens(away("lent"), Visibility.PRIVATE)
    assert sees(stage, stage.alone(someone("ana"))) == {"square", "attic"}
    assert sees(stage, stage.everyone_in(at_home("square"))) == {"square", "attic"}


def test_from_outside_one_sees_what_is_public(stage: Scene) -> None:
    assert sees(stage, stage.nobody(HOME)) == {"square", "attic"}
    public = {"square", "attic", "market", "lent", "board", "ended"}
    assert sees(stage, stage.nobody()) == public


def test_what_is_lent_is_lent_to_one_community_and_in_one_direction(stage: Scene) -> None:
    third = CommunityRef(Platform.SLACK, "T3")
    stage.there_is(third)
    stage.opens(PlaceRef(third, "square"))
    cat = stage.enters(someone("cat", third))
    assert stage.sees(stage.alone(cat)) == {PlaceRef(third, "square")}
    theirs = {"market", "lent", "board", "ended"}
    assert sees(stage, stage.alone(someone("ana", AWAY))) == theirs


def test_an_account_of_another_workspace_is_nobody_here(stage: Scene) -> None:
    stage.enters(someone("viewer", AWAY), Role.ADMIN)
    number = stage.account(someone("viewer", AWAY)).id
    at_home_asking = Audience(stage.at, stage.community(HOME).id, (number,))
    assert sees(stage, at_home_asking) == set()


def test_equal_ids_in_two_workspaces_never_mix(stage: Scene) -> None:
    """B8: places, accounts and messages of both are called the same."""
    for home in (HOME, AWAY):
        stage.enters(someone("viewer", home), Role.GUEST)
    stage.lists(at_home("cellar"), someone("viewer"))
    stage.lists(away("den"), someone("viewer", AWAY))
    assert sees(stage, stage.alone(someone("viewer"))) == {"cellar"}
    assert sees(stage, stage.alone(someone("viewer", AWAY))) == {"den"}
    stage.leaves(someone("viewer", AWAY), PlaceRef(AWAY, "cellar"))
    assert sees(stage, stage.alone(someone("viewer"))) == {"cellar"}


def test_deleting_in_one_workspace_leaves_the_other_ones_message(stage: Scene) -> None:
    for ident in ("m1", "m2"):
        stage.happens(MessageDeleted(PlaceRef(AWAY, "square"), ident, stage.at))
    assert stage.reads(stage.nobody()) == stage.sees(stage.nobody()) - {PlaceRef(AWAY, "square")}


# ── One Discord account in two guilds, one person with two accounts ──────────────────────────

GUILD = CommunityRef(Platform.DISCORD, "100")
OTHER_GUILD = CommunityRef(Platform.DISCORD, "200")


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        (Role.MEMBER, Role.MEMBER, {"100-hall"}),
        (Role.MEMBER, Role.GUEST, {"100-hall"}),
        (Role.GUEST, Role.ADMIN, set[str]()),
        (Role.EXTERNAL, Role.ADMIN, set[str]()),
    ],
)
def test_what_one_account_is_in_another_guild_opens_nothing_here(
    stage: Scene, here: Role, there: Role, expected: set[str]
) -> None:
    stage.there_is(GUILD, OTHER_GUILD)
    stage.enters(AccountRef(GUILD, "7"), here)
    stage.enters(AccountRef(OTHER_GUILD, "7"), there)
    for home in (GUILD, OTHER_GUILD):
        stage.opens(PlaceRef(home, f"{home.id}-hall"))
        stage.opens(PlaceRef(home, f"{home.id}-den"), Visibility.PRIVATE)
    seen = stage.sees(stage.alone(AccountRef(GUILD, "7")))
    assert {spot.id for spot in seen} == expected


def test_one_account_sees_the_private_places_it_is_in_wherever_it_asks(stage: Scene) -> None:
    """The viewer could have read them anyway, and nobody else sees the answer."""
    stage.there_is(GUILD, OTHER_GUILD)
    den = stage.opens(PlaceRef(OTHER_GUILD, "den"), Visibility.PRIVATE)
    for home in (GUILD, OTHER_GUILD):
        stage.enters(AccountRef(home, "7"))
    stage.lists(den, AccountRef(OTHER_GUILD, "7"))
    assert stage.sees(stage.alone(AccountRef(GUILD, "7"))) == {den}
    stage.enters(AccountRef(OTHER_GUILD, "7"), active=False)
    assert stage.sees(stage.alone(AccountRef(GUILD, "7"))) == set()


def test_a_person_sees_what_any_of_their_accounts_sees(stage: Scene) -> None:
    stage.there_is(GUILD)
    den = stage.opens(PlaceRef(GUILD, "den"), Visibility.PRIVATE)
    gus, also_gus = stage.enters(someone("gus"), Role.GUEST), stage.enters(AccountRef(GUILD, "7"))
    stage.lists(at_home("cellar"), gus)
    stage.lists(den, also_gus)
    assert stage.sees(stage.alone(gus, also_gus)) == {at_home("cellar"), den}
    assert stage.sees(stage.alone(gus)) == {at_home("cellar")}


# ── Answers that everybody in a place reads ──────────────────────────────────────────────────

OPEN = {"square", "attic", "lent"}
LISTED = ("ana", "boss")
GUESTS = {"gil": Role.GUEST, "ext": Role.EXTERNAL}


@dataclass(frozen=True)
class Asked:
    """An answer given in a place for all to read, and what may stand in it."""

    sentence: str
    place: str
    members: Callable[[Scene, PlaceRef], None]
    expected: set[str]
    guests: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.sentence


def nothing_told(stage: Scene, spot: PlaceRef) -> None:
    """Nobody ever said who is in the place."""


def listed(*more: str, minutes: float = 0) -> Callable[[Scene, PlaceRef], None]:
    """Tell who is in a place: some full members, and more."""

    def tell(stage: Scene, spot: PlaceRef) -> None:
        stage.lists(spot, *map(someone, (*LISTED, *more)), minutes_ago=minutes)

    return tell


def joined(who: str, *, list_minutes: float | None = None) -> Callable[[Scene, PlaceRef], None]:
    """Tell that somebody came in, after a list as old as that (or none at all)."""

    def tell(stage: Scene, spot: PlaceRef) -> None:
        if list_minutes is not None:
            listed(minutes=list_minutes)(stage, spot)
        stage.joins(someone(who), spot)

    return tell


def gil_left(stage: Scene, spot: PlaceRef) -> None:
    """Tell that there was a guest who has gone."""
    listed("gil", minutes=3)(stage, spot)
    stage.leaves(someone("gil"), spot, minutes_ago=1)


PUBLIC_ANSWERS = [
    Asked("public, no guests anywhere, members unknown", "square", nothing_told, OPEN),
    Asked("public, no guests anywhere, archived", "attic", nothing_told, OPEN),
    Asked(
        "public, a guest somewhere, members unknown", "square", nothing_told, {"square"}, ("gil",)
    ),
    Asked("public, an external, members unknown", "square", nothing_told, {"square"}, ("ext",)),
    Asked("public, a guest elsewhere, all members known", "square", listed(), OPEN, ("gil",)),
    Asked("public, a guest in it", "square", listed("gil"), {"square"}, ("gil",)),
    Asked("public, an external in it", "square", listed("ext"), {"square"}, ("ext",)),
    Asked("public, members 14 minutes old", "square", listed(minutes=14), OPEN, ("gil",)),
    Asked("public, members 16 minutes old", "square", listed(minutes=16), {"square"}, ("gil",)),
    Asked("public, only one known to be in it", "square", joined("ana"), {"square"}, ("gil",)),
    Asked("private, full members only", "cellar", listed(), OPEN | {"cellar"}),
    Asked("private, full members only, archived", "vault", listed(), OPEN | {"vault"}),
    Asked(
        "private, full members, guest elsewhere", "cellar", listed(), OPEN | {"cellar"}, ("gil",)
    ),
    Asked("private, a guest in it", "cellar", listed("gil"), {"cellar"}, ("gil",)),
    Asked("private, an external in it", "cellar", listed("ext"), {"cellar"}, ("ext",)),
    Asked(
        "private, a guest came into it",
        "cellar",
        joined("gil", list_minutes=3),
        {"cellar"},
        ("gil",),
    ),
    Asked("private, the guest went", "cellar", gil_left, OPEN | {"cellar"}, ("gil",)),
    Asked("private, members unknown", "cellar", nothing_told, {"cellar"}),
    Asked("private, members 14 minutes old", "cellar", listed(minutes=14), OPEN | {"cellar"}),
    Asked("private, members 16 minutes old", "cellar", listed(minutes=16), {"cellar"}),
    Asked("private, only one known to be in it", "cellar", joined("ana"), {"cellar"}),
    Asked("private, old list and a joining", "cellar", joined("ana", list_minutes=16), {"cellar"}),
    Asked("private, a stranger in it", "cellar", listed("stranger"), {"cellar"}),
    Asked("direct, members unknown", "booth", nothing_told, set()),
    Asked("direct, two full members", "booth", listed(), OPEN),
    Asked("direct, with a guest", "booth", listed("gil"), set(), ("gil",)),
]


@pytest.mark.parametrize("case", PUBLIC_ANSWERS, ids=str)
def test_in_front_of_all(stage: Scene, case: Asked) -> None:
    """What everybody who can read a place may see: the place, and what is open to them all."""
    for guest in case.guests:
        stage.enters(someone(guest), GUESTS[guest])
    case.members(stage, at_home(case.place))
    assert sees(stage, stage.everyone_in(at_home(case.place))) == case.expected


def test_a_guest_of_one_community_does_not_narrow_another(stage: Scene) -> None:
    stage.enters(someone("gil", AWAY), Role.GUEST)
    assert sees(stage, stage.everyone_in(at_home("square"))) == OPEN


def test_a_guest_who_is_deactivated_narrows_nothing(stage: Scene) -> None:
    stage.enters(someone("gil"), Role.GUEST, active=False)
    assert sees(stage, stage.everyone_in(at_home("square"))) == OPEN


def test_an_account_known_from_another_guild_alone_is_not_a_full_member_here(stage: Scene) -> None:
    stage.there_is(GUILD, OTHER_GUILD)
    stage.enters(AccountRef(GUILD, "1"))
    stage.enters(AccountRef(OTHER_GUILD, "2"))
    stage.opens(PlaceRef(GUILD, "hall"))
    den = stage.opens(PlaceRef(GUILD, "den"), Visibility.PRIVATE)
    stage.lists(den, AccountRef(GUILD, "1"), AccountRef(GUILD, "2"))
    assert stage.sees(stage.everyone_in(den)) == {den}


def test_somebody_forgotten_in_a_place_is_a_reader_of_whom_nothing_is_known(stage: Scene) -> None:
    gil = stage.enters(someone("gil"), Role.GUEST)
    reply = stage.asks(gil, at_home("square"), "forget-me")
    token = reply.sections[0].buttons[0].token
    stage.bot.handle(ButtonPressed(at_home("square"), gil, token, stage.at))
    stage.lists(at_home("cellar"), someone("ana"), gil)
    assert sees(stage, stage.everyone_in(at_home("cellar"))) == {"cellar"}


def test_what_a_private_place_holds_is_in_no_answer_for_all_elsewhere(stage: Scene) -> None:
    """B3: the asker is in the private places; those who read along are not."""
    asker = stage.enters(someone("asker"), Role.ADMIN)
    for name in ("cellar", "vault"):
        stage.lists(at_home(name), asker)
    stage.lists(at_home("square"), asker, someone("ana"))
    assert sees(stage, stage.everyone_in(at_home("square"))) == OPEN
    stage.lists(at_home("cellar"), asker, someone("ana"))
    assert sees(stage, stage.everyone_in(at_home("cellar"))) == OPEN | {"cellar"}
