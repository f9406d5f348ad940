"""How things look, and that no text of anybody can do anything to a terminal."""

from __future__ import annotations

import io
import re
import unicodedata
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from adapters.console import Screen, picture, render
from adapters.console.escape import clean, inline
from adapters.console.shown import (
    Answer,
    Aside,
    FormOpened,
    History,
    Marks,
    Notice,
    Said,
    Shown,
)
from adapters.console.view import person_style, plain_lines, prompt
from bot.replies import Button, Field, File, Form, Link, Quote, Reply, Section, Source, Strong
from tests.console.village import GENERAL, Table

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
TRICKS = [
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\x1b]8;;https://evil.example\x1b\\bank\x1b]8;;\x1b\\",
    "\x9b31m",
    "a\rb",
    "a\x08\x08b",
    f"{BIDI}txt.exe",
    "line\u2028two\u2029three\x85four",
    "\ud800",
    "\ufeff\u200b\u00ad",
    "\U000e0041",
    "[bold]x[/bold] [link=https://evil.example]bank[/link] :smile: [/]",
    "\tx\ty\x00",
    "e\u0301" + "\u0301" * 50,
]
TEXTS = st.one_of(
    st.sampled_from(TRICKS),
    st.text(st.characters(exclude_categories=[]), max_size=30),
    st.text("\x1b[]0;8m\x07\x9b\r\n\u202e\u2066ab", max_size=20),
)


def is_harmful(sign: str) -> bool:
    return (unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} and sign != "\n") or sign in BIDI


def everything(text: str) -> list[Shown]:
    """Everything that can be shown, with `text` wherever a person's text can stand."""
    spans = (text, Strong(text), Link(text, text), Quote(text))
    section = Section(
        spans, (spans, (Source(GENERAL.ref, text, text, text),)), (Button(text, "t"),)
    )
    reply = Reply((section,), file=File(text, text))
    form = Form(text, (Field(text, text, text, text),), "t")
    said = Said(1, text, "12:00", text, edited=True, in_thread=True, where=text)
    marks = Marks({(GENERAL.ref, text): 1}, {"t": 1})
    return [
        said,
        History((said, said), text),
        Answer(reply, marks, private=True),
        FormOpened(form),
        Notice(text, (text, text)),
        Aside(text),
    ]


def shown_on(console: Console, shown: list[Shown], **options: Any) -> str:
    out = io.StringIO()
    console.file = out
    screen = Screen(console, **options)
    screen.show(shown)
    return out.getvalue()


@settings(max_examples=150)
@given(TEXTS)
def test_nothing_harmful_of_a_text_reaches_the_output(text: str) -> None:
    for fancy in (True, False):
        console = Console(width=70, force_terminal=True, color_system=None)
        out = shown_on(console, everything(text), fancy=fancy)
        assert not [sign for sign in out if is_harmful(sign)]


@settings(max_examples=100)
@given(TEXTS)
def test_a_text_of_one_line_can_forge_no_second_one(text: str) -> None:
    calm = [len(plain_lines(each)) for each in everything("x")[2:]]
    assert [len(plain_lines(each)) for each in everything(text)[2:]] == calm
    assert "\n" not in prompt(text, text).plain


@settings(max_examples=100)
@given(TEXTS)
def test_the_lines_of_a_message_all_stand_behind_its_margin(text: str) -> None:
    said = Said(7, "ana", "12:00", text)
    first, *rest = plain_lines(said)
    assert first.startswith("   7 ana 12:00")
    assert all(line.startswith(" " * 5) or not line for line in rest)


@settings(max_examples=100)
@given(TEXTS)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert "\n" not in inline(text)


@pytest.mark.parametrize("text", TRICKS)
def test_typed_tricks_are_harmless_in_a_conversation_and_in_a_picture(text: str) -> None:
    table = Table()
    for line in (text, f"/as {text}", f"/in {text}", f"/{text}", f"/ask {text}", f"/press {text}"):
        assert not [sign for shown in table.type(line) for sign in shown if is_harmful(sign)]
    script = "\n".join(["@grapevine " + inline(text), text.replace("\n", " ")])
    ET.fromstring(picture(script, Table().session))


def test_markup_stays_as_it_is_written() -> None:
    text = "[bold]x[/bold] [link=https://evil.example]bank[/link] :smile: [/]"
    for fancy in (True, False):
        console = Console(width=120, force_terminal=True, color_system=None)
        out = shown_on(console, everything(text), fancy=fancy)
        assert text in out
        assert "\x1b" not in out


def test_a_link_shows_where_it_leads() -> None:
    reply = Reply.say(Link("https://bank.example", "https://evil.example/x"))
    (_, line) = plain_lines(Answer(reply, Marks(), private=False))
    assert line == "  https://bank.example (https://evil.example/x)"
    bare = Reply.say(Link("https://bank.example", "https://bank.example"))
    assert plain_lines(Answer(bare, Marks(), private=False))[1] == "  https://bank.example"


def test_ordinary_text_of_any_language_stays_as_it_is() -> None:
    for text in ("naïve café", "日本語テキスト", "שלום", "नमस्ते", "👩\u200d🌾 ❤\ufe0f", "a\nb"):
        assert clean(text) == text


def test_a_trick_leaves_a_trace_and_what_is_only_invisible_leaves_none() -> None:
    assert clean("a\x1b[31mb\u202ec") == "a\ufffd[31mb\ufffdc"
    assert clean("co\u00adop\ufeff\u200b") == "coop"


def test_a_source_with_words_of_its_own_keeps_them() -> None:
    source = Source(GENERAL.ref, "m", None, "3 May")
    answer = Answer(Reply.say(source), Marks({(GENERAL.ref, "m"): 12}), private=False)
    assert plain_lines(answer)[1] == "  3 May ↗12"


# ── On a terminal ────────────────────────────────────────────────────────────────────────────────


def on_terminal(shown: list[Shown], width: int = 80, **options: Any) -> str:
    console = Console(width=width, height=30, force_terminal=True, **options)
    return shown_on(console, shown)


ANSWER = Answer(
    Reply((Section(("mei",), ((("word " * 60),),), (Button("Go", "t", danger=True),)),)),
    Marks({}, {"t": 3}),
    private=True,
)


@pytest.mark.parametrize(("width", "used"), [(60, 60), (100, 100), (300, 120)])
def test_a_panel_is_as_wide_as_the_terminal_up_to_a_limit(width: int, used: int) -> None:
    out = on_terminal([ANSWER], width, color_system=None)
    assert max(map(len, out.splitlines())) <= used
    assert max(map(len, out.splitlines())) > used - 10
    assert "only you can see this" in out
    assert "[3 Go]" in out


def test_a_long_message_hangs_behind_its_name() -> None:
    said = Said(7, "ana", "12:00", "word " * 40)
    lines = on_terminal([said], 60, color_system=None).splitlines()
    assert lines[0].startswith("   7 ana 12:00  word")
    assert len(lines) > 2
    assert all(line.startswith("     ") for line in lines[1:])


def test_names_have_colours_that_stay() -> None:
    assert person_style("ana") == person_style("ana")
    assert len({person_style(name) for name in ("ana", "mei", "tom", "zoe", "lev", "ida")}) > 2
    assert "\x1b[" in on_terminal([Said(1, "ana", "12:00", "hi")], color_system="truecolor")


def test_no_color_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out = on_terminal([ANSWER, Said(1, "ana", "12:00", "hi")], color_system="truecolor")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", out)


def test_a_dumb_terminal_gets_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    out = on_terminal([ANSWER])
    assert out.splitlines()[0] == "Grapevine · only you can see this"
    assert "\x1b" not in out


def test_what_is_no_terminal_gets_plain_lines_that_are_not_wrapped() -> None:
    out = shown_on(Console(width=40), [ANSWER])
    assert max(map(len, out.splitlines())) > 290


def test_a_terminal_that_cannot_write_a_name_shows_something_else() -> None:
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as file:
        Screen(Console(file=file)).show([Said(1, "zoë", "12:00", "↗ 日本")])
        file.flush()
        assert raw.getvalue() == b"   1 zo? 12:00  ? ??\n"


def test_a_reply_can_be_drawn_without_numbers() -> None:
    console = Console(width=60, file=io.StringIO(), record=True)
    buttons = (Button("Go", "t"),)
    console.print(render(Reply.say("See ", Source(GENERAL.ref, "m", None), buttons=buttons)))
    text = console.export_text()
    assert "See " in text
    assert "↗" not in text  # there is nothing to open by
    assert "[Go]" in text
    assert "only you can see this" in text
