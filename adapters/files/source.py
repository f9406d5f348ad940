"""The JSON files of a folder, a zip or a single file, read without unpacking anything.

Everything here distrusts its input: names that climb out of their folder, links, passwords,
compression bombs and sizes that lie all raise `ImportFailed` with one sentence.
"""

from __future__ import annotations

import os
import re
import stat
import sys
import unicodedata
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import NoReturn

from adapters.files.records import clean, shown
from bot.errors import ImportFailed

MIB = 1024 * 1024
MAX_FILE = 64 * MIB
"""Bytes of one JSON file, unpacked: a day of a channel comes to a few, and all is read at once."""
MAX_TOTAL = 4096 * MIB
MAX_ENTRIES = 1_000_000
MAX_RATIO = 250
"""Unpacked to packed size; chat exports come to about 20, deflate's limit is 1032."""
RATIO_FROM = MIB

_DEPTH = 3
_HEAD = 64 * 1024
_LITTER = (".", "__MACOSX")
_ENCRYPTED = 0x1
_UTF8_NAME = 0x800
_DRIVE = re.compile(r"[A-Za-z]:")
_UNREADABLE = (OSError, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error)

Read = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class _File:
    """A JSON file: its own name inside the source, its size in bytes, a digest of its content."""

    inside: str
    size: int
    digest: str


class Source(ABC):
    """Some JSON files by their name inside the export, such as `general/2024-05-01.json`.

    `label` is the export's own name for people, `sizes` are bytes by name in sorted order, `stamp`
    is a digest of names and content, and `changed` is when it was last written.
    """

    def __init__(self, path: Path, files: Mapping[str, _File]) -> None:
        self.path = path
        self.label = label_of(path)
        self.changed = _changed(path)
        self._files = dict(sorted(_without_common_folder(files).items()))
        self.sizes = {name: file.size for name, file in self._files.items()}
        told = repr([(name, file.size, file.digest) for name, file in self._files.items()])
        self.stamp = blake2b(told.encode("utf-8", "replace"), digest_size=16).hexdigest()
        self._check_sizes()

    @abstractmethod
    def reading(self) -> AbstractContextManager[Read]:
        """Open the source; what is returned reads one file whole, by its name in `sizes`."""

    def _check_sizes(self) -> None:
        for name, size in self.sizes.items():
            if size > MAX_FILE:
                _refuse_size(name)
        if sum(self.sizes.values()) > MAX_TOTAL:
            raise ImportFailed(f"{self.label} is over 4 GB unpacked; export a shorter time range.")


class FileSource(Source):
    """One JSON file."""

    def __init__(self, path: Path) -> None:
        size = status(path).st_size
        super().__init__(path, {clean(path.name): _File(path.name, size, _head_digest(path))})

    @contextmanager
    def reading(self) -> Iterator[Read]:
        """See `Source.reading`."""
        yield lambda _name: _read_whole(self.path)


class FolderSource(Source):
    """A folder, with the JSON files up to three levels down."""

    def __init__(self, path: Path) -> None:
        try:
            files = _collected(_walk(path, path, _DEPTH), label_of(path))
        except OSError:
            refuse_reading(path)
        super().__init__(path, files)

    @contextmanager
    def reading(self) -> Iterator[Read]:
        """See `Source.reading`."""
        yield lambda name: _read_whole(self.path / self._files[name].inside)


class ZipSource(Source):
    """A zip file; its members are read one at a time into memory and never written out."""

    def __init__(self, path: Path) -> None:
        with _opened(path) as archive:
            label = label_of(path)
            super().__init__(path, _collected(_members(archive, label), label))

    @contextmanager
    def reading(self) -> Iterator[Read]:
        """See `Source.reading`."""
        with _opened(self.path) as archive:
            yield lambda name: _read_member(archive, self._files[name], name)


def status(path: Path) -> os.stat_result:
    """Return the file system's data on `path`; raise `ImportFailed` if it cannot be reached."""
    try:
        return path.stat()
    except (OSError, ValueError):
        refuse_reading(path)


def label_of(path: Path) -> str:
    """Return what a file or folder is called, also where the path is `.` or ends in `..`."""
    return shown(Path(os.path.normpath(path.absolute())).name or str(path))


def refuse_reading(path: Path) -> NoReturn:
    """Raise the `ImportFailed` for a file that is missing or that the system does not let us read.

    Must be called while the system's error is handled.
    """
    if isinstance(sys.exc_info()[1], FileNotFoundError):
        raise ImportFailed(f"There is no file or folder {shown(str(path))}.") from None
    raise ImportFailed(f"{label_of(path)} cannot be read; check its permissions.") from None


def _refuse_size(name: str) -> NoReturn:
    most = MAX_FILE // MIB
    raise ImportFailed(f"{shown(name)} is over {most} MiB; export it again in smaller parts.")


def _changed(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(status(path).st_mtime, UTC)
    except (OSError, OverflowError, ValueError):
        return datetime.fromtimestamp(0, UTC)


def _wanted(name: str) -> bool:
    """Tell whether this is a JSON file of the export, not a system's own litter."""
    hidden = any(part.startswith(_LITTER) for part in name.split("/"))
    return name.lower().endswith(".json") and not hidden


def _without_common_folder(files: Mapping[str, _File]) -> Mapping[str, _File]:
    """Return the files without the one folder that all of them are in, if there is one."""
    tops = {name.partition("/")[0] for name in files}
    if len(tops) != 1 or not all("/" in name for name in files):
        return files
    return {name.partition("/")[2]: file for name, file in files.items()}


def _collected(files: Iterator[tuple[str, _File]], label: str) -> dict[str, _File]:
    found: dict[str, _File] = {}
    for name, file in files:
        if name in found:
            raise ImportFailed(f"{label} holds {shown(name)} twice; export it again.")
        found[name] = file
    return found


def _walk(folder: Path, root: Path, depth: int) -> Iterator[tuple[str, _File]]:
    for path in _entries(folder):
        name = unicodedata.normalize("NFC", clean(path.relative_to(root).as_posix()))
        if path.is_symlink():
            raise ImportFailed(f"{shown(name)} is a link; put the file itself into the folder.")
        if path.is_dir() and depth > 1:
            yield from _walk(path, root, depth - 1)
        elif path.is_file() and _wanted(name):
            inside = str(path.relative_to(root))
            yield name, _File(inside, status(path).st_size, _head_digest(path))


def _entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith(_LITTER))


def _head_digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return blake2b(file.read(_HEAD), digest_size=16).hexdigest()
    except OSError:
        refuse_reading(path)


def _read_whole(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE + 1)
    except OSError:
        refuse_reading(path)
    if len(raw) > MAX_FILE:
        _refuse_size(path.name)
    return raw


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except PermissionError:
        refuse_reading(path)
    except (*_UNREADABLE, NotImplementedError):
        raise ImportFailed(
            f"{shown(path.name)} is damaged or cut short; download it again."
        ) from None
    with archive:
        yield archive


def _members(archive: zipfile.ZipFile, label: str) -> Iterator[tuple[str, _File]]:
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        raise ImportFailed(f"{label} holds over a million files; it is not a chat export.")
    for info in infos:
        name = _safe_name(info, label)
        if not info.is_dir() and _wanted(name):
            _check_member(info, label)
            yield name, _File(info.filename, info.file_size, f"{info.CRC:08x}")


def _safe_name(info: zipfile.ZipInfo, label: str) -> str:
    """Return the member's name with `/` between parts; refuse one that leaves the export."""
    name = _decoded_name(info).replace("\\", "/")
    link = stat.S_ISLNK(info.external_attr >> 16)
    outside = name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/")
    if link or outside or "\0" in info.orig_filename:
        raise ImportFailed(f"{label} has a file that points outside of it: {shown(name)}.")
    return unicodedata.normalize("NFC", clean(str(PurePosixPath(name))))


def _decoded_name(info: zipfile.ZipInfo) -> str:
    """Return the name as UTF-8, which many tools write without setting the flag that says so."""
    if info.flag_bits & _UTF8_NAME:
        return info.filename
    try:
        return info.filename.encode("cp437").decode()
    except UnicodeError:
        return info.filename


def _check_member(info: zipfile.ZipInfo, label: str) -> None:
    if info.flag_bits & _ENCRYPTED:
        raise ImportFailed(f"{label} has a password; unpack it and import the folder.")
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ImportFailed(f"{label} is packed in an unusual way; unpack it, import the folder.")
    if info.file_size > max(RATIO_FROM, info.compress_size * MAX_RATIO):
        raise ImportFailed(f"{label} unpacks to far more than a chat export would.")


def _read_member(archive: zipfile.ZipFile, file: _File, name: str) -> bytes:
    """Return a member; asking for one byte more than declared keeps a bomb from unfolding."""
    try:
        with archive.open(file.inside) as member:
            raw = member.read(file.size + 1)
    except (*_UNREADABLE, NotImplementedError, KeyError):
        raw = None
    if raw is None or len(raw) != file.size:
        raise ImportFailed(f"{shown(name)} is damaged in the zip file; download it again.")
    return raw
