"""A message as a person reads it in Slack: markup and buttons in plain lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.platforms.slack.state import Json

_LINK = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")


def read(message: Json) -> str:
    """The text of a message or view, line by line, with its buttons in brackets."""
    blocks = message.get("blocks")
    return "\n".join(_lines(blocks)) if blocks else plain(message.get("text", ""))


def _lines(blocks: list[Json]) -> Iterator[str]:
    for block in blocks:
        match block["type"]:
            case "section" | "header":
                yield from _text(block["text"]).split("\n")
                if "accessory" in block:
                    yield f"[{block['accessory']['text']['text']}]"
            case "actions":
                yield " ".join(f"[{one['text']['text']}]" for one in block["elements"])
            case "context":
                yield " ".join(_text(one) for one in block["elements"])
            case "input":
                value = block["element"].get("initial_value", "")
                yield f"{block['label']['text']}: {value}".strip()


def _text(text: Json) -> str:
    said: str = text["text"]
    return plain(said) if text["type"] == "mrkdwn" else said


def plain(markup: str) -> str:
    """Markup as it is shown: links by their label, bold text without its stars."""
    shown = _LINK.sub(lambda link: link[2] or link[1], markup)
    shown = re.sub(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])", r"\1", shown)
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def addresses(message: Json) -> list[str]:
    """Where the links of a message lead."""
    found = []
    for block in message.get("blocks", []):
        if block["type"] == "section":
            found += [link[1] for link in _LINK.finditer(block["text"]["text"])]
    return [one.replace("&amp;", "&") for one in found]


def labels(message: Json) -> list[str]:
    """What is written on the buttons of a message or view."""
    found = []
    for block in message.get("blocks", []):
        elements = [*block.get("elements", []), block.get("accessory", {})]
        found += [one["text"]["text"] for one in elements if one.get("type") == "button"]
    return found
