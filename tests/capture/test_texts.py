"""Texts as they are stored: without secrets, in characters a database takes, of any script."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.events import Unfurl
from bot.features.capture import LONGEST, tidy
from bot.text import words
from tests.capture.picture import expected, kept
from tests.capture.world import GENERAL, World, edited, gone, hurry, said

TOKEN = "f3b1c9d47e0a4852b6aa9c01d2e7f833"
SECRETS = [
    f"https://ex.org/reset/{TOKEN}",
    f"https://ex.org/file?X-Amz-Signature={TOKEN}",
    f"https://ana:{TOKEN}@ex.org/",
    f"postgres://ana:{TOKEN}@db.ex.org/allotment",
    f"https://ex.org/in#access_token={TOKEN}",
    f"https://discord.gg/{TOKEN}",
    f"https://ex.org/go?next=https%3A%2F%2Fex.org%2Freset%2F{TOKEN}",
]
NUMBERS = count()
TABLES = ("message", "share", "share_term", "posting", "vocabulary")


def everything(world: World) -> str:
    return "\n".join(repr(world.rows(f"select * from {table}")) for table in TABLES)


@pytest.mark.parametrize("secret", SECRETS)
def test_a_link_that_carries_a_secret_is_blotted_out_and_not_shared(
    world: World, secret: str
) -> None:
    world.hear(said("ana", "1", f"the compost key is {secret} for now"))
    (text,) = world.texts().values()
    assert text.startswith("the compost key is ")
    assert text.endswith(" for now")
    assert world.links() == []
    assert TOKEN not in everything(world)


def test_an_edit_that_puts_a_secret_in_is_no_way_around(world: World) -> None:
    post = said("ana", "1", "soon")
    world.hear(post, edited(post, f"here: {SECRETS[0]} and https://ex.org/soil", 1))
    assert world.links() == ["https://ex.org/soil"]
    assert TOKEN not in everything(world)


@pytest.mark.parametrize("odd", ["\0", "\ud800", "\udc00\ud83d"])
def test_odd_characters_within_a_link_do_not_hide_its_secret(world: World, odd: str) -> None:
    world.hear(
        said("ana", "1", f"https://ex.org/in{odd}?access_token={TOKEN}"),
        said("ana", "2", f"https://ex.org/in?access_token={odd}{TOKEN}", at=1),
        said("ana", "3", f"https://ex.org/in?access{odd}_token={TOKEN}", at=2),
    )
    assert TOKEN not in everything(world)


def test_a_secret_does_not_come_in_through_the_title_that_a_platform_showed(world: World) -> None:
    unfurl = Unfurl(SECRETS[0], f"Reset {TOKEN}")
    world.hear(said("ana", "1", f"https://ex.org/soil {SECRETS[0]}", unfurls=(unfurl,)))
    assert TOKEN not in everything(world)


@pytest.mark.parametrize(
    "text",
    [
        "\0",
        "a\0b kettle",
        "\ud83d\ude00 pair",
        "lone \ud800",
        "\udfff",
        "\ufeff\u200b\u202e\u2066",
        "🪱🌱",
        "👩‍🌾 🇳🇿",
        "",
        " \n\t ",
    ],
    ids=ascii,
)
def test_any_text_can_be_kept_edited_and_deleted(world: World, text: str) -> None:
    post = said("ana", "1", text)
    world.hear(post, said("ben", "2", "kettle", at=1))
    assert world.conversations() == [["1", "2"]]
    world.hear(edited(post, f"now {text}", 2), gone("1"))
    assert world.texts() == {"2": "kettle"}
    assert world.terms() == {"kettl"}


def test_emoji_alone_are_kept_and_found_by_no_word(world: World) -> None:
    world.hear(said("ana", "1", "🪱🌱👍🏽"))
    assert world.texts() == {"1": "🪱🌱👍🏽"}
    assert world.terms() == set()


@pytest.mark.parametrize(
    "text",
    ["堆肥需要水分", "コンポスト", "감자를 심었다", "קומפוסט טוב", "سماد عضوي", "Wärmekomposter"],
)
def test_every_script_can_be_found(world: World, text: str) -> None:
    world.hear(said("ana", "1", text))
    assert world.texts() == {"1": text}
    assert world.terms() == set(words.terms(text)) != set()


def test_writing_from_right_to_left_stays_as_it_was(world: World) -> None:
    text = "\u202bשלום\u202c https://ex.org/soil \u2067سماد\u2069"
    world.hear(said("ana", "1", text))
    assert world.texts() == {"1": text}
    assert world.links() == ["https://ex.org/soil"]


def test_a_very_long_text_is_cut_after_its_secrets_are_gone(world: World) -> None:
    text = (
        "kettle " * 5_000 + "x" * (LONGEST - 35_000 - 12) + f" {SECRETS[0]} " + "ladder " * 99_999
    )
    world.hear(said("ana", "1", text))
    (kept_text,) = world.texts().values()
    assert len(kept_text) == LONGEST
    assert TOKEN[:4] not in kept_text
    world.hear(gone("1"))
    assert everything(world).replace("[]", "").strip() == ""


@pytest.mark.parametrize("how", ["together", "one by one"])
def test_a_word_said_very_often_is_counted_out_as_it_was_counted_in(world: World, how: str) -> None:
    posts = [said("ana", str(number), "1 " * (LONGEST // 2), at=number) for number in range(3)]
    if how == "together":
        world.take_in(*posts)
    else:
        world.hear(*posts)
    assert kept(world.store, GENERAL) == expected(posts, GENERAL, world.bot.limits)
    world.hear(gone("0"), gone("1"))
    assert kept(world.store, GENERAL) == expected(posts[2:], GENERAL, world.bot.limits)
    world.hear(gone("2"))
    assert world.terms() == set()


def test_a_link_without_any_word_is_kept_all_the_same(world: World) -> None:
    world.hear(said("ana", "1", "https://it.is/"))
    assert world.links() == ["https://it.is"]


@pytest.mark.parametrize("title", ["Soil\0", "Soil \ud800", "S" * 5_000, "\0", " "], ids=len)
def test_any_title_that_a_platform_shows_can_be_kept(world: World, title: str) -> None:
    unfurl = Unfurl("https://ex.org/soil", title)
    world.hear(said("ana", "1", "https://ex.org/soil", unfurls=(unfurl,)))
    assert world.links() == ["https://ex.org/soil"]


def test_a_title_may_come_later_and_with_any_version(world: World) -> None:
    post = said("ana", "1", "https://ex.org/soil", at=0)
    titled = replace(post, unfurls=(Unfurl("https://ex.org/soil", "Living\0  soil"),))
    changed = edited(post, "kettle https://ex.org/soil", 1)
    world.hear(changed, titled)
    assert kept(world.store, GENERAL).shares == [
        ("1", "https://ex.org/soil", "Living soil", ["ex", "kettl", "live", "org", "soil"])
    ]
    world.hear(replace(changed, unfurls=(Unfurl("https://ex.org/soil", "Another"),)))
    assert [title for _, _, title, _ in kept(world.store, GENERAL).shares] == ["Living soil"]


def test_a_link_is_found_by_the_words_about_it_wherever_it_stands_in_a_long_message(
    world: World,
) -> None:
    far, long = "Trombones first.", "so it goes on and on " * 60
    near = "A calendar for kettles: https://ex.org/soil which I drew in pencil."
    for ident, text in enumerate((f"{far} {long} {near}", f"{near} {long} {far}")):
        world.hear(said("ana", str(ident), text, at=ident))
        terms = kept(world.store, GENERAL).shares[ident][3]
        assert {"kettl", "pencil"} <= set(terms)
        assert "trombon" not in terms


def test_a_link_posted_twice_in_one_message_is_one_share(world: World) -> None:
    world.hear(said("ana", "1", "https://ex.org/soil?utm_source=a http://ex.org/soil#top"))
    assert len(world.links()) == len(set(world.links()))


def test_an_edit_changes_the_words_of_its_conversation_at_once(world: World) -> None:
    post = said("ben", "2", "worms like bread", at=1)
    asked = said("ana", "1", "kettle")
    world.hear(asked, post, edited(post, "worms like compost", 2))
    assert world.terms() == {"kettl", "worm", "compost"}
    changed = [asked, edited(post, "worms like compost", 2)]
    assert kept(world.store, GENERAL) == expected(changed, GENERAL, world.bot.limits)


def test_an_older_edit_that_comes_late_changes_nothing(world: World) -> None:
    post = said("ana", "1", "one kettle")
    world.hear(post, edited(post, "three kettles", 3), edited(post, "two kettles", 2), post)
    assert world.texts() == {"1": "three kettles"}


def test_that_is_so_too_when_the_newer_edit_went_back_to_the_first_words(world: World) -> None:
    post = said("ana", "1", "one kettle")
    world.hear(post, edited(post, "one kettle", 3), edited(post, "two kettles", 2))
    assert world.texts() == {"1": "one kettle"}


@given(st.text(st.characters(codec=None), max_size=200))
def test_tidying_twice_changes_nothing_more_and_leaves_what_utf_8_can_say(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    assert "\0" not in once
    once.encode()


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.text(st.characters(codec=None), max_size=60), min_size=2, max_size=2))
def test_no_text_stops_the_bot_and_all_of_it_goes_again(world: World, texts: list[str]) -> None:
    hurry(world.store)
    number = next(NUMBERS)
    before, after = texts
    post = said("ana", f"fuzz-{number}", before)
    world.take_in(post)
    world.take_in(edited(post, after, 1))
    assert world.texts()[post.id] == tidy(after)
    world.take_in(gone(post.id))
    assert everything(world).replace("[]", "").strip() == ""
