"""What every benchmark's command line has in common."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from bot.errors import GrapevineError

if TYPE_CHECKING:
    from collections.abc import Callable


def guarded(run: Callable[[], None]) -> int:
    """Run; every expected trouble is one sentence on standard error. Returns the exit code."""
    try:
        run()
    except GrapevineError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except OSError as error:
        print(f"The system refused: {error.strerror or 'unknown reason'}.", file=sys.stderr)
        return 1
    return 0


def whole(text: str) -> int:
    """A number of things, at least one, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"should be a whole number from 1 on, not {text}")
    return int(text)


def share(text: str) -> float:
    """A share from 0 up to, but not including, 1, for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"should be a share from 0 to 0.99, not {text}")
    return value
