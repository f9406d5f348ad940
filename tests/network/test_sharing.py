"""What linked communities find of each other: what was shared place by place, until it ends."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest

from adapters.console import Delivered, Mail
from bot.asking import texts
from bot.events import CommunityLeft, CommunityRef, MessagePosted, PlaceRef, Role, Visibility
from bot.features.linking import NOT_LINKED, ONLY_OPEN
from bot.features.places import ADMINS_ONLY
from bot.replies import plain
from tests.audience.scene import Scene
from tests.network.towns import (
    CLUB,
    GUILD,
    TOWNS,
    WORK,
    asks,
    bees,
    keeps_bees,
    link,
    press,
    says,
    spot,
    who,
)


def sees(stage: Scene, home: CommunityRef) -> set[PlaceRef]:
    """The places of other towns that ana of this one may be shown something of."""
    seen = stage.sees(stage.alone(who("ana", home)))
    return {place for place in seen if place.community != home}


def share(stage: Scene, home: CommunityRef, where: str = "hall", how: str = "on") -> str:
    return says(stage, who("boss", home), "share", how, where)


# ── Sharing ──────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_shared_by_linking_alone(stage: Scene) -> None:
    for home in TOWNS:
        keeps_bees(stage, who("bea", home), thing=f"bees{home.id}")
    link(stage, WORK, GUILD)
    link(stage, CLUB, WORK)
    assert [sees(stage, home) for home in TOWNS] == [set()] * 3
    assert not bees(stage, who("ana"), f"bees{GUILD.id}")


def test_what_is_shared_is_that_place_with_those_who_are_linked(stage: Scene) -> None:
    keeps_bees(stage, who("bea"))
    keeps_bees(stage, who("bea"), "yard", "ducks")
    link(stage, WORK, GUILD)
    assert "hall can be found in discord guild" in share(stage, WORK)
    assert (sees(stage, GUILD), sees(stage, CLUB)) == ({spot("hall")}, set())
    assert bees(stage, who("ana", GUILD))
    assert not bees(stage, who("ana", GUILD), "ducks")
    assert not bees(stage, who("ana", CLUB))
    assert sees(stage, WORK) == set()  # it goes one way


def test_who_is_linked_later_finds_nothing_of_what_was_shared_before(stage: Scene) -> None:
    keeps_bees(stage, who("bea"))
    link(stage, WORK, GUILD)
    share(stage, WORK)
    link(stage, CLUB, WORK)
    assert (sees(stage, GUILD), sees(stage, CLUB)) == ({spot("hall")}, set())
    assert "Nothing is shared yet" in says(stage, who("boss", CLUB), "link")
    share(stage, WORK)
    assert sees(stage, CLUB) == {spot("hall")}


def test_allies_of_an_ally_are_not_allies(stage: Scene) -> None:
    link(stage, WORK, GUILD)
    link(stage, GUILD, CLUB)
    for home in TOWNS:
        share(stage, home)
    assert sees(stage, CLUB) == {spot("hall", GUILD)}
    assert sees(stage, GUILD) == {spot("hall"), spot("hall", CLUB)}


def test_share_off_ends_it_with_everybody_for_that_place(stage: Scene) -> None:
    link(stage, WORK, GUILD)
    link(stage, WORK, CLUB)
    for where in ("hall", "yard"):
        share(stage, WORK, where)
    share(stage, WORK, how="off")
    assert sees(stage, GUILD) == sees(stage, CLUB) == {spot("yard")}
    assert "not shared" in share(stage, WORK, how="off")


@pytest.mark.parametrize("ended_by", [WORK, GUILD])
def test_either_side_ends_everything_between_the_two_at_once(
    stage: Scene, ended_by: CommunityRef
) -> None:
    link(stage, WORK, GUILD)
    link(stage, WORK, CLUB)
    for home in TOWNS:
        share(stage, home)
        share(stage, home, "yard")
    other = GUILD if ended_by == WORK else WORK
    told = says(stage, who("boss", ended_by), "link", f"end {stage.community(other).name}")
    assert told.startswith("Ended")
    assert (sees(stage, GUILD), sees(stage, CLUB)) == (set(), {spot("hall"), spot("yard")})
    assert sees(stage, WORK) == {spot("hall", CLUB), spot("yard", CLUB)}
    assert says(stage, who("boss", GUILD), "link") == NOT_LINKED
    link(stage, GUILD, WORK)
    assert (sees(stage, GUILD), sees(stage, CLUB)) == (set(), {spot("hall"), spot("yard")})


def test_a_place_that_turns_private_is_named_to_nobody_outside(stage: Scene) -> None:
    link(stage, WORK, GUILD)
    share(stage, WORK)
    says(stage, who("boss"), "questions", "on")
    assert "hall" in says(stage, who("boss", GUILD), "link")
    stage.opens(spot("hall"), Visibility.PRIVATE, "secret hall")
    for home in (WORK, GUILD):
        assert "hall" not in says(stage, who("boss", home), "link", where="yard")


@pytest.mark.parametrize("command", ["share", "questions"])
def test_only_open_places_are_shared_and_only_by_their_own_admins(
    stage: Scene, command: str
) -> None:
    link(stage, WORK, GUILD)
    assert says(stage, who("boss"), command, "on", "den") == ONLY_OPEN
    assert says(stage, who("ana"), command, "on") == ADMINS_ONLY
    stage.enters(who("boss"), Role.MEMBER)
    assert says(stage, who("boss"), command, "on") == ADMINS_ONLY
    # An admin of the other side, come over as a guest: on Discord ids are the same everywhere.
    stage.enters(who("boss", GUILD), Role.GUEST)
    assert says(stage, who("boss", GUILD), command, "on") == ADMINS_ONLY
    assert [sees(stage, home) for home in TOWNS] == [set()] * 3


def test_where_nobody_is_linked_there_is_nothing_to_share(stage: Scene) -> None:
    assert share(stage, WORK) == NOT_LINKED
    assert says(stage, who("boss"), "link", "end") == NOT_LINKED


def test_a_community_that_leaves_takes_its_agreements_along(stage: Scene) -> None:
    link(stage, WORK, GUILD)
    for home in (WORK, GUILD):
        share(stage, home)
    stage.bot.handle(CommunityLeft(GUILD))
    assert says(stage, who("boss"), "link") == NOT_LINKED
    assert sees(stage, WORK) == set()


# ── Questions of others ──────────────────────────────────────────────────────────────────────


class Post:
    """A question of ana's that has come to the guild's yard."""

    def __init__(self, stage: Scene) -> None:
        numbers = count(1)
        self.stage = stage
        self.mail = Mail(
            stage.store,
            stage.bot,
            lambda: stage.at,
            lambda: f"sent-{next(numbers)}",
        )
        link(stage, WORK, GUILD)
        says(stage, who("boss", GUILD), "questions", "on", "yard")
        press(stage, who("ana"), asks(stage, who("ana"), "ask", "who mends kettles?"), "Ask the")
        self.mail.collect(WORK)
        stage.at += timedelta(hours=25)
        self.mail.collect(WORK)
        (self.came,) = self.mail.collect(GUILD)

    def later(self) -> list[Delivered]:
        """What came to the guild since."""
        self.mail.collect(WORK)
        return self.mail.collect(GUILD)

    def answered(self, text: str) -> list[str]:
        """What ana's town gets when bea of the guild replies to the post."""
        reply = MessagePosted(
            self.came.place,
            who("bea", GUILD),
            text,
            text,
            self.stage.at,
            reply_to=self.came.message,
        )
        self.stage.bot.handle(reply)
        return [plain(one.reply) for one in self.mail.collect(WORK)]


def test_a_question_goes_where_questions_are_received_and_its_answer_comes_back(
    stage: Scene,
) -> None:
    post = Post(stage)
    assert post.came.place == spot("yard", GUILD)
    assert "who mends kettles?" in plain(post.came.reply)
    assert any("I do" in told for told in post.answered("I do"))


@pytest.mark.parametrize("ended_by", [WORK, GUILD])
def test_ending_takes_down_the_questions_that_stand_there(
    stage: Scene, ended_by: CommunityRef
) -> None:
    post = Post(stage)
    says(stage, who("boss", ended_by), "link", "end")
    (again,) = post.later()
    assert (again.message, again.edited) == (post.came.message, True)
    assert plain(again.reply) == texts.TAKEN_DOWN
    assert post.answered("I do") == []
    # The button may still stand in somebody's view.
    assert "kettles" not in press(stage, who("bea", GUILD), post.came.reply, "Answer", "yard")


def test_ending_leaves_the_questions_of_others_alone(stage: Scene) -> None:
    post = Post(stage)
    link(stage, GUILD, CLUB)
    says(stage, who("boss", CLUB), "link", "end")
    assert post.later() == []
    assert any("I do" in told for told in post.answered("I do"))
