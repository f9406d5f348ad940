from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.running import Grapevine, finished, start

COMMANDS = [
    *("demo", "import", "whoknows", "links", "chat", "run", "status", "outbox"),
    *(
        "backup",
        "restore",
        "doctor",
        "titles",
        "picture",
        "slack-manifest",
        "slack-key",
        "discord-invite",
    ),
]


def test_help_says_what_it_is_how_to_begin_and_what_there_is(grapevine: Grapevine) -> None:
    said = grapevine("--help")
    assert said.code == 0
    assert "finds who knows about something" in said.out
    assert "Try it:         grapevine demo\n" in said.out
    assert re.findall(r"^  (\w[\w-]*)  +[A-Z]", said.out, re.MULTILINE) == COMMANDS
    assert "..." not in said.out.partition("Commands:")[2], "a summary was cut"


def test_without_a_word_it_helps(grapevine: Grapevine) -> None:
    assert grapevine() == grapevine("--help")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(grapevine: Grapevine, command: str) -> None:
    said = grapevine(command, "--help")
    assert said.code == 0
    assert re.match(rf"Usage: grapevine {command}.*\n\n  [A-Z].*\.\n", said.out)
    assert "<list" not in said.out.partition("Options:")[2]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["frobnicate"], "No such command 'frobnicate'; see grapevine --help"),
        (["whoknow"], "No such command 'whoknow'. Did you mean 'whoknows'?"),
        (["--frob"], "No such option: --frob; see grapevine --help"),
        (["whoknows", "--frob"], "No such option: --frob; see grapevine whoknows --help"),
        (["whoknows"], "Missing argument 'TOPIC'; see grapevine whoknows --help"),
        (["import"], "Missing argument 'PATH'; see grapevine import --help"),
        (["import", "a", "b"], "Got unexpected extra argument"),
        (["chat", "--as"], "Option '--as' requires an argument; see grapevine --help"),
        (["titles", "--most", "0"], "Invalid value for '--most': "),
        (["titles", "--most", "all"], "Invalid value for '--most': "),
    ],
)
def test_a_slip_on_the_command_line_is_one_sentence(
    grapevine: Grapevine, words: list[str], sentence: str
) -> None:
    said = grapevine(*words)
    assert said.code == 2
    assert said.sentence.startswith(sentence)
    assert not said.out


def test_a_process_of_its_own_answers_and_ends_as_it_should(tmp_path: Path) -> None:
    empty = start("whoknows", "sourdough", folder=tmp_path)
    helping = start("--help", folder=tmp_path)
    assert finished(empty).sentence == (
        "The store is empty. Bring a chat in with: grapevine import PATH"
    )
    assert finished(helping).code == 0
    assert [file.name for file in tmp_path.iterdir()] == ["grapevine.db"]
