"""The payloads that Slack sends, from files: what is not said otherwise stands there."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path

from tests.platforms.slack.state import Json

FOLDER = Path(__file__).parents[1] / "payloads" / "slack"


@cache
def _read(name: str) -> Json:
    found: Json = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def payload(name: str) -> Json:
    """A copy of the payload in `<name>.json`."""
    return copy.deepcopy(_read(name))


def names() -> list[str]:
    """Every payload there is."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))
