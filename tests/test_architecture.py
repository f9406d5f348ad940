"""The rules of the house (DESIGN.md, sections 4 and 5), read off the source itself.

Each rule is a function from one parsed module to what it finds wrong, and a few snippets that
break it: a rule that finds nothing in those would be no rule.
"""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parent.parent
PARTS = ("bot", "adapters", "storage")

# The only places in `bot` that see the adapters and the store.
COMPOSITION_ROOT = {"bot/__main__.py", "bot/wiring.py"}
# The only places in `bot` that may read settings, files and the clock.
MAY_TOUCH_THE_WORLD = COMPOSITION_ROOT | {"bot/settings.py"}
# What may be longer than the limits: path (for a function, path:name) and the reason.
MAY_BE_LONG: dict[str, str] = {
    # A step of the tables is a list, written once and never changed.
    "storage/migrations/versions/0001_first_tables.py": "a list of tables",
    "storage/migrations/versions/0001_first_tables.py:upgrade": "a list of tables",
    "storage/migrations/versions/0003_network.py:_make_tables": "a list of tables",
    "storage/migrations/versions/0004_asking.py:_make_questions": "a list of tables",
    "storage/migrations/versions/0004_asking.py:_make_answers": "a list of tables",
    "storage/migrations/versions/0005_digests.py:upgrade": "a list of tables",
}

LONGEST_FUNCTION = 60
LONGEST_FILE = 400

DATABASE_LIBRARIES = ("sqlalchemy", "alembic", "psycopg", "sqlite3")
PLATFORM_LIBRARIES = ("discord", "slack_bolt", "slack_sdk", "aiohttp")
WORLD = (
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today"),
    *("datetime.date.today", "time.time", "time.time_ns", "time.monotonic", "time.sleep"),
    *("time.perf_counter", "time.localtime", "time.gmtime", "io.open", "os.environ", "os.getenv"),
    *("socket", "requests", "urllib.request", "http.client", "httpx", "subprocess"),
)
FILE_METHODS = ("read_text", "read_bytes", "write_text", "write_bytes")


@dataclass(frozen=True)
class Module:
    """One source file: its path from the top of the repository, and what it says."""

    path: str
    source: str

    @property
    def part(self) -> str:
        return PurePosixPath(self.path).parts[0]

    @property
    def name(self) -> str:
        return ".".join(PurePosixPath(self.path).with_suffix("").parts).removesuffix(".__init__")

    @property
    def package(self) -> str:
        is_package = self.path.endswith("/__init__.py")
        return self.name if is_package else self.name.rpartition(".")[0]


Rule = Callable[[Module], Iterator[str]]


@cache
def parse(module: Module) -> ast.Module:
    return ast.parse(module.source, module.path)


def modules() -> list[Module]:
    files = [file for part in PARTS for file in sorted((ROOT / part).rglob("*.py"))]
    return [Module(file.relative_to(ROOT).as_posix(), file.read_text()) for file in files]


def imported(module: Module, node: ast.AST) -> list[str]:
    """Return the full names that one import statement (or `import_module("...")`) brings in."""
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=source, names=names, level=level):
            parents = module.package.split(".")
            start = parents[: len(parents) - level + 1] if level else []
            origin = ".".join([*start, *([source] if source else [])])
            return [f"{origin}.{alias.name}" for alias in names]
        case ast.Call(
            func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__"),
            args=[ast.Constant(value=str(name)), *_],
        ):
            return [name]
        case _:
            return []


def imports(module: Module) -> Iterator[tuple[int, str]]:
    """Yield (line, full name) for everything a module imports, wherever it does so."""
    for node in ast.walk(parse(module)):
        for name in imported(module, node):
            yield getattr(node, "lineno", 1), name


def is_within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def names_used(module: Module) -> Iterator[tuple[int, str]]:
    """Yield (line, full name) for every dotted name, with import aliases resolved."""
    origin: dict[str, str] = {}
    for node in ast.walk(parse(module)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias, name in zip(node.names, imported(module, node), strict=True):
                local = alias.asname or (alias.name if isinstance(node, ast.ImportFrom) else None)
                origin[local or name.partition(".")[0]] = name if local else name.partition(".")[0]
    for node in ast.walk(parse(module)):
        if isinstance(node, ast.Attribute | ast.Name):
            first, _, rest = ast.unparse(node).partition(".")
            if first in origin:
                yield node.lineno, f"{origin[first]}.{rest}" if rest else origin[first]


def the_core_imports_neither_side(module: Module) -> Iterator[str]:
    if module.part == "bot" and module.path not in COMPOSITION_ROOT:
        for line, name in imports(module):
            if is_within(name, "adapters", "storage"):
                yield f"{module.path}:{line}: the core imports {name}; give it a port instead"


def the_sides_do_not_import_each_other(module: Module) -> Iterator[str]:
    other = {"adapters": "storage", "storage": "adapters"}.get(module.part)
    for line, name in imports(module):
        if other and is_within(name, other):
            yield f"{module.path}:{line}: {module.part} imports {name}; both meet only in the core"


def only_the_store_knows_the_database(module: Module) -> Iterator[str]:
    for line, name in imports(module):
        if module.part != "storage" and is_within(name, *DATABASE_LIBRARIES):
            yield f"{module.path}:{line}: {name} belongs under storage/"


def only_the_adapters_know_a_platform(module: Module) -> Iterator[str]:
    for line, name in imports(module):
        if module.part != "adapters" and is_within(name, *PLATFORM_LIBRARIES):
            yield f"{module.path}:{line}: {name} belongs under adapters/"


def the_core_is_pure(module: Module) -> Iterator[str]:
    if module.part != "bot" or module.path in MAY_TOUCH_THE_WORLD:
        return
    for line, name in {*imports(module), *names_used(module)}:
        if is_within(name, *WORLD):
            yield f"{module.path}:{line}: the core uses {name}; let the caller pass it in"
    for node in ast.walk(parse(module)):
        match node:
            case ast.Call(func=ast.Name(id="open")):
                yield f"{module.path}:{node.lineno}: the core opens a file; let the caller read it"
            case ast.Call(func=ast.Attribute(attr=attr)) if attr in FILE_METHODS:
                yield f"{module.path}:{node.lineno}: the core calls {attr}; let the caller do it"


def functions_are_short(module: Module) -> Iterator[str]:
    for node in ast.walk(parse(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION and f"{module.path}:{node.name}" not in MAY_BE_LONG:
                yield f"{module.path}:{node.lineno}: {node.name} has {lines} lines; split it"


def files_are_short(module: Module) -> Iterator[str]:
    lines = len(module.source.splitlines())
    if lines > LONGEST_FILE and module.path not in MAY_BE_LONG:
        yield f"{module.path}: {lines} lines are more than {LONGEST_FILE}; split it"


def modules_say_what_they_are_for(module: Module) -> Iterator[str]:
    if not ast.get_docstring(parse(module)):
        yield f"{module.path}: no docstring; say in a line what this module is for"


def imported_at_start(module: Module, known: set[str]) -> set[str]:
    """Return which of `known` must be there before this module can be: not what is imported
    inside a function or only for the type checker.
    """
    found: set[str] = set()
    waiting: list[ast.AST] = list(parse(module).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
            continue
        for name in imported(module, node):
            found |= {name if name in known else name.rpartition(".")[0]} & known
        waiting += ast.iter_child_nodes(node)
    return found - {module.name}


def circles(some: list[Module]) -> Iterator[str]:
    """Yield one circle of imports, if there is any."""
    known = {module.name for module in some}
    graph = {module.name: imported_at_start(module, known) for module in some}
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        yield f"imports go round in a circle: {' <- '.join(error.args[1])}"


RULES: dict[Rule, list[tuple[str, str]]] = {
    the_core_imports_neither_side: [
        ("bot/core.py", "import adapters.slack"),
        ("bot/core.py", "from storage import tables"),
        ("bot/core.py", "def f():\n    from storage.inbox import Inbox"),
        ("bot/features/ask.py", "from ...storage import tables"),
        ("bot/core.py", "import importlib\nimportlib.import_module('adapters.slack')"),
    ],
    the_sides_do_not_import_each_other: [
        ("adapters/slack/app.py", "from storage.outbox import Outbox"),
        ("storage/inbox.py", "import adapters"),
        ("storage/inbox.py", "from ..adapters import slack"),
    ],
    only_the_store_knows_the_database: [
        ("bot/core.py", "import sqlalchemy as sa"),
        ("bot/__main__.py", "from sqlalchemy import select"),
        ("adapters/slack/app.py", "import psycopg"),
    ],
    only_the_adapters_know_a_platform: [
        ("bot/core.py", "import discord"),
        ("bot/wiring.py", "from slack_bolt.async_app import AsyncApp"),
        ("storage/inbox.py", "import slack_sdk"),
        ("storage/inbox.py", "from aiohttp import web"),
    ],
    the_core_is_pure: [
        ("bot/core.py", "import datetime\ndatetime.datetime.now(tz=None)"),
        ("bot/core.py", "from datetime import datetime as dt, UTC\ndt.now(UTC)"),
        ("bot/core.py", "from datetime import datetime\nclock = datetime.utcnow"),
        ("bot/core.py", "from datetime import date\ndate.today()"),
        ("bot/core.py", "import time\ntime.time()"),
        ("bot/core.py", "from time import time"),
        ("bot/core.py", "open('x')"),
        ("bot/core.py", "from pathlib import Path\nPath('x').read_text()"),
        ("bot/core.py", "import socket"),
        ("bot/core.py", "import os\nos.environ['X']"),
        ("bot/core.py", "from os import environ"),
        ("bot/core.py", "import requests"),
    ],
    functions_are_short: [
        ("bot/core.py", "def f():\n" + "    x = 1\n" * LONGEST_FUNCTION),
        ("storage/inbox.py", "class C:\n  async def f():\n" + "    x = 1\n" * LONGEST_FUNCTION),
    ],
    files_are_short: [("adapters/slack/app.py", "x = 1\n" * (LONGEST_FILE + 1))],
    modules_say_what_they_are_for: [("bot/core.py", "x = 1"), ("storage/__init__.py", "")],
}

INNOCENT = [
    ("bot/core.py", "from bot.ports import Store\nfrom datetime import datetime\nx: datetime"),
    ("bot/core.py", "def f(now, clock, question):\n    question.open(clock.now(), now.date())"),
    ("bot/core.py", "import time_machine, adapters_of_old, discordant"),
    ("bot/core.py", "def f():\n" + "    x = 1\n" * (LONGEST_FUNCTION - 1)),
    ("bot/core.py", "x = 1\n" * (LONGEST_FILE - 2) + "x = 1"),
    ("bot/__main__.py", "from storage import tables\nfrom adapters.slack import app\nopen('x')"),
    ("bot/wiring.py", "import storage, adapters, time\ntime.time()"),
    ("bot/settings.py", "import os\nos.environ['X']"),
    ("adapters/slack/app.py", "import slack_bolt, aiohttp, time\nfrom bot import events"),
    ("storage/inbox.py", "import sqlalchemy\nfrom bot import events\nfrom . import tables"),
]

CIRCLES = [
    {"bot/a.py": "import bot.b", "bot/b.py": "from bot import a"},
    {"bot/a.py": "from bot.b import x", "bot/b.py": "import bot.c", "bot/c.py": "from . import a"},
    {"bot/a.py": "try:\n    import bot.b\nfinally:\n    pass", "bot/b.py": "import bot.a"},
]
NO_CIRCLES = [
    {"bot/a.py": "import bot.b", "bot/b.py": "def f():\n    import bot.a"},
    {"bot/a.py": "import bot.b", "bot/b.py": "if TYPE_CHECKING:\n    import bot.a"},
    {"bot/__init__.py": "", "bot/a.py": "from bot import b", "bot/b.py": "import bot"},
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_the_rule(rule: Rule) -> None:
    wrong = [finding for module in modules() for finding in rule(module)]
    assert not wrong, "\n" + "\n".join(sorted(wrong))


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        pytest.param(rule, *snippet, id=f"{rule.__name__}-{number}")
        for rule, broken in RULES.items()
        for number, snippet in enumerate(broken)
    ],
)
def test_the_rule_notices(rule: Rule, path: str, source: str) -> None:
    assert list(rule(Module(path, source)))


@pytest.mark.parametrize(("path", "source"), INNOCENT, ids=range(len(INNOCENT)))
def test_no_rule_objects_to_what_is_allowed(path: str, source: str) -> None:
    module = Module(path, f'"""What it is for."""\n{source}')
    assert [finding for rule in RULES for finding in rule(module)] == []


def test_the_core_imports_in_no_circle() -> None:
    assert not list(circles([module for module in modules() if module.part == "bot"]))


@pytest.mark.parametrize("files", CIRCLES)
def test_a_circle_is_noticed(files: dict[str, str]) -> None:
    assert list(circles([Module(*file) for file in files.items()]))


@pytest.mark.parametrize("files", NO_CIRCLES)
def test_what_only_looks_like_a_circle_is_not_one(files: dict[str, str]) -> None:
    assert not list(circles([Module(*file) for file in files.items()]))


def test_every_part_of_the_house_is_looked_at() -> None:
    assert {module.part for module in modules()} == set(PARTS)


def test_what_may_be_long_is_there() -> None:
    paths = {module.path for module in modules()}
    assert {allowed.partition(":")[0] for allowed in MAY_BE_LONG} <= paths
