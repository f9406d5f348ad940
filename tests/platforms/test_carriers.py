"""What the courier relies on, held against every platform's carrier (`tests/platforms/kits.py`)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.pictures.drawing import png
from adapters.service.carrier import Later, NotCarried, Refused, Unclear
from bot.deliveries import Parcel, Ref, Trouble
from bot.queues import Destination, key_of
from bot.replies import Chart, Reply
from tests.platforms.discord.kit import DiscordKit
from tests.platforms.kits import KITS, Bench, Kit
from tests.platforms.slack.kit import SlackKit

Story = Callable[[Bench], Awaitable[None]]
every_carrier = pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.name)


def parcel(to: Destination, text: str = "Hello, all.", edits: Ref | None = None) -> Parcel:
    return Parcel(key_of(text), to, Reply.say(text, private=False), edits)


def at(kit: Kit, story: Story) -> None:
    async def tell() -> None:
        async with asyncio.timeout(20), kit.open() as bench:
            await story(bench)

    asyncio.run(tell())


@every_carrier
def test_what_is_sent_stands_there_once_and_can_be_edited_where_the_ref_says(kit: Kit) -> None:
    async def story(bench: Bench) -> None:
        await bench.carrier.send(parcel(bench.place, "Before."))
        ref = await bench.carrier.send(parcel(bench.place))
        assert bench.standing() == ["Before.", "Hello, all."]
        for _ in range(2):
            await bench.carrier.edit(parcel(bench.place, "Hello again.", edits=ref), ref)
        assert bench.standing() == ["Before.", "Hello again."]

    at(kit, story)


@pytest.mark.parametrize("kit", [DiscordKit(), SlackKit()], ids=lambda kit: kit.name)
def test_a_picture_stands_with_its_words_and_says_what_it_shows(kit: DiscordKit | SlackKit) -> None:
    async def tell() -> None:
        async with asyncio.timeout(20), kit.open() as bench:
            chart = Chart("may.png", "May", (("3", "helped"),), "", (), "May. 3 helped.")
            reply = replace(Reply.say("The pulse of May.", private=False), chart=chart)
            await bench.carrier.send(Parcel(key_of("pulse"), bench.place, reply))
            assert "The pulse of May." in bench.standing()
            assert bench.pictures() == [("may.png", png(chart), "May. 3 helped.")]

    asyncio.run(tell())


@every_carrier
def test_what_was_sent_is_found_by_its_key_and_nothing_else_is(kit: Kit) -> None:
    async def story(bench: Bench) -> None:
        ours = parcel(bench.place)
        assert await bench.carrier.find(ours) is None
        ref = await bench.carrier.send(ours)
        for number in range(5):
            await bench.carrier.send(parcel(bench.place, f"Later {number}."))
        assert await bench.carrier.find(ours) == ref
        assert await bench.carrier.find(parcel(bench.place, "Never sent.")) is None

    at(kit, story)


@every_carrier
def test_what_was_sent_without_an_answer_is_unclear_sent_once_and_found(kit: Kit) -> None:
    async def story(bench: Bench) -> None:
        bench.lose_reply()
        with pytest.raises(Unclear):
            await bench.carrier.send(parcel(bench.place))
        assert bench.standing() == ["Hello, all."]
        assert await bench.carrier.find(parcel(bench.place)) is not None

    at(kit, story)


@every_carrier
def test_a_fault_of_the_platform_is_no_certainty_and_is_not_tried_again(kit: Kit) -> None:
    async def story(bench: Bench) -> None:
        bench.fail()
        with pytest.raises(NotCarried) as raised:
            await bench.carrier.send(parcel(bench.place))
        assert not isinstance(raised.value, Refused)
        assert len(bench.standing()) <= 1
        if bench.standing():
            assert isinstance(raised.value, Unclear)

    at(kit, story)


@every_carrier
def test_too_much_is_for_later_and_says_when(kit: Kit) -> None:
    async def story(bench: Bench) -> None:
        bench.limit(2)
        with pytest.raises(Later) as raised:
            await bench.carrier.send(parcel(bench.place))
        assert raised.value.after is not None
        assert timedelta(seconds=1.5) <= raised.value.after <= timedelta(seconds=4)
        assert bench.standing() == []

    at(kit, story)


@every_carrier
def test_a_place_that_is_gone_refuses(kit: Kit) -> None:
    async def story(bench: Bench) -> None:
        with pytest.raises(Refused) as raised:
            await bench.carrier.send(parcel(bench.gone))
        assert raised.value.trouble is Trouble.GONE
        assert raised.value.reason

    at(kit, story)


@every_carrier
def test_a_message_that_is_gone_cannot_be_edited(kit: Kit) -> None:
    async def story(bench: Bench) -> None:
        ref = await bench.carrier.send(parcel(bench.place))
        nothing = Ref(ref.place, str(int(ref.message.replace(".", "")) + 1_000_000))
        with pytest.raises(Refused):
            await bench.carrier.edit(parcel(bench.place, "New.", edits=nothing), nothing)

    at(kit, story)
