"""How quickly the history of a Slack channel is read, against a Slack without limits.

A strict Slack of our own (tests/platforms/slack) holds a channel with so many messages, a tenth of
them answers in threads; Grapevine is invited, reads it over HTTP and keeps it in a SQLite file.
Slack itself allows 50 calls of 200 messages a minute.

    python -m benchmarks.slack_backfill --json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.command import Machine, guarded, parser, table, whole
from tests.platforms.slack.payloads import payload
from tests.platforms.slack.state import Channel, Json, Person, Team
from tests.slack.house import open_house

WORDS = 2_000
THREADS = 50  # one message in so many has answers
ANSWERS = 5
APART = 300  # seconds between two messages


@dataclass(frozen=True, slots=True)
class Result:
    """Messages read and kept, the calls it took, and seconds from the invitation to the end."""

    messages: int
    calls: int
    seconds: float
    machine: Machine

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; what it returns is its exit code."""
    return guarded(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    made = parser("slack_backfill", __doc__)
    made.add_argument("--messages", type=whole, default=20_000, help="in all (default 20,000)")
    return made


def _run(options: argparse.Namespace) -> None:
    result = asyncio.run(measure(options.messages))
    if options.json:
        print(json.dumps(asdict(result) | {"rate": result.rate}))
        return
    rows = [("messages a second", f"{result.rate:,.0f}"), ("messages", f"{result.messages:,}")]
    rows += [("calls", f"{result.calls:,}"), ("seconds", f"{result.seconds:.1f}")]
    print(table(rows))


async def measure(messages: int) -> Result:
    """Let a history be read."""
    with TemporaryDirectory(prefix="grapevine-") as folder:
        async with open_house(f"sqlite:///{folder}/store.db") as house:
            channel = _history(house.team, messages)
            begun = time.perf_counter()
            await house.slack.join(house.team, house.team.bot_user, channel)
            await house.settled()
            seconds = time.perf_counter() - begun
            with house.store.read() as unit:
                kept = unit.imports.totals()["messages"]
            called = house.slack.faults.called
            calls = called["conversations.history"] + called["conversations.replies"]
    return Result(kept, calls, seconds, Machine())


def _history(team: Team, messages: int) -> Channel:
    people = [team.person(f"person{number}") for number in range(200)]
    channel = team.channel("archive", *people, bot=False)
    chance = Random(3)
    begun = time.time() - messages * APART
    root = ""
    for number in range(messages):
        is_answer = number % THREADS in range(1, ANSWERS + 1)
        ts = f"{begun + number * APART:.6f}"
        thread = root if is_answer else ""
        channel.messages.append(_said(ts, chance.choice(people), _text(chance), thread))
        root = root if is_answer else ts
    return channel


def _text(chance: Random) -> str:
    return " ".join(f"word{int(chance.paretovariate(1)) % WORDS}" for _ in range(12))


def _said(ts: str, who: Person, text: str, thread: str) -> Json:
    message = {**payload("message")["event"], "user": who.id, "text": text, "ts": ts}
    return message | ({"thread_ts": thread} if thread else {})


if __name__ == "__main__":
    sys.exit(main())
