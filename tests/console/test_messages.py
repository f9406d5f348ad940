"""What one can do with messages: post, answer, change, look at."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.console import Session
from adapters.console.numbers import Numbers
from bot.events import (
    LinkSaved,
    MessageDeleted,
    MessagePosted,
    PlaceSeen,
    ReactionChanged,
    Visibility,
)
from tests.console.village import (
    ANA,
    COMMITTEE,
    GARDEN,
    GENERAL,
    HOME,
    MEI,
    NOON,
    TOM,
    Core,
    Table,
    Time,
    Village,
    someone,
)


def test_plain_text_is_a_message_to_everyone_in_the_place() -> None:
    table = Table()
    assert table.line("  who fixed the oven?  ") == "   1 ana 12:00  who fixed the oven?"
    (post,) = table.core.of(MessagePosted)
    assert post == MessagePosted(GENERAL.ref, ANA.ref, "new-1", "who fixed the oven?", NOON)


def test_a_space_before_it_makes_anything_plain_text() -> None:
    table = Table()
    assert table.line(" /quit is a word") == "   1 ana 12:00  /quit is a word"
    assert not table.session.ended


@pytest.mark.parametrize("line", ["", "   ", "\t"])
def test_a_blank_line_does_nothing(line: str) -> None:
    table = Table()
    assert table.session.type(line) == []
    assert table.core.events == []


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("@grapevine who knows bread?", "who knows bread?"),
        ("@Grapevine, who knows bread?", "who knows bread?"),
        ("@GRAPEVINE: help", "help"),
        ("@grapevine", ""),
        ("@grapevine?", "?"),
    ],
)
def test_a_message_that_begins_with_the_mention_asks_grapevine(text: str, heard: str) -> None:
    table = Table()
    assert table.type(text) == [
        f"   1 ana 12:00  {text}",
        "Grapevine",
        f"  You said: “{heard}”",
    ]
    (post,) = table.core.of(MessagePosted)
    assert (post.to_bot, post.text) == (True, heard)


@pytest.mark.parametrize("text", ["ask @grapevine about it", "@grapevines grow", "grapevine?"])
def test_a_message_that_only_speaks_of_grapevine_asks_nothing(text: str) -> None:
    table = Table()
    table.type(text)
    (post,) = table.core.of(MessagePosted)
    assert (post.to_bot, post.text) == (False, text)


def test_direct_messages_are_announced_once_and_all_go_to_grapevine() -> None:
    table = Table()
    table.type("/dm", "hello", "@grapevine hello again")
    seen, *posts = table.core.of(PlaceSeen) + table.core.of(MessagePosted)
    assert table.core.events[0] == seen
    assert (seen.place.id, seen.visibility) == ("dm-U1", Visibility.DIRECT)
    assert [post.text for post in posts] == ["hello", "hello again"]
    assert all(post.to_bot and post.place == seen.place for post in posts)


def test_what_is_said_to_grapevine_alone_needs_no_mark() -> None:
    assert Table().type("/dm", "hello") == [
        "   1 ana 12:00  hello",
        "Grapevine",
        "  You said: “hello”",
    ]


def test_nothing_is_kept_of_direct_messages() -> None:
    assert Table().line("/dm", "/history") == "Nothing of what you say to Grapevine alone is kept."


def test_ids_of_messages_differ_between_sessions_too() -> None:
    posts = []
    for _ in range(2):
        core = Core(Village())
        session = Session(
            core.handle,
            core.village,
            Time().now,
            community=HOME,
            person=ANA.ref,
            place=GENERAL.ref,
            commands={},
        )
        session.type("one")
        session.type("two")
        posts += core.of(MessagePosted)
    assert len({post.id for post in posts}) == 4


# ── Answering ────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_hangs_on_what_it_answers() -> None:
    table = Table()
    table.type("how do I bake?", "/as mei")
    assert table.line("/reply 1 slowly") == "   2   ↳ mei 12:00  slowly"
    answer = table.core.of(MessagePosted)[-1]
    assert (answer.reply_to, answer.thread, answer.author) == ("new-1", None, MEI.ref)


def test_an_answer_in_a_thread_stays_in_it() -> None:
    table = Table()
    table.village.say(MEI, GENERAL, "bread", thread="m1")
    table.village.say(TOM, GENERAL, "yes", thread="m1")
    table.type("/history", "/reply 2 no")
    answer = table.core.of(MessagePosted)[-1]
    assert (answer.reply_to, answer.thread) == ("m2", "m1")


def test_an_answer_to_a_receipt_is_posted_where_the_receipt_is() -> None:
    table = Table()
    table.village.say(MEI, GARDEN, "bread under the apple tree")
    table.type("/whoknows bread")
    assert table.line("/reply ↗1 which tree?") == "   2   ↳ ana in #garden 12:00  which tree?"
    assert table.core.of(MessagePosted)[-1].place == GARDEN.ref


def test_an_answer_can_ask_grapevine() -> None:
    table = Table()
    table.type("how do I bake?")
    assert table.type("/reply 1 @grapevine who knows?")[1:] == [
        "Grapevine",
        "  You said: “who knows?”",
    ]


# ── Changing ─────────────────────────────────────────────────────────────────────────────────────


def test_an_edit_is_the_same_message_with_a_later_version() -> None:
    table = Table()
    table.type("bred", "/wait 5 minutes")
    assert table.line("/edit 1 bread") == "   1 ana 12:00  bread (edited)"
    before, after = table.core.of(MessagePosted)
    assert (after.id, after.text, after.at) == (before.id, "bread", before.at)
    assert after.edited_at == NOON + timedelta(minutes=5)


def test_every_edit_is_later_than_the_one_before_even_if_the_clock_stands() -> None:
    table = Table()
    table.type("a", "/edit 1 b", "/edit 1 c")
    versions = [post.edited_at for post in table.core.of(MessagePosted)[1:]]
    assert versions[0] < versions[1]


def test_an_edited_request_stays_a_request() -> None:
    table = Table()
    table.type("@grapevine bred", "/edit 1 @grapevine bread")
    after = table.core.of(MessagePosted)[-1]
    assert (after.text, after.to_bot) == ("bread", True)


def test_an_edited_message_does_not_become_a_request() -> None:
    table = Table()
    table.type("bread", "/edit 1 @grapevine bread")
    after = table.core.of(MessagePosted)[-1]
    assert (after.text, after.to_bot) == ("@grapevine bread", False)


def test_a_message_of_an_earlier_session_can_be_edited_by_who_wrote_it() -> None:
    table = Table()
    table.village.say(ANA, GENERAL, "bred")
    table.type("/history")
    assert table.line("/edit 1 bread").endswith("bread (edited)")
    (post,) = table.core.of(MessagePosted)
    assert (post.id, post.author, post.edited_at) == ("m1", ANA.ref, NOON)


def test_a_deleted_message_is_gone() -> None:
    table = Table()
    assert table.line("oops", "/delete 1") == "Message 1 is deleted."
    assert table.core.of(MessageDeleted) == [MessageDeleted(GENERAL.ref, "new-1", NOON)]
    assert table.line("/open 1") == "Message 1 was deleted."


@pytest.mark.parametrize(("line", "verb"), [("/edit 1 x", "change"), ("/delete 1", "delete")])
def test_nobody_changes_what_somebody_else_wrote(line: str, verb: str) -> None:
    table = Table()
    table.village.say(MEI, GENERAL, "earlier")
    refused = f"ana can only {verb} what ana wrote."
    assert table.line("/history", line) == refused
    assert table.line("/as mei", "now", "/as ana", line.replace("1", "2", 1)) == refused
    assert not table.core.of(MessageDeleted)
    assert len(table.core.of(MessagePosted)) == 1


def test_whoever_shares_a_name_with_the_author_is_still_somebody_else() -> None:
    namesake = someone(9, "ana")
    table = Table(Village(everyone=[ANA, namesake]))
    table.village.say(namesake, GENERAL, "earlier")
    assert table.line("/history", "/delete 1") == "ana can only delete what ana wrote."


# ── Reactions and links ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("emoji", [":+1:", "+1"])
def test_a_reaction_is_put_on_and_taken_off(emoji: str) -> None:
    table = Table()
    table.village.say(MEI, GENERAL, "bread")
    assert table.line("/history", f"/react 1 {emoji}") == "ana put :+1: on message 1."
    assert table.line(f"/unreact 1 {emoji}") == "ana took :+1: off message 1."
    assert table.core.of(ReactionChanged) == [
        ReactionChanged(GENERAL.ref, "m1", ANA.ref, "+1", added=added, at=NOON)
        for added in (True, False)
    ]


@pytest.mark.parametrize("emoji", ["👍", ":a: :b:", ":thumbs up:"])
def test_an_emoji_is_written_by_its_name(emoji: str) -> None:
    line = Table().line("hello", f"/react 1 {emoji}")
    assert line == "Write the emoji by its name, like /react 3 :thumbsup:"


def test_the_links_of_a_message_are_saved_for_its_author() -> None:
    table = Table()
    table.village.say(MEI, GENERAL, "https://example.org/bread", thread="m0")
    assert table.type("/history", "/save 1")[1] == "  Saved for U2"
    (saved,) = table.core.of(LinkSaved)
    assert saved.account == ANA.ref
    assert saved.message.author == MEI.ref
    assert (saved.message.id, saved.message.thread) == ("m1", "m0")


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────


def test_history_shows_the_newest_messages_and_threads_indented() -> None:
    table = Table()
    table.village.say(MEI, GENERAL, "bread\nwith seeds", thread="m1")
    table.village.say(TOM, GENERAL, "yes\nplease", thread="m1", edited=True)
    assert table.type("/history") == [
        "   1 mei 29 Mar 2025 12:00  bread",
        "     with seeds",
        "   2   ↳ tom 29 Mar 2025 12:01  yes",
        "       please (edited)",
    ]
    assert len(table.type("/history 1")) == 2


def test_history_of_a_place_where_nothing_was_kept_says_so() -> None:
    line = Table().line("/history")
    assert line == "Grapevine has kept nothing of what was said in #general."


def test_opening_a_receipt_shows_the_conversation_and_where_it_was() -> None:
    table = Table()
    table.village.say(MEI, GARDEN, "bread")
    table.village.say(TOM, GARDEN, "no, cake")
    assert table.type("/whoknows bread", "/open 1") == [
        "#garden",
        "   1 mei 29 Mar 2025 12:00  bread",
        "   2 tom 29 Mar 2025 12:01  no, cake",
    ]


def test_a_message_that_was_not_kept_can_still_be_opened() -> None:
    assert Table().line("a" * 900, "/open 1") == f"   1 ana 12:00  {'a' * 900}"


def test_a_long_message_is_folded_until_it_is_opened() -> None:
    table = Table()
    text = "\n".join(f"line {number}" for number in range(1, 11))
    table.village.say(MEI, GENERAL, text)
    folded = table.type("/history")
    assert folded[-2:] == ["     line 4", "     … /open 1 for all"]
    assert len(table.type("/open 1")) == 10


def test_a_message_that_is_hardly_too_long_is_not_folded() -> None:
    assert len(Table().type(" " + "word " * 99)) == 1
    assert len(Table().type("x " * 300)) == 2


def test_a_message_keeps_its_number_wherever_it_is_shown() -> None:
    table = Table()
    table.village.say(MEI, GENERAL, "bread")
    assert "    “bread” ↗2" in table.type("first", "/whoknows bread")
    assert table.type("/history")[0].startswith("   2 mei")
    assert table.type("/open 2")[0].startswith("   2 mei")


def test_times_are_short_for_today_and_longer_for_other_days() -> None:
    table = Table()
    assert table.line("hello", "/wait 1 day", "/edit 1 hi") == "   1 ana 3 May 12:00  hi (edited)"
    assert table.line("/wait 60 weeks", "/edit 1 ho") == "   1 ana 3 May 2026 12:00  ho (edited)"


# ── Wrong numbers ────────────────────────────────────────────────────────────────────────────────

BY_NUMBER = ["/open {}", "/reply {} x", "/edit {} x", "/delete {}", "/react {} :x:", "/save {}"]


@pytest.mark.parametrize("line", BY_NUMBER)
def test_a_number_that_was_never_shown_is_refused(line: str) -> None:
    table = Table()
    refused = "There is no message 12 that ana can see."
    assert table.line(line.format(12)) == refused
    assert table.core.events == []


@pytest.mark.parametrize("line", BY_NUMBER)
@pytest.mark.parametrize("number", ["x", "", "-1", "1.5", "9999999999"])
def test_what_is_no_number_gets_the_way_to_type_it(line: str, number: str) -> None:
    word = line.split(maxsplit=1)[0]
    assert Table().line("hello", line.format(number)).startswith(f"Type it like this: {word} N")


@pytest.mark.parametrize("line", ["/open 1 2", "/delete 1 please", "/save 1 2", "/reply 1"])
def test_too_much_or_too_little_gets_the_way_to_type_it(line: str) -> None:
    shown = Table().line("hello", line)
    assert shown.startswith(f"Type it like this: {line.split(maxsplit=1)[0]} N")


@pytest.mark.parametrize("line", BY_NUMBER)
def test_a_number_leads_nobody_into_a_place_they_cannot_see(line: str) -> None:
    table = Table()
    table.village.say(ANA, COMMITTEE, "secret bread")
    table.type("/in committee", "/history", "our own secret", "/dm", "mine alone", "/as mei")
    before = len(table.core.events)
    for number in (1, 2, 3):
        shown = table.line(line.format(number))
        assert shown == f"There is no message {number} that mei can see."
    assert len(table.core.events) == before


def test_numbers_are_forgotten_in_the_end_but_never_given_twice() -> None:
    numbers = Numbers(most=2)
    place = GENERAL.ref
    first, second = numbers.of(place, "a"), numbers.of(place, "b")
    assert numbers.of(place, "a") == first
    third = numbers.of(place, "c")
    assert numbers.find(second) is None
    assert numbers.find(first) is not None
    assert numbers.of(place, "b") not in {first, second, third}


def test_the_same_id_in_another_place_is_another_message() -> None:
    numbers = Numbers()
    assert numbers.of(GENERAL.ref, "a") != numbers.of(GARDEN.ref, "a")
