"""Every conversation that the console has, held in Slack: one list for all platforms.

A script is played by the console's own session; `bridge.py` does in Slack what it does, and
compares what people read there with what the core said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from storage.store import open_store
from tests.conversations.driver import (
    NOW,
    RULES,
    difference,
    replay,
    settle_in,
    world_of,
)
from tests.conversations.test_conversations import SCRIPTS
from tests.conversations.wire import SIZE, CarriedMail, Overheard, Seats
from tests.platforms.slack import Slack
from tests.slack.bridge import Bridge
from tests.slack.house import open_house
from tests.slack.worlds import riverbend, three_communities

# What Slack cannot play, and why.
UNSUPPORTED = {
    "ask_reminder": "It presses a button of what was edited since, which Slack shows no more.",
    "ask_rings": "It presses a button of what was taken back, which Slack shows no more.",
    "two_communities": "It needs one account in several communities, which Slack does not have.",
}
# Where people answer one another without a thread, in Slack too.
ON_THE_FLOOR = {"me"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda one: one.stem)
def test_the_conversation_goes_in_slack_as_it_is_written(script: Path, sqlite_url: str) -> None:
    if script.stem in UNSUPPORTED:
        pytest.skip(UNSUPPORTED[script.stem])
    written = script.read_text(encoding="utf-8")
    on_the_floor = script.stem in ON_THE_FLOOR
    said, differences = asyncio.run(played(written, sqlite_url, on_the_floor=on_the_floor))
    parted = difference(SIZE.sub("", written), SIZE.sub("", said), script.name)
    assert not parted, f"\n{parted}"
    assert not differences, "\n".join(differences)


async def played(script: str, url: str, *, on_the_floor: bool) -> tuple[str, list[str]]:
    clock = [NOW]
    moments = count(1)

    def seconds() -> float:
        # Time goes on a little with whatever happens, as the ids of Slack's messages do.
        return clock[0].timestamp() + next(moments) / 1_000

    slack = await Slack.start(seconds)
    world = world_of(script)
    (riverbend if world == "riverbend" else three_communities)(slack)
    if world == "riverbend":
        store = open_store(url)
        settle_in(store, world)
        store.close()
    made: list[Overheard] = []

    def core(store: object) -> Overheard:
        made.append(Overheard(store, tokens(), rules=RULES))  # type: ignore[arg-type]
        made[0].replies = []
        return made[0]

    try:
        async with open_house(url, slack, seconds, core=core) as house:
            await house.met()
            bridge = Bridge(house, made[0], asyncio.get_running_loop(), on_the_floor)
            mail = CarriedMail(
                house.store, made[0], house.clock, house.service.carrier, bridge.loop
            )

            def set_clock(at: datetime) -> None:
                clock[0] = at.astimezone(UTC)

            stage = Seats(
                house.store, bridge.handle, mail, slack.new_ts, lambda: clock[0], set_clock
            )
            said = await asyncio.to_thread(replay, script, stage)
            assert slack.live_mentions == []
            return said, bridge.differences
    finally:
        await slack.close()


def tokens() -> Callable[[], str]:
    count = iter(range(1, 10**9))
    return lambda: f"code-{next(count)}"
