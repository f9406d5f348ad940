"""Random JSON in the place of any part of a sound export ends in events or in one sentence."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.files import open_export
from bot.errors import ImportFailed
from tests.files.building import (
    DISCORD,
    LINES,
    SLACK,
    as_json,
    payload_files,
    write_folder,
    write_zip,
)

words = st.text(max_size=8) | st.sampled_from(
    ["", "id", "U0ADA", "general", "1714557600.1", "\x00", "\ud800", "<@U0ADA", "GuildTextChat"]
)
numbers = st.integers() | st.floats() | st.sampled_from([10**400, -1, 1e308])
leaves = st.none() | st.booleans() | numbers | words
keys = st.sampled_from(
    ["id", "name", "ts", "user", "text", "users", "edited", "members", "author", "isBot", "emoji"]
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys | words, inner, max_size=3),
    max_leaves=6,
)
ON = frozenset({"founders", "committee", "general", "notes"})
moderate = settings(max_examples=150, deadline=None)


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def spots(value: Any) -> list[tuple[Any, Any]]:
    """Every place inside a JSON value where another value can be put: (container, key)."""
    if not isinstance(value, (dict, list)):
        return []
    found = list(value) if isinstance(value, dict) else list(range(len(value)))
    return [(value, key) for key in found] + [s for key in found for s in spots(value[key])]


def disturb(data: st.DataObject, value: Any) -> Any:
    """Put random JSON in a few random spots of a copy of `value`, or in its place."""
    holder = [deepcopy(value)]
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(spots(holder)))
        container[key] = data.draw(values)
    return holder[0]


def read(path: Path) -> None:
    """Read an export whole; nothing that must stay out comes out, whatever else happens."""
    with suppress(ImportFailed):
        shown = repr(list(open_export(path, private=ON).events()))
        for secret in ("just between us", "three of us", "\\x00", "\\ud8"):
            assert secret not in shown


@moderate
@given(st.data())
def test_a_disturbed_slack_export(data: st.DataObject) -> None:
    files = payload_files(SLACK)
    name = data.draw(st.sampled_from(sorted(files)))
    files[name] = as_json(disturb(data, json.loads(files[name])))
    with folder() as here:
        read(write_zip(here / "x.zip", files))


@moderate
@given(st.data())
def test_a_disturbed_discord_export(data: st.DataObject) -> None:
    files = payload_files(DISCORD)
    name = data.draw(st.sampled_from(sorted(set(files) - {"direct.json"})))
    files[name] = as_json(disturb(data, json.loads(files[name])))
    with folder() as here:
        read(write_folder(here, files))


@moderate
@given(st.data())
def test_disturbed_lines(data: st.DataObject) -> None:
    rows = [json.loads(row) for row in LINES.read_bytes().split(b"\n") if row.strip()]
    disturbed = disturb(data, rows)
    rows = disturbed if isinstance(disturbed, list) else [disturbed]
    with folder() as here:
        path = here / "x.jsonl"
        path.write_bytes(b"\n".join(map(as_json, rows)))
        read(path)


@moderate
@given(st.data())
def test_a_zip_with_damaged_bytes(data: st.DataObject) -> None:
    with folder() as here:
        path = write_zip(here / "x.zip", payload_files(SLACK))
        raw = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 6))):
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(raw)
        read(path)


@moderate
@given(
    st.binary(max_size=200), st.sampled_from([b"", b"{", b"PK\x03\x04", b"\x1f\x8b\x08", b'{"id":'])
)
def test_any_bytes_at_all(raw: bytes, start: bytes) -> None:
    with folder() as here:
        path = here / "x"
        path.write_bytes(start + raw)
        read(path)
