"""How replies look in Slack, and that nobody's words can do anything there."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack.limits import SECTION_TEXT
from adapters.slack.paging import Paging
from adapters.slack.render import fallback, one_page, pages
from adapters.slack.shelf import Shelf
from adapters.slack.views import Origin, errors, home, modal
from bot.events import CommunityRef, PlaceRef, Platform
from bot.replies import Button, Field, Form, Link, Quote, Reply, Section, Source, Strong
from tests.platforms.slack.blocks import check_message, check_view, notifies
from tests.platforms.slack.reading import addresses, labels, plain, read
from tests.slack.test_translate import NOW

PLACE = PlaceRef(CommunityRef(Platform.SLACK, "T1"), "C1")
PERMALINK = "https://upstream.slack.com/archives/C1/p1?thread_ts=1.1&cid=C1"

LIVE = ["<!channel>", "<@U123>", "<#C1|x>", "@here", "@channel", "#general", "&lt;!here&gt;", "|"]
LIVE += ["<https://x.example|y>", "*", "_", "```", "\n", "\u202e", "\ud800", ">", "<", "&", "\0"]
TEXT = st.lists(st.sampled_from(LIVE) | st.text(max_size=12), max_size=8).map("".join)
URL = st.builds(lambda rest: f"https://example.org/{rest}", TEXT) | TEXT
SPAN = (
    TEXT
    | st.builds(Strong, TEXT)
    | st.builds(Quote, TEXT)
    | st.builds(Link, TEXT, URL)
    | st.builds(Source, st.just(PLACE), st.just("1.2"), st.none() | URL, TEXT)
)
LINE = st.lists(SPAN, max_size=4).map(tuple)
BUTTONS = st.lists(st.builds(Button, TEXT, st.just("token"), st.booleans()), max_size=4).map(tuple)
SECTION = st.builds(Section, LINE, st.lists(LINE, max_size=3).map(tuple), BUTTONS)
REPLY = st.builds(Reply, st.lists(SECTION, max_size=4).map(tuple))


@settings(max_examples=500)
@given(REPLY)
def test_no_text_whatever_notifies_anybody_or_is_refused(reply: Reply) -> None:
    """A reply has about a dozen texts, so these are some five thousand."""
    for page in pages(reply):
        body = {"text": page.text, "blocks": page.blocks}
        check_message(body)
        assert notifies(body) == []
        json.dumps(body).encode()
    view = home(reply)
    if view["blocks"]:
        check_view(view)


@given(TEXT, st.lists(st.builds(Field, st.just("question"), TEXT, TEXT, TEXT), max_size=1))
def test_no_text_whatever_breaks_a_form(text: str, fields: list[Field]) -> None:
    form = Form(text, tuple(fields), "token", text or "Send")
    check_view(modal(form, Origin("C1", None, "https://hooks.slack.com/x"), Reply.say(text)))


def test_a_reply_is_read_as_it_was_meant() -> None:
    receipt = ("answered Bob & co in #x, 3 May ", Source(PLACE, "1.2", PERMALINK))
    person = Section((Strong("Ana"),), (receipt,), (Button("Hide", "t1"),))
    (page,) = pages(Reply((Section(("People who know ", Quote("bees"), ":")), person)))
    message = {"blocks": page.blocks}
    assert read(message).split("\n") == [
        "People who know “bees”:",
        "Ana",
        "• answered Bob & co in #x, 3 May ↗",
        "[Hide]",
    ]
    assert addresses(message) == [PERMALINK]
    assert page.blocks[1]["text"]["text"].startswith("*Ana*\n")
    assert "accessory" in page.blocks[1]


def test_bold_text_keeps_the_spaces_around_it() -> None:
    (page,) = pages(Reply.say(Strong("What: "), "nothing"))
    assert page.blocks[0]["text"]["text"] == "*What:* nothing"


def test_a_link_that_calls_itself_another_address_shows_its_own() -> None:
    (page,) = pages(Reply.say(Link("https://bank.example", "https://evil.example/x")))
    assert page.blocks[0]["text"]["text"] == "<https://evil.example/x>"


def test_what_leads_to_no_page_is_only_text() -> None:
    (page,) = pages(Reply.say(Link("click", "javascript:alert(1)"), Link("me", "!channel")))
    assert page.blocks[0]["text"]["text"] == "clickme"


def test_the_fallback_says_the_same_in_plain_words() -> None:
    assert plain(fallback(Reply.say("who knows <!channel> & co?"))) == "who knows <!channel> & co?"


def test_a_long_line_is_cut_at_words_and_loses_none() -> None:
    words = " ".join(f"word{number}&" for number in range(2_000))
    texts = [block["text"]["text"] for page in pages(Reply.say(words)) for block in page.blocks]
    assert all(len(text) <= SECTION_TEXT for text in texts)
    assert plain("".join(texts)).split() == words.split()


def long() -> Reply:
    return Reply(tuple(Section((f"person {number}",), (("a",), ("b",))) for number in range(60)))


def test_a_long_reply_has_pages_that_its_person_turns() -> None:
    paging = Paging(Shelf(lambda: NOW))
    first = paging.first(long(), "U1")
    assert labels({"blocks": first.blocks}) == ["More"]
    name = first.blocks[-1]["elements"][0]["value"]
    assert paging.turned(name, "U2") is None
    book = paging.turned(name, "U1")
    assert book is not None
    second = paging.shown(book, "U1")
    check_message({"text": second.text, "blocks": second.blocks})
    assert labels({"blocks": second.blocks}) == ["Back", "More"]
    assert "person 0" in read({"blocks": first.blocks})
    assert "person 0" not in read({"blocks": second.blocks})


def test_what_is_delivered_has_one_page_and_says_so() -> None:
    page = one_page(long())
    check_message({"text": page.text, "blocks": page.blocks})
    assert "and more" in read({"blocks": page.blocks})


def test_what_is_wrong_in_a_form_stands_under_its_field() -> None:
    form = Form("Ask", (Field("question", "Question"), Field("place", "Place")), "token")
    wrong = Reply((Section(("Write the question, too.",)),), form=form)
    assert errors(wrong, (("question", ""), ("place", "x"))) == {
        "question": "Write the question, too."
    }
    assert errors(wrong, (("question", "x"), ("place", "x"))) == {
        "place": "Write the question, too."
    }
    assert errors(wrong, (("other", "x"),)) == {}
