"""Where a session is shown: with colours and panels on a terminal, else as plain text."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.cells import cell_len
from rich.console import Console
from rich.control import Control
from rich.segment import ControlType
from rich.text import Text

from adapters.console import view
from adapters.console.escape import inline
from adapters.console.shown import Said, Shown

WIDEST = 120


class Screen:
    """Shows things on `console`.

    `fancy` (else whether the console is a terminal that can do more than print) draws panels, at
    most 120 columns wide; without it every line is printed as it is and never wrapped.
    """

    def __init__(self, console: Console, *, fancy: bool | None = None) -> None:
        self.console = console
        able = console.is_terminal and not console.is_dumb_terminal
        self.fancy = able if fancy is None else fancy
        if isinstance(console.file, io.TextIOWrapper):
            # A name that this terminal cannot write must not end the chat.
            console.file.reconfigure(errors="replace")

    @classmethod
    def here(cls) -> Screen:
        """The screen of this process: its standard output."""
        return cls(Console(markup=False, emoji=False, highlight=False))

    def show(self, shown: Iterable[Shown]) -> None:
        """Show things, one under the other."""
        for each in shown:
            if self.fancy:
                self.console.print(view.drawn(each), width=min(self.console.width, WIDEST))
            else:
                for line in view.plain_lines(each):
                    self._line(Text(line))

    def typed(self, prompt: Text, line: str, shown: list[Shown]) -> None:
        """Repeat a typed line behind its prompt, unless it is about to be shown as a message."""
        if not (shown and isinstance(shown[0], Said)):
            self._line(Text.assemble(prompt, inline(line)))

    def caption(self, text: str) -> None:
        """Show a comment of a script, or an empty line for an empty one."""
        self._line(view.caption(text))

    def rub_out(self, prompt: Text, line: str) -> None:
        """Take a line that a person has just typed off the terminal again."""
        if self.fancy:
            cells = cell_len(prompt.plain) + cell_len(inline(line))
            rows = max(1, -(-cells // max(1, self.console.width)))
            steps = [(ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2)] * rows
            self.console.control(Control(*steps))

    def _line(self, text: Text) -> None:
        if self.fancy:
            self.console.print(text, width=min(self.console.width, WIDEST))
        else:
            self.console.print(text, soft_wrap=True, no_wrap=True)
