"""How commands print: plain when piped, in colour at a terminal, never with markup of others."""

from __future__ import annotations

from rich.console import Console

out = Console(markup=False, highlight=False, emoji=False, soft_wrap=True)
err = Console(stderr=True, markup=False, highlight=False, emoji=False)
