from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.running import Grapevine
from tests.files.building import line, write_lines


@pytest.fixture
def two_communities(grapevine: Grapevine, workdir: Path) -> None:
    """The mill, where Ada knows about flour, and the quay, where nobody does."""
    asked = line(id="q", user="bo", text="Which flour for rye bread?")
    answer = line(id="a", ts=1714557660, user="ada", text="Whole rye flour, finely ground.")
    mill = write_lines(workdir / "mill.jsonl", asked, answer)
    quay = write_lines(workdir / "quay.jsonl", line(text="The tide is high."))
    for file in (mill, quay):
        assert grapevine("import", file).code == 0


def test_an_outsider_sees_people_with_what_shows_it(grapevine: Grapevine, riverbend: Path) -> None:
    said = grapevine("whoknows", "sourdough")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("Grapevine\n  People here who know about sourdough:\n")
    assert re.search(r"^  fatima\n    answered \w+ in #bread", said.out, re.MULTILINE)
    assert "only you can see this" not in said.out


def test_several_words_are_one_topic(grapevine: Grapevine, riverbend: Path) -> None:
    apart = grapevine("whoknows", "wild", "garlic").out
    assert apart == grapevine("whoknows", "wild garlic").out
    assert "wild garlic" in apart


def test_somebody_who_asks_is_not_told_about_themselves(
    grapevine: Grapevine, riverbend: Path
) -> None:
    said = grapevine("whoknows", "sourdough", "--as", "Fatima")
    assert "jonas" in said.out
    assert not re.search(r"^  fatima$", said.out, re.MULTILINE)
    assert grapevine("whoknows", "sourdough", "--as", "@fatima").out == said.out


def test_links_come_whole_and_on_one_line(grapevine: Grapevine, riverbend: Path) -> None:
    said = grapevine("links", "compost")
    assert said.code == 0
    assert "(https://www.rhs.org.uk/soil-composts-mulches/composting" in said.out
    assert re.search(r"^    kofi in #garden, ", said.out, re.MULTILINE)


def test_without_a_topic_the_newest_links_come(grapevine: Grapevine, riverbend: Path) -> None:
    said = grapevine("links")
    assert said.out.startswith("Grapevine\n  The newest links:\n")


def test_nobody_is_an_answer_too(grapevine: Grapevine, riverbend: Path) -> None:
    said = grapevine("whoknows", "quantum chromodynamics")
    assert said.code == 0
    assert "nobody" in said.out
    assert "“quantum chromodynamics”" in said.out


@pytest.mark.usefixtures("two_communities")
def test_of_several_communities_one_must_be_named(grapevine: Grapevine) -> None:
    said = grapevine("whoknows", "flour")
    assert said.sentence == "The store holds several communities; say --community mill or quay."
    assert "ada" in grapevine("whoknows", "flour", "--community", "MILL").out
    assert "nobody" in grapevine("whoknows", "flour", "--community", "quay").out


@pytest.mark.usefixtures("two_communities")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--community", "mil"], "There is no community called mil; did you mean mill?"),
        (["--community", "pub"], "There is no community called pub."),
        (
            ["--community", "mill", "--as", "adda"],
            "There is nobody called adda in mill; did you mean ada?",
        ),
        (["--community", "quay", "--as", "ada"], "There is nobody called ada in quay."),
    ],
)
def test_whom_and_where_nobody_knows_is_said(
    grapevine: Grapevine, words: list[str], sentence: str
) -> None:
    for command in ("whoknows", "links"):
        assert grapevine(command, "flour", *words).sentence == sentence


def test_a_name_that_two_people_have_is_settled_by_id(grapevine: Grapevine, workdir: Path) -> None:
    both = [line(id=user, user=user, name="Ada") for user in ("u1", "u2")]
    grapevine("import", write_lines(workdir / "mill.jsonl", *both))
    said = grapevine("whoknows", "hello", "--as", "ada")
    assert said.sentence == "Several people are called ada; say which: u1 or u2."
    assert grapevine("whoknows", "hello", "--as", "u1").code == 0


@pytest.mark.parametrize("words", [["whoknows", "flour"], ["links"], ["chat"]])
def test_an_empty_store_says_how_to_fill_it(grapevine: Grapevine, words: list[str]) -> None:
    said = grapevine(*words)
    assert said.sentence == "The store is empty. Bring a chat in with: grapevine import PATH"


def test_what_was_typed_cannot_command_the_terminal(grapevine: Grapevine, riverbend: Path) -> None:
    said = grapevine("whoknows", "sourdough", "--as", "\x1b[2Jana")
    assert "\x1b" not in said.sentence
