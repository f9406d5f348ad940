"""What was deleted while nobody listened is not quoted, on whichever platform it was said."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.discord import book
from adapters.discord.requests import Requests
from adapters.discord.sources import DiscordFinder
from adapters.service.intake import Intake
from adapters.service.sources import CANNOT_CHECK, Uncertain
from bot.errors import StoreError
from bot.events import CommunityRef, Event, PlaceRef, Platform
from bot.queues import Stored
from bot.replies import Reply, Section, Source
from tests.discord.scene import Scene, play
from tests.discord.test_answers import ASKED, LONG, answering, bread


def test_what_was_deleted_while_we_were_away_is_not_quoted(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        await bread(scene)
        await scene.stop()
        for message in list(scene.discord.world.messages[scene.kitchen["id"]].values()):
            if message["author"] is scene.mei:
                scene.discord.world.messages[scene.kitchen["id"]].pop(message["id"])
        await scene.start()
        # However busy the intake is: the answer waits until it knows what is gone.
        scene.intake.habits = replace(scene.intake.habits, patience=timedelta(0))
        answer = await scene.people.use(scene.bob, scene.general, "whoknows", topic="sourdough")
        assert answer.text.startswith("I know of nobody to ask about “sourdough” yet.")
        await scene.settled()
        assert scene.kept() == [ASKED]

    play(sqlite_url, act)


def test_whoever_cannot_be_answered_anew_is_told_so(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = Intake.take

    async def full(intake: Intake, event_id: str, event: Event) -> Stored | None:
        if event_id.startswith("again"):
            raise StoreError("The disk is full.")
        return await take(intake, event_id, event)

    async def act(scene: Scene) -> None:
        await bread(scene)
        await scene.stop()
        await scene.start()
        scene.discord.world.messages[scene.kitchen["id"]].clear()
        monkeypatch.setattr(Intake, "take", full)
        answer = await scene.people.use(scene.bob, scene.general, "whoknows", topic="sourdough")
        assert answer.text == CANNOT_CHECK

    play(sqlite_url, act)


def test_what_cannot_be_checked_is_not_quoted_either(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        await bread(scene)
        await scene.stop()
        await scene.start()
        scene.discord.faults.fail(r"GET /channels/\d+/messages/\d+", 503, times=99)
        answer = await scene.people.use(scene.bob, scene.general, "whoknows", topic="sourdough")
        assert answer.text == CANNOT_CHECK

    play(sqlite_url, act)


def test_a_message_is_looked_up_once_in_a_session(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        await bread(scene)
        await scene.stop()
        await scene.start()
        before = scene.discord.count(r"GET /channels/\d+/messages/\d+")
        for _ in range(3):
            await scene.people.use(scene.bob, scene.general, "whoknows", topic="sourdough")
        assert scene.discord.count(r"GET /channels/\d+/messages/\d+") - before == 1

    play(sqlite_url, act)


class Elsewhere:
    """Messages of Slack, some of which are gone, or which cannot be looked up."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self.is_away = False

    async def missing(self, sources: Collection[Source]) -> set[Source]:
        if self.is_away:
            raise Uncertain
        return {one for one in sources if one.message in self.gone}


def test_what_was_deleted_on_another_platform_is_not_quoted_either(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        place = PlaceRef(CommunityRef(Platform.SLACK, "T1"), "C1")
        lines = [(f"{one} ", Source(place, one, None)) for one in ("stands", "gone")]
        answering(scene, Reply((Section(("Found:",), tuple(lines)),)))
        finder = Elsewhere()
        scene.intake.sources.look_with(Platform.SLACK, finder)

        async def shown() -> str:
            return (await scene.people.use(scene.bob, scene.general, "me")).text

        assert "gone" in await shown()
        finder.gone = {"gone"}
        assert "stands" in await shown()
        assert "gone" not in await shown()
        finder.is_away = True
        assert await shown() == CANNOT_CHECK

    play(sqlite_url, act)


def test_while_nothing_is_heard_a_message_is_looked_up_again_after_a_minute(
    sqlite_url: str,
) -> None:
    async def act(scene: Scene) -> None:
        said = await scene.people.say(scene.ana, scene.kitchen, ASKED)
        await scene.settled()
        place = scene.service.atlas.spot(scene.guild["id"], scene.kitchen["id"]).place
        source = Source(place, said["id"], None)
        requests = Requests(scene.service.client().http)
        now = {"heard": True, "seconds": 0.0}
        finder = DiscordFinder(lambda: requests, lambda: bool(now["heard"]), lambda: now["seconds"])

        async def looked(*, heard: bool, seconds: float) -> int:
            now.update(heard=heard, seconds=seconds)
            assert await finder.missing([source]) == set()
            return scene.discord.count(r"GET /channels/\d+/messages/\d+")

        assert await looked(heard=True, seconds=0) == await looked(heard=True, seconds=900) == 1
        assert await looked(heard=False, seconds=901) == await looked(heard=False, seconds=960) == 2
        scene.discord.world.messages[scene.kitchen["id"]].clear()
        now["seconds"] = 962
        assert await finder.missing([source]) == {source}

    play(sqlite_url, act)


def test_a_page_does_not_show_what_was_deleted_meanwhile(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        said = await scene.people.say(scene.mei, scene.kitchen, "soon to be gone")
        await scene.settled()
        place = scene.service.atlas.spot(scene.guild["id"], scene.kitchen["id"]).place
        receipt = Section(
            (f"Part 9 {'word ' * 300}",), (("soon ", Source(place, said["id"], None)),)
        )
        answering(scene, replace(LONG, sections=(*LONG.sections, receipt)))
        answer = await scene.people.use(scene.bob, scene.general, "me")
        await scene.people.delete(said)
        await scene.settled()
        turned = await scene.people.press(scene.bob, answer.message, book.MORE)
        assert turned.text == book.GONE

    play(sqlite_url, act)
