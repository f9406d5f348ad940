"""Commands, buttons, forms, files, the clock, help: everything else that can be typed."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.console import WORDS, Delivered
from adapters.console.desk import Desk
from adapters.console.keeping import keep
from adapters.console.language import pairs
from adapters.console.numbers import Numbers
from adapters.console.shown import FormOpened
from adapters.pictures import Enclosed
from bot.events import ButtonPressed, CommandUsed, FormSubmitted, MessagePosted, PlaceRef
from bot.replies import Button, Field, Form, Reply
from tests.console.village import (
    ANA,
    COMMANDS,
    COMMITTEE,
    GARDEN,
    GENERAL,
    HOME,
    MEI,
    NOON,
    Table,
)

# ── Commands ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("line", ["/whoknows  sour dough ", "/WhoKnows sour dough"])
def test_a_command_goes_to_the_core_as_typed_and_in_private(line: str) -> None:
    table = Table()
    table.type(line)
    (used,) = table.core.of(CommandUsed)
    assert used == CommandUsed(GENERAL.ref, ANA.ref, "whoknows", "sour dough", NOON, private=True)


def test_a_private_answer_says_so() -> None:
    table = Table()
    table.village.say(MEI, GENERAL, "bread every day")
    assert table.type("/whoknows bread") == [
        "Grapevine · only you can see this",
        "  mei knows bread",
        "    “bread every day” ↗1",
        "    a page (https://example.org/bread)",
        "    [1 Hide] [2 Leave]",
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("/whoknow bread", "Did you mean /whoknows?"),
        ("/histroy", "Did you mean /history?"),
        ("/xyzzy", "There is no /xyzzy; /help lists what there is."),
        ("/", "There is no /; /help lists what there is."),
    ],
)
def test_an_unknown_word_gets_the_nearest_or_one_sentence(line: str, sentence: str) -> None:
    table = Table()
    assert table.line(line) == sentence
    assert table.core.events == []


@pytest.mark.parametrize("word", [word for word in WORDS if not WORDS[word].usage])
def test_a_word_that_stands_alone_takes_nothing_behind_it(word: str) -> None:
    table = Table()
    assert table.line(f"/{word} hello") == f"Type it like this: /{word}"
    assert not table.session.ended


def test_what_the_core_cannot_do_is_one_calm_sentence() -> None:
    assert Table().type("/fail") == ["The store is closed."]


def test_the_words_of_the_console_cannot_be_commands_too() -> None:
    with pytest.raises(ValueError, match="open"):
        Table(options={"commands": {"open": "a shop"}})


def test_help_lists_every_word_and_then_what_the_core_says() -> None:
    table = Table()
    shown = "\n".join(table.type("/help"))
    for word in WORDS:
        assert f"  /{word} " in shown
    assert shown.endswith("Grapevine · only you can see this\n  Ask me things.")
    assert [used.name for used in table.core.of(CommandUsed)] == ["help"]


def test_help_about_a_command_is_left_to_the_core() -> None:
    table = Table()
    assert table.type("/help ask") == ["Grapevine · only you can see this", "  Ask me things."]
    assert table.core.of(CommandUsed)[0].text == "ask"


def test_help_lists_the_commands_itself_where_the_core_says_nothing() -> None:
    table = Table()
    table.core.mute = True
    shown = table.type("/help")
    for name, summary in COMMANDS.items():
        assert any(line.startswith(f"  /{name}") and line.endswith(summary) for line in shown)


def test_every_word_that_is_listed_is_understood() -> None:
    for word in WORDS:
        shown = Table().type(f"/{word}")
        assert not any("There is no /" in line or "Did you mean" in line for line in shown)


def test_quit_ends_the_session() -> None:
    table = Table()
    assert table.type("/quit") == []
    assert table.session.ended


# ── Buttons ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("words", ["2", "[2", "[2]", "Leave", "leave", "[Leave]"])
def test_a_button_is_pressed_by_its_number_or_its_words(words: str) -> None:
    table = Table()
    table.type("/whoknows bread")
    assert table.type(f"/press {words}")[1] == "  You pressed t-leave."
    (pressed,) = table.core.of(ButtonPressed)
    assert pressed == ButtonPressed(GENERAL.ref, ANA.ref, "t-leave", NOON, private=True)


def test_every_button_of_a_session_has_its_own_number() -> None:
    table = Table()
    table.type("/whoknows bread")
    assert table.type("/whoknows cake")[-1] == "    [3 Hide] [4 Leave]"
    table.type("/press 1")
    assert table.core.of(ButtonPressed)[0].token == "t-hide"


def test_the_words_mean_the_newest_button_that_has_them() -> None:
    table = Table()
    for message, token in (("g1", "t-old"), ("g2", "t-new")):
        reply = Reply.say("?", buttons=(Button("Yes", token),))
        table.core.outbox.append(Delivered(PlaceRef(HOME, "dm-U1"), message, reply))
    table.type("/dm", "/press yes")
    assert table.core.of(ButtonPressed)[0].token == "t-new"


def test_words_on_two_buttons_of_one_answer_are_not_enough() -> None:
    table = Table()
    reply = Reply.say("?", buttons=(Button("Hide", "a"), Button("Hide", "b")))
    table.core.outbox.append(Delivered(GENERAL.ref, "g1", reply))
    assert table.line("/as ana", "/press hide") == "Which of them? Type /press 1 or /press 2."


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("/press", "Type it like this: /press N"),
        ("/press 3", "There is no button 3 for ana to press."),
        (
            "/press 99999999999999999999",
            "There is no button 99999999999999999999 for ana to press.",
        ),
        ("/press Hidee", "There is no button Hidee for ana to press. Do you mean Hide?"),
        ("/press nothing", "There is no button nothing for ana to press."),
    ],
)
def test_a_button_that_is_not_there_gets_one_sentence(line: str, sentence: str) -> None:
    assert Table().line("/whoknows bread", line) == sentence


@pytest.mark.parametrize("words", ["1", "Hide"])
def test_a_private_button_is_for_its_person_only(words: str) -> None:
    table = Table()
    shown = table.line("/whoknows bread", "/as mei", f"/press {words}")
    assert shown == f"There is no button {words} for mei to press."
    assert table.core.of(ButtonPressed) == []


def test_a_public_button_is_for_all_who_can_see_its_place() -> None:
    table = Table()
    reply = Reply.say("?", buttons=(Button("Me", "t-me"),), private=False)
    table.core.outbox.append(Delivered(COMMITTEE.ref, "g1", reply))
    table.type("/in committee", "/in general", "/press 1")
    pressed = ButtonPressed(COMMITTEE.ref, ANA.ref, "t-me", NOON, private=False)
    assert table.core.of(ButtonPressed) == [pressed]
    assert table.line("/as mei", "/press 1") == "There is no button 1 for mei to press."


def test_a_button_that_was_got_alone_is_pressed_alone() -> None:
    table = Table()
    reply = Reply.say("?", buttons=(Button("Me", "t-me"),), private=False)
    table.core.outbox.append(Delivered(PlaceRef(HOME, "dm-U1"), "g1", reply))
    table.type("/dm", "/press 1")
    assert table.core.of(ButtonPressed)[0].private


def test_old_buttons_are_let_go_in_the_end() -> None:
    table = Table()
    desk = Desk(Numbers(), most=2)
    for token in ("a", "b", "c"):
        desk.take(Reply.say("?", buttons=(Button(token, token),)), ANA, table.session._seat.spot)
    assert desk.button("3", ANA).button.token == "c"
    with pytest.raises(Exception, match="There is no button 1"):
        desk.button("1", ANA)


# ── Forms ────────────────────────────────────────────────────────────────────────────────────────


def test_a_form_is_shown_with_its_fields_and_how_to_fill_it() -> None:
    assert Table().type("/ask how?") == [
        "Form “Ask the network”",
        "  question: Your question — now “how?”",
        "  more (?)",
        "  /fill question=…; more=… or /cancel",
    ]


@pytest.mark.parametrize(
    ("rest", "question", "more"),
    [
        ("", "how?", ""),
        ("more=yes", "how?", "yes"),
        ("question=why not; more = a=b", "why not", "a=b"),
        ('QUESTION="a; \\"b\\""; more=c;', 'a; "b"', "c"),
        ("question=; more=x", "", "x"),
    ],
)
def test_a_filled_form_keeps_what_is_not_named(rest: str, question: str, more: str) -> None:
    table = Table()
    table.type("/ask how?", f"/fill {rest}")
    (sent,) = table.core.of(FormSubmitted)
    fields = (("question", question), ("more", more))
    assert sent == FormSubmitted(GENERAL.ref, ANA.ref, "t-form", fields, NOON, private=True)
    assert table.line("/fill") == "No form is open."


@pytest.mark.parametrize(
    ("rest", "sentence"),
    [
        ("colour=red", "The form has no field colour; it has question, more."),
        ("just words", "Type it like this: /fill FIELD=VALUE; …"),
    ],
)
def test_a_form_that_is_filled_wrongly_stays_open(rest: str, sentence: str) -> None:
    table = Table()
    assert table.line("/ask how?", f"/fill {rest}") == sentence
    assert table.core.of(FormSubmitted) == []
    table.type("/fill more=1")
    assert len(table.core.of(FormSubmitted)) == 1


@pytest.mark.parametrize("rest", ["it was = easy", "text=it was = easy", "Text = it was = easy"])
def test_a_form_with_one_field_takes_the_bare_text(rest: str) -> None:
    table = Table()
    form = Form("Answer", (Field("Text", "Your answer"),), "t-one")
    table.core.outbox.append(Delivered(PlaceRef(HOME, "dm-U1"), "g1", Reply((), form=form)))
    table.type("/dm", f"/fill {rest}")
    assert table.core.of(FormSubmitted)[0].fields == (("Text", "it was = easy"),)


def test_text_that_was_meant_for_a_form_is_not_posted_for_all_to_see() -> None:
    table = Table()
    sentence = "The form “Ask the network” is open: send it with /fill, or /cancel."
    assert table.line("/ask how?", "my secret") == sentence
    assert table.core.of(MessagePosted) == []
    assert table.line("/cancel") == "Closed “Ask the network”; nothing was sent."
    assert table.line("/cancel") == "No form is open."
    assert table.line("hello") == "   1 ana 12:00  hello"


def test_a_form_waits_for_its_own_person() -> None:
    table = Table()
    assert table.line("/ask how?", "/as mei", "/fill more=1") == "No form is open."
    table.type("/in garden", "/as ana", "/fill more=1")
    (sent,) = table.core.of(FormSubmitted)
    assert (sent.account, sent.place) == (ANA.ref, GENERAL.ref)


def test_a_form_from_a_place_one_was_removed_from_is_not_sent() -> None:
    table = Table()
    table.type("/in committee", "/ask how?")
    table.village.inside.clear()
    assert table.line("/fill more=1") == "ana can no longer see where this form came from."
    assert table.core.of(FormSubmitted) == []


def test_the_terminal_can_send_a_form_by_its_values() -> None:
    table = Table()
    (opened,) = table.session.type("/ask how?")
    assert isinstance(opened, FormOpened)
    assert table.session.form == opened.form
    table.session.fill({"more": "yes"})
    assert table.core.of(FormSubmitted)[0].fields == (("question", "how?"), ("more", "yes"))
    assert table.session.form is None


VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.tuples(st.from_regex(r"[a-z_-]{1,8}", fullmatch=True), VALUES), max_size=4))
def test_quoted_values_are_read_back_as_they_were(fields: list[tuple[str, str]]) -> None:
    quoted = [(name, value.replace("\\", "\\\\").replace('"', '\\"')) for name, value in fields]
    assert pairs("; ".join(f'{name}="{value}"' for name, value in quoted)) == fields


# ── Files ────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_offered_and_saved_for_its_owner_only(workdir: Path) -> None:
    table = Table()
    assert table.type("/export")[-1] == "  export.json (12 KB) — save with /keep PATH"
    assert table.line("/keep mine.json") == "Saved as mine.json."
    saved = workdir / "mine.json"
    assert saved.read_text() == "x" * 12_345
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600


def test_a_folder_gets_the_file_under_its_own_name(workdir: Path) -> None:
    assert Table().line("/export", "/keep .") == "Saved as export.json."
    assert (workdir / "export.json").exists()


@pytest.mark.parametrize("name", ["../mine.json", "/etc/mine.json", "..\\mine.json"])
def test_the_name_of_a_file_leads_out_of_no_folder(workdir: Path, name: str) -> None:
    assert keep(Enclosed(name, b"all"), ".") == "Saved as mine.json."
    assert [file.name for file in workdir.iterdir()] == ["mine.json"]


def test_nothing_is_overwritten(workdir: Path) -> None:
    (workdir / "mine.json").write_text("precious")
    sentence = "mine.json is there already; choose another name."
    assert Table().line("/export", "/keep mine.json") == sentence
    assert (workdir / "mine.json").read_text() == "precious"


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("no/such/mine.json", "There is no folder for no/such/mine.json; make it first."),
        ("note.txt/mine.json", "There is no folder for note.txt/mine.json; make it first."),
        ("a\0b", "a\N{REPLACEMENT CHARACTER}b cannot be written; choose another place."),
        ("x" * 300, f"{'x' * 300} cannot be written; choose another place."),
        ("~nobodyatall/x", "~nobodyatall/x cannot be written; choose another place."),
        ("", "Type it like this: /keep PATH"),
    ],
)
def test_a_path_that_cannot_be_written_gets_one_sentence(
    workdir: Path, path: str, sentence: str
) -> None:
    (workdir / "note.txt").write_text("a note")
    assert Table().line("/export", f"/keep {path}") == sentence


def test_a_file_is_kept_by_who_got_it(workdir: Path) -> None:
    sentence = "mei has got no file to keep yet."
    assert Table().line("/export", "/as mei", "/keep mine.json") == sentence
    assert list(workdir.iterdir()) == []


# ── The clock ────────────────────────────────────────────────────────────────────────────────────


def test_the_clock_is_set_and_time_passes() -> None:
    table = Table()
    assert table.line("/at 2026-06-07 10:30") == "It is Sunday 7 Jun 2026, 10:30."
    assert table.line("/at 2026-06-08") == "It is Monday 8 Jun 2026, 00:00."
    assert table.line("/wait 90 minutes") == "It is Monday 8 Jun 2026, 01:30."
    table.type("hello")
    assert table.core.of(MessagePosted)[0].at == datetime(2026, 6, 8, 1, 30, tzinfo=UTC)


def test_the_clock_is_set_and_shown_in_the_zone_of_the_session() -> None:
    table = Table(options={"zone": ZoneInfo("Europe/Dublin")})
    assert table.line("/at 2026-06-07 10:30") == "It is Sunday 7 Jun 2026, 10:30."
    assert table.clock.at == datetime(2026, 6, 7, 9, 30, tzinfo=UTC)
    assert table.line("hello") == "   1 ana 10:30  hello"


@pytest.mark.parametrize(
    ("words", "length"),
    [
        ("3 days", timedelta(days=3)),
        ("1 day", timedelta(days=1)),
        ("2h", timedelta(hours=2)),
        ("45 min", timedelta(minutes=45)),
        ("10 Minutes", timedelta(minutes=10)),
        ("2 weeks", timedelta(weeks=2)),
    ],
)
def test_waiting_takes_minutes_hours_days_and_weeks(words: str, length: timedelta) -> None:
    table = Table()
    table.type(f"/wait {words}")
    assert table.clock.at == NOON + length


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("/at noon", "Type it like this: /at YYYY-MM-DD HH:MM"),
        ("/at", "Type it like this: /at YYYY-MM-DD HH:MM"),
        ("/at 2026-02-30 10:00", "There is no such moment as 2026-02-30 10:00."),
        ("/at 2026-02-03 25:00", "There is no such moment as 2026-02-03 25:00."),
        ("/at 0000-01-01", "There is no such moment as 0000-01-01."),
        ("/wait", "Type it like this: /wait 3 days"),
        ("/wait 3 months", "Type it like this: /wait 3 days"),
        ("/wait a day", "Type it like this: /wait 3 days"),
        ("/wait 999999 weeks", "Wait ten years at most."),
    ],
)
def test_a_time_that_cannot_be_read_gets_one_sentence(line: str, sentence: str) -> None:
    table = Table()
    assert table.line(line) == sentence
    assert table.clock.at == NOON


def test_the_end_of_time_is_too_far() -> None:
    assert Table().line("/at 9999-12-31 12:00", "/wait 1 week") == "That is too far ahead."


@pytest.mark.parametrize("line", ["/at 2026-06-07 10:30", "/wait 1 day"])
def test_a_real_clock_cannot_be_set(line: str) -> None:
    sentence = "The clock here is the real one; only a script can set it."
    assert Table(options={"set_clock": None}).line(line) == sentence


# ── What Grapevine sends of its own accord ───────────────────────────────────────────────────────


def test_what_grapevine_sends_to_where_one_is_is_shown_after_the_line() -> None:
    table = Table()
    table.core.outbox.append(Delivered(GENERAL.ref, "g1", Reply.say("Does anybody know?")))
    assert table.type("hello") == ["   1 ana 12:00  hello", "Grapevine · 2", "  Does anybody know?"]


def test_what_grapevine_sends_elsewhere_waits_there() -> None:
    table = Table()
    table.core.outbox += [
        Delivered(PlaceRef(HOME, "dm-U2"), "g1", Reply.say("Can you help?")),
        Delivered(GARDEN.ref, "g2", Reply.say("Look here")),
        Delivered(PlaceRef(HOME, "dm-U2"), "g3", Reply.say("Please?")),
    ]
    shown = table.type("/places")[-2:]
    assert shown == ["Grapevine wrote to mei.", "Grapevine wrote in #garden."]
    assert table.type("/as mei") == ["You are mei in #general."]
    direct = ["Grapevine · 1", "  Can you help?", "Grapevine · 2", "  Please?"]
    assert table.type("/dm") == ["You are mei, alone with Grapevine.", *direct]
    assert table.type("/dm") == ["You are mei, alone with Grapevine."]
    assert "  Look here" in table.type("/in garden")


def test_nobody_hears_of_what_grapevine_sends_where_they_cannot_look() -> None:
    table = Table()
    table.type("/as mei")
    table.core.outbox.append(Delivered(COMMITTEE.ref, "g1", Reply.say("Secret")))
    assert table.type("hello") == ["   1 mei 12:00  hello"]
