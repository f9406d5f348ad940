"""An invented village, small enough to rank by hand, as the files that benchmarks read."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

HOUR = 3600.0

Line = dict[str, Any]


def said(
    number: int, hour: float, user: str, text: str, thread: str | None = None, **more: Any
) -> Line:
    """One message in #garden; its thread, if any, is a name."""
    line = {"id": f"m{number}", "ts": hour * HOUR, "channel": "garden", "user": user, "text": text}
    return line | ({"thread": thread} if thread else {}) | more


def asks(
    number: int, hour: float, asker: str, text: str, answerers: list[str], **more: Any
) -> Line:
    return {
        "id": f"m{number}",
        "ts": hour * HOUR,
        "channel": "garden",
        "asker": asker,
        "text": text,
        "answerers": answerers,
        **more,
    }


# Before hour 10: ida wrote 3 messages, ben 2, eva 1, ola 1; ben answered twice, eva once, ida once.
PAST = [
    said(1, 0, "ida", "how do I keep slugs off the lettuce", "a"),
    said(2, 1, "ben", "copper tape keeps slugs away", "a"),
    said(3, 2, "ida", "when should I prune the plum tree", "b"),
    said(4, 3, "ben", "prune the plum in summer", "b"),
    said(5, 4, "ola", "which kiln is good for stoneware glaze", "c"),
    said(6, 5, "eva", "any kiln that reaches cone six", "c"),
    said(7, 6, "ida", "mine is electric", "c"),
]
# Three questions, each answered after it was asked.
FUTURE = [
    said(10, 10, "ola", "slugs again, on the lettuce", "d"),
    said(11, 11, "ben", "tape", "d"),
    said(20, 20, "ben", "what glaze for a kiln", "e"),
    said(21, 21, "eva", "celadon", "e"),
    said(22, 22, "ola", "ash", "e"),
    said(30, 30, "eva", "who prunes", "f"),
    said(31, 31, "kim", "I would", "f"),
    said(32, 32, "ida", "me too", "f"),
]
QUESTIONS = [
    asks(10, 10, "ola", "slugs again, on the lettuce", ["ben"]),
    asks(20, 20, "ben", "what glaze for a kiln", ["eva", "ola"]),
    asks(30, 30, "eva", "who prunes", ["kim", "ida"]),
]

# The same with threads that have titles; two of them are about the same.
TITLES = {"d": "Slugs on lettuce", "e": "glaze", "f": "the lettuce slug"}
TITLED = [line | {"thread": f"garden > {TITLES[line['thread']]}"} for line in FUTURE]


def write(path: Path, lines: list[Line]) -> Path:
    """Write lines into a file, packed if its name says so."""
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path
