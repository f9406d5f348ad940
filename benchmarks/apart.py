"""Doing one thing in a fresh process, so that its time and memory are its own."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from benchmarks.command import EXPECTED, STOPPED
from bot.errors import GrapevineError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_STATUS = Path("/proc/self/status")


class ProcessEnded(GrapevineError):
    """The process that measured did not come to an end."""


def apart(work: Callable[..., T], *arguments: object) -> T:
    """What `work(*arguments)` returns, called in a new Python process; expected errors as well.

    The process loads little more than the file that holds `work`, which must not be the main
    script. ProcessEnded when it does not come to an end.
    """
    task = pickle.dumps((work, arguments))
    command = [sys.executable, "-m", "benchmarks.apart"]
    done = subprocess.run(command, input=task, stdout=subprocess.PIPE, check=False)
    if done.returncode < 0:
        raise ProcessEnded("The process that measures was ended; is there enough memory?")
    if done.returncode:
        raise ProcessEnded("The process that measures failed; why stands above.")
    result, error = pickle.loads(done.stdout)
    if error is not None:
        raise error
    returned: T = result
    return returned


def peak_memory() -> int | None:
    """The most memory this process has had so far, in bytes; None where the system keeps it.

    Not `getrusage`: its number begins with the parent's.
    """
    if not _STATUS.exists():
        return None
    lines = _STATUS.read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def main() -> int:
    """Do what stands on standard input, and write to standard output what came of it."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed meanwhile must not get into the answer
    work, arguments = pickle.load(sys.stdin.buffer)
    result: object = None
    error: Exception | None = None
    try:
        result = work(*arguments)
    except EXPECTED as raised:
        error = raised
    except KeyboardInterrupt:
        return STOPPED  # whoever waits was told as well
    with answer:
        pickle.dump((result, error), answer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
