"""What Discord refuses: messages, components, forms and commands beyond their limits.

https://docs.discord.com/developers/resources/message, …/components/reference,
…/interactions/application-commands, …/topics/opcodes-and-status-codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

Json = dict[str, Any]

SUPPRESS_EMBEDS, EPHEMERAL, SILENT, V2 = 1 << 2, 1 << 6, 1 << 12, 1 << 15
ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SECTION, TEXT_DISPLAY, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 9, 10, 12, 13, 14, 17, 18
COMMAND_NAME = re.compile(r"[-_\w]{1,32}")
MENTION = re.compile(r"<@!?(\d+)>|<@&(\d+)>|(@everyone|@here)")


class Refused(Exception):
    """What Discord answers instead of doing it."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.code = code
        self.message = message


def invalid(message: str) -> Refused:
    return Refused(400, 50_035, f"Invalid Form Body: {message}")


def length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def demand(holds: object, what: str) -> None:
    if not holds:
        raise invalid(what)


# ── Messages ─────────────────────────────────────────────────────────────────────────────────────


def check_message(data: Json, *, files: Iterable[str] = (), before: Json | None = None) -> None:
    """A message that is sent, or (`before`) edited."""
    flags = int(data.get("flags") or 0) | (before["flags"] & V2 if before else 0)
    is_v2 = bool(flags & V2)
    content, embeds = data.get("content"), data.get("embeds")
    demand(not (is_v2 and (content or embeds or data.get("poll"))), "V2 takes no content or embeds")
    demand(length(content or "") <= 2_000, "content: Must be 2000 or fewer in length.")
    demand(len(embeds or ()) <= 10, "embeds: Must be 10 or fewer in length.")
    check_mentions(data.get("allowed_mentions"))
    nonce = data.get("nonce")
    demand(nonce is None or len(str(nonce)) <= 25, "nonce: Must be 25 or fewer in length.")
    components = data.get("components")
    if components is not None:
        check_components(components, v2=is_v2, files=files)
    something = (content, embeds, components, data.get("attachments"))
    if before is None and not any(something):
        raise Refused(400, 50_006, "Cannot send an empty message")


def check_mentions(allowed: Json | None) -> None:
    for kind in ("users", "roles"):
        both = allowed is not None and kind in allowed.get("parse", ()) and allowed.get(kind)
        demand(not both, "allowed_mentions: mutually exclusive")


def pings(texts: Iterable[str], allowed: Json | None) -> list[str]:
    """Whom the texts of a message notify. Without `allowed_mentions` that is everybody in them."""
    parse = ["users", "roles", "everyone"] if allowed is None else allowed.get("parse", ())
    found = []
    for text in texts:
        for user, role, everyone in MENTION.findall(text):
            if (user and "users" in parse) or (role and "roles" in parse):
                found.append(user or role)
            if everyone and "everyone" in parse:
                found.append(everyone)
    return found


def walk(components: Iterable[Json]) -> Iterator[Json]:
    for one in components:
        yield one
        yield from walk(one.get("components") or ())
        if one.get("accessory"):
            yield from walk([one["accessory"]])
        if one.get("component"):
            yield from walk([one["component"]])


def texts_of(message: Json) -> list[str]:
    """All that is written in a message."""
    shown = [one["content"] for one in walk(message.get("components") or ()) if "content" in one]
    return [message.get("content") or "", *shown]


def check_components(components: list[Json], *, v2: bool, files: Iterable[str] = ()) -> None:
    every = list(walk(components))
    if v2:
        demand(len(every) <= 40, "components: no more than 40")
        total = sum(length(one["content"]) for one in every if one["type"] == TEXT_DISPLAY)
        demand(total <= 4_000, "components: The text is longer than 4000")
    else:
        demand(len(components) <= 5, "components: Must be 5 or fewer in length.")
        demand(all(one["type"] == ROW for one in components), "components: only rows")
    ids = [one["custom_id"] for one in every if one.get("custom_id")]
    demand(len(ids) == len(set(ids)), "Component custom id cannot be duplicated")
    numbers = [one["id"] for one in every if one.get("id")]
    demand(len(numbers) == len(set(numbers)), "Component id cannot be duplicated")
    for one in every:
        _CHECKS.get(one["type"], _unknown)(one, files)


def _unknown(one: Json, _files: Iterable[str]) -> None:
    raise invalid(f"component type {one['type']}")


def _row(one: Json, _files: Iterable[str]) -> None:
    inner = one["components"]
    buttons = [each for each in inner if each["type"] == BUTTON]
    demand(1 <= len(inner) <= 5, "row: 1 to 5 components")
    demand(not buttons or len(buttons) == len(inner), "row: buttons only with buttons")
    demand(buttons or len(inner) == 1, "row: one select")


def _button(one: Json, _files: Iterable[str]) -> None:
    demand(1 <= length(one.get("label") or "") <= 80, "label: 1 to 80")
    if one["style"] == 5:
        demand(1 <= len(one.get("url") or "") <= 512, "url: 1 to 512")
        return
    demand(1 <= len(one.get("custom_id") or "") <= 100, "custom_id: 1 to 100")


def _text(one: Json, _files: Iterable[str]) -> None:
    demand(1 <= length(one["content"]) <= 4_000, "content: 1 to 4000")
    demand(one["content"].strip(), "content: This field is required")


def _file(one: Json, files: Iterable[str]) -> None:
    demand(one["file"]["url"].removeprefix("attachment://") in set(files), "file: not attached")


def _gallery(one: Json, files: Iterable[str]) -> None:
    demand(1 <= len(one["items"]) <= 10, "items: 1 to 10")
    for item in one["items"]:
        name = item["media"]["url"].removeprefix("attachment://")
        demand(name in set(files), "media: not attached")
        demand(length(item.get("description") or "") <= 256, "description: up to 256")


def _fine(_one: Json, _files: Iterable[str]) -> None:
    return


_CHECKS = {
    ROW: _row,
    BUTTON: _button,
    TEXT_DISPLAY: _text,
    FILE: _file,
    GALLERY: _gallery,
    SEPARATOR: _fine,
    CONTAINER: _fine,
    SECTION: _fine,
}


# ── Forms ────────────────────────────────────────────────────────────────────────────────────────


def check_modal(data: Json) -> None:
    demand(1 <= length(data.get("title") or "") <= 45, "title: 1 to 45")
    demand(1 <= len(data.get("custom_id") or "") <= 100, "custom_id: 1 to 100")
    demand(1 <= len(data["components"]) <= 5, "components: 1 to 5")
    for label in data["components"]:
        demand(label["type"] == LABEL, "components: labels only")
        demand(1 <= length(label.get("label") or "") <= 45, "label: 1 to 45")
        demand(length(label.get("description") or "") <= 100, "description: up to 100")
        _text_input(label["component"])


def _text_input(one: Json) -> None:
    demand(one["type"] == TEXT_INPUT, "component: a text input")
    demand(1 <= len(one.get("custom_id") or "") <= 100, "custom_id: 1 to 100")
    demand(length(one.get("placeholder") or "") <= 100, "placeholder: up to 100")
    most = int(one.get("max_length") or 4_000)
    demand(1 <= most <= 4_000, "max_length: 1 to 4000")
    demand(length(one.get("value") or "") <= most, "value: longer than max_length")


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────


def check_commands(commands: list[Json]) -> None:
    """What is put as all commands of an application."""
    kinds = [int(one.get("type", 1)) for one in commands]
    demand(kinds.count(1) <= 100, "no more than 100 commands")
    demand(kinds.count(2) <= 15 and kinds.count(3) <= 15, "no more than 15 menus of a kind")
    names = [(kind, one["name"]) for kind, one in zip(kinds, commands, strict=True)]
    demand(len(names) == len(set(names)), "Application command names must be unique")
    for one in commands:
        if int(one.get("type", 1)) == 1:
            _command(one)
        else:
            demand(1 <= len(one["name"]) <= 32, "name: 1 to 32")
            demand(not one.get("description") and not one.get("options"), "menus have only a name")


def _command(one: Json) -> None:
    demand(COMMAND_NAME.fullmatch(one["name"]), f"name: {one['name']}")
    demand(one["name"] == one["name"].lower(), "name: lower case")
    demand(1 <= length(one.get("description") or "") <= 100, "description: 1 to 100")
    options = one.get("options") or []
    demand(len(options) <= 25, "options: up to 25")
    names = [option["name"] for option in options]
    demand(len(names) == len(set(names)), "options: names must be unique")
    nested = [option for option in options if option["type"] in {1, 2}]
    demand(not nested or len(nested) == len(options), "options: subcommands stand alone")
    required = [bool(option.get("required")) for option in options]
    demand(required == sorted(required, reverse=True), "options: required ones first")
    for option in options:
        _option(option)


def _option(option: Json) -> None:
    _command({**option, "options": option.get("options") or []})
    choices = option.get("choices") or []
    demand(len(choices) <= 25, "choices: up to 25")
    demand(not (choices and option.get("autocomplete")), "choices or autocomplete, not both")
    demand(int(option.get("max_length") or 1) <= 6_000, "max_length: up to 6000")
    check_choices(choices)


def check_choices(choices: list[Json]) -> None:
    demand(len(choices) <= 25, "choices: up to 25")
    for choice in choices:
        demand(1 <= length(choice["name"]) <= 100, "choice name: 1 to 100")
        demand(1 <= length(str(choice["value"])) <= 100, "choice value: 1 to 100")
