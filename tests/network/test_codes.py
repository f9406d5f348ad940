"""One-time codes: ten minutes, once, five tries, and never where they were made."""

from __future__ import annotations

import pytest

from bot.events import CommunityRef, Role
from bot.features.codes import NO_CODE, TOO_MANY
from bot.features.places import ADMINS_ONLY
from storage.tables import attempt, code
from tests.audience.scene import MINUTE, Scene
from tests.forgetting.traces import dump
from tests.network.towns import (
    CLUB,
    GUILD,
    WORK,
    asks,
    join,
    link,
    new_code,
    person_of,
    press,
    says,
    who,
)

KINDS = ("link", "accounts")


def uses(stage: Scene, home: CommunityRef, kind: str, code: str) -> str:
    """What the boss of a town reads who says a code, and presses the button if there is one."""
    boss = who("boss", home)
    reply = asks(stage, boss, kind, code)
    if any(section.buttons for section in reply.sections):
        return press(stage, boss, reply, "Yes")
    return "".join(map(str, reply.sections[0].heading))


def works(told: str) -> bool:
    return "Linked with" in told or "one person now" in told


def rows(stage: Scene, table: str) -> int:
    with stage.store.read() as unit:
        return len(
            unit.connection.execute({"code": code, "attempt": attempt}[table].select()).all()
        )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("minutes", "expected"), [(9.99, True), (10, False), (60, False)])
def test_a_code_works_for_ten_minutes(
    stage: Scene, kind: str, minutes: float, *, expected: bool
) -> None:
    made = new_code(stage, who("boss"), kind)
    stage.at += minutes * MINUTE
    assert works(uses(stage, GUILD, kind, made)) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_works_once(stage: Scene, kind: str) -> None:
    made = new_code(stage, who("boss"), kind)
    assert works(uses(stage, GUILD, kind, made))
    assert uses(stage, CLUB, kind, made) == NO_CODE


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_does_nothing_where_it_was_made_and_is_not_lost(stage: Scene, kind: str) -> None:
    made = new_code(stage, who("boss"), kind)
    for _ in range(7):  # that is no guess
        assert "was made" in uses(stage, WORK, kind, made)
    assert works(uses(stage, GUILD, kind, made))


def test_another_admin_of_the_same_community_cannot_use_it_either(stage: Scene) -> None:
    stage.enters(who("bea"), Role.ADMIN)
    made = new_code(stage, who("boss"))
    assert "was made here" in says(stage, who("bea"), "link", made)


@pytest.mark.parametrize(("kind", "other"), [KINDS, KINDS[::-1]])
def test_a_code_is_good_for_what_it_was_made_for(stage: Scene, kind: str, other: str) -> None:
    made = new_code(stage, who("boss"), kind)
    assert uses(stage, GUILD, other, made) == NO_CODE
    assert works(uses(stage, GUILD, kind, made))


@pytest.mark.parametrize("kind", KINDS)
def test_the_newest_code_of_somebody_is_the_one_that_counts(stage: Scene, kind: str) -> None:
    older, newer = new_code(stage, who("boss"), kind), new_code(stage, who("boss"), kind)
    assert uses(stage, GUILD, kind, older) == NO_CODE
    assert works(uses(stage, GUILD, kind, newer))


@pytest.mark.parametrize("around", ["“{}”", '"{}"', " {}\n", "`{}`", "„{}“"])
def test_a_code_is_recognised_with_what_it_was_copied_along_with(stage: Scene, around: str) -> None:
    made = new_code(stage, who("boss"))
    assert works(uses(stage, GUILD, "link", around.format(made)))


@pytest.mark.parametrize("kind", KINDS)
def test_five_tries_then_one_waits_ten_minutes(stage: Scene, kind: str) -> None:
    for number in range(5):
        assert uses(stage, GUILD, kind, f"guess {number}") == NO_CODE
    made = new_code(stage, who("boss"), kind)
    assert uses(stage, GUILD, kind, made) == TOO_MANY
    assert uses(stage, GUILD, {"link": "accounts", "accounts": "link"}[kind], "guess") == TOO_MANY
    stage.at += 9.99 * MINUTE
    assert uses(stage, GUILD, kind, made) == TOO_MANY
    stage.at += 0.01 * MINUTE
    assert works(uses(stage, GUILD, kind, new_code(stage, who("boss"), kind)))


def test_who_guesses_makes_nobody_else_wait(stage: Scene) -> None:
    for number in range(9):
        uses(stage, GUILD, "link", f"guess {number}")
    assert works(uses(stage, CLUB, "link", new_code(stage, who("boss"))))


@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_guesses_link_nothing(stage: Scene, kind: str) -> None:
    """Within half an hour; not more than five of them in ten minutes are looked up at all."""
    before = {person_of(stage, who("boss", home)) for home in (WORK, GUILD)}
    for number in range(1_000):
        if number % 300 == 0:
            made = new_code(stage, who("boss"), kind)
        # The right one is among those that come too often to be looked at.
        guess = made if number % 334 == 333 else f"guess {number}"
        assert not works(uses(stage, GUILD, kind, guess))
        stage.at += MINUTE * 30 / 1_000
    assert rows(stage, "attempt") <= 5 * 3
    assert not stage.allied(WORK, GUILD)
    assert {person_of(stage, who("boss", home)) for home in (WORK, GUILD)} == before


def test_joining_and_parting_gives_no_more_tries(stage: Scene) -> None:
    one, other = who("boss"), who("boss", GUILD)
    join(stage, one, other)
    for number in range(4):
        says(stage, other, "link", f"guess {number}")
    says(stage, other, "accounts", "apart")
    assert says(stage, other, "link", "guess 5") == NO_CODE
    assert says(stage, other, "link", "guess 6") == TOO_MANY
    assert says(stage, one, "link", "guess 5") == NO_CODE
    assert says(stage, one, "link", "guess 6") == TOO_MANY


def test_a_code_of_somebody_who_is_no_admin_any_more_links_nothing(stage: Scene) -> None:
    made = new_code(stage, who("boss"))
    stage.enters(who("boss"), Role.MEMBER)
    assert uses(stage, GUILD, "link", made) == NO_CODE
    assert not stage.allied(WORK, GUILD)


@pytest.mark.parametrize("kind", KINDS)
def test_a_code_of_somebody_who_was_forgotten_is_gone(stage: Scene, kind: str) -> None:
    made = new_code(stage, who("boss"), kind)
    press(stage, who("boss"), asks(stage, who("boss"), "forget-me"), "Forget me")
    assert uses(stage, GUILD, kind, made) == NO_CODE


def test_only_admins_make_codes_and_use_them(stage: Scene) -> None:
    assert says(stage, who("ana"), "link", "new") == ADMINS_ONLY
    made = new_code(stage, who("boss"))
    assert says(stage, who("ana", GUILD), "link", made) == ADMINS_ONLY
    assert works(uses(stage, GUILD, "link", made))


@pytest.mark.parametrize("kind", KINDS)
def test_only_a_hash_of_a_code_is_kept(stage: Scene, kind: str) -> None:
    made = new_code(stage, who("boss"), kind)
    asks(stage, who("boss", GUILD), kind, made)
    assert made not in dump(stage.store)  # type: ignore[arg-type]


def test_what_expired_is_swept_away(stage: Scene) -> None:
    new_code(stage, who("boss"))
    uses(stage, GUILD, "link", "guess")
    stage.at += 9 * MINUTE
    new_code(stage, who("boss", CLUB))
    stage.bot.sweep(stage.at)
    assert (rows(stage, "code"), rows(stage, "attempt")) == (2, 1)
    stage.at += MINUTE
    stage.bot.sweep(stage.at)
    assert (rows(stage, "code"), rows(stage, "attempt")) == (1, 0)


def test_a_button_to_join_is_worth_no_more_than_its_code(stage: Scene) -> None:
    """It is pressed when the code is spent or too old."""
    ana, her = who("ana"), who("ana", GUILD)
    late = asks(stage, her, "accounts", new_code(stage, ana, "accounts"))
    stage.at += 10 * MINUTE
    assert press(stage, her, late, "Yes") == NO_CODE
    twice = asks(stage, her, "accounts", new_code(stage, ana, "accounts"))
    assert works(press(stage, her, twice, "Yes"))
    says(stage, her, "accounts", "apart")
    assert not works(press(stage, her, twice, "Yes"))
    assert person_of(stage, ana) != person_of(stage, her)


def test_linking_twice_is_said_so(stage: Scene) -> None:
    link(stage, WORK, GUILD)
    assert "already" in uses(stage, WORK, "link", new_code(stage, who("boss", GUILD)))
