"""Links that carry a secret are recognised, and cut out of message text."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.text.secrets import carries_secret, redact
from bot.text.urls import find_urls, split_url
from tests.text.corpora import PLAIN_LITERALS, plain_urls, secret_urls
from tests.text.test_urls import MESSAGES

SECRETS, PLAIN = secret_urls(), plain_urls()


def test_at_least_99_percent_of_the_secret_links_are_caught() -> None:
    assert len(SECRETS) == 300
    missed = [url for url in SECRETS if not carries_secret(url)]
    assert len(missed) <= 3, missed


def test_at_most_2_percent_of_the_plain_links_are_suspected() -> None:
    assert len(PLAIN) == 300
    suspected = [url for url in PLAIN if carries_secret(url)]
    assert len(suspected) <= 6, suspected


@pytest.mark.parametrize("url", PLAIN_LITERALS)
def test_a_link_that_is_plain_whatever_the_chance_is_never_suspected(url: str) -> None:
    assert not carries_secret(url)


@settings(max_examples=20)
@given(st.integers(min_value=0))
def test_the_rates_do_not_hang_on_the_random_values(seed: int) -> None:
    """A looser bound here: this many draws of 300 go a little over 1 % now and then."""
    assert sum(not carries_secret(url) for url in secret_urls(seed)) <= 6
    assert sum(carries_secret(url) for url in plain_urls(seed)) <= 6


@pytest.mark.parametrize(
    "url",
    [
        "HTTPS://EXAMPLE.ORG/?TOKEN=8f7a6b5c4d3e2f1a",
        "https://example.org/?%74oken=8f7a6b5c4d3e2f1a",
        "https://example.org/?access-token=8f7a6b5c4d",
        "https://example.org/?user[token]=8f7a6b5c4d3e2f1a",
        "https://example.org/?user%5Btoken%5D=8f7a6b5c4d3e2f1a",
        "https://example.org/?a=1&amp;token=8f7a6b5c4d3e2f1a",
        "https://example.org/x\\?token\\=8f7a6b5c4d3e2f1a",
        "https://example.org/resetPassword/8f7a6b5c4d3e2f1a",
        "https://example.org/verifyEmail/8f7a6b5c4d3e2f1a",
        "https://example.org/magiclink/8f7a6b5c4d3e2f1a",
        "https://example.org/invite-4f5a6b7c8d9e",
        "https://example.org/reset?8f7a6b5c4d3e2f1a",
        "https://example.org/otp?otp=123456",
        "http://router.example.org/?user=admin&password=admin",
        "https://intranet/?token=8f7a6b5c4d3e2f1a",
        "http://127.0.0.1:8888/?token=8f7a6b5c4d3e2f1a",
        "https://web.archive.org/web/2020/https://someone:hunter2@example.org/",
        "https://a.example.org/?u=https%3A%2F%2Fb.example.org%2F%3Fu%3Dhttps%253A%252F%252Fx%253Ay%2540c.example.org",
        "https://www.dropbox.com./scl/fi/a/b?rlkey=abc",
    ],
)
def test_disguises_and_short_secrets_are_seen_through(url: str) -> None:
    assert carries_secret(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example.org/products/magic-keyboard?rec_id=a1b2c3d4e5f6",
        "https://example.org/join-the-team?src=abc123def1us",
        "https://example.org/blog/why-we-must-verify/8f7a6b5c4d3e",
        "https://example.org/password-manager/-/commit/8f7a6b5c4d3e2f1a0b9c",
        "https://lore.example.org/all/20240101.8f7a6b5c4d3e2f1a@example.org/",
        "https://example.org/reset-your-router-in-5-steps?variant=39872345234567",
        "https://docs.example.org/api/sessions#createSession2FAToken",
        "https://example.org/#code=import%20x%0Ay%20//%20a:b@c",
        "https://play.example.org/?code=" + "LYewJgrgNgpgBAWQIYEsB2cDuALGAn" * 6,
        "https://@example.org/",
        "mailto:token@example.org",
        "",
    ],
)
def test_ordinary_links_that_only_sound_secret_are_left_alone(url: str) -> None:
    assert not carries_secret(url)


@settings(max_examples=200)
@given(
    MESSAGES,
    st.sampled_from(["", "https://", "https://x.org/?token=", "http://[", "https://x.org/#/"]),
)
@example("\ud800%", "https://x.org/?token=")
@example("", "https://%")
def test_no_string_raises(text: str, start: str) -> None:
    assert carries_secret(start + text) in {True, False}


def test_only_the_host_is_kept() -> None:
    text = "Reset it at https://www.example.org/reset?token=8f7a6b5c4d3e2f1a, then see https://example.org/help."
    assert (
        redact(text) == "Reset it at https://example.org/\u2026, then see https://example.org/help."
    )


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("[file](https://x.org/?sig=8f7a6b5c4d3e2f1a)", "[file](https://x.org/\u2026)"),
        (
            "<https://hooks.slack.com/services/T1/B2/c3|hook>",
            "<https://hooks.slack.com/\u2026|hook>",
        ),
        ("`curl https://u:p@x.org/a`", "`curl https://x.org/\u2026`"),
        ("come to discord.gg/abcDEF1 now", "come to https://discord.gg/\u2026 now"),
        ("www.x.org/invite/8f7a6b5c4d3e", "https://x.org/\u2026"),
        ("https://[bad/?token=8f7a6b5c4d3e2f1a", "https://\u2026"),
        ("db: postgres://app:hunter2@db.example.org/app ok", "db: postgres://\u2026 ok"),
        ("git clone ssh://git@example.org/a", "git clone ssh://git@example.org/a"),
        (
            "plain https://x.org/docs/reset-password text",
            "plain https://x.org/docs/reset-password text",
        ),
        ("no link at all", "no link at all"),
    ],
)
def test_a_secret_link_is_cut_out_of_any_dialect(text: str, kept: str) -> None:
    assert redact(text) == kept


def test_a_label_that_repeats_the_secret_is_cut_too() -> None:
    url = "https://x.org/?token=8f7a6b5c4d3e2f1a"
    assert "8f7a" not in redact(f"<{url}|{url}> [{url}]({url}) ||{url}||")


@pytest.mark.parametrize("url", SECRETS[::4])
def test_nothing_of_a_caught_link_but_its_host_stays(url: str) -> None:
    if not carries_secret(url):
        return
    parts = split_url(url)
    assert parts is not None
    left = redact(f"see {url} and tell me")
    assert left.startswith("see https://")
    assert left.endswith("\u2026 and tell me")
    assert len(left) <= len("see https:///\u2026 and tell me") + len(parts.host)


@settings(max_examples=200)
@given(MESSAGES)
@example("https://x.org/?token=8f7a6b5c4d3e2f1a(")
@example("_https://a:b@x.org/_ https://discord.gg/abc\u2026")
@example("https://hooks.slack.com/\u2026")
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    once = redact(text)
    assert redact(once) == once
    assert not any(map(carries_secret, find_urls(once)))


@pytest.mark.parametrize(
    "unit", ["https://", "https://a)", "https://x.org/?token=a&", "a://b:", "//a:", "eyJ"]
)
def test_long_hostile_text_is_handled(unit: str) -> None:
    text = f"https://x.org/{unit * 10_000}"
    assert redact(text).startswith("https://")
    assert carries_secret(text) in {True, False}
