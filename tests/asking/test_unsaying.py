"""Who is forgotten is named no more in what others were told of them."""

from __future__ import annotations

from tests.asking.sourdough import posted
from tests.asking.village import DAY, GENERAL, HOUR, KITCHEN, Village, button

UNSAID = "What stood here was taken back."


def forgets(village: Village, who: str) -> None:
    sure = village.command(who, GENERAL, "forget-me")
    village.press(who, GENERAL, button(sure, "Forget me"))
    village.deliver()


def reads(village: Village, who: str, kind: str) -> list[str]:
    """What stands now where somebody got messages of a kind."""
    there = [one.ref for one in village.got(who, kind)]
    return [village.on_screen()[one.place, one.message].text for one in there]


def answered(village: Village, *by: str) -> None:
    post = posted(village)
    for who in by:
        village.says(who, GENERAL, "Feed it rye", thread=post.ref.message)
    village.deliver()


def test_a_reminder_names_only_those_who_are_left(village: Village) -> None:
    answered(village, "bob", "kim")
    village.later(4 * DAY)
    forgets(village, "bob")
    (reminder,) = reads(village, "ana", "reminder")
    assert "kim answered. Did it help?" in reminder
    assert "bob" not in reminder
    forgets(village, "kim")
    assert reads(village, "ana", "reminder") == [UNSAID]


def test_a_thanks_that_was_told_goes_with_whoever_said_it(village: Village) -> None:
    village.command("bob", GENERAL, "asking", "on")
    village.command("bob", GENERAL, "asking", "zone Asia/Tokyo")
    for who in ("ana", "kim"):
        village.asks(who, f"Who shows {who} a starter?")
    village.deliver()
    for post in village.posted(GENERAL):
        said = village.says("bob", GENERAL, "Come by", thread=post.ref.message)
        village.reacts("ana", GENERAL, said)
        village.reacts("kim", GENERAL, said)
    village.later(2 * DAY)
    (before,) = reads(village, "bob", "thanks")
    assert "ana says thank you" in before
    assert "kim says thank you" in before
    village.later(30 * DAY)
    forgets(village, "ana")
    (after,) = reads(village, "bob", "thanks")
    assert "kim says thank you" in after
    assert "ana" not in after
    forgets(village, "kim")
    assert reads(village, "bob", "thanks") == [UNSAID]


def test_what_was_found_later_goes_with_whoever_shared_it(village: Village) -> None:
    village.asks("ana", "Which flour feeds a sourdough starter in winter?", KITCHEN, openly=True)
    village.deliver()
    village.at += HOUR
    text = "flour that feeds a sourdough starter in winter https://flour.example/rye"
    village.says("mei", GENERAL, text)
    for _ in range(10):
        village.later(DAY)
    assert "mei" in reads(village, "ana", "found")[0]
    forgets(village, "mei")
    assert reads(village, "ana", "found") == [UNSAID]


def test_an_answer_that_was_brought_says_what_it_was_an_answer_to(village: Village) -> None:
    """It is put right as an answer, and not once more."""
    village.command("bob", GENERAL, "asking", "on")
    village.asks("ana", "Who bakes?")
    village.deliver()
    (post,) = village.posted(GENERAL)
    village.answers("bob", post, "I do")
    village.deliver()
    forgets(village, "bob")
    assert reads(village, "ana", "answer") == ["The answer to Who bakes? was taken back."]
