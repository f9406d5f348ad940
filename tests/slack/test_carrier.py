"""Deliveries to Slack: beside the contract of all carriers, what is Slack's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from adapters.service.carrier import Later, Refused, Unclear
from adapters.slack.carrier import SlackCarrier
from adapters.slack.offices import Offices, OneToken
from bot.deliveries import Parcel, Trouble
from bot.queues import Destination, key_of
from bot.replies import Button, File, Reply, Section
from tests.platforms.slack.kit import SlackBench, SlackKit, nothing_quoted
from tests.platforms.slack.reading import read
from tests.slack.house import play
from tests.slack.scenes import person


def with_bench(scene: Callable[[SlackBench], Awaitable[None]]) -> None:
    async def told() -> None:
        async with SlackKit().open() as bench:
            await scene(bench)

    play(told())


def parcel(bench: SlackBench, reply: Reply, *, to: str | None = None, **more: str) -> Parcel:
    place = None if to else bench.place.place
    there = Destination(bench.place.community, place=place, account=to, **more)
    return Parcel(key_of(str(reply)), there, reply)


def ana(bench: SlackBench) -> str:
    return person(next(iter(bench.slack.teams.values())), "ana").id


def test_a_direct_message_stands_where_the_ref_says_and_is_found_there() -> None:
    async def scene(bench: SlackBench) -> None:
        ours = parcel(bench, Reply.say("Your week"), to=ana(bench))
        ref = await bench.carrier.send(ours)
        assert ref.place.startswith("D")
        assert await bench.carrier.find(ours) == ref

    with_bench(scene)


def test_it_goes_into_its_thread_quietly_with_its_key() -> None:
    async def scene(bench: SlackBench) -> None:
        first = await bench.carrier.send(parcel(bench, Reply.say("A question")))
        ours = parcel(bench, Reply.say("An answer"), thread=first.message)
        ref = await bench.carrier.send(ours)
        message = bench.garden.find(ref.message)
        assert message is not None
        assert message["thread_ts"] == first.message
        assert message["metadata"]["event_payload"] == {"key": ours.key}
        assert message["unfurl_links"] is message["unfurl_media"] is False
        assert await bench.carrier.find(ours) == ref

    with_bench(scene)


def test_an_edit_takes_the_buttons_away_with_the_words() -> None:
    async def scene(bench: SlackBench) -> None:
        asked = Reply((Section(("Can you help?",), buttons=(Button("Answer", "token"),)),))
        ref = await bench.carrier.send(parcel(bench, asked))
        done = replace(parcel(bench, Reply.say("It is answered.")), edits=ref)
        await bench.carrier.edit(done, ref)
        message = bench.garden.find(ref.message)
        assert message is not None
        assert read(message) == "It is answered."

    with_bench(scene)


def test_what_only_one_person_sees_is_in_no_history_and_stays_unknown() -> None:
    async def scene(bench: SlackBench) -> None:
        there = Destination(bench.place.community, bench.place.place, ana(bench))
        ours = Parcel("key", there, Reply.say("between us"))
        await bench.carrier.send(ours)
        assert bench.garden.messages == []
        with pytest.raises(Unclear):
            await bench.carrier.find(ours)

    with_bench(scene)


def test_a_file_follows_its_message() -> None:
    async def scene(bench: SlackBench) -> None:
        reply = Reply((Section(("Here.",)),), file=File("week.txt", "all of it"))
        await bench.carrier.send(parcel(bench, reply, to=ana(bench)))
        team = next(iter(bench.slack.teams.values()))
        assert [one["content"] for one in team.files] == [b"all of it"]

    with_bench(scene)


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        ("is_archived", Trouble.GONE),
        ("not_in_channel", Trouble.GONE),
        ("channel_not_found", Trouble.GONE),
        ("restricted_action", Trouble.GONE),
        ("account_inactive", Trouble.REVOKED),
        ("token_revoked", Trouble.REVOKED),
        ("invalid_blocks", Trouble.REJECTED),
    ],
)
def test_what_can_never_arrive_is_refused_for_its_reason(error: str, trouble: Trouble) -> None:
    async def scene(bench: SlackBench) -> None:
        bench.slack.faults.plan("chat.postMessage", "denied", error=error)
        with pytest.raises(Refused) as refused:
            await bench.carrier.send(parcel(bench, Reply.say("hello")))
        assert (refused.value.trouble, refused.value.reason) == (trouble, error)

    with_bench(scene)


def test_somebody_who_takes_no_messages_is_closed() -> None:
    async def scene(bench: SlackBench) -> None:
        team = next(iter(bench.slack.teams.values()))
        person(team, "ana").fields["closed"] = True
        with pytest.raises(Refused) as refused:
            await bench.carrier.send(parcel(bench, Reply.say("hello"), to=ana(bench)))
        assert refused.value.trouble is Trouble.CLOSED

    with_bench(scene)


@pytest.mark.parametrize("error", ["fatal_error", "internal_error"])
def test_what_slack_could_not_finish_may_have_arrived(error: str) -> None:
    async def scene(bench: SlackBench) -> None:
        bench.slack.faults.plan("chat.postMessage", "denied", error=error)
        with pytest.raises(Unclear):
            await bench.carrier.send(parcel(bench, Reply.say("hello")))

    with_bench(scene)


def test_a_missing_scope_is_waited_for() -> None:
    async def scene(bench: SlackBench) -> None:
        bench.slack.faults.plan("chat.postMessage", "denied", error="missing_scope")
        with pytest.raises(Later):
            await bench.carrier.send(parcel(bench, Reply.say("hello")))

    with_bench(scene)


def test_a_dead_token_is_not_tried_again_and_again() -> None:
    async def scene(bench: SlackBench) -> None:
        next(iter(bench.slack.teams.values())).revoked = "token_revoked"
        for _ in range(20):
            with pytest.raises(Refused):
                await bench.carrier.send(parcel(bench, Reply.say("hello")))
        assert bench.slack.faults.called["chat.postMessage"] == 1

    with_bench(scene)


def test_nobody_there_is_for_later_as_is_a_workspace_we_did_not_come_to_yet() -> None:
    async def scene(bench: SlackBench) -> None:
        await bench.slack.close()
        # The connection that was open breaks in the middle; then there is none.
        with pytest.raises(Unclear):
            await bench.carrier.send(parcel(bench, Reply.say("hello")))
        with pytest.raises(Later):
            await bench.carrier.send(parcel(bench, Reply.say("hello")))
        away = SlackCarrier(Offices(OneToken("xoxb-any")), nothing_quoted())
        with pytest.raises(Later):
            await away.send(parcel(bench, Reply.say("hello")))

    async def told() -> None:
        async with SlackKit().open() as bench:
            await scene(bench)

    play(told())
