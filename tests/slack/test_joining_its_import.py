"""A workspace that was imported first and is live later: one community, and nothing twice."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.files import open_export
from adapters.slack.manifest import manifest
from bot.core import Bot
from bot.importing import take_in
from storage.store import Store, open_store
from tests.files.building import as_json, write_folder
from tests.platforms.slack import Slack
from tests.platforms.slack.state import Json, Team
from tests.slack.house import House, open_house, play
from tests.slack.scenes import person, place, village

TABLES = ("people", "messages", "conversations", "links")


async def slack_with_past() -> tuple[Slack, Team]:
    slack = await Slack.start()
    team = slack.install(manifest())
    village(team)
    ana, bob, general = person(team, "ana"), person(team, "bob"), place(team, "general")
    for topic in ("bees", "ladders", "kilns"):
        ts = slack.post(team, ana, general, f"who can tell me about {topic}?", quiet=True)
        text = f"{topic}: see https://example.org/{topic}"
        slack.post(team, bob, general, text, thread=ts, quiet=True)
    slack.post(team, bob, general, "good morning &amp; all", quiet=True)
    return slack, team


def exported(team: Team, folder: Path, *, says_team: bool) -> Path:
    """What Slack's own export of a workspace holds; old ones do not say whose the people are."""
    people = [one.as_json() for one in team.people.values()]
    if not says_team:
        for one in people:
            del one["team_id"]
            del one["profile"]["team"]
    public = [one for one in team.channels.values() if one.kind == "channel"]
    files: dict[str, bytes] = {
        "users.json": as_json(people),
        "channels.json": as_json([one.as_json("") | {"members": one.members} for one in public]),
    }
    for channel in public:
        days: defaultdict[str, list[Json]] = defaultdict(list)
        for message in channel.messages:
            day = datetime.fromtimestamp(float(message["ts"]), UTC).date()
            days[f"{channel.name}/{day}.json"].append(message)
        files |= {name: as_json(said) for name, said in days.items()}
    return write_folder(folder, files)


def imported(url: str, folder: Path, community: str | None = None) -> dict[str, int]:
    """Import an export, as `grapevine import` does; what the store holds after it."""
    export = open_export(folder, community=community)
    store = open_store(url)
    try:
        bot = Bot(store, lambda: "token")
        take_in(store, bot, export.events(), export.fingerprint, lambda _done: None)
        return held(store)
    finally:
        store.close()


def held(store: Store) -> dict[str, int]:
    with store.read() as unit:
        totals = unit.imports.totals()
        return {name: totals[name] for name in TABLES} | {
            "communities": len(unit.directory.communities())
        }


async def all_read(house: House) -> None:
    await house.met()
    await house.service.arrivals.watch(house.service.offices.open[0])
    await house.settled()


@pytest.mark.parametrize("says_team", [True, False], ids=["people-say-it", "messages-say-it"])
def test_live_it_meets_its_own_import(sqlite_url: str, tmp_path: Path, *, says_team: bool) -> None:
    async def scene() -> None:
        slack, team = await slack_with_past()
        folder = exported(team, tmp_path / "Whatever it is called", says_team=says_team)
        before = imported(sqlite_url, folder)
        assert before["communities"] == 1
        assert before["messages"] == 7
        try:
            async with open_house(sqlite_url, slack) as house:
                await all_read(house)
                assert held(house.store) == before
                ana, bob = person(team, "ana"), person(team, "bob")
                general = place(team, "general")
                await house.say(bob, general, "one more thing")
                assert held(house.store)["messages"] == 8
                await house.slack.delete(team, general, general.messages[-1]["ts"])
                await house.settled()
                assert held(house.store) == before
                await house.command(ana, general, "/whoknows bees")
                (answer,) = house.seen(ana, general)
                assert answer.count("bob") == 1
                assert answer.count("answered ana") == 1
        finally:
            await slack.close()
        assert imported(sqlite_url, folder) == before

    play(scene())


def test_a_name_is_no_id_but_an_id_is(sqlite_url: str, tmp_path: Path) -> None:
    async def scene() -> None:
        slack, team = await slack_with_past()
        try:
            named = exported(team, tmp_path / "named", says_team=True)
            before = imported(sqlite_url, named, "Old Mill")
            async with open_house(sqlite_url, slack) as house:
                await all_read(house)
                assert held(house.store) == before
        finally:
            await slack.close()

    play(scene())


def test_where_nothing_says_it_the_id_can_be_given(sqlite_url: str, tmp_path: Path) -> None:
    async def scene() -> None:
        slack, team = await slack_with_past()
        try:
            folder = exported(team, tmp_path / "silent", says_team=False)
            for day in folder.glob("*/*.json"):
                said = json.loads(day.read_text(encoding="utf-8"))
                bare = [{k: v for k, v in one.items() if k != "team"} for one in said]
                day.write_bytes(as_json(bare))
            before = imported(sqlite_url, folder, team.id)
            async with open_house(sqlite_url, slack) as house:
                await all_read(house)
                assert held(house.store) == before
        finally:
            await slack.close()

    play(scene())
