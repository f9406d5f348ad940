"""Conversations in files: compared, brought up to date, shown and drawn."""

from __future__ import annotations

import io
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from adapters.console import Report, Screen, picture, play, rewrite, run_script
from tests.console.village import GENERAL, MEI, READY, Table

TALK = """\
# Ana asks around.
/at 2026-05-03 10:00
who bakes?

/whoknows bread
> Grapevine · only you can see this
>   mei knows bread
>     “bread every day” ↗2
>     a page (https://example.org/bread)
>     [1 Hide] [2 Leave]

/press 1
> Grapevine · only you can see this
>   You pressed t-hide.
"""


def table() -> Table:
    made = Table()
    made.village.say(MEI, GENERAL, "bread every day")
    return made


def compare(script: str) -> Report:
    return play(script, table().session)


def test_a_script_that_says_what_is_said_holds() -> None:
    report = compare(TALK)
    assert report
    assert str(report) == "All as expected."


def test_a_difference_is_shown_with_its_line() -> None:
    report = compare(TALK.replace("You pressed", "You kissed"))
    assert not report
    (wrong,) = report.mismatches
    assert (wrong.number, wrong.typed) == (12, "/press 1")
    assert str(report).splitlines() == [
        "line 12: /press 1",
        "  - Grapevine · only you can see this",
        "  -   You kissed t-hide.",
        "  + Grapevine · only you can see this",
        "  +   You pressed t-hide.",
    ]


@pytest.mark.parametrize(
    "expected",
    [
        ">...",
        ">...\n>   You pressed t-hide.",
        "> Grapevine · only you can see this\n>...",
        ">...\n> Grapevine · only you can see this\n>...\n>   You pressed t-hide.\n>...",
        "> Grapevine · only you can see this  \n>   You pressed t-hide.\n>",
    ],
)
def test_what_matches(expected: str) -> None:
    assert compare(f"/whoknows bread\n>...\n/press 1\n{expected}\n")


@pytest.mark.parametrize(
    "expected",
    [
        ">",
        "> Grapevine · only you can see this",
        ">   You pressed t-hide.\n>...",
        "> ...",
        ">...\n>   You pressed\n>...",
        ">  You pressed t-hide.",
    ],
)
def test_what_does_not_match(expected: str) -> None:
    assert not compare(f"/whoknows bread\n>...\n/press 1\n{expected}\n")


def test_a_script_that_expects_anything_expects_silence_everywhere_else() -> None:
    assert compare("/whoknows bread\n/press 1\n")
    report = compare("/whoknows bread\n/press 1\n>...\n")
    assert [wrong.typed for wrong in report.mismatches] == ["/whoknows bread"]
    assert "  - (nothing)" in str(report)


def test_a_single_mark_expects_silence() -> None:
    assert compare("hello\n>\n")
    assert "  + (nothing)" in str(compare("hello\n> Grapevine\n"))


def test_expectations_before_anything_was_typed_do_not_hold() -> None:
    assert not compare("> Grapevine\nhello\n")


def test_what_one_typed_and_where_one_went_is_not_compared() -> None:
    assert compare("hello\n/as mei\n/in garden\n/wait 1 day\n/xyzzy\n>...\n")


def test_comments_and_blank_lines_are_not_typed() -> None:
    seat = table()
    play("# nobody says this\n#\n\n   \n#general is nice\n", seat.session)
    assert [post.text for post in seat.core.events if hasattr(post, "text")] == ["#general is nice"]


def test_windows_line_ends_change_nothing() -> None:
    assert compare(TALK.replace("\n", "\r\n"))


def test_quit_ends_a_script() -> None:
    seat = table()
    assert play("/quit\nhello\n> never\n", seat.session)
    assert seat.core.events == []


def test_rewriting_a_script_that_holds_changes_nothing() -> None:
    assert rewrite(TALK, table().session) == TALK


def test_rewriting_fills_in_what_is_said() -> None:
    bare = "".join(f"{line}\n" for line in TALK.splitlines() if not line.startswith(">"))
    assert play(rewritten := rewrite(bare, table().session), table().session)
    assert rewritten == TALK


def test_rewriting_corrects_what_is_wrong_and_keeps_what_holds() -> None:
    before = "# a\n\n/whoknows bread\n>...\n>     [1 Hide] [2 Leave]\n/press 1\n> no\nhi\n> no\n"
    after = (
        "# a\n\n/whoknows bread\n>...\n>     [1 Hide] [2 Leave]\n/press 1\n"
        "> Grapevine · only you can see this\n>   You pressed t-hide.\nhi\n"
    )
    assert rewrite(before, table().session) == after


LINES = st.sampled_from(
    ["hello", "/whoknows bread", "/press 1", "/open 1", "/as mei", "# note", "", "> x", ">...", ">"]
)


@given(st.lists(LINES, max_size=8))
def test_whatever_was_rewritten_holds_and_stays_as_it_is(lines: list[str]) -> None:
    script = rewrite("\n".join(["hello", *lines]), table().session)
    assert play(script, table().session)
    assert rewrite(script, table().session) == script


# ── Shown and drawn ──────────────────────────────────────────────────────────────────────────────


def test_a_script_is_shown_like_a_chat() -> None:
    out = io.StringIO()
    assert run_script(TALK, table().session, Screen(Console(file=out, width=40)))
    assert out.getvalue().splitlines() == [
        "Ana asks around.",
        f"ana in #general {READY} /at 2026-05-03 10:00",
        "It is Sunday 3 May 2026, 10:00.",
        "   1 ana 10:00  who bakes?",
        f"ana in #general {READY} /whoknows bread",
        "Grapevine · only you can see this",
        "  mei knows bread",
        "    “bread every day” ↗2",
        "    a page (https://example.org/bread)",
        "    [1 Hide] [2 Leave]",
        f"ana in #general {READY} /press 1",
        "Grapevine · only you can see this",
        "  You pressed t-hide.",
    ]


def test_a_script_that_is_shown_is_compared_too() -> None:
    screen = Screen(Console(file=io.StringIO()))
    report = run_script("hello\n> no\n", table().session, screen)
    assert [wrong.number for wrong in report.mismatches] == [1]


def test_a_picture_is_the_same_to_the_byte_wherever_it_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = picture(TALK, table().session)
    for name, value in {"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "33"}.items():
        monkeypatch.setenv(name, value)
    assert picture(TALK, table().session) == first


def test_a_picture_is_valid_and_fetches_nothing() -> None:
    svg = picture(TALK, table().session, title="Who knows about <bread>?")
    root = ET.fromstring(svg)
    assert root.tag.endswith("svg")
    words = "".join(root.itertext()).replace("\N{NO-BREAK SPACE}", " ")
    for part in ("Who knows about <bread>?", "only you can see this", "mei", "[1 Hide]"):
        assert part in words
    assert "url(http" not in svg
    assert 'url("' not in svg


def test_a_wider_picture_is_wider() -> None:
    narrow, wide = (picture(TALK, table().session, width=width) for width in (60, 100))
    assert ET.fromstring(narrow).attrib["viewBox"] != ET.fromstring(wide).attrib["viewBox"]
