from __future__ import annotations

import io
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.running import ROOT, Grapevine

ASK = "/whoknows sourdough\n"


@pytest.fixture
def script(workdir: Path) -> Path:
    return workdir / "ask.chat"


def test_a_script_without_expectations_is_shown(
    grapevine: Grapevine, riverbend: Path, script: Path
) -> None:
    script.write_text(f"# Who bakes?\n{ASK}")
    said = grapevine("chat", "--as", "ana", "--in", "bread", "--script", script)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("Who bakes?\nana in #bread › /whoknows sourdough\nGrapevine")


def test_a_script_that_is_answered_as_it_says_is_well(
    grapevine: Grapevine, riverbend: Path, script: Path
) -> None:
    script.write_text(f"{ASK}> Grapevine · only you can see this\n>...\n")
    assert grapevine("chat", "--as", "ana", "--script", script).code == 0


def test_a_script_that_is_answered_otherwise_says_where(
    grapevine: Grapevine, riverbend: Path, script: Path
) -> None:
    script.write_text(f"{ASK}> Nobody.\n")
    said = grapevine("chat", "--as", "ana", "--script", script)
    assert said.code == 1
    assert said.err.startswith(f"{script} is answered otherwise than it says:\nline 1: {ASK}")
    assert "  - Nobody.\n  + Grapevine" in said.err


def test_update_writes_what_is_said_now_and_then_it_holds(
    grapevine: Grapevine, riverbend: Path, script: Path
) -> None:
    script.write_text(f"# Who bakes?\n\n/at 2026-11-20 18:00\n{ASK}> Nobody.\n")
    updated = grapevine("chat", "--as", "ana", "--script", script, "--update")
    assert (updated.code, updated.out) == (0, "")
    assert script.read_text().startswith(f"# Who bakes?\n\n/at 2026-11-20 18:00\n{ASK}> Grapevine")
    assert "Nobody" not in script.read_text()
    assert grapevine("chat", "--as", "ana", "--script", script).code == 0


def test_what_is_typed_is_answered_until_the_end(
    grapevine: Grapevine, riverbend: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"Good morning\n{ASK}"))
    said = grapevine("chat", "--as", "ana", "--in", "general")
    assert said.code == 0
    assert "Good morning" in said.out
    assert "fatima" in said.out


def test_a_command_given_in_the_chat_is_known_there(
    grapevine: Grapevine, riverbend: Path, script: Path
) -> None:
    script.write_text("/grapevine privacy\n/remember-me\n")
    said = grapevine("chat", "--as", "ana", "--script", script)
    assert said.out.count("Grapevine · only you can see this") == 2
    assert "did not understand" not in said.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--as", "anna"], "There is nobody called anna in Riverbend; did you mean ana?"),
        (["--in", "breed"], "There is no place called breed in Riverbend; did you mean bread?"),
        (["--in", "pub"], "There is no place called pub in Riverbend."),
        (["--community", "Mill"], "There is no community called Mill."),
        (["--script", "no.chat"], "There is no script no.chat."),
        (["--script", "."], ". is not a text file in UTF-8."),
        (["--update"], "--update writes into a script; name one with --script FILE."),
    ],
)
def test_a_seat_that_cannot_be_taken_is_one_sentence(
    grapevine: Grapevine, riverbend: Path, words: list[str], sentence: str
) -> None:
    assert grapevine("chat", *words).sentence == sentence


def test_nobody_sits_where_they_may_not(grapevine: Grapevine, riverbend: Path) -> None:
    said = grapevine("chat", "--as", "ana", "--in", "committee")
    assert said.sentence.startswith("There is no place called #")
    assert "committee" not in grapevine("chat", "--as", "ana", "--in", "comittee").sentence[30:]


def test_without_a_terminal_the_demo_plays_its_tour(grapevine: Grapevine, workdir: Path) -> None:
    said = grapevine("demo")
    assert (said.code, said.err) == (0, "")
    assert "in #general › /whoknows" in said.out
    assert "did not understand" not in said.out
    assert said.out.endswith("make demo lets you talk yourself.\n")
    assert list(workdir.iterdir()) == []


def test_a_picture_is_the_same_to_the_byte(grapevine: Grapevine, workdir: Path) -> None:
    tour = ROOT / "demo" / "tour.chat"
    for name in ("one.svg", "two.svg"):
        assert grapevine("picture", tour, name).code == 0
    one, two = (workdir / name for name in ("one.svg", "two.svg"))
    assert one.read_bytes() == two.read_bytes()
    assert ET.parse(one).getroot().tag.endswith("svg")


@pytest.mark.parametrize(
    ("script", "target", "sentence"),
    [
        ("no.chat", "x.svg", "There is no script no.chat."),
        ("binary.chat", "x.svg", "binary.chat is not a text file in UTF-8."),
        ("ask.chat", "no/x.svg", "The system refused no/x.svg: No such file or directory."),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_one_sentence(
    grapevine: Grapevine, workdir: Path, script: str, target: str, sentence: str
) -> None:
    (workdir / "binary.chat").write_bytes(b"\xff\xfe")
    (workdir / "ask.chat").write_text("/people\n")
    assert grapevine("picture", script, target).sentence == sentence
