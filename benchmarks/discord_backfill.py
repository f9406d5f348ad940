"""How fast the history of a Discord server is read, over the real protocol.

A channel of our own Discord (`tests/platforms/discord`), which limits nobody here, is read by the
unmodified SDK a hundred messages at a time. Discord itself allows each bot 50 requests a second,
and fewer to one channel; so this tells what Grapevine's own share of the time is.

    python -m benchmarks.discord_backfill --messages 20000 --json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.command import Machine, guarded, parser, table, whole
from benchmarks.discord_stage import texts, village
from tests.discord.scene import Scene

# So many messages belong together; then nobody says anything for so many minutes.
TALK, SILENCE = 20, 60


@dataclass(frozen=True, slots=True)
class Result:
    """`rate`: messages a second, from connecting to the last one kept."""

    messages: int
    seconds: float
    rate: float
    requests: int
    machine: Machine


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; what it returns is its exit code."""
    return guarded(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    made = parser("discord_backfill", __doc__)
    made.add_argument("--messages", type=whole, default=20_000, help="so many (default 20,000)")
    return made


def _run(options: argparse.Namespace) -> None:
    result = asyncio.run(measure(options.messages))
    print(json.dumps(asdict(result)) if options.json else _table(result))


async def measure(messages: int) -> Result:
    """Read a history."""
    machine = Machine()
    async with village(running=False) as scene:
        begins = datetime.now(UTC) - timedelta(days=730)
        people = [scene.ana, scene.bob, scene.mei, scene.tom]
        for number, text in enumerate(texts(messages)):
            at = begins + timedelta(minutes=number + number // TALK * SILENCE)
            world = scene.discord.world
            world.message(scene.kitchen, people[number % len(people)], text, at=at)
        begun = time.perf_counter()
        await scene.start()
        while not _is_finished(scene):  # noqa: ASYNC110 - it does not say
            await asyncio.sleep(0.05)
        seconds = time.perf_counter() - begun
        requests = scene.discord.count(r"GET /channels/\d+/messages")
        return Result(messages, seconds, messages / seconds, requests, machine)


def _is_finished(scene: Scene) -> bool:
    with scene.store.read() as unit:
        several = [
            one.reading
            for home in unit.directory.communities()
            for one in unit.cursors.progress(home.id)
        ]
    return bool(several) and all(one is not None and one.finished_at for one in several)


def _table(result: Result) -> str:
    return table(
        [
            ("messages", f"{result.messages:,}"),
            ("seconds", f"{result.seconds:.1f}"),
            ("messages a second", f"{result.rate:,.0f}"),
            ("requests", f"{result.requests:,}"),
            ("machine", str(result.machine)),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
