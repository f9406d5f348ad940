"""Notes: kept as far as their words may reach, of two people, and gone when one wants that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.asking import answering
from bot.asking.model import Note, Question, Ring, State
from bot.events import AccountRef, FormSubmitted, MessagePosted, PlaceRef
from bot.replies import Reply, plain
from tests.feeds.garden import DEN, HALL, HOME, SHED, Garden, garden
from tests.forgetting.traces import left_in

WORDS = "zanzibarium bees\nquokkology hives\nand a third line"


@pytest.fixture
def here(migrated_url: str) -> Iterator[Garden]:
    with garden(migrated_url) as made:
        yield made


def helped(
    here: Garden, where: PlaceRef = HALL, said_in: PlaceRef | None = HALL, **more: bool
) -> Reply:
    """Ana asked in `where`, Bea answered in `said_in` (None: her alone), and Ana says thanks."""
    with here.store.write() as unit:
        scene = here.bot._scene(unit, here.at)
        ana, bea = (unit.directory.account(AccountRef(HOME, name)) for name in ("ana", "bea"))
        spot = unit.directory.place(where)
        stands = None if said_in is None else unit.directory.place(said_in)
        assert ana is not None
        assert bea is not None
        assert spot is not None
        question = Question(
            id=0,
            community_id=spot.community_id,
            account_id=ana.id,
            place_id=spot.id,
            thread=None,
            private=False,
            text="How do I keep bees?",
            named=True,
            state=State.OPEN,
            stopped=False,
            asked_at=here.at,
            ring=Ring.PLACE,
            widens_at=None,
            reminds_at=None,
            looks_at=None,
            looked_at=here.at,
        )
        question = unit.questions.add(replace(question, **more), ["bee"])  # type: ignore[arg-type]
        message = None
        if said_in is not None:
            message = MessagePosted(said_in, bea.ref, "m9", WORDS, here.at)
        given = answering.give(scene, question, bea, WORDS, message=message, where=stands)
        button = scene.button("That helped", ana.person_id, "helped", given.id)
    return here.presses("ana", Reply.say("", buttons=(button,)), "That helped")


def keep(here: Garden, offered: Reply, scope: str, words: str = WORDS, title: str = "Bees") -> str:
    """Keep it as a note; what Ana is told."""
    asked = here.presses("ana", offered, "Keep this as a note")
    form = asked.form or here.presses("ana", asked, scope).form
    assert form is not None
    fields = (("title", title), ("words", words))
    said = here.bot.handle(
        FormSubmitted(HALL, AccountRef(HOME, "ana"), form.token, fields, here.at)
    )
    assert said is not None
    return plain(said)


def notes(here: Garden) -> list[Note]:
    with here.store.read() as unit:
        bea = unit.directory.account(AccountRef(HOME, "bea"))
        return [] if bea is None else unit.notes.of([bea.id])


def found(here: Garden, by: str = "cem") -> str:
    return plain(here.asks(by, "links bees"))


EVERYBODY = "Everybody in Community 1"


def test_a_note_stands_in_the_feeds_under_both_names(here: Garden) -> None:
    keep(here, helped(here), EVERYBODY, "quokkology hives")
    page = here.bot.feed(here.secret("cem", "feed bees"), here.at)
    assert page is not None
    (item,) = page.items
    assert (item.url, item.title, item.author, item.kept_by) == ("", "Bees", "Bea", "Ana")
    for file in ("atom.xml", "feed.json"):
        read = here.reads(here.secret("bea", f"feed {file[:4]} bees"), file)
        assert read is not None
    assert here.urls(here.secret("bea", "me feed")) == [""]


def test_it_is_found_in_its_place_or_by_everybody(here: Garden) -> None:
    keep(here, helped(here), "Those in #hall")
    assert "Bea in #hall, 20 Nov, kept by Ana" in found(here)
    assert len(here.urls(here.secret("cem", "feed here"))) == 1


def test_what_was_said_in_a_private_place_stays_there(here: Garden) -> None:
    offered = helped(here, DEN, DEN)
    keep(here, offered, "no choice")
    (note,) = notes(here)
    with here.store.read() as unit:
        den = unit.directory.place(DEN)
    assert den is not None
    assert note.place_id == den.id
    assert "Bea" in found(here)  # who is in it
    assert here.urls(here.secret("cem", "feed bees")) == []


def test_what_stands_in_another_private_place_is_not_offered(here: Garden) -> None:
    assert "Keep" not in repr(helped(here, HALL, DEN))


def test_whoever_asked_without_their_name_is_offered_none(here: Garden) -> None:
    assert "Keep" not in repr(helped(here, named=False))


@pytest.mark.parametrize(
    ("said_in", "private", "scope", "words", "shown"),
    [
        (HALL, True, EVERYBODY, WORDS, True),
        (SHED, True, EVERYBODY, "and a third  line", True),
        (None, False, EVERYBODY, WORDS, True),
        (None, True, EVERYBODY, WORDS, False),
        (None, True, "Those in #hall", WORDS, False),
        (HALL, True, EVERYBODY, "zanzibarium hives", False),
    ],
)
def test_the_helper_is_asked_first_where_others_could_not_read_their_words(
    here: Garden,
    said_in: PlaceRef | None,
    private: bool,  # noqa: FBT001 - a case
    scope: str,
    words: str,
    shown: bool,  # noqa: FBT001 - a case
) -> None:
    said = keep(here, helped(here, HALL, said_in, private=private), scope, words)
    assert ("Kept" in said) is shown
    assert ("I ask Bea first" in said) is not shown
    assert ("kept by Ana" in found(here)) is shown


def test_a_note_needs_a_title_and_words(here: Garden) -> None:
    offered = helped(here)
    assert "needs a title" in keep(here, offered, EVERYBODY, words="  ")
    assert "needs a title" in keep(here, offered, EVERYBODY, title="")
    assert notes(here) == []


def test_an_answer_is_kept_once(here: Garden) -> None:
    offered = helped(here)
    keep(here, offered, EVERYBODY)
    assert "a note already" in plain(here.presses("ana", offered, "Keep this as a note"))


@pytest.mark.parametrize("who", ["ana", "bea"])
@pytest.mark.parametrize("private", [False, True])
def test_it_goes_when_either_is_forgotten(
    here: Garden,
    migrated_url: str,
    who: str,
    private: bool,  # noqa: FBT001 - a case
) -> None:
    said_in = None if private else SHED
    keep(here, helped(here, HALL, said_in, private=private), EVERYBODY, title="Snollygoster")
    here.presses(who, here.asks(who, "forget-me"), "Forget me")
    assert notes(here) == []
    assert left_in(migrated_url, here.store, ["snollygoster"]) == set()
    assert "kept by" not in found(here)


def test_an_answer_that_is_taken_back_takes_its_note_along(here: Garden) -> None:
    keep(here, helped(here), EVERYBODY)
    with here.store.write() as unit:
        (note,) = notes(here)
        given = unit.answers.find(note.answer_id or 0)
        assert given is not None
        answering.take_back(here.bot._scene(unit, here.at), given)
    assert notes(here) == []
    assert "kept by" not in found(here)


def test_nobody_else_takes_a_note_back(here: Garden) -> None:
    keep(here, helped(here), EVERYBODY)
    (note,) = notes(here)
    with here.store.write() as unit:
        scene = here.bot._scene(unit, here.at)
        button = scene.button("Back", None, "note-back", note.id)
        agree = scene.button("Agree", None, "note-agree", note.id)
    offered = Reply.say("", buttons=(button, agree))
    for label in ("Back", "Agree"):
        assert "gone" in plain(here.presses("cem", offered, label))
    assert "kept by Ana" in found(here)
    here.presses("bea", offered, "Back")
    assert "kept by Ana" not in found(here)
