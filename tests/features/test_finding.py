"""Who is named, by what, and who is not: rules that hold whatever people say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.events import AccountSeen, Role
from bot.ranking import matching
from bot.replies import Reply, Source, Strong, plain
from tests.features.village import Village, names, person

HELPERS = ("bob", "mei", "tom", "una", "vera", "wim", "xia")


def answered(village: Village, topic: str, helpers: tuple[str, ...]) -> None:
    """Ana asks, and each helper answers."""
    for name in helpers:
        if name not in {"bob", "mei", "tom"}:
            village.do(AccountSeen(person(name), name, Role.MEMBER))
    question = village.post("ana", f"does anybody know about {topic}?")
    for name in helpers:
        village.post(name, f"{topic} is easy, says {name}", reply_to=question)


def test_five_people_are_enough_to_ask(village: Village) -> None:
    for count, topic in ((1, "otters"), (4, "herons"), (5, "newts"), (7, "pikes")):
        answered(village, topic, HELPERS[:count])
        village.now += timedelta(hours=1)
        named = names(village.ask("ana", "whoknows", topic))
        assert len(named) == min(count, 5)
        assert set(named) <= set(HELPERS[:count])


def test_a_helper_who_asks_is_not_pointed_to_themselves(village: Village) -> None:
    answered(village, "otters", HELPERS[:3])
    for name in HELPERS[:3]:
        named = names(village.ask(name, "whoknows", "otters"))
        assert set(named) == set(HELPERS[:3]) - {name}


def test_whoever_leaves_is_not_named_and_is_again_when_they_return(village: Village) -> None:
    answered(village, "otters", HELPERS[:2])
    village.do(AccountSeen(person("bob"), "bob", active=False))
    assert names(village.ask("ana", "whoknows", "otters")) == ["mei"]
    village.do(AccountSeen(person("bob"), "bob", active=True))
    assert set(names(village.ask("ana", "whoknows", "otters"))) == {"bob", "mei"}


def test_a_new_name_is_used_at_once(village: Village) -> None:
    answered(village, "otters", ("bob",))
    village.do(AccountSeen(person("bob"), "Bobby", Role.MEMBER))
    assert names(village.ask("ana", "whoknows", "otters")) == ["Bobby"]


def test_under_a_name_stand_three_receipts_at_most_newest_first(village: Village) -> None:
    posted = []
    for number in range(6):
        question = village.post("ana", f"otters, part {number}?")
        posted.append(village.post("bob", f"otters swim, part {number}", reply_to=question))
        village.now += timedelta(hours=1)  # which ends the conversation
    reply = village.ask("ana", "whoknows", "otters")
    shown = [span.message for span in spans(reply) if isinstance(span, Source)]
    assert len(shown) == 3
    assert shown == sorted(shown, key=posted.index, reverse=True)


def test_a_name_stands_alone_with_no_number_and_no_mention(village: Village) -> None:
    answered(village, "otters", HELPERS)
    reply = village.ask("ana", "whoknows", "otters")
    for section in reply.sections[1:-1]:
        assert section.heading in {(Strong(name),) for name in HELPERS}
    assert "@" not in plain(reply)


def test_every_receipt_of_a_message_leads_to_it(village: Village) -> None:
    answered(village, "otters", HELPERS[:3])
    reply = village.ask("ana", "whoknows", "otters")
    for section in reply.sections[1:]:
        assert all(isinstance(line[-1], Source) for line in section.lines)


def test_slips_and_plurals_are_forgiven(village: Village) -> None:
    answered(village, "otters", ("bob",))
    for slip in ("otter", "Otters", "OTTERS!", "oters", "otetrs", "otterrs", "ottres"):
        assert names(village.ask("mei", "whoknows", slip)) == ["bob"], slip


def test_a_slip_in_many_of_what_is_written_of_as_one_is_forgiven(village: Village) -> None:
    answered(village, "spreadsheet", ("bob",))
    assert names(village.ask("mei", "whoknows", "spreadshets")) == ["bob"]


def test_another_word_is_not_taken_for_a_slip(village: Village) -> None:
    answered(village, "otters", ("bob",))
    answered(village, "later", ("bob",))
    answered(village, "pool", ("bob",))
    answered(village, "operads", ("bob",))
    for other in (
        "letters",
        "trotters",
        "pottery",
        "laser",
        "oats",
        "ote",
        "polo",
        "opera",
        "xqzvk",
    ):
        assert names(village.ask("mei", "whoknows", other)) == [], other


def test_words_are_alike_as_they_are_written_not_only_as_they_are_cut(village: Village) -> None:
    answered(village, "poking", ("bob",))
    answered(village, "compositionality", ("bob",))
    for other in ("poker", "compost"):
        assert names(village.ask("mei", "whoknows", other)) == [], other


def test_half_a_topic_is_not_the_topic(village: Village) -> None:
    village.post("bob", "saves you hours: https://state.example.org/ about saving state")
    village.post("bob", "seeds for all: https://seeds.example.org/")
    village.ask("mei", "iknow", "seeds")
    assert names(village.ask("ana", "whoknows", "saving seeds")) == []
    assert "I found no link" in plain(village.ask("ana", "links", "saving seeds"))
    for half in ("saving", "seeds"):
        village.now += timedelta(hours=1)
        answered(village, half, ("bob",))
    assert names(village.ask("ana", "whoknows", "saving seeds")) == []


def share(village: Village, who: str, words: str) -> None:
    """Somebody shares a link, in a conversation of its own."""
    village.post(who, f"{words}: https://{who}.example.org/")
    village.now += timedelta(hours=1)


def test_links_about_what_many_speak_of_are_found_by_the_rarest_word(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    share(village, "bob", "otters in rivers")
    share(village, "tom", "otters in pools")
    for _ in range(3):
        share(village, "mei", "fish in rivers")
    everything = names(village.ask("ana", "whoknows", "otters rivers"))
    monkeypatch.setattr(matching, "BUDGET", 2)
    assert names(village.ask("ana", "whoknows", "otters rivers")) == everything == ["bob"]


def test_of_links_about_what_too_many_speak_of_the_newest_are_looked_at(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    share(village, "bob", "otters")
    for _ in range(3):
        share(village, "mei", "otters")
    assert set(names(village.ask("ana", "whoknows", "otters"))) == {"bob", "mei"}
    monkeypatch.setattr(matching, "BUDGET", 1)
    assert names(village.ask("ana", "whoknows", "otters")) == ["mei"]


def test_what_is_known_of_a_topic_is_offered_the_rarest_first(village: Village) -> None:
    answered(village, "ponds", ("bob", "tom"))
    answered(village, "ponds", ("bob",))
    answered(village, "otters", ("bob",))
    reply = village.ask("ana", "whoknows", "ponds quagga otters")
    assert names(reply) == []
    assert "Did you mean otters or ponds?" in plain(reply)
    for whole in ("quagga", "ponds quagga otters zebras bongos"):
        assert "Did you mean" not in plain(village.ask("ana", "whoknows", whole))


def test_another_number_is_not_offered_for_one_that_nobody_wrote(village: Village) -> None:
    for _ in range(3):
        answered(village, "16650", ("bob",))
    assert names(village.ask("ana", "whoknows", "16650")) == ["bob"]
    for typed in ("11650", "16560"):
        assert "16650" not in plain(village.ask("ana", "whoknows", typed))


def test_a_long_question_is_not_read_back(village: Village) -> None:
    answered(village, "otters", ("bob",))
    for text in ("otters " * 2_000, "weasels " * 2_000):
        for command in ("whoknows", "links"):
            assert len(plain(village.ask("mei", command, text))) < 400


@given(order=st.permutations(HELPERS[:3]), topic=st.sampled_from(["otters", "herons", "newts"]))
@settings(
    max_examples=5,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whoever_answers_can_be_found_and_whoever_deletes_it_cannot(
    village: Village, order: list[str], topic: str
) -> None:
    question = village.post("ana", f"who keeps {topic}?")
    said = {name: village.post(name, f"{topic}, me", reply_to=question) for name in order}
    for name in order:
        assert name in names(village.ask("ana", "whoknows", topic))
        village.delete(said[name])
        assert name not in names(village.ask("ana", "whoknows", topic))
    village.delete(question)


def spans(reply: Reply) -> list[object]:
    return [span for section in reply.sections for line in section.lines for span in line]
