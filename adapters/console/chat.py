"""The chat on a terminal: a prompt, what is typed at it, and what comes back."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper

from rich.text import Text

from adapters.console import view
from adapters.console.escape import inline
from adapters.console.screen import Screen
from adapters.console.session import Session
from adapters.console.shown import Aside, FormOpened, Said, Shown
from bot.replies import Field, Form

_SEQUENCE = re.compile("\x1b\\[[0-9;]*m")


class Chat:
    """Talks with one person until they leave with /quit, Ctrl-D or Ctrl-C.

    `read` shows a prompt and returns the next line, raising `EOFError` at the end. `interactive`
    (else whether standard input is a terminal) asks for the fields of a form one by one; without
    it typed lines are repeated on the screen, which then reads like a chat, and forms wait for
    `/fill`.
    """

    def __init__(
        self,
        session: Session,
        screen: Screen,
        *,
        read: Callable[[str], str] = input,
        interactive: bool | None = None,
    ) -> None:
        self._session = session
        self._screen = screen
        self._read = read
        self._interactive = sys.stdin.isatty() if interactive is None else interactive
        if read is input and isinstance(sys.stdin, TextIOWrapper):
            # What is typed in another encoding must not end the chat.
            sys.stdin.reconfigure(errors="replace")
        self._edits_lines = self._interactive and read is input and _readline()

    def run(self) -> None:
        """Greet, and take in lines until the end."""
        who, where = self._session.who, self._session.where
        self._screen.show([Aside(f"You are {who} {where}. /help says what to type, /quit ends.")])
        try:
            while not self._session.ended:
                self._turn()
        except (EOFError, KeyboardInterrupt):
            self._screen.caption("")

    def _turn(self) -> None:
        prompt = view.prompt(self._session.who, self._session.where)
        line = self._ask(prompt)
        self._show(prompt, line, self._session.type(line))

    def _show(self, prompt: Text, line: str, shown: list[Shown]) -> None:
        if not self._interactive:
            self._screen.typed(prompt, line, shown)
        elif shown and isinstance(shown[0], Said) and not line.startswith("/"):
            self._screen.rub_out(prompt, line)
        if self._interactive and any(isinstance(each, FormOpened) for each in shown):
            self._screen.show(each for each in shown if not isinstance(each, FormOpened))
            self._fill()
        else:
            self._screen.show(shown)

    def _fill(self) -> None:
        """Ask for the fields of the open form; another form may follow."""
        while (form := self._session.form) is not None:
            given = self._given(form)
            shown = (
                self._session.type(given) if isinstance(given, str) else self._session.fill(given)
            )
            self._screen.show(each for each in shown if not isinstance(each, FormOpened))

    def _given(self, form: Form) -> dict[str, str] | str:
        """Return what is typed for each field, or the line that is typed instead of all that."""
        help_text = "Enter keeps what stands there; /cancel closes the form."
        self._screen.show([Aside(f"{view.form_title(form)}. {help_text}")])
        values: dict[str, str] = {}
        with suppress(EOFError, KeyboardInterrupt):
            for field in form.fields:
                typed = self._ask(_question(field)).strip()
                if typed.split(maxsplit=1)[:1] in (["/cancel"], ["/fill"]):
                    return typed
                values[field.name] = typed or field.value
            return values
        self._screen.caption("")
        return "/cancel"

    def _ask(self, prompt: Text) -> str:
        if not self._interactive:
            return self._read("")
        console = self._screen.console
        with console.capture() as captured:
            console.print(prompt, end="", soft_wrap=True)
        shown = captured.get()
        return self._read(_for_readline(shown) if self._edits_lines else shown)


def _question(field: Field) -> Text:
    text = Text.assemble((inline(field.label or field.name), "bold"))
    if field.hint:
        text.append(f" ({inline(field.hint)})", "dim")
    if field.value:
        text.append(f" [{inline(field.value)}]", "dim")
    return text.append(": ")


def _readline() -> bool:
    """Have lines edited with the arrow keys, where Python can do that."""
    with suppress(ImportError):
        import_module("readline")
        return True
    return False


def _for_readline(prompt: str) -> str:
    """Mark what takes no room in a prompt, so that readline keeps the cursor in its place."""
    return _SEQUENCE.sub("\x01\\g<0>\x02", prompt)
