"""Finding links in message text, and the host a reader is shown."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.text.urls import find_urls, host, may_hold_url, spans

# What messages with links are made of, so that random text meets every rule.
PIECES = st.sampled_from(
    [
        *"<>()[]{}|_*~`'\"\\.,;:!?/#&=@%- \n\x00aA1\u00e9",
        *"\ud800\u200b\u202e\u2026\uff08\uff09\u3002",
        "https://",
        "HTTP://",
        "www.",
        "x.org",
        "discord.gg/",
        "t.me/+",
        "token=",
        "a1B2c3D4e5F6g7H8",
        "user:pass@",
        "/reset/",
        "postgres://",
        "[::1]",
    ]
)
MESSAGES = st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=60)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("see https://x.org.", "https://x.org"),
        ("see https://x.org/a, then", "https://x.org/a"),
        ("really https://x.org/a?!", "https://x.org/a"),
        ("(see https://x.org/a)", "https://x.org/a"),
        ("(see https://x.org/a).", "https://x.org/a"),
        ("https://x.org/wiki/Tree_(set_theory)", "https://x.org/wiki/Tree_(set_theory)"),
        ("(https://x.org/wiki/Tree_(set_theory))", "https://x.org/wiki/Tree_(set_theory)"),
        ("https://x.org/?q[]=1&r={a}", "https://x.org/?q[]=1&r={a}"),
        ("<https://x.org/a>", "https://x.org/a"),
        ("<https://x.org/a|the page>", "https://x.org/a"),
        ("[the page](https://x.org/a)", "https://x.org/a"),
        ('[the page](https://x.org/a "title")', "https://x.org/a"),
        ("[https://x.org/a](https://x.org/a)", "https://x.org/a"),
        ("**https://x.org/a**", "https://x.org/a"),
        ("_https://x.org/a_", "https://x.org/a"),
        ("~~https://x.org/a~~", "https://x.org/a"),
        ("||https://x.org/a||", "https://x.org/a"),
        ("`https://x.org/a`", "https://x.org/a"),
        ("```\nhttps://x.org/a\n```", "https://x.org/a"),
        ('{"url": "https://x.org/a"}', "https://x.org/a"),
        ("'https://x.org/a'", "https://x.org/a"),
        ("\u201chttps://x.org/a\u201d", "https://x.org/a"),
        ("\u94fe\u63a5https://x.org/a\u3002\u8c22\u8c22", "https://x.org/a"),
        ("\uff08https://x.org/a\uff09\u3067\u3059", "https://x.org/a"),
        ("https://x.org/a\u2026", "https://x.org/a"),
        ("https://x.org/a\u200b", "https://x.org/a"),
        ("https://x.org/a\x00b", "https://x.org/a"),
        ("https://x.org/a\ud800b", "https://x.org/a"),
        ("HTTPS://X.ORG/A", "HTTPS://X.ORG/A"),
        ("http://[2001:db8::1]/a", "http://[2001:db8::1]/a"),
        ("https://m\u00fcnchen.example/stra\u00dfe", "https://m\u00fcnchen.example/stra\u00dfe"),
        (
            "https://www.youtube.com/watch?v=abcdefghij_",
            "https://www.youtube.com/watch?v=abcdefghij_",
        ),
        ("https://x.org/#/route?a=b", "https://x.org/#/route?a=b"),
        ("https://x.org/a)?token=b", "https://x.org/a)?token=b"),
        ("www.x.org/a.", "https://www.x.org/a"),
        ("Www.x.org", "https://Www.x.org"),
        ("join discord.gg/abc!", "https://discord.gg/abc"),
        ("curl https://x.org/\\?a\\=b", "https://x.org/\\?a\\=b"),
    ],
)
def test_a_link_is_found_without_what_stands_around_it(text: str, found: str) -> None:
    assert find_urls(text) == (found,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing here",
        "and/or",
        "https://",
        "https://.",
        "ftp://x.org/a",
        "mailto:someone@example.org",
        "www. is a prefix",
        "www.",
        "me@www.x.org",
        "awww.so.cute",
        "discord.gg/",
        "t.me/channel",
        "http:/x.org",
    ],
)
def test_what_is_no_link_is_not_found(text: str) -> None:
    assert find_urls(text) == ()


def test_links_come_in_order_and_each_once() -> None:
    text = "https://b.org https://a.org https://b.org [a](https://c.org),[b](https://d.org)"
    assert find_urls(text) == ("https://b.org", "https://a.org", "https://c.org", "https://d.org")


def test_links_in_table_cells_and_labels_are_told_apart() -> None:
    assert find_urls("|https://a.org|https://b.org|") == ("https://a.org", "https://b.org")
    assert find_urls("<https://a.org|https://b.org>") == ("https://a.org", "https://b.org")


def test_a_link_inside_a_link_belongs_to_the_outer_one() -> None:
    url = "https://web.archive.org/web/2020/https://x.org/a"
    assert find_urls(url) == (url,)


@given(MESSAGES)
@example("\ud800https://\x00")
def test_no_text_raises_and_what_is_found_has_a_scheme(text: str) -> None:
    for url in find_urls(text):
        assert url[:4].lower() == "http"
        assert "://" in url
        assert not any(map(str.isspace, url))


@given(MESSAGES)
def test_spans_are_in_order_and_lie_inside_the_text(text: str) -> None:
    end = 0
    for begin, stop in spans(text):
        assert end <= begin < stop <= len(text)
        end = stop


@given(MESSAGES)
def test_the_quick_look_never_misses_a_link(text: str) -> None:
    if find_urls(text):
        assert may_hold_url(text) or "www" not in text


@pytest.mark.parametrize(
    "unit",
    ["https://", "https://a)", "<https://a|", "|https://a", "https://a(", "www.", "_http://b_"],
)
def test_every_character_of_a_hostile_text_is_looked_at_a_bounded_number_of_times(
    unit: str,
) -> None:
    """Each step of the scan begins where the one before it ended: spans never overlap."""
    text = unit * 20_000
    covered = sum(end - begin for begin, end in spans(text))
    assert covered <= len(text)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://www.Example.org/a", "example.org"),
        ("https://user:pass@example.org:8443/", "example.org"),
        ("https://docs.example.org./", "docs.example.org"),
        ("https://m\u00fcnchen.example/", "m\u00fcnchen.example"),
        ("https://xn--mnchen-3ya.example/", "m\u00fcnchen.example"),
        ("https://\u4f8b\u3048.example/", "\u4f8b\u3048.example"),
        (
            "https://\u043f\u0440\u0438\u043c\u0435\u0440.example/",
            "\u043f\u0440\u0438\u043c\u0435\u0440.example",
        ),
        ("https://p\u0430ypal.example/", "xn--pypal-4ve.example"),
        ("https://\u0430\u0440\u0440\u04cf\u0435.example/", "xn--80ak6aa92e.example"),
        ("https://[2606:4700::1111]/", "[2606:4700::1111]"),
        ("https://\U0001f4a9.example/", "xn--ls8h.example"),
        ("https://good.org\\@evil.org/", "good.org"),
        ("https://good.org@evil.org/", "evil.org"),
        ("http://localhost:8080/", "localhost"),
        ("https://xn--a.example/", "xn--a.example"),
        ("https://a b/", ""),
        ("https:///", ""),
        ("mailto:someone@example.org", ""),
        ("", ""),
    ],
)
def test_the_host_is_shown_as_it_is_or_as_punycode_when_it_could_deceive(
    url: str, shown: str
) -> None:
    assert host(url) == shown


@settings(max_examples=200)
@given(MESSAGES)
def test_a_shown_host_holds_no_control_bidi_or_space(text: str) -> None:
    for url in (text, f"https://{text}"):
        assert all(c.isalnum() or c in ".-_[]:" or ord(c) > 0x2FF for c in host(url))
        assert not set(host(url)) & set("\u202e\u2066\u200b\u200f /@")
