"""Replies as Slack's blocks: pure, no state, nothing sent.

Every text is `mrkdwn` with `verbatim`, or `plain_text`: Slack then looks for no names in it, and
`escape` leaves no other way to notify anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.slack.escape import clean, escape
from adapters.slack.limits import (
    BLOCKS_ON_PAGE,
    BUTTON_LABEL,
    BUTTON_VALUE,
    BUTTONS_IN_ROW,
    LINES_ON_PAGE,
    MESSAGE_TEXT,
    TEXT_ON_PAGE,
)
from adapters.slack.markup import BULLET, texts
from bot.replies import Button, Line, Reply, Section, plain

PRESS, TURN, OPEN = "press", "turn", "open"
"""What buttons do: press one of the core's, turn to another page, open a form that waits."""

THERE_IS_MORE = "… and more. Ask me, and I show you all of it."

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """One message: `text` is what notifications and screen readers get."""

    text: str
    blocks: list[Block]


def pages(reply: Reply) -> list[Page]:
    """Return a reply as one or more messages' worth of blocks; never none."""
    groups: list[list[Block]] = [[]]
    for blocks in map(list, map(section_blocks, reply.sections)):
        for block in blocks:
            if _is_full([*groups[-1], block]) and groups[-1]:
                groups.append([])
            groups[-1].append(block)
    return [Page(fallback(reply), _numbered(blocks)) for blocks in groups]


def one_page(reply: Reply) -> Page:
    """Return a reply as one message that has no other pages: what is too long ends in a notice."""
    first, *others = pages(reply)
    if not others:
        return first
    return Page(first.text, [*first.blocks, notice(THERE_IS_MORE) | {"block_id": "more"}])


def fallback(reply: Reply) -> str:
    """Return the reply as escaped text of a length that Slack recommends."""
    lines = "\n".join(escape(line) for line in plain(reply).split("\n")).strip()
    if len(lines) <= MESSAGE_TEXT:
        return lines or "…"
    return lines[:MESSAGE_TEXT].rpartition("\n")[0] or _cut(lines, MESSAGE_TEXT)


def section_blocks(section: Section) -> Iterator[Block]:
    """Yield the blocks of one section; a single button stands beside its text."""
    parts = texts(_lines(section))
    beside = section.buttons[0] if len(section.buttons) == 1 and len(parts) == 1 else None
    for part in parts:
        block = text_block(part)
        if beside is not None:
            block["accessory"] = button(beside, 0)
        yield block
    if beside is None:
        for start in range(0, len(section.buttons), BUTTONS_IN_ROW):
            yield row(section.buttons[start : start + BUTTONS_IN_ROW])


def _lines(section: Section) -> Iterator[tuple[str, Line]]:
    if section.heading:
        yield "", section.heading
    for line in section.lines:
        yield (BULLET if section.heading else ""), line


def text_block(text: str) -> Block:
    """Return a block of text that is markup already."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def notice(text: str) -> Block:
    """Return a block in small print; `text` is markup already."""
    element = {"type": "mrkdwn", "text": text, "verbatim": True}
    return {"type": "context", "elements": [element]}


def row(buttons: Sequence[Button]) -> Block:
    """Return a row of the core's buttons."""
    return {"type": "actions", "elements": [button(one, i) for i, one in enumerate(buttons)]}


def button(one: Button, number: int, what: str = PRESS) -> Block:
    """Return a button; its value is the opaque token and nothing else."""
    made: Block = {
        "type": "button",
        "action_id": f"{what}-{number}",
        "text": plain_text(one.label, BUTTON_LABEL),
        "value": one.token[:BUTTON_VALUE],
    }
    if one.danger:
        made["style"] = "danger"
    return made


def plain_text(text: str, most: int) -> Block:
    """Return text in which nothing is markup, cut to `most` characters."""
    shown = shortened(clean(text), most).strip() or "…"
    return {"type": "plain_text", "text": shown, "emoji": False}


def shortened(text: str, most: int) -> str:
    """Return text cut to `most` characters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _cut(text: str, most: int) -> str:
    """Cut escaped text so that no escape is cut in two."""
    return text[:most].rpartition("&")[0] if "&" in text[most - 5 : most] else text[:most]


def _is_full(blocks: list[Block]) -> bool:
    said = [block["text"]["text"] for block in blocks if block["type"] == "section"]
    lines = sum(text.count("\n") + 1 for text in said)
    size = sum(map(len, said))
    return len(blocks) > BLOCKS_ON_PAGE or lines > LINES_ON_PAGE or size > TEXT_ON_PAGE


def _numbered(blocks: list[Block]) -> list[Block]:
    """Give each block its id: Slack wants every action to be told apart within its block."""
    return [block | {"block_id": f"b{index}"} for index, block in enumerate(blocks)]
