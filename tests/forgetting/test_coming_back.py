"""Nothing brings a forgotten person back but themselves: no export, no list of members."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.files import open_export
from bot.events import AccountRef, ButtonPressed, CommandUsed, CommunityRef, PlaceRef, Platform
from bot.importing import take_in
from bot.replies import Reply
from tests.capture.world import World, hurry, minute, opened
from tests.files.building import small_slack, write_folder
from tests.forgetting.traces import left_in

HOME = CommunityRef(Platform.SLACK, "T9")
SQUARE = PlaceRef(HOME, "C9")
HER = AccountRef(HOME, "UZANZIBAR1")
CANARIES = ("UZANZIBAR1", "Wilhelmina", "Quackenbush", "zanzibarium", "quokkology")


def message(number: int, user: str, text: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "user": user,
        "text": text,
        "ts": f"17145576{number:02}.000100",
    } | more


EXPORT = small_slack(
    users=[
        {"id": "U1", "name": "ada", "team_id": "T9"},
        {
            "id": HER.id,
            "name": "wilhelmina",
            "real_name": "Wilhelmina Quackenbush",
            "team_id": "T9",
        },
    ],
    channels=[{"id": SQUARE.id, "name": "general", "members": ["U1", HER.id]}],
    # Who is in a channel is taken from an export for private ones only.
    groups=[{"id": "G9", "name": "vault", "members": ["U1", HER.id]}],
    **{
        "general/2024-05-01": [
            message(1, "U1", "worms?"),
            message(2, HER.id, "zanzibarium worms, see https://ex.org/quokkology"),
            message(3, "U1", "thanks", reactions=[{"name": "bee", "users": [HER.id], "count": 1}]),
        ]
    },
)


@pytest.fixture
def world(migrated_url: str) -> Iterator[World]:
    with opened(migrated_url) as world:
        hurry(world.store)
        yield world


def bring_in(world: World, folder: Path) -> None:
    export = open_export(write_folder(folder, EXPORT), private=frozenset({"vault"}))
    take_in(world.store, world.bot, export.events(), export.fingerprint, lambda _done: None)


def does(world: World, command: str) -> Reply:
    reply = world.bot.handle(CommandUsed(SQUARE, HER, command, "", minute(0)))
    assert reply is not None
    return reply


def forget_her(world: World) -> None:
    token = does(world, "forget-me").sections[0].buttons[0].token
    world.bot.handle(ButtonPressed(SQUARE, HER, token, minute(1)))


def traces(world: World) -> dict[str, int]:
    """How many rows of hers there are, in each table where there are any."""
    hers = "where account_id in (select id from account where external_id = :her)"
    found = {
        table: world.rows(f"select count(*) from {table} {hers}", her=HER.id)[0][0]
        for table in ("message", "share", "participant", "posting", "place_member", "member")
    }
    found["account"] = len(world.rows("select 1 from account where external_id = :her", her=HER.id))
    return {table: size for table, size in found.items() if size}


def test_an_export_brings_back_nothing_of_a_forgotten_person(
    world: World, migrated_url: str, tmp_path: Path
) -> None:
    bring_in(world, tmp_path / "export")
    assert set(traces(world)) >= {"message", "share", "account", "place_member", "member"}
    forget_her(world)
    assert traces(world) == {}
    for _ in range(2):
        bring_in(world, tmp_path / "export")
        assert traces(world) == {}
        assert left_in(migrated_url, world.store, CANARIES) == set()
    assert world.count("message") == 2


def test_whoever_wants_to_be_known_again_is(world: World, tmp_path: Path) -> None:
    bring_in(world, tmp_path / "export")
    before = traces(world)
    forget_her(world)
    does(world, "remember-me")
    assert traces(world) == {"account": 1, "member": 1}
    bring_in(world, tmp_path / "export")
    # A list of the moment in which she was last in no row does not let her in; a newer one will.
    assert before.pop("place_member") == 1
    assert traces(world) == before


def test_whoever_is_known_again_can_be_forgotten_again(
    world: World, migrated_url: str, tmp_path: Path
) -> None:
    for _ in range(2):
        does(world, "remember-me")
        bring_in(world, tmp_path / "export")
        forget_her(world)
        assert left_in(migrated_url, world.store, CANARIES) == set()
