"""The Home tab is the person's own page, and stays fresh."""

from __future__ import annotations

from tests.platforms.slack.reading import labels, read
from tests.slack.house import House, open_house, play
from tests.slack.scenes import person, place, village


async def opened(house: House) -> str:
    await house.slack.open_home(house.team, person(house.team, "ana"))
    await house.settled()
    return home(house)


def home(house: House) -> str:
    return read(house.team.homes[person(house.team, "ana").id])


def test_it_shows_what_one_is_listed_for(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            assert "Nothing yet" in await opened(house)

    play(scene())


def test_nobody_gets_one_who_did_not_look(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            ana, general = person(house.team, "ana"), place(house.team, "general")
            await house.slack.open_home(house.team, ana, tab="messages")
            await house.command(ana, general, "/iknow rust")
            assert house.team.homes == {}

    play(scene())


def test_it_is_published_anew_when_its_person_changed_something(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            ana, general = person(house.team, "ana"), place(house.team, "general")
            await opened(house)
            await house.command(ana, general, "/iknow sourdough")
            assert "You say you know sourdough" in home(house)

    play(scene())


def test_a_button_on_it_changes_it_and_says_so_on_top(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            ana = person(house.team, "ana")
            await opened(house)
            await house.press(ana, house.team.homes[ana.id], "Take me off all lists")
            said = home(house)
            assert "You are in no list" in said
            assert "List me again" in labels(house.team.homes[ana.id])
            assert house.said(house.team.direct(ana.id)) == []

    play(scene())
