"""Saving a file that Grapevine handed over."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath, PureWindowsPath

from adapters.pictures import Enclosed
from bot.errors import GrapevineError

_ONLY_MINE = 0o600


def keep(file: Enclosed, path: str) -> str:
    """Write `file` to `path` (into it, if it is a folder) and return a sentence that says so.

    Nothing is overwritten, and only the user of this machine can read it. Raises `GrapevineError`
    with a sentence if it cannot be written.
    """
    try:
        target = Path(path).expanduser()
        if target.is_dir():
            target /= _bare(file.name)
        with open(target, "xb", opener=_private) as out:
            out.write(file.content)
    except FileExistsError:
        raise GrapevineError(f"{path} is there already; choose another name.") from None
    except (FileNotFoundError, NotADirectoryError):
        raise GrapevineError(f"There is no folder for {path}; make it first.") from None
    except (OSError, RuntimeError, ValueError):
        raise GrapevineError(f"{path} cannot be written; choose another place.") from None
    return f"Saved as {target}."


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, _ONLY_MINE)


def _bare(name: str) -> str:
    """Return the last part of a file's name, whatever its separators."""
    return PureWindowsPath(PurePosixPath(name).name).name or "grapevine.txt"
