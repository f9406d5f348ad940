"""Whatever people wrote, on Discord it is text: it mentions nobody, and every message fits."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord import render
from adapters.discord.escape import escape
from adapters.discord.render import Page, Row, Words, pages
from adapters.pictures import Enclosed
from bot.events import CommunityRef, PlaceRef, Platform
from bot.replies import (
    Button,
    Field,
    Form,
    Link,
    Quote,
    Reply,
    Section,
    Source,
    Span,
    Strong,
)

PLACE = PlaceRef(CommunityRef(Platform.DISCORD, "1"), "2")
# https://docs.discord.com/developers/reference#message-formatting
LIVE = re.compile(
    r"@everyone|@here|<@[!&]?\d+>|<#\d+>|</[^>\n]+:\d+>|<a?:\w+:\d+>|<t:-?\d+(:\w)?>|<id:\w+>",
    re.IGNORECASE,
)
PIECES = st.sampled_from(
    [
        *("@everyone", "@here", "<@1234567890123456789>", "<@&77>", "<#42>", "</ask:99>", "@", "<"),
        *("<:grape:12345>", "<t:1700000000:R>", "<id:browse>", "every", "one", "```", "`", "**"),
        *("||", "[click](https://evil.example)", "https://m.example/@everyone/x_y_z", "\\", "\n"),
        *("> ", "# ", "- ", "1. ", "-# ", "\u202e", "\u200b", "\x00", "\ud800", "🍇", "é", "~~"),
        *("https://a.example/(x)", ">", "a@here.example", "<mailto:a@b.example>", " "),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=12), max_size=14).map("".join)
SPANS: st.SearchStrategy[Span] = st.one_of(
    TEXTS,
    TEXTS.map(Strong),
    TEXTS.map(Quote),
    st.builds(Link, TEXTS, TEXTS | st.just("https://example.org/a_b?c=d")),
    st.builds(Source, st.just(PLACE), st.just("3"), st.none() | TEXTS, TEXTS),
)
LINES = st.lists(SPANS, max_size=4).map(tuple)
BUTTONS = st.lists(st.builds(Button, TEXTS, st.just("token"), st.booleans()), max_size=12)
SECTIONS = st.builds(Section, LINES, st.lists(LINES, max_size=12).map(tuple), BUTTONS.map(tuple))
REPLIES = st.lists(SECTIONS, max_size=9).map(lambda sections: Reply(tuple(sections)))


def shown(*line: Span) -> str:
    """How one line looks."""
    return render.line(line)


def text_of(page: Page) -> str:
    return "\n".join(block.text for block in page.blocks if isinstance(block, Words))


def assert_it_fits(page: Page) -> None:
    texts = [block.text for block in page.blocks if isinstance(block, Words)]
    rows = [block.buttons for block in page.blocks if isinstance(block, Row)]
    assert all(texts)
    assert sum(len(text.encode("utf-16-le")) // 2 for text in texts) <= 4_000
    assert len(texts) + len(rows) + sum(map(len, rows)) <= 36
    for row in rows:
        assert 1 <= len(row) <= 5
        assert all(1 <= len(button.label) <= 80 for button in row)


@settings(max_examples=200)
@given(st.lists(TEXTS, min_size=25, max_size=25))
def test_no_text_mentions_anybody(texts: list[str]) -> None:
    """Five thousand of them, alone and beside one another."""
    assert [text for text in texts if LIVE.search(escape(text))] == []
    assert not LIVE.search(render.line(tuple(texts)))


@settings(max_examples=200)
@given(REPLIES)
def test_no_reply_mentions_anybody_and_every_page_fits(reply: Reply) -> None:
    for page in pages(reply):
        assert not LIVE.search(text_of(page))
        assert_it_fits(page)


@settings(max_examples=300)
@given(LINES)
def test_a_line_stays_a_line(line: tuple[Span, ...]) -> None:
    assert "\n" not in render.line(line)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain words", "plain words"),
        ("snake_case and *stars*", r"snake\_case and \*stars\*"),
        ("# no heading", r"\# no heading"),
        ("1. no list", r"1\. no list"),
        ("[click](https://evil.example)", r"\[click\](https://evil.example)"),
        ("see https://x.example/a_b_c now", "see https://x.example/a_b_c now"),
        ("mail ana@example.org", "mail ana@example.org"),
        ("```code```", r"\`\`\`code\`\`\`"),
        ("two\nlines", "two lines"),
        (" and ", " and "),
    ],
)
def test_what_people_write_is_shown_as_they_wrote_it(text: str, expected: str) -> None:
    assert escape(text) == expected


def test_a_link_shows_where_it_leads() -> None:
    assert shown(Link("My bank", "https://evil.example/login")) == (
        "[My bank](<https://evil.example/login>) (evil.example)"
    )
    assert shown(Link("example.org/bread", "https://example.org/bread")) == (
        "[example.org/bread](<https://example.org/bread>)"
    )


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://x.example", "", "https://", "http://["]
)
def test_what_is_no_web_address_is_no_link(url: str) -> None:
    assert shown(Link("words", url)) == "words"
    assert shown(Source(PLACE, "3", url)) == "\u200b"


def test_a_receipt_leads_to_its_message() -> None:
    source = Source(PLACE, "3", "https://discord.com/channels/1/2/3")
    assert shown("answered Ana, 3 May ", source) == (
        "answered Ana, 3 May [↗](<https://discord.com/channels/1/2/3>)"
    )


def test_an_address_cannot_leave_its_brackets() -> None:
    line = shown(Link("x", "https://a.example/)>**[y](https://evil.example)"))
    assert line.count("](") == 1
    assert line.count(">") == 1


def test_buttons_stand_under_what_they_belong_to() -> None:
    reply = Reply(
        (
            Section(("Bread",), (("1. one",),), (Button("Hide 1", "a"),)),
            Section(("Soup",), (("1. two",),), (Button("Hide 1", "b"),)),
        )
    )
    (page,) = pages(reply)
    assert page.blocks == (
        Words("Bread\n- 1\\. one"),
        Row((Button("Hide 1", "a"),)),
        Words("Soup\n- 1\\. two"),
        Row((Button("Hide 1", "b"),)),
    )


def test_what_does_not_fit_goes_on_the_next_page_and_nothing_is_lost() -> None:
    sections = tuple(Section((f"Number {i} " + "x" * 700,)) for i in range(12))
    book = pages(Reply(sections))
    assert len(book) > 1
    whole = "\n".join(map(text_of, book))
    assert [i for i in range(12) if f"Number {i} " not in whole] == []


def test_a_page_turns_back_and_on() -> None:
    page = Page((Words("x"),)).turning(Button("Back", "p0"), Button("More", "p2"))
    assert page.blocks[-1] == Row((Button("Back", "p0"), Button("More", "p2")))
    assert Page((Words("x"),)).turning(None, None) == Page((Words("x"),))


def test_a_very_long_line_ends_in_an_ellipsis() -> None:
    line = shown("a" * 5_000)
    assert line.endswith("…")
    assert len(line) <= 1_801


@given(TEXTS, st.lists(st.builds(Field, st.just("f"), TEXTS, TEXTS, TEXTS), min_size=1, max_size=8))
def test_every_form_fits(title: str, fields: list[Field]) -> None:
    form = render.fitted(Form(title, tuple(fields), "token"))
    assert 1 <= len(form.title) <= 45
    assert len(form.fields) <= 5
    for field in form.fields:
        assert 1 <= len(field.label) <= 45
        assert len(field.hint) <= 100


def test_a_large_file_is_packed_and_a_huge_one_refused() -> None:
    assert render.attachment(Enclosed("a.json", b"{}")) == Enclosed("a.json", b"{}")
    packed = render.attachment(Enclosed("a.json", b"x" * 11_000_000))
    assert packed is not None
    assert packed.name == "a.json.gz"
    noise = random.Random(1).randbytes(16_000_000)
    assert render.attachment(Enclosed("a.json", noise)) is None
