"""One thread through which a process writes, so that its transactions wait in a line.

SQLite has one writer anyway, and PostgreSQL's one lock for what people said comes to the same. A
line is fair: what arrives waits for one transaction at most, however much there is to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """Threads with one purpose; with one of them, what they do happens one after another."""

    def __init__(self, name: str, most: int = 1) -> None:
        self._pool = ThreadPoolExecutor(most, thread_name_prefix=name)

    async def do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Let a thread do it; its result, or whatever it raises."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, partial(work, *args, **kwargs))

    def close(self) -> None:
        """Wait for what was begun, and let the threads go."""
        self._pool.shutdown()
