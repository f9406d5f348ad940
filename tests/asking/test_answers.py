"""Answers find their asker; what becomes of them follows; who asks unnamed stays so."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from bot.events import (
    AccountRef,
    AccountSeen,
    CommandUsed,
    MessageDeleted,
    MessagePosted,
    QuestionRaised,
    ThreadSolved,
)
from bot.replies import Reply, plain
from storage import leftovers
from storage.store import Unit, open_store
from tests.asking.sourdough import BREAD, asked_mei, now, posted
from tests.asking.village import (
    ATTIC,
    DAY,
    GENERAL,
    HOUR,
    KITCHEN,
    MARKET,
    UP,
    Sent,
    Village,
    button,
    labels,
)

# ── Ways to answer ───────────────────────────────────────────────────────────────────────────


def test_a_reply_in_the_thread_of_a_post_is_an_answer(village: Village) -> None:
    post = posted(village)
    village.says("bob", GENERAL, "Feed it rye", thread=post.ref.message)
    village.deliver()
    (answer,) = village.got("ana", "answer")
    assert "bob answered in #general" in answer.text
    assert "Feed it rye" in answer.text
    assert "Answered by bob" in now(village, post)


def test_what_is_marked_as_solved_is_asked_no_further_until_that_is_taken_back(
    village: Village,
) -> None:
    village.link()
    ana = AccountRef(UP, "ana")
    asked = CommandUsed(GENERAL, ana, "ask", BREAD, village.at, private=True, thread="t1")
    looked = village.do(asked, "ana", GENERAL)
    assert looked is not None
    village.press("ana", GENERAL, button(looked, "Ask the network"))
    village.deliver()
    village.bot.take_in([ThreadSolved(GENERAL, "t1", solved=True, at=village.at)])
    village.later(2 * DAY)
    assert village.posted(MARKET) == []
    village.bot.take_in([ThreadSolved(GENERAL, "t1", solved=False, at=village.at)])
    village.later(2 * DAY)
    assert len(village.posted(MARKET)) == 1


def test_a_message_beside_it_is_none(village: Village) -> None:
    posted(village)
    village.says("bob", GENERAL, "Feed it rye")
    village.deliver()
    assert village.got("ana", "answer") == []


def test_a_reply_to_the_ask_is_an_answer(village: Village) -> None:
    ask = asked_mei(village)
    village.writes("mei", "Feed it rye", to=ask.ref.message)
    village.deliver()
    assert len(village.got("ana", "answer")) == 1


def test_a_reply_to_something_else_is_none(village: Village) -> None:
    """Mei was asked by ana, and asks herself; her thanks to bob must not go to ana."""
    asked_mei(village)
    village.asks("mei", "Who paints fences?")
    village.later(5 * HOUR)
    fences = next(one for one in village.posted(GENERAL) if "fences" in one.text)
    village.answers("bob", fences, "I do")
    village.deliver()
    (answer,) = village.got("mei", "answer")
    said = village.writes("mei", "thanks a lot, that helped!", to=answer.ref.message)
    village.deliver()
    assert village.got("ana", "answer") == []
    assert "bob" in plain(said)
    village.later(DAY)
    assert len(village.got("bob", "thanks")) == 1


def test_an_answer_is_brought_once_however_often_it_is_told(village: Village) -> None:
    post = posted(village)
    author = AccountRef(UP, "bob")
    said = MessagePosted(GENERAL, author, "m1", "Feed it rye", village.at, post.ref.message)
    for _ in range(3):
        village.bot.handle(said)
        village.deliver()
    assert len(village.got("ana", "answer")) == 1


def test_what_was_asked_openly_is_answered_there_and_what_stands_there_is_not_repeated(
    village: Village,
) -> None:
    village.asks("ana", BREAD, KITCHEN, openly=True)
    village.deliver()
    (post,) = village.posted(KITCHEN)
    village.says("bob", KITCHEN, "Feed it rye", thread=post.ref.message)
    village.deliver()
    assert village.posted(KITCHEN, "answer") == []
    village.answers("kim", post, "Feed it wheat")
    village.deliver()
    (brought,) = village.posted(KITCHEN, "answer")
    assert brought.thread == post.ref.message
    assert village.got("ana", "answer") == []


def test_answers_come_over_from_another_community(village: Village) -> None:
    posted(village)
    village.later(25 * HOUR)
    (away,) = village.posted(MARKET)
    assert "ana from Upstream asks:" in away.text
    village.says("finn", MARKET, "Feed it rye", thread=away.ref.message)
    village.deliver()
    (answer,) = village.got("ana", "answer")
    assert "finn answered in #market of Downstream" in answer.text
    assert (
        "Answered by finn"
        in village.on_screen()["general", village.posted(GENERAL)[0].ref.message].text
    )


def test_after_the_agreement_ended_nothing_comes_over(village: Village) -> None:
    posted(village)
    village.later(25 * HOUR)
    (away,) = village.posted(MARKET)
    village.command("tom", GENERAL, "link", "end")
    assert "taken this question down" in now(village, away)
    village.says("finn", MARKET, "Feed it rye", thread=away.ref.message)
    assert "not here any more" in plain(village.press("lee", MARKET, button(away.reply, "Answer")))
    village.deliver()
    assert village.got("ana", "answer") == []


def test_a_receiving_place_that_turns_private_lets_nothing_out(village: Village) -> None:
    from bot.events import PlaceSeen, Visibility  # noqa: PLC0415

    posted(village)
    village.later(25 * HOUR)
    (away,) = village.posted(MARKET)
    village.bot.take_in([PlaceSeen(MARKET, "market", Visibility.PRIVATE)])
    village.says("finn", MARKET, "Feed it rye", thread=away.ref.message)
    village.deliver()
    assert village.got("ana", "answer") == []


# ── Changing and taking back ─────────────────────────────────────────────────────────────────


def test_edits_and_deletions_of_a_message_follow(village: Village) -> None:
    post = posted(village)
    said = village.says("bob", GENERAL, "Feed it rye", thread=post.ref.message)
    village.deliver()
    (answer,) = village.got("ana", "answer")
    village.at += HOUR
    village.edits("bob", GENERAL, said, "Feed it wheat")
    assert "wheat" in now(village, answer)
    assert "rye" not in now(village, answer)
    village.deletes(GENERAL, said)
    assert "wheat" not in now(village, answer)
    assert "taken back" in now(village, answer)
    assert "Answered by" not in now(village, post)


def test_an_edit_that_comes_after_the_deletion_brings_nothing_back(village: Village) -> None:
    post = posted(village)
    said = village.says("bob", GENERAL, "Feed it rye", thread=post.ref.message)
    village.deliver()
    village.bot.handle(MessageDeleted(GENERAL, said, village.at + HOUR))
    author = AccountRef(UP, "bob")
    late = MessagePosted(
        GENERAL, author, said, "Feed it oats", village.at, post.ref.message, edited_at=village.at
    )
    village.bot.handle(late)
    village.deliver()
    assert "oats" not in str([one.text for one in village.mail])
    with village.unit() as unit:
        account = unit.directory.account(AccountRef(UP, "ana"))
        assert account is not None
        (question,) = unit.questions.of([account.id], 1)
        assert unit.answers.of(question.id) == []


def test_taking_the_only_answer_back_opens_the_question_again(village: Village) -> None:
    ask = asked_mei(village)
    post_later = village.at + 5 * HOUR
    said = village.answers("mei", ask, "Feed it rye")
    village.deliver()
    village.press("mei", GENERAL, button(said, "Take it back"))
    village.deliver()
    assert "taken back" in now(village, village.got("ana", "answer")[0])
    village.later(post_later - village.at)
    assert len(village.posted(KITCHEN)) == 1


def test_whoever_was_asked_as_well_is_asked_again_when_the_answer_is_taken_back(
    village: Village,
) -> None:
    village.knows("bob", "sourdough bread")
    ask = asked_mei(village)
    (other,) = village.got("bob", "ask")
    said = village.answers("mei", ask, "Feed it rye")
    assert "Answered by mei" in now(village, other)
    village.press("mei", GENERAL, button(said, "Take it back"))
    assert "closed" not in now(village, other)
    assert "Answer" in labels(village.on_screen()[other.ref.place, other.ref.message].reply)


def test_a_closed_question_asks_nobody_for_more(village: Village) -> None:
    village.knows("bob", "sourdough bread")
    ask = asked_mei(village)
    (other,) = village.got("bob", "ask")
    village.answers("mei", ask, "Feed it rye")
    village.deliver()
    (answer,) = village.got("ana", "answer")
    village.press("ana", GENERAL, button(answer.reply, "Close the question"))
    assert "If you know more" not in now(village, other)
    assert "closed" in now(village, other)


def test_what_is_taken_back_goes_also_when_the_asker_is_gone(village: Village) -> None:
    ask = asked_mei(village, openly=True)
    said = village.answers("mei", ask, "Feed it rye")
    village.deliver()
    (brought,) = village.posted(KITCHEN, "answer")
    village.leaves("ana", UP)
    village.press("mei", GENERAL, button(said, "Take it back"))
    assert "rye" not in now(village, brought)


def change(village: Village, said: Reply, text: str) -> None:
    village.at += HOUR
    opened = village.press("mei", GENERAL, button(said, "Change it"))
    village.fill("mei", GENERAL, opened, text)


def answered_and_left(village: Village) -> tuple[Reply, Sent]:
    """Mei answered ana, who has left since: mei's buttons, and what stands before ana."""
    said = village.answers("mei", asked_mei(village), "Feed it rye")
    village.deliver()
    (brought,) = village.got("ana", "answer")
    village.leaves("ana", UP)
    return said, brought


def test_what_is_taken_back_goes_also_from_an_asker_who_left(village: Village) -> None:
    said, brought = answered_and_left(village)
    village.press("mei", GENERAL, button(said, "Take it back"))
    assert "was taken back" in now(village, brought)


def test_what_is_changed_changes_also_for_an_asker_who_left(village: Village) -> None:
    said, brought = answered_and_left(village)
    change(village, said, "Feed it spelt")
    assert "has changed, where you can’t read it" in now(village, brought)
    village.bot.take_in([AccountSeen(AccountRef(UP, "ana"), "ana")])
    change(village, said, "Feed it barley")
    assert "barley" in now(village, brought)


def test_an_answer_that_stands_in_a_place_can_be_changed_when_the_asker_is_gone(
    village: Village,
) -> None:
    said = village.answers("mei", asked_mei(village, openly=True), "Feed it rye")
    village.deliver()
    (brought,) = village.posted(KITCHEN, "answer")
    village.leaves("ana", UP)
    change(village, said, "Feed it spelt")
    assert "spelt" in now(village, brought)


@pytest.mark.parametrize("who", ["mei", "ana"])
def test_who_is_forgotten_is_taken_out_of_what_grapevine_posted(village: Village, who: str) -> None:
    ask = asked_mei(village, openly=True)
    village.later(5 * HOUR)
    village.answers("mei", ask, "Feed it rye")
    village.deliver()
    sure = village.command(who, GENERAL, "forget-me")
    village.press(who, GENERAL, button(sure, "Forget me"))
    village.deliver()
    screen = "\n".join(one.text for one in village.on_screen().values() if one.to != who)
    assert who not in screen
    assert ("rye" if who == "mei" else "sourdough") not in screen


def test_words_of_answers_are_noted_when_they_go(sqlite_url: str) -> None:
    """What is noted is looked for in the file, and written over there (`storage/leftovers.py`)."""
    with closing(open_store(sqlite_url)) as store:
        village = Village(store)
        said = village.answers("mei", asked_mei(village), "Feed it rye")
        with store.write() as unit:
            (given,) = unit.answers.by(_accounts(unit, "mei"))
            unit.answers.save(replace(given, text="Feed it wheat"))
            changed = leftovers.collect(unit.connection)
        assert changed is not None
        assert changed.texts == {"Feed it rye"}
        with store.write() as unit:
            unit.answers.drop(given.id)
            dropped = leftovers.collect(unit.connection)
        assert dropped is not None
        assert "Feed it wheat" in dropped.texts or dropped.all
        assert "not there any more" in plain(
            village.press("mei", GENERAL, button(said, "Change it"))
        )


def _accounts(unit: Unit, who: str) -> tuple[int, ...]:
    account = unit.directory.account(AccountRef(UP, who))
    assert account is not None
    return unit.directory.accounts_of(account.person_id)


# ── Without a name ───────────────────────────────────────────────────────────────────────────


def test_an_unnamed_asker_is_named_nowhere(village: Village) -> None:
    village.knows("mei", "sourdough bread")
    village.command("bob", GENERAL, "asking", "on")
    village.asks("kim", BREAD, KITCHEN, how="Ask without my name")
    village.deliver()
    ask = village.got("mei", "ask")[0]
    village.later(5 * HOUR)
    (post,) = village.posted(KITCHEN)
    village.later(25 * HOUR)
    (away,) = village.posted(MARKET)
    passing = village.press("kim", KITCHEN, button(post.reply, "I know who would"))
    village.fill("kim", KITCHEN, passing, "bob")
    village.deliver()
    heard = [
        plain(village.answers("mei", ask, "Feed it rye")),
        plain(village.answers("finn", away, "Feed it wheat")),
    ]
    village.deliver()
    for answer in village.got("kim", "answer"):
        village.press("kim", GENERAL, button(answer.reply, "That helped"))
    village.later(3 * DAY)
    heard += [one.text for one in village.mail if one.to != "kim"]
    assert len(village.got("bob", "ask")) == 1
    assert len(village.got("mei", "thanks")) == 1
    assert [one for one in heard if "kim" in one] == []


def test_unnamed_thanks_stay_so_when_the_asker_has_left(village: Village) -> None:
    """Ana is in Downstream too, where her name is known."""
    village.knows("mei", "sourdough bread")
    village.asks("ana", BREAD, KITCHEN, how="Ask without my name")
    village.deliver()
    village.answers("mei", village.got("mei", "ask")[0], "Feed it rye")
    village.deliver()
    village.press("ana", GENERAL, button(village.got("ana", "answer")[0].reply, "That helped"))
    village.leaves("ana", UP)
    village.later(2 * DAY)
    assert "ana" not in str([one.text for one in village.got("mei", "thanks")])


def test_what_others_said_in_a_private_place_is_not_raised_from_it(village: Village) -> None:
    author = AccountRef(UP, "mei")
    said = MessagePosted(ATTIC, author, "m9", "where does canary-7 hide the keys?", village.at)
    village.bot.handle(said)
    raised = village.do(QuestionRaised(said, AccountRef(UP, "ana"), village.at), "ana", ATTIC)
    assert raised is not None
    assert "Ask the network" not in labels(raised)
    assert "your own words" in plain(raised)


def test_one_s_own_words_may_be(village: Village) -> None:
    said = MessagePosted(ATTIC, AccountRef(UP, "ana"), "m9", "who knows about keys?", village.at)
    village.bot.handle(said)
    raised = village.do(QuestionRaised(said, AccountRef(UP, "ana"), village.at), "ana", ATTIC)
    assert raised is not None
    assert "Ask the network" in labels(raised)
