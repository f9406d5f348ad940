"""What is enough like a question to be offered to its asker, and what only looks like it."""

from __future__ import annotations

import pytest

from tests.asking.letters import Letters

QUESTION = "Which glue mends the cracked handle of a stoneware teapot?"
ALIKE = "my stoneware teapot has a cracked handle, which glue mends that?"
ANSWER = "two-part epoxy, and a day of patience"


@pytest.fixture
def asked(letters: Letters) -> Letters:
    """Ana asked the network about a teapot months ago, and nobody answered."""
    letters.ask_network("ana", QUESTION)
    letters.months_go_by()
    return letters


def test_when_others_ask_the_same_and_get_an_answer_the_asker_hears_of_it(asked: Letters) -> None:
    asked.talk(("mei", ALIKE), ("bob", ANSWER))
    (note,) = asked.offered()
    assert note.startswith("bob answered mei in #workshop")


def test_the_same_is_never_offered_twice(asked: Letters) -> None:
    asked.talk(("mei", ALIKE), ("bob", ANSWER))
    assert len(asked.offered(days=60)) == 1


def test_what_turns_up_within_a_week_of_a_note_waits_for_its_end(asked: Letters) -> None:
    asked.talk(("mei", ALIKE), ("bob", ANSWER))
    assert len(asked.offered(days=7)) == 1
    asked.talk(("tom", f"help: {ALIKE}"), ("bob", "epoxy, as I told mei"), where="kitchen")
    assert asked.offered(days=3) == []
    (note,) = asked.offered(days=7)
    assert note.startswith("bob answered tom in #kitchen")


def test_a_question_that_nobody_answers_is_no_find(asked: Letters) -> None:
    asked.talk(("mei", ALIKE), ("mei", "anybody? the stoneware teapot cracked at the handle"))
    assert asked.offered() == []


def test_an_answer_that_comes_without_a_question_is_one(asked: Letters) -> None:
    asked.talk(
        ("tom", "good morning"),
        ("bob", "for the cracked handle of a stoneware teapot a two-part glue is best"),
    )
    (note,) = asked.offered()
    assert note.startswith("bob answered tom")


def test_what_the_asker_was_part_of_they_know(asked: Letters) -> None:
    asked.talk(("mei", ALIKE), ("bob", ANSWER), ("ana", "thank you, that is what I wondered"))
    assert asked.offered() == []


def test_words_that_are_scattered_over_a_long_talk_are_not_about_it(asked: Letters) -> None:
    asked.talk(
        ("mei", "the stoneware is out of the kiln, and the market is on Friday"),
        ("bob", "which handle? the one of the shed door is loose again"),
        ("tom", "I cracked the code of the old lock on my bicycle at last"),
        ("bob", "glue on the table, by the way, it was not me who spilled it"),
        ("mei", "bring a teapot on Friday, somebody mends the samovar"),
    )
    assert asked.offered() == []


def test_what_names_it_among_much_else_is_not_about_it(asked: Letters) -> None:
    passing = "glue mends the cracked handle of a stoneware teapot, wood the bench, wire the fence"
    much = f"{passing}, rope the swing, paint the shed door, tar"
    asked.talk(("mei", "what did you learn this year?"), ("bob", much), ("tom", "me too"))
    asked.talk(("mei", much), ("bob", f"{ANSWER}, they say"))
    assert asked.offered() == []
    asked.talk(("mei", "what did you learn this year?"), ("bob", passing), ("tom", "me too"))
    assert len(asked.offered()) == 1


def test_a_link_that_stands_in_the_question_is_no_news(letters: Letters) -> None:
    linked = "How does one glue a stoneware teapot as on https://glue.example.org/teapot?"
    letters.ask_network("ana", linked)
    letters.months_go_by()
    letters.talk(("mei", "glue for a stoneware teapot: https://glue.example.org/teapot"))
    assert letters.offered() == []
    letters.talk(("mei", "glue for a stoneware teapot: https://other.example.org/teapot"))
    assert len(letters.offered()) == 1


def test_a_link_in_a_talk_that_the_asker_is_part_of_they_know(asked: Letters) -> None:
    shared = "glue for a cracked stoneware teapot handle https://glue.example.org/"
    asked.talk(("mei", "what is new?"), ("tom", shared), ("ana", "thank you"))
    assert asked.offered() == []


def test_half_of_the_question_in_a_long_message_is_not_enough(asked: Letters) -> None:
    asked.talk(
        ("mei", "the teapot with the cracked lid goes to the raffle with six cups, a tray, honey"),
        ("bob", "nice, I buy ten tickets for the raffle and bake a plum cake for the stall"),
    )
    assert asked.offered() == []


def test_a_link_counts_by_the_words_it_is_shared_with(asked: Letters) -> None:
    asked.talk(("mei", "Friday's opening hours: https://glue.example.org/stoneware-teapot-handle"))
    assert asked.offered() == []
    asked.talk(("mei", "glue for a cracked stoneware teapot handle https://glue.example.org/"))
    (note,) = asked.offered()
    assert note.startswith("mei shared glue.example.org")


def test_listings_in_one_language_are_not_alike_when_what_is_said_is_not(letters: Letters) -> None:
    listing = "```\nfor kettle in stove: whistle(kettle, steam, valve, boiler, lid, spout)\n```"
    letters.ask_network("ana", f"Why is my alarm so quiet? {listing}")
    letters.months_go_by()
    letters.talk(("mei", f"Shall we paint that on the shed? {listing}"), ("bob", "in blue"))
    assert letters.offered() == []
    letters.talk(
        ("mei", f"So quiet, my alarm of the evening: {listing}"), ("bob", "open the valve")
    )
    assert len(letters.offered()) == 1


def test_a_path_is_one_name_however_many_words_it_has(letters: Letters) -> None:
    path = "/shared/plots/garden/lists/seeds-of-spring.txt"
    letters.ask_network("ana", f"Could somebody add peas to {path}")
    letters.months_go_by()
    letters.talk(("mei", f"I printed {path}"), ("bob", f"is {path} the same as last year's?"))
    assert letters.offered() == []


def test_that_a_version_or_a_number_is_the_same_tells_nothing(letters: Letters) -> None:
    version = "brewing-kit-2.14.0-rc3+build.77"
    letters.ask_network("ana", f"Why does {version} leak 300 400 500?")
    letters.months_go_by()
    letters.talk(("mei", f"{version} is out: 300 400 500"), ("bob", f"{version}? 300 400 500!"))
    assert letters.offered() == []


def test_looking_back_is_held_to_the_same(letters: Letters) -> None:
    letters.talk(("mei", ALIKE), ("bob", ANSWER))
    letters.talk(("mei", "the cracked teapot goes to the raffle"), ("bob", "with six cups"))
    said = letters.ask_about("ana", QUESTION)
    assert ANSWER in said
    assert "six cups" not in said
