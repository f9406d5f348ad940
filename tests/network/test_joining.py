"""One person with several accounts: only by their own code, and everything goes along."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.asking.model import Kind, Manners
from bot.core import EXPIRED
from bot.events import AccountRef, AccountSeen, Role
from bot.replies import plain
from storage import tables
from storage.removal import EMPTIED, PERSON, PERSONAL
from storage.store import Store, open_store
from tests.audience.scene import MINUTE, Scene, scene
from tests.capture.world import hurry
from tests.databases import SqliteDatabases, SqliteTemplate
from tests.forgetting.traces import holding
from tests.network.towns import (
    CLUB,
    GUILD,
    WORK,
    asks,
    bees,
    found,
    join,
    keeps_bees,
    new_code,
    person_of,
    press,
    says,
    spot,
    who,
)

ANA, HER = who("ana"), who("ana", GUILD)


def test_the_same_name_makes_nobody_the_same_person(stage: Scene) -> None:
    for account in (ANA, HER, who("ana", CLUB)):
        stage.happens(AccountSeen(account, "Ana Quackenbush", timezone="Antarctica/Troll"))
    people = {person_of(stage, account) for account in (ANA, HER, who("ana", CLUB))}
    assert len(people) == 3
    assert says(stage, ANA, "accounts", "Ana Quackenbush").startswith("That code does not work")


def test_a_code_and_a_yes_make_them_one_person(stage: Scene) -> None:
    asked = asks(stage, HER, "accounts", new_code(stage, ANA, "accounts"))
    assert "ana in slack work" in plain(asked)
    assert person_of(stage, ANA) != person_of(stage, HER)
    assert "one person now" in press(stage, HER, asked, "Yes")
    assert person_of(stage, ANA) == person_of(stage, HER)
    assert "ana in discord guild" in says(stage, ANA, "accounts")


def test_nobody_else_can_press_the_yes(stage: Scene) -> None:
    asked = asks(stage, HER, "accounts", new_code(stage, ANA, "accounts"))
    assert press(stage, who("bea", GUILD), asked, "Yes") == EXPIRED
    assert person_of(stage, ANA) != person_of(stage, HER)


def test_each_account_sees_what_the_other_sees_until_they_part(stage: Scene) -> None:
    stage.lists(spot("den"), ANA)
    den = spot("den")
    assert den not in stage.sees(stage.alone(HER))
    join(stage, ANA, HER)
    with stage.store.read() as unit:
        mine = unit.directory.accounts_of(person_of(stage, HER))
    assert len(mine) == 2
    stage.listens(den)
    keeps_bees(stage, who("bea"), "den", "secrets")
    assert bees(stage, HER, "secrets")
    says(stage, HER, "accounts", "apart")
    assert not bees(stage, HER, "secrets")
    assert bees(stage, ANA, "secrets")


def test_a_joined_admin_is_an_admin_where_they_were_one_and_nowhere_else(stage: Scene) -> None:
    stage.enters(HER, Role.ADMIN)
    join(stage, ANA, HER)
    assert says(stage, ANA, "link").startswith("Only an admin")
    assert says(stage, HER, "link").startswith("This community is not linked")


@pytest.mark.parametrize("account", [ANA, HER], ids=["who made the code", "who said it"])
def test_what_either_hid_is_hidden_on_both_and_stays_so_apart(
    stage: Scene, account: AccountRef
) -> None:
    for one in (ANA, HER):
        keeps_bees(stage, one)
        stage.says(one, spot("hall", one.community), "thyme: https://example.org/thyme")
    press(stage, account, asks(stage, account, "me"), "Never for")
    hidden = hides(stage, account)
    assert hidden
    join(stage, ANA, HER)
    assert hides(stage, ANA) == hides(stage, HER) == hidden
    says(stage, HER, "accounts", "apart")
    assert hides(stage, ANA) == hides(stage, HER) == hidden
    assert person_of(stage, ANA) != person_of(stage, HER)


def hides(stage: Scene, account: AccountRef) -> set[tuple[str, str]]:
    """What the person behind an account hid."""
    number = person_of(stage, account)
    with stage.store.read() as unit:
        return unit.people.hidden_by([number]).get(number, set())


@pytest.mark.parametrize("account", [ANA, HER], ids=["who made the code", "who said it"])
def test_whoever_was_in_no_list_is_in_no_list_on_either_side(
    stage: Scene, account: AccountRef
) -> None:
    for one in (ANA, HER):
        keeps_bees(stage, one)
    press(stage, account, asks(stage, account, "me"), "Take me off")
    join(stage, ANA, HER)
    readers = (who("bea"), who("bea", GUILD))
    assert [bees(stage, reader) for reader in readers] == [False, False]
    says(stage, ANA, "accounts", "apart")
    assert [bees(stage, reader) for reader in readers] == [False, False]


def test_being_forgotten_takes_all_accounts(stage: Scene) -> None:
    for one in (ANA, HER):
        keeps_bees(stage, one)
    join(stage, ANA, HER)
    press(stage, ANA, asks(stage, ANA, "forget-me"), "Forget me")
    with stage.store.read() as unit:
        assert [unit.directory.account(one) for one in (ANA, HER)] == [None, None]
    assert not any(bees(stage, who("bea", home)) for home in (WORK, GUILD))


def test_three_accounts_are_one_person_and_part_one_by_one(stage: Scene) -> None:
    third = who("ana", CLUB)
    join(stage, ANA, HER)
    join(stage, HER, third)
    assert len({person_of(stage, one) for one in (ANA, HER, third)}) == 1
    says(stage, HER, "accounts", "apart")
    assert person_of(stage, ANA) == person_of(stage, third) != person_of(stage, HER)
    assert "only account" in says(stage, HER, "accounts", "apart")


# ── How one wants to be approached ───────────────────────────────────────────────────────────


def wants(stage: Scene, account: AccountRef) -> Manners:
    with stage.store.read() as unit:
        return unit.manners.of(person_of(stage, account))


@pytest.mark.parametrize("account", [ANA, HER], ids=["who made the code", "who said it"])
def test_who_wanted_peace_on_one_side_has_it_on_both(stage: Scene, account: AccountRef) -> None:
    for text in ("on", "1 a week", "quiet 20-9", "quiet sat sun", "zone Europe/Dublin", "pause"):
        says(stage, account, "asking", text)
    before = wants(stage, account)
    with stage.store.write() as unit:
        unit.manners.mute(person_of(stage, account), Kind.THANKS)
    join(stage, ANA, HER)
    says(stage, HER, "accounts", "apart")
    for one in (ANA, HER):
        now = wants(stage, one)
        assert (now.weekly, now.quiet_from, now.quiet_days) == (1, 20 * 60, frozenset({5, 6}))
        assert (now.timezone, now.paused_until) == (before.timezone, before.paused_until)
        with stage.store.read() as unit:
            assert unit.manners.is_muted(person_of(stage, one), Kind.THANKS)


def test_where_both_decided_the_word_of_who_made_the_code_counts(stage: Scene) -> None:
    says(stage, ANA, "asking", "off")
    says(stage, HER, "asking", "on")
    says(stage, HER, "asking", "5 a week")
    join(stage, ANA, HER)
    assert (wants(stage, HER).agreed, wants(stage, HER).weekly) == (False, 5)


# ── Whatever they decided ────────────────────────────────────────────────────────────────────

COLUMNS = [name for name, kind in (PERSONAL | EMPTIED).items() if kind == PERSON]
decisions = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from(
            ("hide", "confirm", "unlist", "mute", "manners", "button", "miss", "code", "ally")
        ),
        st.integers(0, 3),
    ),
    max_size=25,
)


def decide(stage: Scene, person_id: int, verb: str, number: int) -> None:
    """Let a person do one of the things that the store keeps by person."""
    later = stage.at + MINUTE
    home, other, third = (stage.community(one).id for one in (WORK, GUILD, CLUB))
    with stage.store.write() as unit:
        match verb:
            case "hide":
                unit.people.hide(person_id, "topic", f"topic{number}")
            case "confirm":
                unit.people.confirm(person_id, f"topic{number}", f"topic {number}")
            case "unlist":
                unit.people.set_unlisted(person_id, unlisted=number > 0)
            case "mute":
                unit.manners.mute(person_id, list(Kind)[number])
            case "manners":
                unit.manners.save(Manners(person_id, weekly=number))
            case "button":
                unit.people.save_button(stage.bot.new_token(), person_id, "hide", [], later)
            case "miss":
                unit.codes.missed(person_id, stage.at)
            case "code":
                unit.codes.make(stage.bot.new_token(), f"kind{number}", home, person_id, later)
            case _:
                unit.network.ally(home, (other, third)[number % 2], person_id, person_id, stage.at)
                place_id = stage.place(spot("hall")).id
                unit.network.grant(place_id, (other, third)[number % 2], person_id, stage.at)


def kept(stage: Scene, *people: int) -> dict[str, set[tuple[object, ...]]]:
    """What the store keeps of some people, without telling them apart."""
    found: dict[str, set[tuple[object, ...]]] = {}
    with stage.store.read() as unit:
        for name, column in COLUMNS:
            table = tables.metadata.tables[name]
            rest = [one for one in table.c if one.name not in {column, "id", "token", "code_hash"}]
            if name in {"person", "account", "manners"}:
                continue
            rows = unit.connection.execute(select(*rest).where(table.c[column].in_(people)))
            found[f"{name}.{column}"] = {
                tuple("…" if value in people else str(value) for value in row) for row in rows
            }
    return found


@pytest.fixture(scope="module")
def towns(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: SqliteTemplate
) -> Iterator[Store]:
    """An empty store, for many small worlds."""
    folder: Path = tmp_path_factory.mktemp("joining")
    with closing(open_store(SqliteDatabases(folder, sqlite_template).migrated())) as store:
        hurry(store)
        yield store


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(told=decisions)
def test_joining_keeps_every_decision_and_no_row_of_who_is_gone(
    towns: Store, told: list[tuple[bool, str, int]]
) -> None:
    with scene(towns) as stage:
        found(stage)
        one, gone = person_of(stage, ANA), person_of(stage, HER)
        for is_one, verb, number in told:
            decide(stage, one if is_one else gone, verb, number)
        before = kept(stage, one, gone)
        with stage.store.write() as unit:
            was_unlisted = unit.people.is_unlisted(one) or unit.people.is_unlisted(gone)
            unit.joining.join(one, gone)
            assert holding(unit.connection, COLUMNS, [gone]) == set()
            assert unit.people.is_unlisted(one) == was_unlisted
        assert kept(stage, one) == before
        with stage.store.write() as unit:
            unit.joining.part(stage.account(HER).id)
        again = person_of(stage, HER)
        for column in ("hidden.person_id", "confirmed.person_id", "muted.person_id"):
            assert kept(stage, one)[column] == kept(stage, again)[column] == before[column]
