"""Two Slack workspaces that call everything by the same ids, and what they lend each other.

What stands in each place was said while the place was open to all; so what is not seen later is
hidden by the predicate and by nothing else.
"""

from __future__ import annotations

from bot.events import AccountRef, CommunityRef, PlaceRef, Platform, Role, Visibility
from tests.audience.scene import Scene

HOME = CommunityRef(Platform.SLACK, "T1")
AWAY = CommunityRef(Platform.SLACK, "T2")

# What becomes of each place of HOME after something was said in it.
AT_HOME = {
    "square": (Visibility.PUBLIC, False),
    "attic": (Visibility.PUBLIC, True),
    "cellar": (Visibility.PRIVATE, False),
    "vault": (Visibility.PRIVATE, True),
    "booth": (Visibility.DIRECT, False),
}
# Places of AWAY: one nobody lent; one lent; one lent until that was ended; one lent that then
# turned private; one that takes HOME's questions and is not lent; one that is private.
LENT = ("lent", "ended", "withdrawn")
AT_AWAY = ("market", *LENT, "board", "den")


def at_home(name: str) -> PlaceRef:
    """A place of HOME."""
    return PlaceRef(HOME, name)


def away(name: str) -> PlaceRef:
    """A place of AWAY. Its id is also that of a place of HOME."""
    ids = dict(zip(AT_AWAY, [*AT_HOME, "shed"], strict=True))
    return PlaceRef(AWAY, ids[name])


def someone(name: str, home: CommunityRef = HOME) -> AccountRef:
    """An account; ids are the same in both workspaces."""
    return AccountRef(home, name)


def build(stage: Scene) -> None:
    """Found both, say something everywhere, then let the places become what they are."""
    stage.there_is(HOME, AWAY)
    for home in (HOME, AWAY):
        stage.enters(someone("boss", home), Role.ADMIN)
        stage.enters(someone("ana", home))
        stage.enters(someone("bea", home))
    for spot in (*map(at_home, AT_HOME), *map(away, AT_AWAY)):
        stage.opens(spot, name=f"{spot.community.id}-{spot.id}")
        stage.says(
            someone("ana", spot.community), spot, f"who keeps bees in {spot.id}?", ident="m1"
        )
        stage.says(someone("bea", spot.community), spot, "bees like clover and thyme", ident="m2")
    for name, (visibility, archived) in AT_HOME.items():
        stage.opens(at_home(name), visibility, archived=archived)
    for name in LENT:
        stage.lends(away(name), someone("boss", AWAY), someone("boss"), at_home("square"))
    stage.hears(someone("boss", AWAY), away("board"), "questions", "on")
    stage.hears(someone("boss", AWAY), away("ended"), "share", "off")
    for name in ("withdrawn", "den"):
        stage.opens(away(name), Visibility.PRIVATE)


def called(places: set[PlaceRef]) -> set[str]:
    """Places by the names they have here."""
    names = {at_home(name): name for name in AT_HOME} | {away(name): name for name in AT_AWAY}
    return {names[spot] for spot in places}


def rows(table: str) -> list[tuple[str, set[str]]]:
    """Read a table: its first line names places, every other says who sees which of them."""
    head, *lines = [line for line in table.splitlines() if line.strip()]
    columns = head.split()
    found = []
    for line in lines:
        who, cells = line.split("|")
        answers = cells.split()
        assert len(answers) == len(columns), f"{who.strip()}: a cell is missing"
        assert set(answers) <= {"yes", "-"}, f"{who.strip()}: yes or -"
        seen = {name for name, cell in zip(columns, answers, strict=True) if cell == "yes"}
        found.append((who.strip(), seen))
    return found
