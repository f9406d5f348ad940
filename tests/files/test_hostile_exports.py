"""Whatever is wrong with a file, the answer is one sentence, and nothing is left behind."""

import gzip
import io
import os
import socket
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.files import open_export
from bot.errors import ImportFailed
from tests.files.building import (
    as_json,
    line,
    slack_day,
    small_discord,
    small_slack,
    texts,
    write_folder,
    write_lines,
    write_zip,
)

Build = Callable[[Path], Path]


def as_zip(extra: dict[str, bytes], **changes: Any) -> Build:
    return lambda folder: write_zip(folder / "x.zip", small_slack(**changes) | extra)


def as_folder(files: dict[str, bytes]) -> Build:
    return lambda folder: write_folder(folder / "export", files)


def as_file(name: str, raw: bytes) -> Build:
    def build(folder: Path) -> Path:
        (folder / name).write_bytes(raw)
        return folder / name

    return build


def patched(change: Callable[[bytearray], None]) -> Build:
    """A sound zip whose bytes were tampered with."""

    def build(folder: Path) -> Path:
        path = write_zip(folder / "x.zip", small_slack())
        raw = bytearray(path.read_bytes())
        change(raw)
        path.write_bytes(raw)
        return path

    return build


def linked_zip(folder: Path) -> Path:
    link = zipfile.ZipInfo("general/2024-05-02.json")
    link.external_attr = 0o120777 << 16
    path = write_zip(folder / "x.zip", small_slack())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/hostname")
    return path


def linked_folder(folder: Path) -> Path:
    export = write_folder(folder / "export", small_slack())
    (export / "general/2024-05-02.json").symlink_to(folder / "elsewhere.json")
    return export


def looping_link(folder: Path) -> Path:
    path = folder / "loop.json"
    path.symlink_to(path)
    return path


def empty_folder(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


def a_socket(folder: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(folder)  # the address of a socket may not be longer than about 100 bytes
        listener.bind("socket.json")
        os.chdir(here)
    return folder / "socket.json"


def twice(folder: Path) -> Path:
    raw = write_zip(folder / "x.zip", small_slack() | {"channelz.json": b"[]"}).read_bytes()
    (folder / "x.zip").write_bytes(raw.replace(b"channelz.json", b"channels.json"))
    return folder / "x.zip"


def packed_otherwise(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "x.zip", "w", zipfile.ZIP_LZMA) as archive:
        for name, raw in small_slack().items():
            archive.writestr(name, raw)
    return folder / "x.zip"


def many_big_files(folder: Path) -> Path:
    """Seventy files of 63 MiB, sparse on the disk."""
    export = write_folder(folder / "export", small_slack())
    for day in range(70):
        with (export / f"general/20{day:02}-01-01.json").open("wb") as file:
            file.truncate(63 * 1024 * 1024)
    return export


def too_big_zip(folder: Path) -> Path:
    path = write_zip(folder / "x.zip", small_slack())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("general/2024-05-02.json", b" " * 70_000_000)
    return path


def lying_size(raw: bytearray) -> None:
    """Declare one byte less than there is, in every header of the directory."""
    start = 0
    while (start := raw.find(b"PK\x01\x02", start)) >= 0:
        size = struct.unpack_from("<L", raw, start + 24)[0]
        struct.pack_into("<L", raw, start + 24, size - 1)
        start += 4


def with_password(raw: bytearray) -> None:
    start = 0
    while (start := raw.find(b"PK\x01\x02", start)) >= 0:
        raw[start + 8] |= 1
        start += 4


def sparse(name: str, size: int) -> Build:
    def build(folder: Path) -> Path:
        export = write_folder(folder / "export", small_slack())
        with (export / name).open("wb") as file:
            file.truncate(size)
        return export

    return build


def gzip_bomb(folder: Path) -> Path:
    path = folder / "x.jsonl"
    with path.open("wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb") as packed:
        for _ in range(80):
            packed.write(as_json(line(text="x" * 1024 * 1024)) + b"\n")
    return path


DEEP = b'{"a":' * 200_000
CASES: dict[str, tuple[Build, str]] = {
    "missing": (lambda folder: folder / "nothing.zip", "There is no file or folder"),
    "impossible name": (lambda _: Path("a\0b"), "cannot be read"),
    "looping link": (looping_link, "cannot be read"),
    "socket": (a_socket, "neither a file nor a folder"),
    "empty folder": (empty_folder, "holds no JSON files"),
    "empty zip": (lambda folder: write_zip(folder / "x.zip", {}), "holds no JSON files"),
    "empty file": (as_file("x.jsonl", b""), "is empty"),
    "blank file": (as_file("x.jsonl", b"\n\n"), "is empty"),
    "unknown file": (as_file("cat.png", b"\x89PNG\r\n\x1a\n"), "not an export that Grapevine"),
    "unknown object": (as_file("x.json", b'{"a": 1}'), "not an export that Grapevine"),
    "unknown list": (as_file("x.json", b"[1]"), "not an export that Grapevine"),
    "unknown folder": (as_folder({"package.json": b"{}"}), "no chat export that Grapevine"),
    "climbing": (as_zip({"../../etc/passwd.json": b"[]"}), "points outside"),
    "climbing with backslashes": (as_zip({"general\\..\\..\\x.json": b"[]"}), "points outside"),
    "absolute": (as_zip({"/etc/x.json": b"[]"}), "points outside"),
    "drive": (as_zip({"C:/x.json": b"[]"}), "points outside"),
    "link in a zip": (linked_zip, "points outside"),
    "link in a folder": (linked_folder, "is a link"),
    "zip bomb": (as_zip({"general/2024-05-02.json": b" " * 5_000_000}), "unpacks to far more"),
    "too big in a zip": (too_big_zip, "64 MiB"),
    "too big in a folder": (sparse("general/2024-05-02.json", 70_000_000), "64 MiB"),
    "too much": (many_big_files, "over 4 GB"),
    "lying size": (patched(lying_size), "damaged"),
    "password": (patched(with_password), "has a password"),
    "unusual packing": (packed_otherwise, "unusual way"),
    "cut short": (patched(lambda raw: raw.__delitem__(slice(-40, None))), "cut short"),
    "only a start": (as_file("x.zip", b"PK\x03\x04rest"), "cut short"),
    "twice the same name": (twice, "twice"),
    "no channels.json": (as_zip({}, channels=None), "no channels.json"),
    "no users.json": (as_zip({}, users=None), "no users.json"),
    "channels.json an object": (as_zip({}, channels={"a": 1}), "should hold a list"),
    "users.json text": (as_zip({}, users="ada"), "should hold a list"),
    "day file an object": (as_zip({"general/2024-05-02.json": b"{}"}), "should hold a list"),
    "broken JSON": (as_zip({"general/2024-05-02.json": b"[{"}), "not valid JSON"),
    "endless number": (as_zip({"general/2024-05-02.json": b"9" * 5000}), "not valid JSON"),
    "deep nesting": (as_zip({"general/2024-05-02.json": b"[" * 200_000}), "nested too deeply"),
    "Latin-1": (as_zip({"general/2024-05-02.json": '["é"]'.encode("latin-1")}), "not UTF-8"),
    "UTF-16": (as_zip({"general/2024-05-02.json": "[]".encode("utf-16")}), "not UTF-8"),
    "UTF-16 without mark": (as_zip({"users.json": "[]".encode("utf-16-le")}), "not UTF-8"),
    "too many lists": (
        as_folder(small_slack() | {"general/2024-05-02.json": b"[" + b"{}," * 3_000_001 + b"0]"}),
        "far more lists",
    ),
    "two channels of one name": (
        as_zip({}, channels=[{"id": "C1", "name": "general"}, {"id": "C2", "name": "general"}]),
        "shares its name",
    ),
    "two channels of one id": (
        as_zip({}, channels=[{"id": "C1", "name": "general"}, {"id": "C1", "name": "b"}]),
        "shares its name or id",
    ),
    "a private channel called as a public one": (
        as_zip({}, groups=[{"id": "G1", "name": "general"}]),
        "shares its name",
    ),
    "a direct message called as a channel": (as_zip({}, dms=[{"id": "general"}]), "shares its"),
    "Discord without messages": (
        as_file("x.json", as_json(small_discord(messages={"a": 1}))),
        "should hold a list",
    ),
    "Discord broken": (as_file("x.json", as_json(small_discord())[:-3]), "not valid JSON"),
    "Discord nested": (as_file("x.json", b'{"guild": {}, "channel": ' + DEEP), "too deeply"),
    "Discord Latin-1": (
        as_file("x.json", b'{"guild": {"name": "\xe9"}, "channel": {}, "messages": []}'),
        "not UTF-8",
    ),
    "UTF-16 lines": (as_file("x.jsonl", '{"id": "1"}'.encode("utf-16")), "not UTF-8"),
    "Latin-1 lines": (as_file("x.jsonl", as_json(line()) + b'\n{"\xe9": 1}'), "Line 2 of x"),
    "first line broken": (as_file("x.jsonl", b'{"id": "1", "ts": 5, '), "Line 1 of x"),
    "third line broken": (
        lambda folder: write_lines(folder / "x.jsonl", line(), line(), b"{", line()),
        "Line 3 of x.jsonl is not valid JSON",
    ),
    "deep line": (lambda f: write_lines(f / "x.jsonl", line(), DEEP), "Line 2 of x.jsonl is nest"),
    "long line": (
        lambda folder: write_lines(folder / "x.jsonl", line(), line(text="x" * 4_200_000)),
        "Line 2 of x.jsonl is over 4 MiB",
    ),
    "gzip bomb": (gzip_bomb, "unpacks to far more"),
    "empty lines": (as_file("x.jsonl", as_json(line()) + b"\n" * 2000), "one empty line of many"),
    "gzip cut short": (
        as_file("x.jsonl.gz", gzip.compress((as_json(line()) + b"\n") * 9)[:-12]),
        "cut short",
    ),
    "not gzip after all": (as_file("x.jsonl.gz", b"\x1f\x8bnonsense, all of it"), "cut short"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_or_broken_file_gets_one_sentence(name: str, tmp_path: Path) -> None:
    build, part = CASES[name]
    path = build(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ImportFailed) as failed:
        list(open_export(path).events())
    sentence = str(failed.value)
    assert part in sentence
    assert sentence.endswith(".")
    assert sentence.isprintable()
    assert len(sentence) < 250
    assert sorted(tmp_path.rglob("*")) == before


BEFORE_THE_FIRST_EVENT = set(CASES) - {
    "lying size",
    "day file an object",
    "broken JSON",
    "endless number",
    "deep nesting",
    "Latin-1",
    "UTF-16",
    "too many lists",
}


@pytest.mark.parametrize("name", sorted(BEFORE_THE_FIRST_EVENT))
def test_what_can_be_seen_from_outside_is_said_before_the_first_event(
    name: str, tmp_path: Path
) -> None:
    build, part = CASES[name]
    with pytest.raises(ImportFailed, match=part):
        open_export(build(tmp_path))


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"url": "acme.slack.com"}, "should look like"),
        ({"url": "ftp://acme.slack.com"}, "should look like"),
        ({"url": "https://[::1"}, "should look like"),
        ({"url": "https://me:secret@acme.slack.com"}, "should look like"),
        ({"community": "  "}, "should have 1 to 200"),
        ({"community": "x" * 300}, "should have 1 to 200"),
    ],
)
def test_a_wrong_option_gets_one_sentence(
    options: dict[str, Any], part: str, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path, small_slack())
    with pytest.raises(ImportFailed, match=part):
        open_export(folder, **options)


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may read everything")
@pytest.mark.parametrize("build", [as_zip({}), as_folder(small_slack())])
def test_a_file_without_permission_gets_one_sentence(build: Build, tmp_path: Path) -> None:
    path = build(tmp_path)
    path.chmod(0)
    with pytest.raises(ImportFailed, match="check its permissions"):
        open_export(path)
    path.chmod(0o700)


@pytest.mark.parametrize(
    "changes",
    [
        {"ts": None},
        {"ts": 1714557600.0001},
        {"ts": "NaN"},
        {"ts": "99999999999999.0"},
        {"ts": "9999999999.0"},
        {"ts": "-5.0"},
        {"ts": "\u0661.0"},
        {"user": None},
        {"user": ["U1"]},
        {"user": "U" * 256},
        {"text": {"a": 1}},
        {"text": "x" * 200_001},
        {"subtype": ["file_share"]},
    ],
)
def test_an_odd_message_is_counted_and_the_others_come_out(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    sound = {"type": "message", "user": "U1", "ts": "1714557600.000100", "text": "hello"}
    day = slack_day(sound, sound | changes, 5, ["x"], sound | {"ts": "1714557601.000100"})
    export = open_export(write_folder(tmp_path, day))
    assert texts(export) == ["hello", "hello"]
    assert export.skipped["broken messages"] == 3


def test_what_no_database_takes_is_replaced(tmp_path: Path) -> None:
    sound = {"type": "message", "user": "U1", "ts": "1714557600.000100"}
    day = slack_day(sound | {"text": "a\x00b\ud800c"})
    assert texts(open_export(write_folder(tmp_path, day))) == ["a\ufffdb\ufffdc"]


def test_a_byte_order_mark_is_no_trouble(tmp_path: Path) -> None:
    files = {name: b"\xef\xbb\xbf" + raw for name, raw in small_slack().items()}
    assert texts(open_export(write_folder(tmp_path, files))) == [""]


def test_a_bomb_whose_header_lies_is_not_unfolded(tmp_path: Path) -> None:
    """The header promises 2 bytes; the packed data would come to 60 MB."""
    files = small_slack() | {"general/2024-05-02.json": b" " * 60_000_000}
    raw = bytearray(write_zip(tmp_path / "x.zip", files).read_bytes())
    with zipfile.ZipFile(io.BytesIO(bytes(raw))) as archive:
        size = archive.getinfo("general/2024-05-02.json").file_size
    raw = raw.replace(struct.pack("<L", size), struct.pack("<L", 2))
    (tmp_path / "x.zip").write_bytes(raw)
    tracemalloc.start()
    with pytest.raises(ImportFailed, match="damaged"):
        list(open_export(tmp_path / "x.zip").events())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


def test_a_name_that_cannot_be_printed_is_told_in_a_printable_way(tmp_path: Path) -> None:
    path = tmp_path / "bad\x1b[31m\n.json"
    path.write_bytes(b"{}")
    with pytest.raises(ImportFailed) as failed:
        open_export(path)
    assert str(failed.value).isprintable()
