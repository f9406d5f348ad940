"""How commands print: plain when piped, in colour at a terminal, never with markup of others."""

from __future__ import annotations

from rich.console import Console

from adapters.console.escape import clean

out = Console(markup=False, highlight=False, emoji=False)
err = Console(stderr=True, markup=False, highlight=False, emoji=False)


def say(text: str) -> None:
    """Print sentences to standard output: wrapped at a terminal, else whole."""
    out.print(clean(text), soft_wrap=not out.is_terminal)


def complain(text: str) -> None:
    """Print what went wrong to standard error."""
    err.print(clean(text), soft_wrap=not err.is_terminal)
