"""The command line: `grapevine import`, `chat`, `whoknows`, `links`, `doctor`, `demo` and more."""

from adapters.cli.app import build

__all__ = ["build"]
