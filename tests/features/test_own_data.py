"""What a person decides about what is kept of them: buttons, export, being forgotten."""

from __future__ import annotations

import json
from typing import Any

from bot.core import EXPIRED, FORGOTTEN, KNOWN, REMEMBERED
from bot.events import AccountSeen
from bot.replies import File, plain
from tests.features.village import Village, buttons, names, person

ANAS, BOBS = "anas-own-word", "bobs-own-word"


def lived_in(village: Village) -> None:
    """Ana and bob have each left one thing of every kind."""
    for who, word in (("ana", ANAS), ("bob", BOBS)):
        question = village.post("mei", "any ideas?")
        message = village.post(who, f"{word}: https://{word}.example.org/", reply_to=question)
        village.ask(who, "iknow", word)
        village.react(who, message)
        village.press(who, buttons(village.ask(who, "me"))["Hide 1"].token)


def export(village: Village, who: str) -> dict[str, Any]:
    file = village.ask(who, "export").file
    assert isinstance(file, File)
    kept: dict[str, Any] = json.loads(file.content)
    return kept


def test_an_export_holds_all_of_ones_own_and_nothing_of_anybody_else(village: Village) -> None:
    lived_in(village)
    kept = export(village, "ana")
    assert [one["name"] for one in kept["accounts"]] == ["ana"] * 3  # she is in three communities
    (message,) = kept["messages"]
    assert message["place"] == "kitchen"
    assert message["text"].startswith(ANAS)
    assert [one["url"] for one in kept["links"]] == [f"https://{ANAS}.example.org/"]
    assert [one["topic"] for one in kept["claims"]] == [ANAS]
    assert [one["emoji"] for one in kept["reactions"]] == ["tada"]
    assert len(kept["hidden"]) == 1
    assert kept["unlisted"] is False
    assert BOBS not in json.dumps(kept)


def test_an_export_is_handed_to_nobody_else(village: Village) -> None:
    reply = village.mention("ana", "export")
    assert reply.private
    assert reply.file is not None


def test_other_peoples_buttons_do_nothing(village: Village) -> None:
    village.ask("ana", "iknow", "knots")
    question = village.post("mei", "about goals?")
    village.post("ana", "goals! https://goals.example.org/", reply_to=question)
    for command, label in (
        ("me", "Hide 1"),
        ("me", "Never for “goals”"),
        ("me", "Show them again"),
        ("me", "Take me off all lists"),
        ("me", "List me again"),
        ("forget-me", "Forget me"),
    ):
        button = buttons(village.ask("ana", command))[label]
        before = seen(village)
        for who in ("bob", "tom", "mei"):
            assert plain(village.press(who, button.token)) == EXPIRED
        assert seen(village) == before
        assert plain(village.press("ana", button.token)) != EXPIRED
        assert seen(village) != before, label


def seen(village: Village) -> list[str]:
    """What bob finds of ana."""
    return [plain(village.ask("bob", "whoknows", topic)) for topic in ("knots", "goals")]


def test_only_who_may_switch_a_place_off_empties_it(village: Village) -> None:
    village.post("ana", "soup is ready")
    offered = buttons(village.ask("tom", "here", "off"))["Delete what I kept here"]
    assert plain(village.press("ana", offered.token)) == EXPIRED
    # An admin no longer: the button is looked at again when it is pressed.
    village.do(AccountSeen(person("tom"), "tom"))
    assert "Only an admin" in plain(village.press("tom", offered.token))
    assert len(export(village, "ana")["messages"]) == 1


def test_whoever_is_forgotten_is_not_kept_again(village: Village) -> None:
    lived_in(village)
    village.press("ana", buttons(village.ask("ana", "forget-me"))["Forget me"].token)
    village.do(AccountSeen(person("ana"), "ana"))
    question = village.post("mei", "any more ideas about otters?")
    answer = village.post("ana", "otters! https://otters.example.org/", reply_to=question)
    village.react("ana", answer)
    village.react("ana", question)
    for topic in (ANAS, "otters"):
        assert names(village.ask("bob", "whoknows", topic)) == []
        assert "I found no link" in plain(village.ask("bob", "links", topic))
    for command in ("whoknows", "links", "iknow", "me", "privacy", "export", "forget-me", "help"):
        assert plain(village.ask("ana", command, "otters")) == FORGOTTEN


def test_whoever_wants_to_be_remembered_is_kept_from_then_on(village: Village) -> None:
    lived_in(village)
    village.press("ana", buttons(village.ask("ana", "forget-me"))["Forget me"].token)
    village.post("ana", "otters, before")
    assert plain(village.mention("ana", "remember-me")) == REMEMBERED
    village.post("ana", "otters, after")
    kept = export(village, "ana")
    assert [one["text"] for one in kept["messages"]] == ["otters, after"]
    assert not kept["claims"]
    assert not kept["hidden"]


def test_remembering_somebody_who_was_never_forgotten_changes_nothing(village: Village) -> None:
    lived_in(village)
    before = export(village, "ana")
    assert plain(village.ask("ana", "remember-me")) == KNOWN
    assert export(village, "ana") == before


def test_what_was_forgotten_is_gone_from_what_others_said(village: Village) -> None:
    question = village.post("ana", "who keeps otters?")
    village.post("bob", "nobody keeps otters", reply_to=question)
    assert names(village.ask("mei", "whoknows", "otters")) == ["bob"]
    village.press("ana", buttons(village.ask("ana", "forget-me"))["Forget me"].token)
    assert "ana" not in plain(village.ask("mei", "whoknows", "otters"))
    assert len(export(village, "bob")["messages"]) == 1
