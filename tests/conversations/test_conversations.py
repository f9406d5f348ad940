"""Every `.chat` file here is a conversation that has to go exactly as it is written.

A file reads like the chat it is: what people type, and behind `>` what they see. `driver.py` says
which worlds there are. After a change in what Grapevine says, have the files written anew with

    GRAPEVINE_UPDATE=1 .venv/bin/pytest tests/conversations

and look at every line of the difference before keeping it. What is written comes from SQLite;
PostgreSQL has to say the same.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conversations.driver import Stage, difference, replay, world_of
from tests.conversations.worlds import PostgresWorld, SqliteWorld
from tests.databases import Databases, PostgresDatabases, SqliteDatabases, SqliteTemplate

# Read now: no test sees it.
UPDATE = os.environ.get("GRAPEVINE_UPDATE") == "1"
HERE = Path(__file__).parent
README = HERE.parents[1] / "docs" / "conversation.chat"
# A question's whole story, which the README shows.
STORY = HERE.parents[1] / "docs" / "ask.chat"
SCRIPTS = [*sorted(HERE.glob("*.chat")), STORY]
TOUR = HERE.parents[1] / "demo" / "tour.chat"
WORLDS = ("riverbend", "empty")


@pytest.fixture(scope="session")
def sqlite_worlds(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: SqliteTemplate
) -> dict[str, SqliteWorld]:
    return {
        world: SqliteWorld(tmp_path_factory.mktemp(world), sqlite_template, world)
        for world in WORLDS
    }


@pytest.fixture(scope="session")
def postgres_worlds(postgres: PostgresDatabases) -> Iterator[dict[str, PostgresWorld]]:
    worlds = {world: PostgresWorld(postgres, world) for world in WORLDS}
    yield worlds
    for world in worlds.values():
        world.close()


@pytest.fixture
def settled(
    backend: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    sqlite_worlds: dict[str, SqliteWorld],
) -> dict[str, Databases]:
    """For each world the databases with it in them."""
    if backend == "sqlite":
        return {name: SqliteDatabases(tmp_path, world) for name, world in sqlite_worlds.items()}
    worlds: dict[str, Databases] = request.getfixturevalue("postgres_worlds")
    return worlds


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_the_conversation_goes_as_it_is_written(
    script: Path, backend: str, settled: dict[str, Databases]
) -> None:
    written = script.read_text(encoding="utf-8")
    said = played(written, settled[world_of(written)])
    if UPDATE and backend == "sqlite":
        script.write_text(said, encoding="utf-8")
        return
    parted = difference(written, said, script.name)
    assert not parted, f"\n{parted}\n\nGRAPEVINE_UPDATE=1 writes the file anew."


def played(script: str, databases: Databases) -> str:
    stage = Stage(databases.migrated())
    try:
        return replay(script, stage)
    finally:
        stage.close()
        if isinstance(databases, PostgresWorld):
            databases.test_is_over()


@pytest.mark.parametrize("script", [TOUR, README], ids=lambda script: script.stem)
def test_what_visitors_are_shown_shows_no_misunderstanding(
    script: Path, settled: dict[str, Databases]
) -> None:
    said = played(script.read_text(encoding="utf-8"), settled["riverbend"])
    assert said.count("> Grapevine") >= 4
    for wrong in (
        "did not understand",
        "There is no",
        "Type it like this",
        "went wrong",
        "Which of",
    ):
        assert wrong not in said


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_code_that_somebody_types_was_shown_before(script: Path) -> None:
    shown = ""
    for line in script.read_text(encoding="utf-8").splitlines():
        if not line.startswith((">", "#")):
            assert all(code in shown for code in re.findall(r"code-\d+\b", line)), line
        shown += f"{line} "


def test_a_conversation_that_goes_another_way_is_noticed(settled: dict[str, Databases]) -> None:
    script = "# world: empty\n/whoknows bread\n> Grapevine · only you can see this\n>   Mei does.\n"
    said = played(script, settled["empty"])
    assert "-> " in difference(script, said, "this")
    assert difference(said, played(said, settled["empty"]), "this") == ""


def test_whoever_hears_nothing_is_noticed_too(settled: dict[str, Databases]) -> None:
    silent = "# world: empty\n/help\nhello everybody\n"
    assert played(silent, settled["empty"]) != silent
    assert played(silent, settled["empty"]).endswith("hello everybody\n")
