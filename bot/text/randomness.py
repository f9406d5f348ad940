"""Telling random values from words, without a dictionary."""

from __future__ import annotations

import re
from operator import ne

_PIECE = re.compile(r"[A-Za-z0-9]{8,}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_KINDS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "a" * 26 + "A" * 26 + "0" * 10
)
_HEX = re.compile(r"[0-9a-f]{12,}|[0-9A-F]{12,}")
_VOWELS = frozenset("aeiouyAEIOUY")
_DIFFERENT = 6
_LONG = 16
_WORD_VOWELS = 0.25
_CAMEL_CHANGES = 0.4
_MANY = 8


def looks_random(value: str, least: int, changes: float = 0.25, *, uuid: bool = True) -> bool:
    """Tell whether `value` holds a run of at least `least` (8 or more) random letters and digits.

    What gives randomness away is how often neighbours are of different kinds (small letter,
    capital, digit): in words with a number behind, in camelCase and in versions it happens at few
    places, in hex at 0.47 of them, in base 62 at 0.6. `changes` is the share needed. A UUID counts
    unless `uuid` is False; the address of a contract (`0x…`) never does.
    """
    if uuid and _UUID.search(value):
        return True
    return any(
        len(piece) >= least and _is_random(piece, changes) for piece in _PIECE.findall(value)
    )


def _is_random(piece: str, changes: float) -> bool:
    if len(set(piece)) < _DIFFERENT or piece.startswith("0x"):
        return False
    kinds = piece.translate(_KINDS)
    turns: int = sum(map(ne, kinds, kinds[1:]))
    share = turns / (len(piece) - 1)
    if "0" in kinds and turns:
        return share >= changes or turns >= _MANY or _HEX.fullmatch(piece) is not None
    if turns:
        return share >= max(changes, _CAMEL_CHANGES)
    return len(piece) >= _LONG and ("0" in kinds or _vowels(piece) < _WORD_VOWELS)


def _vowels(piece: str) -> float:
    return sum(character in _VOWELS for character in piece) / len(piece)
