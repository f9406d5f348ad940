"""The spellings that words are shown in: from texts that are there, and that may be seen."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import delete, update

from bot.events import Event, PlaceSeen, Visibility
from storage import index
from storage.tables import meta, posting
from tests.capture.picture import expected, kept
from tests.capture.world import (
    GARDEN,
    GENERAL,
    PEOPLE,
    World,
    edited,
    gone,
    hurry,
    opened,
    said,
)

FORMS = "gardens gardening gardened composts composting composted planted planting plants".split()
WORLDS = {"sqlite": 10, "postgres": 3}


def test_a_word_is_shown_as_somebody_wrote_it(world: World) -> None:
    world.hear(said("ana", "1", "Gardening!"))
    assert world.spellings() == {"garden": "gardening"}


def test_a_spelling_of_where_nobody_here_may_look_is_never_shown(world: World) -> None:
    world.take_in(said("ana", "1", "gardens"), said("ana", "1", "gardening", place=GARDEN))
    world.take_in(PlaceSeen(GARDEN, "garden", Visibility.PRIVATE))
    assert world.spellings(GENERAL) == {"garden": "gardens"}


def test_a_spelling_goes_with_the_only_text_it_stood_in(world: World) -> None:
    world.hear(said("ana", "1", "gardening"), said("ben", "2", "gardens", at=1), gone("1"))
    assert world.spellings()["garden"] in {"garden", "gardens"}


def test_a_spelling_goes_when_an_edit_writes_the_word_in_another_way(world: World) -> None:
    post = said("ana", "1", "gardening")
    world.hear(post, edited(post, "gardens", 1))
    assert world.spellings()["garden"] in {"garden", "gardens"}


def test_a_spelling_of_one_conversation_goes_though_another_has_the_word(world: World) -> None:
    world.hear(said("ana", "1", "gardening"), said("ben", "2", "gardens", at=99), gone("1"))
    assert world.spellings()["garden"] in {"garden", "gardens"}


def test_a_spelling_goes_with_somebody_who_is_forgotten(world: World) -> None:
    world.hear(said("ana", "1", "gardening"), said("ben", "2", "gardens", at=1))
    world.press("ana", world.ask("ana", "forget-me"), "Forget me")
    assert world.spellings()["garden"] in {"garden", "gardens"}


def test_whatever_comes_and_goes_every_spelling_stands_in_a_text(
    backend: str, migrated_url: str
) -> None:
    with opened(migrated_url) as world:
        hurry(world.store)
        for seed in range(WORLDS[backend]):
            rnd = random.Random(seed)
            for event in _happenings(rnd, seed):
                world.take_in(event)
            written = {word for text in world.texts().values() for word in text.split()}
            for term, spelling in world.spellings().items():
                assert spelling in written | {term}, f"seed {seed}"


def test_words_that_are_written_in_pieces_are_counted_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "AT_ONCE", dict.fromkeys(index.AT_ONCE, 1))
    events = [said(who, who, "gardens of compost", at) for at, who in enumerate(PEOPLE)]
    world.take_in(*events)
    assert kept(world.store, GENERAL) == expected(events, GENERAL, world.bot.limits)


def _happenings(rnd: random.Random, seed: int) -> list[Event]:
    """Messages of a few words in many forms, some edited, some deleted."""
    events: list[Event] = []
    for number in range(8):
        at = seed * 900 + number
        post = said(rnd.choice(PEOPLE), f"{seed}-{number}", _some(rnd), at)
        events.append(post)
        if rnd.random() < 0.5:
            events.append(edited(post, _some(rnd), at + 0.5))
        if rnd.random() < 0.4:
            events.append(gone(post.id))
    return events


def _some(rnd: random.Random) -> str:
    return " ".join(rnd.choices(FORMS, k=2))


def test_an_index_built_by_older_rules_is_built_anew_and_holds_the_same(
    migrated_url: str,
) -> None:
    with opened(migrated_url) as world:
        world.take_in(*_happenings(random.Random(1), 1), said("ana", "1", "https://ex.org/soil"))
        before = kept(world.store, GENERAL)
        with world.store.write() as unit:
            old = update(meta).where(meta.c.key == "words").values(value="0")
            unit.connection.execute(old)
            unit.connection.execute(delete(posting))
    with opened(migrated_url) as world:
        assert kept(world.store, GENERAL) == before
        world.take_in(*(gone(ident) for ident in before.texts))
        assert world.terms() == set()
