"""What Slack takes as blocks and views; anything else is `invalid_blocks`.

https://docs.slack.dev/reference/block-kit and https://docs.slack.dev/surfaces/modals.
"""

from __future__ import annotations

from typing import Any

from tests.platforms.slack.state import Json, Refused

TEXTS = {"mrkdwn", "plain_text"}
URL_SCHEMES = ("http://", "https://", "mailto:")


def check_blocks(blocks: Any, most: int = 50, surface: str = "message") -> None:
    """Raise `invalid_blocks` for the first thing that Slack would not take."""
    want(isinstance(blocks, list) and len(blocks) <= most, f"no more than {most} items allowed")
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    want(len(ids) == len(set(ids)), "block_id has to be unique")
    for block in blocks:
        want(len(str(block.get("block_id", ""))) <= 255, "block_id too long")
        check = _CHECKS.get(str(block.get("type")))
        want(check is not None, f"unsupported type: {block.get('type')}")
        assert check is not None
        want(block["type"] != "input" or surface != "message", "no input in a message")
        check(block)


def want(fine: bool, why: str) -> None:  # noqa: FBT001 - read aloud it makes sense
    if not fine:
        raise Refused("invalid_blocks", errors=[why], response_metadata={"messages": [why]})


def check_text(text: Any, most: int, kinds: set[str] = TEXTS) -> None:
    want(isinstance(text, dict) and text.get("type") in kinds, "not a text object")
    said = text.get("text")
    want(isinstance(said, str) and 0 < len(said) <= most, f"text must be 1 to {most} characters")
    allowed = {"mrkdwn": {"type", "text", "verbatim"}, "plain_text": {"type", "text", "emoji"}}
    want(text.keys() <= allowed[text["type"]], f"no such fields: {sorted(text)}")


def _section(block: Json) -> None:
    want("text" in block or "fields" in block, "section needs text or fields")
    if "text" in block:
        check_text(block["text"], 3_000)
    if "accessory" in block:
        _element(block["accessory"])


def _actions(block: Json) -> None:
    elements = block.get("elements", [])
    want(0 < len(elements) <= 25, "1 to 25 elements")
    ids = [one.get("action_id") for one in elements]
    want(len(ids) == len(set(ids)), "action_id has to be unique within its block")
    for one in elements:
        _element(one)


def _element(one: Json) -> None:
    want(one.get("type") == "button", f"unsupported element: {one.get('type')}")
    check_text(one.get("text"), 75, {"plain_text"})
    want(0 < len(str(one.get("action_id", ""))) <= 255, "action_id of 1 to 255 characters")
    want(len(str(one.get("value", ""))) <= 2_000, "value too long")
    want(one.get("style") in {None, "primary", "danger"}, "no such style")


def _context(block: Json) -> None:
    want(0 < len(block.get("elements", [])) <= 10, "1 to 10 elements")
    for one in block["elements"]:
        check_text(one, 3_000)


def _header(block: Json) -> None:
    check_text(block.get("text"), 150, {"plain_text"})


def _divider(block: Json) -> None:
    want(block.keys() <= {"type", "block_id"}, "a divider holds nothing")


def _input(block: Json) -> None:
    check_text(block.get("label"), 2_000, {"plain_text"})
    if "hint" in block:
        check_text(block["hint"], 2_000, {"plain_text"})
    element = block.get("element", {})
    want(element.get("type") == "plain_text_input", "unsupported input")
    most = element.get("max_length", 3_000)
    want(isinstance(most, int) and 1 <= most <= 3_000, "max_length of 1 to 3000")
    want(len(element.get("initial_value", "")) <= most, "initial_value too long")


_CHECKS = {
    "section": _section,
    "actions": _actions,
    "context": _context,
    "header": _header,
    "divider": _divider,
    "input": _input,
}


def check_view(view: Any) -> None:
    """Raise for what is no modal or Home tab."""
    want(isinstance(view, dict) and view.get("type") in {"modal", "home"}, "no such view")
    check_blocks(view.get("blocks"), 100, view["type"])
    want(len(view.get("private_metadata", "")) <= 3_000, "private_metadata too long")
    want(len(view.get("callback_id", "")) <= 255, "callback_id too long")
    want(len(view.get("external_id", "")) <= 255, "external_id too long")
    if view["type"] == "home":
        want("title" not in view and "submit" not in view, "a Home tab has no title")
        return
    check_text(view.get("title"), 24, {"plain_text"})
    for key in ("submit", "close"):
        if key in view:
            check_text(view[key], 24, {"plain_text"})
    has_input = any(block["type"] == "input" for block in view["blocks"])
    want(not has_input or "submit" in view, "submit is needed with an input block")


def check_message(body: Json) -> None:
    """Raise for a message that Slack would not post, or would post otherwise than it was meant."""
    blocks, text = body.get("blocks") or [], body.get("text") or ""
    check_blocks(blocks)
    if not text and not blocks:
        raise Refused("no_text")
    if len(text) > 40_000:
        raise Refused("msg_too_long")
    said = sum(len(block["text"]["text"]) for block in blocks if block["type"] == "section")
    if said > 13_000:
        raise Refused("msg_blocks_too_long")
    if "thread_ts" in body and "." not in str(body["thread_ts"]):
        raise Refused("invalid_thread_ts")
    metadata = body.get("metadata")
    if metadata and not {"event_type", "event_payload"} <= metadata.keys():
        raise Refused("invalid_metadata_format")


def notifies(body: Json) -> list[str]:
    """Return every live mention in a message: what Slack would make a name or an alarm of."""
    found = _live(body.get("text") or "", guesses=bool(body.get("link_names")))
    for block in body.get("blocks") or []:
        for text in _texts(block):
            if text["type"] == "mrkdwn":
                found += _live(text["text"], guesses=not text.get("verbatim", False))
    return found


def _live(text: str, *, guesses: bool) -> list[str]:
    signs = ("<@", "<!", "<#") + (("@", "#") if guesses else ())
    found = [sign for sign in signs if sign in text]
    for part in text.split("<")[1:]:
        target, closed, _ = part.partition(">")
        if not closed or not target.startswith(URL_SCHEMES):
            found.append(f"<{part}")
    return found


def _texts(block: Json) -> list[Json]:
    texts = [block["text"]] if "text" in block else []
    for one in [*block.get("elements", []), block.get("accessory", {})]:
        if one.get("type") in TEXTS:
            texts.append(one)
        elif "text" in one:
            texts.append(one["text"])
    return texts
