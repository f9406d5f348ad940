"""Deliveries to Discord arrive once, whatever breaks, and are found; refusals are understood."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.discord import carrier as carrying
from adapters.discord.carrier import Window
from adapters.service.carrier import Later, NotCarried, Refused, Unclear
from bot.deliveries import Parcel, Ref, Trouble
from bot.queues import Destination
from bot.replies import Button, File, Reply, Section, Source
from tests.discord.scene import Scene, play
from tests.platforms.discord.people import text_of
from tests.platforms.discord.world import HISTORY

Json = dict[str, Any]
KEY = "0123456789abcdef01234567"


def parcel(scene: Scene, *, key: str = KEY, reply: Reply | None = None, **where: str) -> Parcel:
    home = scene.service.atlas.spot(scene.guild["id"], "1").place.community
    said = reply or Reply.say("Somebody answered.", private=False)
    return Parcel(key, Destination(home, **where), said)


def in_kitchen(scene: Scene, **more: Any) -> Parcel:
    return parcel(scene, place=scene.kitchen["id"], **more)


def test_it_stands_where_it_was_sent_to(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        carrier, world = scene.service.carrier, scene.discord.world
        place = await carrier.send(in_kitchen(scene))
        assert place.place == scene.kitchen["id"]
        thread = world.thread(scene.kitchen, "bread", scene.ana)
        answered = parcel(scene, key="b" * 24, place=scene.kitchen["id"], thread=thread["id"])
        assert (await carrier.send(answered)).place == thread["id"]
        direct = await carrier.send(parcel(scene, key="c" * 24, account=scene.bob["id"]))
        assert direct.place == world.direct(scene.bob)["id"]
        both = parcel(scene, key="d" * 24, place=scene.kitchen["id"], account=scene.bob["id"])
        assert (await carrier.send(both)).place == direct.place
        assert scene.discord.rest.pinged == []

    play(sqlite_url, act)


def test_the_same_key_arrives_once_and_is_found(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        carrier = scene.service.carrier
        first, again = await carrier.send(in_kitchen(scene)), await carrier.send(in_kitchen(scene))
        assert first == again
        assert len(scene.discord.rest.sent) == 1
        assert await carrier.find(in_kitchen(scene)) == first
        assert await carrier.find(in_kitchen(scene, key="other")) is None
        for number in range(150):
            scene.discord.world.message(scene.kitchen, scene.bob, f"talk {number}")
        assert await carrier.find(in_kitchen(scene)) == first

    play(sqlite_url, act)


def test_a_reply_that_got_lost_is_unclear_and_then_found(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        scene.discord.faults.lose_reply(r"POST /channels/\d+/messages")
        with pytest.raises(Unclear):
            await scene.service.carrier.send(in_kitchen(scene))
        found = await scene.service.carrier.find(in_kitchen(scene))
        assert found is not None
        assert found.message == scene.discord.rest.sent[0]["id"]

    play(sqlite_url, act)


def test_failures_of_discord_that_the_sdk_tries_again_arrive_once(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        scene.discord.faults.fail(r"POST /channels/\d+/messages", 502)
        await scene.service.carrier.send(in_kitchen(scene))
        assert len(scene.discord.rest.sent) == 1

    play(sqlite_url, act)


def test_where_history_is_closed_nothing_is_sent_again_on_a_guess(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        own = scene.guild["roles"][1]
        await scene.people.overwrite(scene.kitchen, own, deny=HISTORY)
        await scene.settled()
        with pytest.raises(Unclear):
            await scene.service.carrier.find(in_kitchen(scene))

    play(sqlite_url, act)


def test_an_edit_replaces_all_of_it(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        carrier = scene.service.carrier
        asked = Reply.say("Who knows?", buttons=(Button("I do", "t1"),), private=False)
        ref = await carrier.send(in_kitchen(scene, reply=asked))
        answered = Reply.say("Mei knew.", private=False)
        await carrier.edit(in_kitchen(scene, reply=answered), ref)
        assert text_of(scene.discord.world.messages[ref.place][ref.message]) == "Mei knew."
        with pytest.raises(Refused) as refused:
            await carrier.edit(in_kitchen(scene), Ref(ref.place, "5"))
        assert refused.value.trouble is Trouble.GONE

    play(sqlite_url, act)


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (403, 50_007, Trouble.CLOSED),
        (403, 50_278, Trouble.CLOSED),
        (403, 50_001, Trouble.GONE),
        (403, 50_013, Trouble.GONE),
        (404, 10_003, Trouble.GONE),
        (400, 50_033, Trouble.LEFT),
        (400, 50_035, Trouble.REJECTED),
        (400, 240_000, Trouble.REJECTED),
    ],
)
def test_what_discord_will_never_take(
    sqlite_url: str, status: int, code: int, meaning: Trouble
) -> None:
    async def act(scene: Scene) -> None:
        scene.discord.faults.fail(r"POST /channels/\d+/messages", status, code=code)
        with pytest.raises(Refused) as refused:
            await scene.service.carrier.send(in_kitchen(scene))
        assert refused.value.trouble is meaning
        assert refused.value.reason == f"{status} {code}"

    play(sqlite_url, act)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [(401, 0, Later), (503, 0, Unclear), (403, 40_003, Later), (400, 30_046, Later)],
)
def test_what_may_go_better_later(
    sqlite_url: str, status: int, code: int, error: type[NotCarried]
) -> None:
    async def act(scene: Scene) -> None:
        scene.discord.faults.fail(r"POST /channels/\d+/messages", status, code=code)
        with pytest.raises(error):
            await scene.service.carrier.send(in_kitchen(scene))

    play(sqlite_url, act)


def test_limits_are_waited_for_if_short_and_handed_on_if_long(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        carrier, faults = scene.service.carrier, scene.discord.faults
        faults.limit(r"POST /channels/\d+/messages", 0.2, times=2)
        await carrier.send(in_kitchen(scene))
        faults.limit(r"POST /channels/\d+/messages", 120.0)
        with pytest.raises(Later) as later:
            await carrier.send(in_kitchen(scene, key="e" * 24))
        assert later.value.after == timedelta(seconds=120)
        faults.ban(r"POST /channels/\d+/messages")
        with pytest.raises(Later) as banned:
            await carrier.send(in_kitchen(scene, key="f" * 24))
        assert banned.value.everywhere

    play(sqlite_url, act)


def test_closed_direct_messages_never_become_public(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        scene.discord.world.closed.add(scene.bob["id"])
        with pytest.raises(Refused) as refused:
            await scene.service.carrier.send(parcel(scene, account=scene.bob["id"]))
        assert refused.value.trouble is Trouble.CLOSED
        assert scene.discord.rest.sent == []

    play(sqlite_url, act)


def test_direct_messages_to_many_are_opened_slowly(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        world = scene.discord.world
        people = [world.user(f"Person {number}") for number in range(12)]
        later = 0
        for number, user in enumerate(people):
            world.member(scene.guild, user)
            try:
                await scene.service.carrier.send(
                    parcel(scene, key=f"{number:024}", account=user["id"])
                )
            except Later:
                later += 1
        assert (scene.discord.rest.opened_directs, later) == (10, 2)

    play(sqlite_url, act)


def test_what_it_quotes_is_looked_up_before_it_goes(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        place = scene.service.atlas.spot(scene.guild["id"], scene.kitchen["id"]).place
        quoting = Reply((Section(("See ", Source(place, "5", None))),))
        with pytest.raises(Later):
            await scene.service.carrier.send(in_kitchen(scene, reply=quoting))
        assert scene.discord.rest.sent == []

    play(sqlite_url, act)


def test_a_file_goes_along_and_what_is_too_long_is_cut(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        said = Reply(
            tuple(Section((f"Part {number} {'word ' * 300}",)) for number in range(5)),
            file=File("all.json", "{}"),
        )
        await scene.service.carrier.send(in_kitchen(scene, reply=said))
        (sent,) = scene.discord.rest.sent
        assert text_of(sent).endswith("…")
        assert sent["_files"] == {"all.json": b"{}"}

    play(sqlite_url, act)


def test_many_refusals_stop_all_requests_for_a_while(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "MOST_REFUSED", 5)

    async def act(scene: Scene) -> None:
        scene.discord.faults.fail(r"POST /channels/\d+/messages", 403, times=99, code=50_013)
        outcomes = []
        for number in range(8):
            try:
                await scene.service.carrier.send(in_kitchen(scene, key=f"{number:024}"))
            except NotCarried as error:
                outcomes.append(type(error))
        assert outcomes == [Refused] * 5 + [Later] * 3
        assert scene.discord.statuses[403] == 5

    play(sqlite_url, act)


def test_a_window_opens_again() -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    window = Window(1, timedelta(minutes=1), lambda: at)
    assert window.wait() is None
    window.add()
    assert window.wait() == timedelta(minutes=1)
    at += timedelta(seconds=61)
    assert window.wait() is None


def test_a_message_without_a_thread_is_answered_where_it_stands(sqlite_url: str) -> None:
    async def act(scene: Scene) -> None:
        asked = await scene.people.say(scene.ana, scene.kitchen, "who knows about basil?")
        await scene.settled()
        sent = parcel(scene, place=scene.kitchen["id"], thread=asked["id"])
        ref = await scene.service.carrier.send(sent)
        assert ref.place == scene.kitchen["id"]
        (message,) = scene.discord.rest.sent
        assert message["message_reference"]["message_id"] == asked["id"]
        assert await scene.service.carrier.find(sent) == ref

    play(sqlite_url, act)
