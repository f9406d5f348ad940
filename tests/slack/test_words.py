"""What people say to Grapevine in Slack, and where the answer stands."""

from __future__ import annotations

from tests.platforms.slack.state import Team
from tests.slack.house import open_house, play


def test_a_command_is_answered_where_only_its_person_sees_it(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            ana, bob = (p for p in house.team.people.values() if p.name in {"ana", "bob"})
            general = next(c for c in house.team.channels.values() if c.name == "general")
            ts = await house.say(ana, general, "how do I keep bees calm?")
            await house.say(bob, general, "smoke the bees, gently", thread=ts)
            await house.command(ana, general, "/whoknows bees")
            assert "bob" in house.seen(ana, general)[0]
            assert house.heard(general) == []
            assert house.slack.hands.timeouts == 0

    play(scene())


def village(team: Team) -> None:
    people = [team.person(name) for name in ("ana", "bob")]
    team.channel("general", *people)
