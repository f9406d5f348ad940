"""Whoever joins is left in peace; what they see of their own accord tells three small steps."""

from __future__ import annotations

from bot.events import AccountRef, AccountSeen, MembershipChanged
from bot.replies import plain
from tests.asking.village import DAY, GENERAL, UP, Village


def test_whoever_joins_is_never_written_to(village: Village) -> None:
    new = AccountRef(UP, "noa")
    village.bot.handle(AccountSeen(new, "noa"))
    joined = MembershipChanged(GENERAL, new, joined=True, at=village.at)
    assert village.bot.handle(joined) is None
    village.says("noa", GENERAL, "hello, I am new here: https://noa.example")
    for _ in range(40):
        village.later(DAY)
    assert [one for one in village.mail if one.to == "noa" or one.place == "general"] == []


def test_the_steps_stand_on_help_and_on_ones_own_page_and_nowhere_in_public(
    village: Village,
) -> None:
    for command in ("help", "me"):
        assert "Three small steps" in plain(village.command("kim", GENERAL, command))
    assert "Three small steps" not in plain(village.command("kim", GENERAL, "help", "ask"))


def test_a_question_that_was_answered_in_the_chat_itself_counts(village: Village) -> None:
    village.says("tom", GENERAL, "Lovely weather", ago=DAY)
    village.says("kim", GENERAL, "It is", ago=DAY)
    assert "○ Answer one question" in plain(village.command("kim", GENERAL, "help"))
    asked = village.says("tom", GENERAL, "Where do people keep compost?")
    village.says("kim", GENERAL, "Behind the shed", reply_to=asked)
    assert "✓ Answer one question" in plain(village.command("kim", GENERAL, "help"))
    village.says("kim", GENERAL, "see https://soil.example/compost")
    assert "Three small steps" not in plain(village.command("kim", GENERAL, "help"))
