"""Exports for the tests: the samples in `payloads`, and small ones made on the spot."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from adapters.files import Export
from bot.events import Event, MessagePosted

PAYLOADS = Path(__file__).parent / "payloads"
SLACK = PAYLOADS / "slack"
DISCORD = PAYLOADS / "discord"
LINES = PAYLOADS / "allotment.messages.jsonl"

E = TypeVar("E", bound=Event)


def payload_files(folder: Path) -> dict[str, bytes]:
    """Return a sample's files by their relative names."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def small_slack(**changes: Any) -> dict[str, bytes]:
    """Return a sound Slack export of one message; `changes` replace the JSON of its files."""
    files: dict[str, Any] = {
        "users": [{"id": "U1", "name": "ada", "team_id": "T1"}],
        "channels": [{"id": "C1", "name": "general"}],
        "general/2024-05-01": [{"type": "message", "user": "U1", "ts": "1714557600.000100"}],
    } | changes
    return {f"{name}.json": as_json(value) for name, value in files.items() if value is not None}


def slack_day(*messages: Any) -> dict[str, bytes]:
    """Return a Slack export with these messages in #general."""
    return small_slack(**{"general/2024-05-01": list(messages)})


def small_discord(**changes: Any) -> dict[str, Any]:
    """Return the JSON of a channel file; `changes` replace its keys."""
    message = {
        "id": "1001",
        "type": "Default",
        "timestamp": "2024-05-01T10:00:00Z",
        "content": "hello",
        "author": {"id": "11", "name": "mira", "isBot": False},
    }
    return {
        "guild": {"id": "100", "name": "Allotment"},
        "channel": {"id": "200", "type": "GuildTextChat", "name": "garden"},
        "messages": [message],
    } | changes


def line(**changes: Any) -> dict[str, Any]:
    """Return one line of Grapevine's own format; `changes` replace its keys."""
    return {
        "id": "m1",
        "ts": 1714557600,
        "channel": "garden",
        "user": "mira",
        "text": "hello",
    } | changes


def as_json(value: Any) -> bytes:
    """Return JSON, or the bytes themselves if that is what was given."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def write_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files under `folder` and return it."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def write_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write files into a zip and return its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_lines(path: Path, *lines: Any) -> Path:
    """Write one JSON value a line and return the path."""
    path.write_bytes(b"\n".join(as_json(value) for value in lines))
    return path


def only(kind: type[E], events: Iterable[Event]) -> list[E]:
    """Return the events of one kind."""
    return [event for event in events if isinstance(event, kind)]


def texts(export: Export) -> list[str]:
    """Return what was said."""
    return [message.text for message in only(MessagePosted, export.events())]
