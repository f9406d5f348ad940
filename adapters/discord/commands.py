"""What Grapevine registers with Discord, made from the one list of commands (`bot/commands.py`).

Plain payloads of https://docs.discord.com/developers/interactions/application-commands; they are
sent only when they are others than last time (`fingerprint`).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from bot.commands import COMMANDS, GRAPEVINE, Command

Registration = dict[str, Any]

# What a custom_id begins with says what the rest of it is: the token of a button, the token of a
# form, a page to turn to, a form to open.
PRESS = "b:"
FORM = "f:"
PAGE = "p:"
OPEN = "o:"

WHAT_THEY_KNOW = "What do they know?"


class Menu(StrEnum):
    """What can be done with a message."""

    SAVE_LINK = "Save link"
    ASK = "Ask the network"


MOST_DESCRIPTION = 100
MOST_WORDS = 1_000
MOST_CHOICES = 25
MOST_CHOICE = 100

_IN_SERVERS = [0]
_IN_SERVERS_AND_DIRECT = [0, 1]
_SUBCOMMAND, _STRING = 1, 3
_ABOUT = "Everything else: your data, this place, help"
_LITERAL = re.compile("[a-z][a-z-]*")
_NAME = re.compile("[a-z]+")


def registrations(commands: Iterable[Command] = COMMANDS) -> list[Registration]:
    """All that Discord shall offer: commands, and the menus of messages and people."""
    listed = list(commands)
    own = [_slash(command) for command in listed if not command.under]
    parts = [_part(command) for command in listed if command.under == GRAPEVINE]
    whole = _everywhere({"type": 1, "name": GRAPEVINE, "description": _ABOUT, "options": parts})
    menus: list[Registration] = [
        {"type": 3, "name": menu.value, "contexts": _IN_SERVERS} for menu in Menu
    ]
    people: Registration = {"type": 2, "name": WHAT_THEY_KNOW, "contexts": _IN_SERVERS}
    return [*own, whole, *({**one, "integration_types": [0]} for one in (*menus, people))]


def fingerprint(registered: list[Registration]) -> str:
    """The same for the same registrations, and only for these."""
    return hashlib.sha256(json.dumps(registered, sort_keys=True).encode()).hexdigest()


def _everywhere(registration: Registration) -> Registration:
    return {**registration, "contexts": _IN_SERVERS_AND_DIRECT, "integration_types": [0]}


def _slash(command: Command) -> Registration:
    return _everywhere({"type": 1, **_described(command)})


def _part(command: Command) -> Registration:
    """A subcommand. Who may use it is decided by the core, which says so in words."""
    return {"type": _SUBCOMMAND, **_described(command)}


def _described(command: Command) -> Registration:
    return {
        "name": command.name,
        "description": command.summary[:MOST_DESCRIPTION],
        "options": _options(command),
    }


def _options(command: Command) -> list[Registration]:
    """One option for the words behind a command: choices, where these are all there is."""
    if not command.words:
        return []
    literals = _literals(command.words)
    option: Registration = {
        "type": _STRING,
        "name": _name_of(command.words),
        "description": f"Example: /{command.example}"[:MOST_DESCRIPTION],
        "required": command.words.startswith("<"),
    }
    if literals:
        return [{**option, "choices": [{"name": one, "value": one} for one in literals]}]
    option["max_length"] = MOST_WORDS
    return [{**option, "autocomplete": True} if command.suggests is not None else option]


def _literals(words: str) -> list[str]:
    """The words to choose from, of `[on | off]`; none where anything else may be typed."""
    parts = [part.strip() for part in words.strip("[]<>").split("|")]
    return parts if len(parts) > 1 and all(map(_LITERAL.fullmatch, parts)) else []


def _name_of(words: str) -> str:
    """`<topic>`, `[topic]`, `[here | <code> | end]`: what may be typed gives its name."""
    if _literals(words):
        return "choice"
    placeholder = re.search("<([a-z]+)>", words)
    first = placeholder[1] if placeholder else _NAME.findall(words)[0]
    return str(first)
