"""Grapevine in the Discord of our tests, for measuring: a village with something to talk about."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from random import Random
from tempfile import TemporaryDirectory

from tests.discord.scene import Scene, scene

# Made-up words, long and rare enough to be indexed each.
_SYLLABLES = "ba co du fe gi ka lo mu ne pi ra so tu ve wi zo".split()
_WORDS, _IN_A_MESSAGE = 5_000, (5, 30)


def texts(number: int) -> Iterator[str]:
    """Invented messages, of a few words each."""
    chance = Random(1)
    words = ["".join(chance.choices(_SYLLABLES, k=3)) for _ in range(_WORDS)]
    for _ in range(number):
        yield " ".join(chance.choices(words, k=chance.randint(*_IN_A_MESSAGE)))


@asynccontextmanager
async def village(*, running: bool) -> AsyncIterator[Scene]:
    """The village of the tests, over a store of its own that is thrown away."""
    with TemporaryDirectory(prefix="grapevine-") as folder:
        async with scene(f"sqlite:///{folder}/store.db", running=running) as made:
            yield made
