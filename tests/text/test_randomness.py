"""Random values and words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.randomness import looks_random


@pytest.mark.parametrize(
    "value",
    [
        "8f7a6b5c",
        "aB3xK9qZ",
        "abcdefabcdef0123",
        "ABCDEFABCDEF0123",
        "zt-1x0b63gtz-Khsfo3ULXerV9ehg",
        "QWxhZGRpbjpvcGVuIHNlc2FtZQ",
        "bcdfghjklmnpqrstvwxz",
        "1234567890123456",
        "aaaaaaab-bbbb-cccc-dddd-eeeeeeeeeee1",
        "user/8f7a6b5c4d3e",
    ],
)
def test_a_random_value_is_recognised(value: str) -> None:
    assert looks_random(value, 8)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "password",
        "ResetPassword",
        "SUMMER2024",
        "python3",
        "how-to-fix-3-things-in-5-days",
        "2024-10-12T10:00:00Z",
        "12345678",
        "xxxx1xxxx1xxxx1xxxx1",
        "incomprehensibilities",
        "get_elements_by_class_name",
        "0xdac17f958d2ee523a2206206994597c13d831ec7",
        "8f7a6b5",
        "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9",
        "\ud800" * 8,
    ],
)
def test_words_dates_and_addresses_are_not_random(value: str) -> None:
    assert not looks_random(value, 8)


def test_a_uuid_counts_only_where_it_is_asked_for() -> None:
    name = "aaaaaaab-bbbb-cccc-dddd-eeeeeeeeeee1"
    assert looks_random(name, 8)
    assert not looks_random(name, 8, uuid=False)


@given(st.text(), st.integers(min_value=8, max_value=64))
def test_a_value_shorter_than_the_least_length_is_never_random(value: str, least: int) -> None:
    assert not looks_random(value[: least - 1], least, uuid=False)
