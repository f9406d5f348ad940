"""Who may see what in Slack: guests, people of other teams, private places, and how fresh it is."""

from __future__ import annotations

from dataclasses import dataclass

from tests.platforms.slack.reading import read
from tests.platforms.slack.state import Channel, Person, Team
from tests.slack.house import House, open_house, play
from tests.slack.scenes import person, place, village

MINUTE = 60.0


@dataclass
class Clock:
    seconds: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


async def told(house: House, who: Person, where: Channel, line: str) -> str:
    """What a command answered."""
    before = len(house.whispers(who, where))
    await house.command(who, where, line)
    return house.seen(who, where)[before]


async def answered(house: House, where: Channel, topic: str) -> None:
    ana, bob = person(house.team, "ana"), person(house.team, "bob")
    ts = await house.say(ana, where, f"who can tell me about {topic}?")
    await house.say(bob, where, f"{topic}: ask me, I have done {topic} for years", thread=ts)


def test_a_guest_sees_only_where_they_are(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            await house.met()
            general, market = place(house.team, "general"), place(house.team, "market")
            zoe = person(house.team, "zoe")
            await answered(house, general, "bees")
            await answered(house, market, "beans")
            assert "I know of nobody" in await told(house, zoe, market, "/whoknows bees")
            assert "bob" in await told(house, zoe, market, "/whoknows beans")

    play(scene())


def test_somebody_of_another_team_sees_nothing_of_home(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=shared) as house:
            await house.met()
            general, market = place(house.team, "general"), place(house.team, "market")
            ruth, ana = person(house.team, "ruth"), person(house.team, "ana")
            await answered(house, general, "bees")
            ts = await house.say(ana, market, "who knows about looms?")
            await house.say(ruth, market, "looms: I build looms", thread=ts)
            # Her answer stands where it was given, under her name.
            assert "ruth" in await told(house, ana, general, "/whoknows looms")
            # She cannot use commands; what she can do is mention us where she is.
            bot = house.team.bot_user
            await house.say(ruth, market, f"<@{bot}> who knows about bees?")
            assert "I know of nobody" in read(house.said(market)[-1])
            await house.say(ana, general, f"<@{bot}> who knows about bees?")
            assert "bob" in read(house.said(general)[-1])

    play(scene())


def shared(team: Team) -> None:
    village(team)
    ruth = team.person("ruth", number="U0STRANGE", home="T0OTHER")
    market = place(team, "market")
    market.members.append(ruth.id)
    market.ext_shared = True


def test_a_private_place_is_silent_until_somebody_in_it_says_so(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            ana, attic = person(house.team, "ana"), place(house.team, "attic")
            await answered(house, attic, "keys")
            assert "I know of nobody" in await told(house, ana, attic, "/whoknows keys")
            await house.command(ana, attic, "/grapevine here on")
            await answered(house, attic, "locks")
            assert "bob" in await told(house, ana, attic, "/whoknows locks")
            assert "I know of nobody" in await told(house, ana, attic, "/whoknows keys")

    play(scene())


async def switched_on(house: House) -> tuple[Person, Channel]:
    ana, attic = person(house.team, "ana"), place(house.team, "attic")
    await house.command(ana, attic, "/grapevine here on")
    await answered(house, attic, "locks")
    return ana, attic


def test_who_is_in_a_private_place_is_asked_anew_after_a_while(sqlite_url: str) -> None:
    clock = Clock()

    async def scene() -> None:
        async with open_house(sqlite_url, now=clock, prepare=village) as house:
            ana, _attic = await switched_on(house)
            general = place(house.team, "general")
            assert "bob" in await told(house, ana, general, "/whoknows locks")
            clock.seconds += 3 * 60 * MINUTE
            assert "bob" in await told(house, ana, general, "/whoknows locks")

    play(scene())


def test_whoever_left_unheard_sees_it_no_more_after_a_while(sqlite_url: str) -> None:
    """Slack lost the event; the list of members does not."""
    clock = Clock()

    async def scene() -> None:
        async with open_house(sqlite_url, now=clock, prepare=village) as house:
            ana, attic = await switched_on(house)
            general = place(house.team, "general")
            assert "bob" in await told(house, ana, general, "/whoknows locks")
            attic.members.remove(ana.id)
            clock.seconds += 16 * MINUTE
            assert "I know of nobody" in await told(house, ana, general, "/whoknows locks")

    play(scene())


def test_whoever_leaves_sees_it_no_more_at_once(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            ana, attic = await switched_on(house)
            general = place(house.team, "general")
            assert "bob" in await told(house, ana, general, "/whoknows locks")
            await house.slack.leave(house.team, ana.id, attic)
            await house.settled()
            assert "I know of nobody" in await told(house, ana, general, "/whoknows locks")

    play(scene())


def test_a_list_that_cannot_be_had_means_no(sqlite_url: str) -> None:
    clock = Clock()

    async def scene() -> None:
        async with open_house(sqlite_url, now=clock, prepare=village) as house:
            ana, _attic = await switched_on(house)
            general = place(house.team, "general")
            clock.seconds += 16 * MINUTE
            house.slack.faults.plan("conversations.members", "limited", times=9, seconds=30)
            assert "I know of nobody" in await told(house, ana, general, "/whoknows locks")
            assert house.slack.hands.timeouts == 0

    play(scene())


def test_many_members_are_listed_page_by_page(sqlite_url: str) -> None:
    clock = Clock()

    def crowded(team: Team) -> None:
        village(team)
        place(team, "attic").members[:0] = [f"U9{number:06d}" for number in range(12)]

    async def scene() -> None:
        async with open_house(sqlite_url, now=clock, prepare=crowded) as house:
            ana, _attic = await switched_on(house)
            general = place(house.team, "general")
            house.service.memberships.page = 5
            clock.seconds += 60 * MINUTE
            assert "bob" in await told(house, ana, general, "/whoknows locks")

    play(scene())


def test_a_channel_that_turns_private_takes_everything_with_it(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            await house.met()
            ana, general = person(house.team, "ana"), place(house.team, "general")
            tom = house.team.person("tom")
            await house.slack.welcome(house.team, tom)
            await answered(house, general, "bees")
            market = place(house.team, "market")
            assert "bob" in await told(house, tom, market, "/whoknows bees")
            await house.slack.make_private(house.team, ana, general)
            await house.settled()
            assert "I know of nobody" in await told(house, tom, market, "/whoknows bees")
            await answered(house, general, "wasps")
            assert "I know of nobody" in await told(house, ana, general, "/whoknows wasps")

    play(scene())


def test_somebody_who_is_deactivated_is_listed_no_more(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            await house.met()
            ana, bob = person(house.team, "ana"), person(house.team, "bob")
            general = place(house.team, "general")
            await answered(house, general, "bees")
            assert "bob" in await told(house, ana, general, "/whoknows bees")
            await house.slack.change(house.team, bob, deleted=True)
            await house.settled()
            assert "I know of nobody" in await told(house, ana, general, "/whoknows bees")

    play(scene())


def test_a_message_that_goes_goes_and_so_does_a_place(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            await house.met()
            ana, general = person(house.team, "ana"), place(house.team, "general")
            market = place(house.team, "market")
            ts = await house.say(ana, general, "see <https://bees.example.org/>")
            assert "bees.example.org" in await told(house, ana, general, "/links bees")
            await house.slack.delete(house.team, general, ts)
            await house.settled()
            assert "no link" in await told(house, ana, general, "/links bees")
            await answered(house, general, "wasps")
            await house.slack.remove(house.team, general)
            await house.settled()
            assert "I know of nobody" in await told(house, ana, market, "/whoknows wasps")

    play(scene())


def test_uninstalled_we_forget_the_workspace(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village) as house:
            await answered(house, place(house.team, "general"), "bees")
            await house.slack.uninstall(house.team)
            await house.settled()
            with house.store.read() as unit:
                assert unit.directory.communities() == []
                assert unit.imports.totals()["messages"] == 0

    play(scene())
