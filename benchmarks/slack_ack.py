"""How soon Slack is acknowledged while events pour in and people ask for things.

`grapevine run` in a process of its own, over a SQLite file with so many messages in it; a strict
Slack of our own (tests/platforms/slack) sends it so many messages a second over Socket Mode, and
some people type /whoknows one after another. Told in milliseconds: from an envelope's sending to
its acknowledgement, for messages and for commands.

    python -m benchmarks.slack_ack --json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from asyncio.subprocess import DEVNULL
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from tempfile import TemporaryDirectory

from adapters.slack.manifest import manifest
from benchmarks.acknowledging import Waits
from benchmarks.command import Machine, guarded, parser, table, whole
from bot.core import Bot
from bot.events import (
    AccountRef,
    AccountSeen,
    CommunityRef,
    CommunitySeen,
    Event,
    MessagePosted,
    PlaceRef,
    PlaceSeen,
    Platform,
    Visibility,
)
from storage.store import open_store
from tests.platforms.slack import Slack
from tests.platforms.slack.state import Channel, Person, Team

PEOPLE = 200
WORDS = 2_000
PAUSE = 0.2  # seconds that somebody thinks before asking again
DEADLINE = 3.0  # seconds that Slack waits


@dataclass(frozen=True, slots=True)
class Result:
    """`late`: what was not acknowledged within 3 seconds."""

    messages: Waits
    commands: Waits
    late: int
    history: int
    machine: Machine


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; what it returns is its exit code."""
    return guarded(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    made = parser("slack_ack", __doc__)
    made.add_argument("--rate", type=whole, default=50, help="events a second (default 50)")
    made.add_argument("--seconds", type=whole, default=120, help="for so long (default 120)")
    made.add_argument("--askers", type=whole, default=2, help="people who ask (default 2)")
    made.add_argument("--channels", type=whole, default=20, help="where it is said (default 20)")
    made.add_argument("--history", type=whole, default=20_000, help="messages before (20,000)")
    return made


def _run(options: argparse.Namespace) -> None:
    how = options.rate, options.seconds, options.askers, options.history, options.channels
    result = asyncio.run(measure(*how))
    if options.json:
        print(json.dumps(asdict(result)))
        return
    rows = [("late", str(result.late))]
    for name, waits in (("messages", result.messages), ("commands", result.commands)):
        rows += [(f"{name} p50", f"{waits.p50:.1f}"), (f"{name} p99", f"{waits.p99:.1f}")]
        rows += [(f"{name} max", f"{waits.max:.1f}"), (name, f"{waits.number:,}")]
    print(table(rows))


async def measure(rate: int, seconds: int, askers: int, history: int, places: int = 20) -> Result:
    """Let events arrive over Socket Mode."""
    slack = await Slack.start()
    team = slack.install(manifest())
    people = [team.person(f"person{number}") for number in range(PEOPLE)]
    channels = [team.channel(f"channel{number}", *people) for number in range(places)]
    try:
        with TemporaryDirectory(prefix="grapevine-") as folder:
            url = f"sqlite:///{folder}/store.db"
            _fill(url, team, channels, history)
            process = await _start(slack, team, url)
            try:
                street = _Street(slack, team, channels, people)
                await street.run(rate, seconds, askers)
            finally:
                process.terminate()
                await process.wait()
    finally:
        await slack.close()
    posted, asked = Waits.of(street.posted), Waits.of(street.asked)
    return Result(posted, asked, street.late, history, Machine())


def _fill(url: str, team: Team, channels: list[Channel], messages: int) -> None:
    with closing(open_store(url)) as store:
        Bot(store, lambda: "").take_in(list(_history(team, channels, messages)))


def _history(team: Team, channels: list[Channel], messages: int) -> Iterator[Event]:
    home = CommunityRef(Platform.SLACK, team.id)
    places, chance = [PlaceRef(home, channel.id) for channel in channels], Random(3)
    yield CommunitySeen(home, team.name, team.url.rstrip("/"))
    for place, channel in zip(places, channels, strict=True):
        yield PlaceSeen(place, channel.name, Visibility.PUBLIC)
    names = [one.id for one in team.people.values() if one.name.startswith("person")]
    for name in names:
        yield AccountSeen(AccountRef(home, name), name)
    begun = datetime.now(UTC) - timedelta(minutes=5 * messages)
    for number in range(messages):
        at = begun + timedelta(minutes=5 * number)
        who = AccountRef(home, chance.choice(names))
        yield MessagePosted(chance.choice(places), who, f"{at.timestamp():.6f}", _text(chance), at)


def _text(chance: Random) -> str:
    return " ".join(f"word{int(chance.paretovariate(1)) % WORDS}" for _ in range(12))


async def _start(slack: Slack, team: Team, url: str) -> asyncio.subprocess.Process:
    settings = {
        "DATABASE_URL": url,
        "SLACK_BOT_TOKEN": team.token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "HEALTH_PORT": "0",
    }
    command = (sys.executable, "-m", "bot", "run")
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | settings, stdout=DEVNULL, stderr=DEVNULL
    )
    while len(slack.sockets.connections) < 2:  # noqa: ASYNC110 - the other process opens them
        await asyncio.sleep(0.05)
    await asyncio.sleep(2)  # until what it does at its start is done
    return process


class _Street:
    """What arrives, and how long each waited for its acknowledgement."""

    def __init__(
        self, slack: Slack, team: Team, channels: list[Channel], people: list[Person]
    ) -> None:
        self.posted: list[float] = []
        self.asked: list[float] = []
        self.late = 0
        self._slack, self._team, self._channels, self._people = slack, team, channels, people
        self._chance = Random(5)
        self._is_over = False

    async def run(self, rate: int, seconds: int, askers: int) -> None:
        asking = [asyncio.create_task(self._ask(one)) for one in range(askers)]
        begun = time.perf_counter()
        arriving = []
        for number in range(rate * seconds):
            await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))
            arriving.append(asyncio.create_task(self._post()))
        await asyncio.gather(*arriving)
        self._is_over = True
        await asyncio.gather(*asking)

    async def _post(self) -> None:
        who, text = self._chance.choice(self._people), _text(self._chance)
        begun = time.perf_counter()
        where = self._chance.choice(self._channels)
        await self._slack.say_once(self._team, who, where, text)
        self._note(self.posted, begun)

    async def _ask(self, seed: int) -> None:
        chance = Random(seed)
        while not self._is_over:
            who, line = chance.choice(self._people), f"/whoknows {_text(chance).split()[0]}"
            begun = time.perf_counter()
            await self._slack.hands.command(self._team, who, chance.choice(self._channels), line)
            self._note(self.asked, begun)
            await asyncio.sleep(PAUSE)

    def _note(self, waits: list[float], begun: float) -> None:
        waited = time.perf_counter() - begun
        waits.append(waited)
        self.late += waited > DEADLINE


if __name__ == "__main__":
    sys.exit(main())
