"""Finding out what kind of export a path holds, by its content rather than its name."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

from adapters.files.discord import DiscordExport
from adapters.files.discord_messages import is_channel_file
from adapters.files.export import Export, Options
from adapters.files.lines import MAX_LINE, LinesExport, is_line, opened, read_line
from adapters.files.records import decode, shown
from adapters.files.slack import SlackExport, is_slack
from adapters.files.source import FileSource, FolderSource, Source, ZipSource, status
from bot.errors import ImportFailed

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_DISCORD_KEY = re.compile(r'"(guild|channel|messages)"\s*:\s*[{\[]')
_LINE_KEY = re.compile(r'"(ts|channel|user)"\s*:')
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def open_export(
    path: Path,
    *,
    private: frozenset[str] = frozenset(),
    community: str | None = None,
    url: str | None = None,
) -> Export:
    """Recognise the export at `path` and check it, without unpacking anything.

    A Slack export is a zip file or a folder; DiscordChatExporter's JSON is one file or a folder
    (or zip) of them; Grapevine's own format is JSON lines, plain or gzipped.

    Args:
        path: A file or folder.
        private: Names or ids of the private channels that somebody in them switched on; other
            private channels, and all direct messages, are left out.
        community: The community's id and name, instead of the export's own.
        url: The workspace's address (`https://acme.slack.com`), for Slack's permalinks.

    Raises:
        ImportFailed: It is not there, not an export, broken or hostile; in one sentence.
    """
    options = Options.checked(private, community, url)
    mode = status(path).st_mode
    if stat.S_ISDIR(mode):
        return _several(FolderSource(path), options)
    if not stat.S_ISREG(mode):
        raise ImportFailed(f"{shown(path.name)} is neither a file nor a folder.")
    first = _first_line(path)
    if first.startswith(_ZIP):
        return _several(ZipSource(path), options)
    return _single(path, first, options)


def _several(source: Source, options: Options) -> Export:
    if not source.sizes:
        folder = isinstance(source, FolderSource)
        hint = "name the zip or .jsonl file itself" if folder else "there is nothing to import"
        raise ImportFailed(f"{source.label} holds no JSON files; {hint}.")
    if is_slack(source):
        return SlackExport(source, options)
    return DiscordExport(source, options)


def _single(path: Path, first: bytes, options: Options) -> Export:
    label = shown(path.name)
    if not first:
        raise ImportFailed(f"{label} is empty.")
    if first.startswith(_UTF16) or b"\0" in first[:4]:
        raise ImportFailed(f"{label} is not UTF-8 text; save it as UTF-8 and try again.")
    if not first.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        raise _unknown(label)
    if _is_lines(path, first, label):
        return LinesExport(path, options)
    return DiscordExport(FileSource(path), options)


def _is_lines(path: Path, first: bytes, label: str) -> bool:
    """Tell lines from one big JSON object; raise if it is neither.

    A first line that is broken still shows by its keys what it was meant to be, so that its own
    reader can say what is wrong with it.
    """
    try:
        value = json.loads(decode(first[:MAX_LINE], label))
    except (ValueError, RecursionError):
        return _lines_by_keys(path, label)
    if is_line(value):
        return True
    if is_channel_file(value):
        return False
    raise _unknown(label)


def _lines_by_keys(path: Path, label: str) -> bool:
    with opened(path) as file:
        start = b"".join(read_line(file, path)[:MAX_LINE] for _ in range(20))
    text = start.decode("utf-8", "replace")
    if _DISCORD_KEY.search(text):
        return False
    if _LINE_KEY.search(text):
        return True
    raise _unknown(label)


def _first_line(path: Path) -> bytes:
    """Return the first line that is not blank, at most one byte over `MAX_LINE`."""
    with opened(path) as file:
        for _ in range(100):
            line = read_line(file, path)
            if not line or not line.isspace():
                return line
    return b""


def _unknown(label: str) -> ImportFailed:
    return ImportFailed(
        f"{label} is not an export that Grapevine knows: it reads Slack exports, "
        "DiscordChatExporter's JSON and its own JSON lines."
    )
