"""What holds for every command, whatever it is called and whatever stands behind it."""

from __future__ import annotations

from unicodedata import category

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.console.shown import Answer, Marks
from adapters.console.view import plain_lines
from bot.commands import COMMANDS, GRAPEVINE, Command, parse, understand
from bot.core import EXPIRED, UNKNOWN
from bot.events import AccountSeen, CommandUsed, MessagePosted
from bot.replies import Reply, plain
from tests.features.village import Village, buttons, person, place

LONGEST_REPLY = 12_000  # characters, of text alone

NASTY = [
    "\x00",
    "rust\x00servers",
    "\ud800",
    "bees \udfff honey, knots\ud83d",
    "a" * 10_000,
    "word " * 2_000,
    " ".join(f"unheardof{number}" for number in range(900)),
    "'; DROP TABLE message; --",
    '" OR 1=1',
    'NEAR("a" "b", 5) AND body:* NOT {col}: ^x',
    "%_\\%",
    "{0} {} %s $1 :name",
    "<@U123> <!channel> @everyone <#C1|x> [b](javascript:alert(1)) *_~`",
    "[bold red]x[/]",
    "\x1b[31mred\x07\r\n\t",
    "\u202eterces\u2066",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d a\u0300l\u0301g\u0302o\u0303",
    "\N{HONEYBEE}\N{HONEY POT}",
    "蜂蜜 はちみつ",
    "-",
    "- - -, ,-,",
    "-- here on",
    "\n\n\n",
    "https://u:p@example.org/?token=x",
    "９９９９９９９９９９９９",
]

HOSTILE = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(), max_size=40),  # lone surrogates and NUL included
    st.lists(st.sampled_from(NASTY), max_size=3).map(" ".join),
)

SENTENCES = [
    ("who knows about bees?", "whoknows", "bees"),
    ("Who knows bees", "whoknows", "bees"),
    ("who here knows anything about sourdough bread", "whoknows", "sourdough bread"),
    ("please who knows how to weld?", "whoknows", "weld"),
    ("who else knows about the e-ink screens?!", "whoknows", "the e-ink screens"),
    ("who understands DNS", "whoknows", "DNS"),
    ("does anyone know about pianos?", "whoknows", "pianos"),
    ("anybody here know something about rust", "whoknows", "rust"),
    ("who can help me with terraform", "whoknows", "terraform"),
    ("who is good at knots?", "whoknows", "knots"),
    ("who should I ask about the oven?", "whoknows", "the oven"),
    ("who knows?", "whoknows", ""),
    ("whoknows bees", "whoknows", "bees"),
    ("ask the network: who mends umbrellas?", "ask", "who mends umbrellas?"),
    ("ask Who mends umbrellas?", "ask", "Who mends umbrellas?"),
    ("links about compost", "links", "compost"),
    ("any links on bees?", "links", "bees"),
    ("show me the links about bees", "links", "bees"),
    ("Link to the manual", "links", "the manual"),
    ("links", "links", ""),
    ("links compost", "links", "compost"),
    ("I know about rust, sourdough", "iknow", "rust, sourdough"),
    ("i know knots", "iknow", "knots"),
    ("iknow -knots", "iknow", "-knots"),
    ("me", "me", ""),
    ("show me", "me", ""),
    ("What do you know about me?", "me", ""),
    ("privacy", "privacy", ""),
    ("what do you keep about me?", "privacy", ""),
    ("export", "export", ""),
    ("forget me", "forget-me", ""),
    ("forget-me", "forget-me", ""),
    ("Forget_me!", "forget-me", ""),
    ("delete my data", "forget-me", ""),
    ("here", "here", ""),
    ("here off", "here", "off"),
    ("listing confirmed", "listing", "confirmed"),
    ("link here", "link", "here"),
    ("link", "link", ""),
    ("help", "help", ""),
    ("Help!", "help", ""),
    ("help me", "help", ""),
    ("help forget-me", "help", "forget-me"),
    ("hello", "help", ""),
    ("what can you do?", "help", ""),
    ("", "help", ""),
    ("  \n", "help", ""),
    ("/whoknows bees", "whoknows", "bees"),
    ("grapevine here off", "here", "off"),
]

CHATTER = [
    "who knows, maybe it rains",
    "does anyone know about bees?",
    "here",
    "help",
    "I know about bees",
    "forget me",
    "link here",
    "links about compost are all I ever read",
    "/whoknows bees",
    "grapevine wine is not a thing",
]


@pytest.mark.parametrize("who", ["ana", "tom"])
def test_every_command_alone_is_answered(village: Village, who: str) -> None:
    for command in COMMANDS:
        reply = village.ask(who, command.name)
        assert_reads_well(reply)
        assert plain(reply) not in {UNKNOWN, EXPIRED}, command.name


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)
def test_its_example_means_it(command: Command) -> None:
    name, _, text = command.example.partition(" ")
    assert understand(command.example) == (command, text)
    assert parse(name, text) == parse(GRAPEVINE, command.example) == (command, text)


def test_every_example_works(village: Village) -> None:
    for command in COMMANDS:
        reply = village.mention("tom", command.example)
        assert_reads_well(reply)
        assert plain(reply) != UNKNOWN, command.name


def test_nasty_words_are_words(village: Village) -> None:
    for text in NASTY:
        for command in COMMANDS:
            assert_reads_well(village.ask("tom", command.name, text))
        assert_reads_well(village.mention("ana", text))
        assert_reads_well(village.mention("ana", f"who knows about {text}"))


@given(command=st.sampled_from(COMMANDS), text=HOSTILE, who=st.sampled_from(["ana", "tom"]))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_typed_breaks_a_command(
    village: Village, command: Command, text: str, who: str
) -> None:
    assert_reads_well(village.ask(who, command.name, text))


@given(sentence=HOSTILE)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_said_breaks_it(village: Village, sentence: str) -> None:
    assert_reads_well(village.mention("ana", sentence))


@given(name=HOSTILE, text=HOSTILE)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_name_of_a_command_breaks_it(village: Village, name: str, text: str) -> None:
    assert_reads_well(village.ask("ana", name, text))


@given(token=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_made_up_button_does_nothing(village: Village, token: str) -> None:
    assert plain(village.press("ana", token)) == EXPIRED


@pytest.mark.parametrize(("sentence", "name", "words"), SENTENCES)
def test_plain_words_find_their_command(sentence: str, name: str, words: str) -> None:
    found = understand(sentence)
    assert found is not None
    assert (found[0].name, found[1]) == (name, words)


def test_every_phrase_stands_in_the_table() -> None:
    with_phrases = {one.name for one in COMMANDS if one.phrases}
    assert with_phrases <= {name for sentence, name, _ in SENTENCES if " " in sentence}


def test_what_means_no_command_is_told_so_and_to_nobody_else(village: Village) -> None:
    for sentence in ("make me a sandwich", "bees", "wat", "thanks a lot"):
        reply = village.mention("ana", sentence)
        assert plain(reply) == UNKNOWN
        assert reply.private


def test_what_is_not_said_to_grapevine_is_no_request(village: Village) -> None:
    for sentence in CHATTER:
        village.post("tom", sentence)  # which sees that there is no reply


def test_a_bot_is_never_answered(village: Village) -> None:
    village.do(AccountSeen(person("clank"), "clank", is_bot=True))
    asked = CommandUsed(place("kitchen"), person("clank"), "help", "", village.now)
    said = MessagePosted(place("kitchen"), person("clank"), "x", "help", village.now, to_bot=True)
    assert village.do(asked) is None
    assert village.do(said) is None


def test_help_lists_what_one_may_do_and_nothing_else(village: Village) -> None:
    for who, may in (("ana", False), ("tom", True)):
        said = plain(village.ask(who, "help"))
        for command in COMMANDS:
            usage = f"{command.name} {command.words}".strip() + "  "
            assert (f"\n{usage}" in said) == (may or not command.admin)


def test_what_is_a_persons_own_is_shown_to_nobody_else(village: Village) -> None:
    for command in COMMANDS:
        if command.private:
            assert village.mention("tom", command.name).private, command.name


def test_what_admins_decide_nobody_else_does(village: Village) -> None:
    for line in ("listing confirmed", "link here", "link token-1", "link end", "here off"):
        name, _, text = line.partition(" ")
        before = state(village)
        refused = plain(village.ask("ana", name, text))
        assert refused == "Only an admin of this community can change that."
        assert state(village) == before
        assert "Only an admin" not in plain(village.ask("tom", name, text))


def state(village: Village) -> list[str]:
    return [plain(village.ask("tom", name)) for name in ("listing", "link", "here")]


def test_what_only_reads_offers_nothing_to_press_but_what_works(village: Village) -> None:
    village.ask("ana", "iknow", "bees")
    for command in COMMANDS:
        if not command.writes:
            offered = buttons(village.ask("tom", command.name, "bees"))
            assert offered.keys() <= {"Share here"}, command.name
            for button in offered.values():
                assert "ana" in plain(village.press("tom", button.token))


def assert_reads_well(reply: Reply) -> None:
    """A reply says something, is not endless, and does no harm to a terminal."""
    said = plain(reply) + (reply.form.title if reply.form else "")
    assert said.strip()
    assert len(said) < LONGEST_REPLY
    for wrong in ("Traceback", "Error", "sqlalchemy", "None", "went wrong"):
        assert wrong not in said
    shown = "".join(plain_lines(Answer(reply, Marks(), private=True)))
    assert not {category(sign) for sign in shown} & {"Cc", "Cs"}
