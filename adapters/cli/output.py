"""How commands print: plain when piped, in colour at a terminal, never with markup of others."""

from __future__ import annotations

from rich.console import Console

from adapters.console.escape import clean

out = Console(markup=False, highlight=False, emoji=False)
err = Console(stderr=True, markup=False, highlight=False, emoji=False)


def say(text: str) -> None:
    """Print sentences to standard output; the terminal wraps them."""
    out.print(clean(text), soft_wrap=True)


def complain(text: str) -> None:
    """Print what went wrong to standard error."""
    err.print(clean(text), soft_wrap=True)
