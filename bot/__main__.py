"""`python -m bot` and `grapevine`: the way in."""

from __future__ import annotations

from adapters.cli import build
from bot.wiring import Wiring


def main() -> None:
    """Run the command line."""
    build(Wiring())()


if __name__ == "__main__":
    main()
