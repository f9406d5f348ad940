"""What the store finds for the ranking, a row at a time: thousands for one answer."""

from __future__ import annotations

from typing import NamedTuple


class Saturation(NamedTuple):
    """What BM25 needs: each term's weight, its two constants, and the average length in words."""

    weights: dict[str, float]
    k1: float
    b: float
    average: float


class Hit(NamedTuple):
    """A conversation that holds some terms: its score, the sum of their weights, age and place.

    `last_at`: microseconds since 1970.
    """

    conversation_id: int
    score: float
    weight: float
    last_at: int
    place_id: int


class Used(NamedTuple):
    """How often an account used a term in a conversation."""

    term: str
    conversation_id: int
    account_id: int
    tf: int


class Part(NamedTuple):
    """What an account had to do with a conversation.

    `answered_at`: microseconds since 1970 of the first answer; None for who opened it.
    """

    conversation_id: int
    account_id: int
    messages: int
    answered_at: int | None


class Present(NamedTuple):
    """What an account wrote among the newest messages.

    `last_at`: microseconds since 1970; `messages`: how many, `about_now` of them at this time of
    the day, an hour before or after.
    """

    account_id: int
    last_at: int
    messages: int
    about_now: int
