"""Host names: which of them are public addresses, and how to show them without being fooled."""

from __future__ import annotations

import re
import unicodedata
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import unquote

import idna

_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.)+[a-z][a-z0-9-]{1,62}")
_LONGEST_NAME = 253
_LOCAL = (".localhost", ".local", ".invalid")
_NUMBER = re.compile(r"(?:.*\.)?(?:\d+|0x[0-9a-f]*)", re.ASCII)


def public_host(raw: str) -> str | None:
    """Return a host in lower-case ASCII without `www.`, or None if the public cannot reach it.

    `raw` is what stands between `//` and the port. Addresses of the machine itself and of private
    networks, names without a dot and local names are not public. Names become punycode by UTS 46.
    """
    if raw.startswith("["):
        return _public_v6(raw)
    name = _ascii(raw)
    if name is None:
        return None
    if _NUMBER.fullmatch(name):
        return _public_v4(name)
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name) or name.endswith(_LOCAL):
        return None
    return _without_www(name)


def _without_www(name: str) -> str:
    while name.startswith("www.") and "." in name[4:]:
        name = name[4:]
    return name


def _ascii(raw: str) -> str | None:
    name = unquote(raw) if "%" in raw else raw
    if len(name) > _LONGEST_NAME:
        return None
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode()
        except UnicodeError:
            name = _ascii_by_label(name)
    return name.lower().removesuffix(".")


def _ascii_by_label(name: str) -> str:
    """Punycode what IDNA 2008 forbids and browsers open all the same (emoji names)."""
    folded = unicodedata.normalize("NFKC", name.lower()).lower()
    return ".".join(_punycode(label) for label in folded.split("."))


def _punycode(label: str) -> str:
    if label.isascii():
        return label
    try:
        return f"xn--{label.encode('punycode').decode()}"
    except UnicodeError:
        return ""


def _public_v4(name: str) -> str | None:
    try:
        address = IPv4Address(name)
    except ValueError:
        return None
    return str(address) if address.is_global else None


def _public_v6(raw: str) -> str | None:
    try:
        address = IPv6Address(raw[1:-1])
    except ValueError:
        return None
    if address.ipv4_mapped is not None or address.scope_id or not address.is_global:
        return None
    return f"[{address.compressed}]"


_SHOWABLE = re.compile(r"[\w.-]+|\[[0-9a-fA-F:.]+\]")


def shown_host(raw: str) -> str:
    """Return a host for people to read, without `www.`; "" if it is not one at all."""
    name = raw.lower() if raw.startswith("[") else _ascii(raw)
    if not name or not name.isascii() or not _SHOWABLE.fullmatch(name):
        return ""
    name = _without_www(name)
    return ".".join(map(_shown_label, name.split("."))) if "xn--" in name else name


def _shown_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        decoded = idna.decode(label)
    except UnicodeError:
        return label
    return label if _may_deceive(decoded) else decoded


# Scripts that one language writes together (the "highly restrictive" level of UTS 39).
_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "KATAKANA-HIRAGANA"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
)
# Cyrillic and Greek letters that look like Latin ones: a whole name of them deceives, too.
_LATIN_TWINS = frozenset(
    "\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u04cf\u043e\u0440\u051b\u0455\u0445\u0443\u051d"
    "\u03bf\u03bd\u03b9\u03ba\u03c1\u03c5\u03b1-0123456789"
)


def _may_deceive(label: str) -> bool:
    if _LATIN_TWINS.issuperset(label):
        return True
    scripts = {_script(character) for character in label} - {""}
    return len(scripts) > 1 and not any(group >= scripts for group in _TOGETHER)


def _script(character: str) -> str:
    """Return the script a letter's Unicode name begins with; "" for digits and marks."""
    if unicodedata.category(character)[0] != "L":
        return ""
    return unicodedata.name(character, "UNKNOWN").split(" ")[0]
