"""After a copy of the store was brought back: nothing that was due goes out by itself."""

from __future__ import annotations

from bot.replies import plain
from tests.asking.sourdough import BREAD, asked_mei, posted
from tests.asking.village import DAY, GENERAL, HOUR, KITCHEN, Village


def test_a_question_whose_next_step_was_due_waits_for_its_asker(village: Village) -> None:
    village.asks("ana", BREAD, KITCHEN)
    village.at += 2 * DAY
    village.bot.restored(village.at)
    before = len(village.mail)
    village.later(7 * DAY)
    assert village.mail[before:] == []
    assert BREAD in plain(village.command("ana", GENERAL, "me"))


def test_nobody_is_reminded_of_what_they_may_have_been_reminded_of(village: Village) -> None:
    village.answers("mei", asked_mei(village), "Feed it rye")
    village.deliver()
    village.at += 4 * DAY
    village.bot.restored(village.at)
    village.later(7 * DAY)
    assert village.got("ana", "reminder") == []


def test_what_is_due_later_comes(village: Village) -> None:
    village.asks("ana", BREAD, KITCHEN)
    village.bot.restored(village.at)
    village.later(5 * HOUR)
    assert posted(village)


def test_a_digest_that_was_due_comes_the_next_time(village: Village) -> None:
    village.command("mei", GENERAL, "follow", "rye")
    village.command("mei", GENERAL, "digest", "daily 8:30")
    village.says("bob", GENERAL, "https://bread.example/rye on rye")
    village.at += DAY
    village.bot.restored(village.at)
    village.deliver()
    assert village.got("mei", "digest") == []
    village.says("bob", GENERAL, "https://bread.example/spelt on rye")
    village.later(DAY)
    assert len(village.got("mei", "digest")) == 1
