"""Two Slack workspaces and a Discord guild in which everybody and everything is called the same.

Each has boss (an admin), ana and bea, the public places hall and yard, and the private den.
"""

from __future__ import annotations

from bot.events import AccountRef, ButtonPressed, CommunityRef, PlaceRef, Platform, Role, Visibility
from bot.replies import Reply, plain
from tests.audience.scene import Scene

WORK = CommunityRef(Platform.SLACK, "work")
GUILD = CommunityRef(Platform.DISCORD, "guild")
CLUB = CommunityRef(Platform.SLACK, "club")
TOWNS = (WORK, GUILD, CLUB)


def found(stage: Scene) -> None:
    """Found the three towns."""
    stage.there_is(*TOWNS)
    for home in TOWNS:
        stage.enters(who("boss", home), Role.ADMIN)
        stage.enters(who("ana", home))
        stage.enters(who("bea", home))
        stage.opens(spot("hall", home))
        stage.opens(spot("yard", home))
        stage.opens(spot("den", home), Visibility.PRIVATE)


def who(name: str, home: CommunityRef = WORK) -> AccountRef:
    """Somebody of a town."""
    return AccountRef(home, name)


def spot(name: str, home: CommunityRef = WORK) -> PlaceRef:
    """A place of a town."""
    return PlaceRef(home, name)


def says(stage: Scene, account: AccountRef, command: str, text: str = "", where: str = "") -> str:
    """What somebody reads when they use a command, in the hall if nothing else is said."""
    return stage.hears(account, spot(where or "hall", account.community), command, text)


def asks(stage: Scene, account: AccountRef, command: str, text: str = "") -> Reply:
    """The whole reply to that."""
    return stage.asks(account, spot("hall", account.community), command, text)


def press(stage: Scene, account: AccountRef, reply: Reply, label: str, where: str = "hall") -> str:
    """What somebody reads when they press a button that begins with a label."""
    return plain(presses(stage, account, reply, label, where))


def presses(
    stage: Scene, account: AccountRef, reply: Reply, label: str, where: str = "hall"
) -> Reply:
    """The same, with its buttons."""
    buttons = [button for section in reply.sections for button in section.buttons]
    token = next(button.token for button in buttons if button.label.startswith(label))
    place = spot(where, account.community)
    answer = stage.bot.handle(ButtonPressed(place, account, token, stage.at))
    assert answer is not None
    return answer


def new_code(stage: Scene, account: AccountRef, kind: str = "link") -> str:
    """The code that somebody gets who says `link new` or `accounts code`."""
    told = says(stage, account, kind, {"link": "new", "accounts": "code"}[kind])
    return told.partition(f"“{kind} ")[2].partition("”")[0]


def link(stage: Scene, one: CommunityRef, other: CommunityRef) -> None:
    """Let the admins of two towns agree."""
    code = new_code(stage, who("boss", one))
    assert "Linked with" in says(stage, who("boss", other), "link", code)


def join(stage: Scene, one: AccountRef, other: AccountRef) -> None:
    """Let somebody prove that two accounts are theirs."""
    asked = asks(stage, other, "accounts", new_code(stage, one, "accounts"))
    assert "one person now" in press(stage, other, asked, "Yes")


def person_of(stage: Scene, account: AccountRef) -> int:
    """The number of the person behind an account."""
    return stage.account(account).person_id


def keeps_bees(stage: Scene, account: AccountRef, where: str = "hall", thing: str = "bees") -> None:
    """Let somebody answer a question of the boss."""
    place = spot(where, account.community)
    stage.says(who("boss", account.community), place, f"who keeps {thing}?", days_ago=3)
    stage.says(account, place, f"my {thing} like clover and thyme", days_ago=2.999)


def bees(stage: Scene, account: AccountRef, thing: str = "bees") -> bool:
    """Whether somebody finds anyone who knows."""
    return "People here who know" in says(stage, account, "whoknows", thing)
