"""A reply's file or picture, ready to be handed over: pure, but for the drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.replies import Reply


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A name and bytes; `alt` says what a picture shows and is None for a file."""

    name: str
    content: bytes
    alt: str | None = None


def enclosed(reply: Reply) -> Enclosed | None:
    """What goes with a reply, if anything."""
    if reply.file is not None:
        return Enclosed(reply.file.name, reply.file.content.encode("utf-8", "replace"))
    if reply.chart is None:
        return None
    from adapters.pictures.drawing import png  # noqa: PLC0415 - slow to load, and seldom needed

    return Enclosed(reply.chart.name, png(reply.chart), reply.chart.alt)
