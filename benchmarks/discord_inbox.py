"""How soon a message on Discord's gateway is stored, over the real protocol.

Messages are sent through our own Discord (`tests/platforms/discord`) to the unmodified SDK, so many
a second. Told in milliseconds: from the moment the gateway sends one to its being committed to the
inbox; both ends share this process and its processor.

    python -m benchmarks.discord_inbox --json
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from benchmarks.acknowledging import Waits
from benchmarks.command import Machine, guarded, parser, table, whole
from benchmarks.discord_stage import texts, village
from bot.events import Event, MessagePosted
from bot.queues import Stored
from tests.discord.scene import Scene


@dataclass(frozen=True, slots=True)
class Result:
    """`behind`: seconds after the last message until all of it was taken in."""

    stored: Waits
    behind: float
    machine: Machine


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; what it returns is its exit code."""
    return guarded(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    made = parser("discord_inbox", __doc__)
    made.add_argument("--rate", type=whole, default=50, help="messages a second (default 50)")
    made.add_argument("--seconds", type=whole, default=60, help="for so long (default 60)")
    return made


def _run(options: argparse.Namespace) -> None:
    result = asyncio.run(measure(options.rate, options.seconds))
    print(json.dumps(asdict(result)) if options.json else _table(result))


async def measure(rate: int, seconds: int) -> Result:
    """Let people talk, and see how long each message is on its way."""
    machine = Machine()
    async with village(running=True) as scene:
        stored = _watch(scene)
        sent: dict[str, float] = {}
        begun = time.perf_counter()
        for number, text in enumerate(texts(rate * seconds)):
            await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))
            at = time.perf_counter()
            message = await scene.people.say(scene.bob, scene.kitchen, text)
            sent[message["id"]] = at
        ended = time.perf_counter()
        await scene.settled()
        behind = time.perf_counter() - ended
        return Result(Waits.of([stored[one] - at for one, at in sent.items()]), behind, machine)


def _watch(scene: Scene) -> dict[str, float]:
    """When each message was committed."""
    stored: dict[str, float] = {}
    real = scene.intake

    class Watched:
        async def take(self, event_id: str, event: Event) -> Stored | None:
            taken = await real.take(event_id, event)
            if isinstance(event, MessagePosted):
                stored[event.id] = time.perf_counter()
            return taken

    scene.service.inlet.intake = Watched()  # type: ignore[assignment]
    return stored


def _table(result: Result) -> str:
    waits = result.stored
    return table(
        [
            ("stored p50, p99, max", f"{waits.p50:.1f}, {waits.p99:.1f}, {waits.max:.1f} ms"),
            ("messages", f"{waits.number:,}"),
            ("behind at the end", f"{result.behind:.1f} s"),
            ("machine", str(result.machine)),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
