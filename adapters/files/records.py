"""Reading JSON that came from outside: bytes to records, and the fields of one record.

A file that cannot be read at all raises `ImportFailed`. One odd record inside a good file raises
`LeftOut`, which the reader counts; it never ends an import.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from bot.errors import ImportFailed

Record = Mapping[str, object]

BROKEN = "broken messages"
BOTS = "posted by bots"
PRIVATE = "private channels"
DIRECT = "direct messages"

MAX_ID = 255
MAX_NAME = 200
MAX_TEXT = 200_000
"""Characters; Slack allows 40,000 in a message, Discord 4,000."""
MAX_NODES = 3_000_000
"""Objects and lists in one file; 64 MiB of `{}` would need about 2 GB of memory."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 4_102_444_800.0  # 2100-01-01
_SHOWN = 80


class LeftOut(Exception):
    """This record is not imported, for `reason`."""

    def __init__(self, reason: str = BROKEN) -> None:
        super().__init__(reason)
        self.reason = reason


def shown(name: str) -> str:
    """Return a file's name as it may be printed: one line, at most 80 characters, no controls."""
    printable = "".join(c if c.isprintable() else "\ufffd" for c in clean(name))
    return printable if len(printable) <= _SHOWN else printable[: _SHOWN - 1] + "…"


def clean(text: str) -> str:
    """Replace with U+FFFD what no database and no terminal takes: lone surrogates and NUL."""
    try:
        text.encode()
    except UnicodeEncodeError:
        text = _SURROGATE.sub("\ufffd", text)
    return text.replace("\0", "\ufffd")


def decode(raw: bytes, what: str) -> str:
    """Return UTF-8 bytes (with or without a byte order mark) as text.

    `what` names the bytes in the `ImportFailed` that any other encoding raises.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ImportFailed(f"{what} is not UTF-8 text; save it as UTF-8 and try again.") from None
    if "\0" in text[:4]:
        raise ImportFailed(f"{what} is not UTF-8 text; save it as UTF-8 and try again.")
    return text


def parse(raw: bytes, what: str) -> object:
    """Return the JSON value in `raw`; raise `ImportFailed`, naming `what`, if there is none."""
    text = decode(raw, what)
    if text.count("{") + text.count("[") > MAX_NODES:
        raise ImportFailed(f"{what} holds far more lists than a chat export would.")
    try:
        return json.loads(text)
    except RecursionError:
        raise ImportFailed(f"{what} is nested too deeply to be a chat export.") from None
    except ValueError:
        raise ImportFailed(f"{what} is not valid JSON; export it again.") from None


def listing(value: object, what: str) -> list[object]:
    """Return `value` as the list that an export keeps in `what`."""
    if isinstance(value, list):
        return value
    raise ImportFailed(f"{what} should hold a list; export it again.")


def record(value: object) -> Record:
    """Return `value` as one record, or leave it out."""
    if isinstance(value, dict):
        return value
    raise LeftOut


def records(value: object) -> list[Record]:
    """Return the objects of a list, without anything else that may stand in it."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def strings(value: object) -> list[str]:
    """Return the usable ids of a list, without anything else that may stand in it."""
    found = value if isinstance(value, list) else []
    return [clean(item) for item in found if isinstance(item, str) and 0 < len(item) <= MAX_ID]


def inner(fields: Record, key: str) -> Record:
    """Return the object at `key`, or an empty one."""
    value = fields.get(key)
    return value if isinstance(value, dict) else {}


def text_of(fields: Record, key: str) -> str:
    """Return the text at `key` ("" if absent or null); leave out what is not text or too long."""
    value = fields.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise LeftOut
    return clean(value)


def id_of(fields: Record, key: str) -> str:
    """Return the id at `key`: text of 1 to 255 characters."""
    found = optional_id(fields, key)
    if found is None:
        raise LeftOut
    return found


def optional_id(fields: Record, key: str) -> str | None:
    """Return the id at `key`, or None if it is absent, null or empty."""
    value = fields.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > MAX_ID:
        raise LeftOut
    return clean(value)


def first_name(*candidates: object) -> str | None:
    """Return the first candidate that is a name, in one line and at most 200 characters."""
    for candidate in candidates:
        if isinstance(candidate, str) and (name := " ".join(clean(candidate).split())):
            return name[:MAX_NAME]
    return None


def web_address(value: object) -> str | None:
    """Return `value` if it is an http or https URL without spaces, else None."""
    if not isinstance(value, str) or not value.lower().startswith(("http://", "https://")):
        return None
    return clean(value) if len(value.split()) == 1 and len(value) <= MAX_TEXT else None


def moment(seconds: object) -> datetime:
    """Return Unix seconds (a number, 1970 to 2099) as an aware time in UTC, or leave it out."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise LeftOut
    if not 0 <= seconds < _LATEST:
        raise LeftOut
    return _EPOCH + timedelta(seconds=seconds)


def iso_moment(value: object) -> datetime:
    """Return an ISO 8601 time with an offset (1970 to 2099) in UTC, or leave it out."""
    if not isinstance(value, str):
        raise LeftOut
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise LeftOut from None
    if at.tzinfo is None:
        raise LeftOut
    if not 0 <= (at - _EPOCH).total_seconds() < _LATEST:
        raise LeftOut
    return at.astimezone(UTC)
