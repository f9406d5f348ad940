"""The command line in this process: starting one of its own costs half a second."""

from __future__ import annotations

import logging
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from pydantic import SecretStr

from adapters.cli import build
from adapters.files import open_export
from bot.importing import take_in
from bot.settings import Settings
from bot.wiring import Wiring
from tests.cli.running import COMMUNITY, Grapevine, Ran


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """Every command sets the logs up for its own process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def grapevine(
    workdir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Grapevine:
    """Run a command with its words in a folder of its own, in which its store comes to be."""

    def run(*words: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["grapevine", *map(str, words)])
        capsys.readouterr()
        wiring = Wiring()
        with pytest.raises(SystemExit) as ended:
            build(wiring)()
        if "store" in vars(wiring):
            wiring.store.close()
        code = ended.value.code
        assert isinstance(code, int) or code is None
        said = capsys.readouterr()
        return Ran(code or 0, said.out, said.err)

    return run


@pytest.fixture(scope="session")
def riverbend_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the demo's community in it, its private channel included."""
    file = tmp_path_factory.mktemp("riverbend") / "grapevine.db"
    wiring = Wiring(Settings(database_url=SecretStr(f"sqlite:///{file}")))
    export = open_export(COMMUNITY, private=frozenset({"committee"}), community="Riverbend")
    take_in(wiring.store, wiring.bot, export.events(), export.fingerprint, lambda _: None)
    wiring.store.close()
    return file


@pytest.fixture
def riverbend(workdir: Path, riverbend_file: Path) -> Path:
    """The demo's community in the store of this test."""
    return Path(shutil.copyfile(riverbend_file, workdir / "grapevine.db"))
