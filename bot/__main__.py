"""`python -m bot` and `grapevine`: the way in."""

from __future__ import annotations

import sys

STOPPED = 130  # what a shell makes of Ctrl-C


def main() -> None:
    """Run the command line. Nothing is loaded before, so that Ctrl-C never shows a traceback."""
    try:
        from adapters.cli import build  # noqa: PLC0415 - see above
        from bot.wiring import Wiring  # noqa: PLC0415 - see above

        build(Wiring())()
    except KeyboardInterrupt:
        sys.exit(STOPPED)


if __name__ == "__main__":
    main()
