"""A conversation as a picture, for the README: the same script, the same picture to the byte."""

from __future__ import annotations

import io
import re

from rich.console import Console

from adapters.console.screen import Screen
from adapters.console.script import run_script
from adapters.console.session import Session

WIDTH = 100
"""Columns of a picture."""
_HEIGHT = 50  # has no effect on the picture; without it a dumb terminal would set the width
_FONTS = re.compile(r"@font-face \{[^}]*\}\s*")
_MOST_FONTS = 2  # stand first in the picture, before any text of the conversation


def picture(text: str, session: Session, title: str = "Grapevine", width: int = WIDTH) -> str:
    """Play a script and return it as SVG, `width` columns wide."""
    console = Console(
        file=io.StringIO(),
        record=True,
        width=width,
        height=_HEIGHT,
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )
    run_script(text, session, Screen(console, fancy=True))
    svg = console.export_svg(title=title, unique_id="grapevine")
    # A picture fetches nothing: the reader's own monospaced font is good enough.
    return _FONTS.sub("", svg, count=_MOST_FONTS)
