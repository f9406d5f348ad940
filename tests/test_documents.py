"""What the README and `.env.example` say is what the code does (DESIGN section 5, rule 7)."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.commands import COMMANDS
from bot.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def default_of(name: str) -> str:
    value = Settings.model_fields[name].default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def settings_table() -> str:
    rows = [
        f"| `{name.upper()}` | `{default_of(name)}` | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(["| Setting | Default | What it is for |", "|---|---|---|", *rows])


def commands_table() -> str:
    rows = []
    for command in COMMANDS:
        usage = f"/{command.under} {command.name}" if command.under else f"/{command.name}"
        words = command.words.replace("|", "\\|")
        admin = " (admins)" if command.admin else ""
        rows.append(f"| `{f'{usage} {words}'.strip()}` | {command.summary}{admin} |")
    return "\n".join(["| Command | What it does |", "|---|---|", *rows])


def env_example() -> str:
    parts = [
        f"# {field.description}\n#{name.upper()}={default_of(name)}\n"
        for name, field in Settings.model_fields.items()
    ]
    head = "# Copy to .env and take away the # where you want another value; "
    return head + "grapevine doctor checks it.\n\n" + "\n".join(parts)


@pytest.mark.parametrize("table", [settings_table(), commands_table()])
def test_the_readme_lists_what_the_code_has(table: str) -> None:
    assert table in README, f"Put this into README.md:\n\n{table}\n"


def test_the_example_environment_holds_every_setting_with_its_default() -> None:
    written = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert written == env_example(), f"Make .env.example this:\n\n{env_example()}"


@pytest.mark.parametrize("text", [README, CONTRIBUTING])
def test_every_path_that_is_named_exists(text: str) -> None:
    named = re.findall(r"`((?:bot|adapters|storage|tests|benchmarks|demo|docs)/[\w./-]*)`", text)
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("text", [README, CONTRIBUTING])
def test_every_make_target_that_is_named_exists(text: str) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([\w-]+)", text, re.MULTILINE))
    assert named
    assert named - targets == set()


def test_the_picture_in_the_readme_is_there() -> None:
    picture = re.search(r"!\[.*?\]\((.*?)\)", README)
    assert picture is not None
    assert (ROOT / picture[1]).read_text(encoding="utf-8").startswith("<svg")


def test_the_changelog_tells_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"## [{project['version']}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
