"""The chat on a terminal: with lines that are handed in, and on a real pseudo-terminal."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from contextlib import suppress

import pytest
from rich.console import Console

from adapters.console import Chat, Delivered, Screen
from bot.events import FormSubmitted, MessagePosted, PlaceRef
from bot.replies import Field, Form, Reply
from tests.console.village import HOME, READY, Table

Line = str | type[BaseException]


def typing(*lines: Line) -> tuple[Callable[[str], str], list[str]]:
    """Return a reader that types these lines and then Ctrl-D, and the prompts it saw."""
    waiting, prompts = list(lines), list[str]()

    def read(shown: str) -> str:
        prompts.append(shown)
        line = waiting.pop(0) if waiting else EOFError
        if isinstance(line, str):
            return line
        raise line

    return read, prompts


def chat(
    *lines: Line, table: Table | None = None, interactive: bool = True, colours: bool = False
) -> tuple[str, list[str]]:
    """Chat until the end; returns what was on the screen and the prompts."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=80,
        height=30,
        force_terminal=interactive,
        color_system="truecolor" if colours else None,
    )
    read, prompts = typing(*lines)
    session = (table or Table()).session
    Chat(session, Screen(console), read=read, interactive=interactive).run()
    return out.getvalue(), prompts


def test_the_prompt_says_who_and_where() -> None:
    _, prompts = chat("/as mei", "/in garden", "/dm")
    assert prompts == [
        f"ana in #general {READY} ",
        f"mei in #general {READY} ",
        f"mei in #garden {READY} ",
        f"mei to Grapevine {READY} ",
    ]


def test_the_prompt_has_colours_where_there_are_any() -> None:
    _, prompts = chat("hello", colours=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", prompts[0]) == f"ana in #general {READY} "
    assert "\x1b[" in prompts[0]


@pytest.mark.parametrize("end", ["/quit", EOFError, KeyboardInterrupt])
def test_the_chat_ends_in_peace(end: Line) -> None:
    table = Table()
    out, _ = chat("hello", end, "never", table=table)
    assert "You are ana in #general. /help says what to type, /quit ends." in out
    assert [post.text for post in table.core.of(MessagePosted)] == ["hello"]


def test_a_message_takes_the_place_of_the_line_that_was_typed() -> None:
    out, _ = chat("hello")
    assert "\x1b[1A\x1b[2K   1 ana 12:00  hello" in out
    long, _ = chat("word " * 30)
    assert "\x1b[1A\x1b[2K" * 3 in long


def test_a_command_stays_where_it_was_typed() -> None:
    out, _ = chat("/whoknows bread", "/places")
    assert "\x1b[1A" not in out


def test_the_fields_of_a_form_are_asked_for_one_by_one() -> None:
    table = Table()
    out, prompts = chat("/ask how?", "", "slowly", table=table)
    assert prompts[1:3] == ["Your question [how?]: ", "more (?): "]
    assert table.core.of(FormSubmitted)[0].fields == (("question", "how?"), ("more", "slowly"))
    assert "Form “Ask the network”. Enter keeps what stands there; /cancel closes the form." in out
    assert "Got it: question is how?, more is slowly" in out


@pytest.mark.parametrize("end", ["/cancel", EOFError, KeyboardInterrupt])
def test_a_form_can_be_left_without_leaving_the_chat(end: Line) -> None:
    table = Table()
    out, _ = chat("/ask how?", "why?", end, "hello", table=table)
    assert "Closed “Ask the network”; nothing was sent." in out
    assert table.core.of(FormSubmitted) == []
    assert [post.text for post in table.core.of(MessagePosted)] == ["hello"]


def test_a_form_that_is_asked_for_can_be_sent_with_fill_all_the_same() -> None:
    table = Table()
    out, prompts = chat("/ask how?", "/fill less=1", "/fill more=slowly", table=table)
    assert "The form has no field less; it has question, more." in out
    assert prompts[1] == prompts[2] == "Your question [how?]: "
    assert table.core.of(FormSubmitted)[0].fields == (("question", "how?"), ("more", "slowly"))


def test_a_form_that_follows_a_form_is_asked_for_too() -> None:
    table = Table()
    second = Form("And then", (Field("then", "And then?"),), "t-second")
    table.core.outbox.append(Delivered(PlaceRef(HOME, "dm-U1"), "g1", Reply((), form=second)))
    _, prompts = chat("/dm", "at once", table=table)
    assert prompts[1] == "And then?: "
    assert table.core.of(FormSubmitted)[0].fields == (("then", "at once"),)


def test_without_a_terminal_typed_lines_are_repeated_and_forms_wait() -> None:
    table = Table()
    out, prompts = chat("hello", "/ask how?", "/fill more=1", table=table, interactive=False)
    assert set(prompts) == {""}
    assert out.splitlines()[1:4] == [
        "   1 ana 12:00  hello",
        f"ana in #general {READY} /ask how?",
        "Form “Ask the network”",
    ]
    assert len(table.core.of(FormSubmitted)) == 1


def everything(terminal: int) -> str:
    """All that was written to a terminal whose other side is closed; it comes piece by piece."""
    shown = b""
    with os.fdopen(terminal, "rb", buffering=0) as file, suppress(OSError):
        while piece := file.read(65_536):
            shown += piece
    return shown.decode()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no pseudo-terminals here")
def test_the_screen_of_a_real_terminal_is_drawn_with_panels() -> None:
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as file:
        console = Console(file=file, width=70, height=20, color_system=None)
        screen = Screen(console)
        assert screen.fancy
        read, _ = typing("hello", "/whoknows bread", "/quit")
        Chat(Table().session, screen, read=read, interactive=True).run()
    shown = everything(ours)
    assert "╭─ Grapevine · only you can see this" in shown
    assert "   1 ana 12:00  hello" in shown
