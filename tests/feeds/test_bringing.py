"""A feed that somebody brings counts as theirs, shows its source, and goes as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.events import AccountRef, AccountSeen, Role
from bot.feeds.model import Brought, Entry, Fetched
from bot.replies import plain
from tests.feeds.garden import GUEST, HOME, NOON, Garden, garden
from tests.forgetting.traces import left_in

URL = "https://ana.example.org/feed.xml"
HIVE = Entry(
    id="tag:1",
    url="https://ana.example.org/zanzibarium",
    title="How I keep quokkology bees",
    summary="A box, a queen, and patience. https://elsewhere.example.org/",
    at=NOON - timedelta(days=9),
    updated_at=None,
)
FOUND = Fetched((HIVE,), '"1"', "Fri, 20 Nov 2026 12:00:00 GMT")
HOUR = timedelta(hours=1)


@pytest.fixture
def here(migrated_url: str) -> Iterator[Garden]:
    with garden(migrated_url) as made:
        yield made


def bring(here: Garden, fetched: Fetched = FOUND, by: str = "ana") -> Brought:
    """Have somebody bring a feed, and find that in it."""
    here.asks(by, f"bring {URL}")
    (due,) = here.bot.due_feeds(here.at)
    here.bot.take_in_feed(due.place_id, fetched, here.at)
    return due


def test_what_it_links_to_is_found_with_its_bringer_and_its_source(here: Garden) -> None:
    bring(here)
    said = plain(here.asks("bea", "links bees"))
    assert "How I keep quokkology bees" in said
    assert "Ana in their feed ana.example.org, 11 Nov" in said
    assert "A box, a queen, and patience." in said
    assert "elsewhere" not in said
    assert "Ana" in plain(here.asks("bea", "whoknows bees"))
    assert here.urls(here.secret("bea", "feed bees")) == [HIVE.url]
    assert here.urls(here.secret("ana", "me feed")) == [HIVE.url]


def test_it_is_for_the_whole_community_and_nobody_else(here: Garden) -> None:
    bring(here)
    assert "Ana" not in plain(here.asks(GUEST, "links bees"))
    assert "full members" in plain(here.asks(GUEST, f"bring {URL}"))


def test_it_is_fetched_once_an_hour_with_what_its_server_said(here: Garden) -> None:
    bring(here)
    assert here.bot.due_feeds(here.at) == []
    here.at += HOUR
    (again,) = here.bot.due_feeds(here.at)
    assert (again.etag, again.modified) == (FOUND.etag, FOUND.modified)
    assert here.bot.take_in_feed(again.place_id, FOUND, here.at) == 0
    assert here.bot.take_in_feed(again.place_id, Fetched(), here.at) == 0
    assert "1 entry, last read on 20 Nov" in plain(here.asks("ana", "bring"))


def test_one_that_fails_is_asked_for_less_and_less_and_says_why(here: Garden) -> None:
    here.asks("ana", f"bring {URL}")
    gaps = []
    for _ in range(7):
        (due,) = here.bot.due_feeds(here.at)
        here.bot.take_in_feed(due.place_id, Fetched(trouble="it could not be reached"), here.at)
        with here.store.read() as unit:
            (now,) = unit.brought.of(due.person_id)
        gaps.append((now.next_at - here.at) // HOUR)
        here.at = now.next_at
    assert gaps == [1, 2, 4, 8, 16, 24, 24]
    assert "could not read it: it could not be reached." in plain(here.asks("ana", "bring"))


def test_a_changed_entry_is_changed_here_and_keeps_its_place(here: Garden) -> None:
    due = bring(here)
    later = replace(HIVE, summary="Two boxes now.", updated_at=NOON - timedelta(days=1))
    for changes in (1, 0):
        assert here.bot.take_in_feed(due.place_id, Fetched((later,)), here.at) == changes
    said = plain(here.asks("bea", "links bees"))
    assert "Two boxes now." in said
    assert "A box," not in said
    assert "11 Nov" in said


def test_an_entry_from_the_future_is_of_now(here: Garden) -> None:
    bring(here, Fetched((replace(HIVE, at=NOON + timedelta(days=900)),)))
    assert "20 Nov" in plain(here.asks("bea", "links bees"))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://127.0.0.1/bees",
        "https://bees.example.org/?access_token=ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "bees",
        "https://bees.example.org/ or so",
    ],
)
def test_an_entry_whose_link_may_not_be_kept_is_passed_over(here: Garden, url: str) -> None:
    due = bring(here)
    odd = replace(HIVE, id="odd", url=url, title="odd bees")
    assert here.bot.take_in_feed(due.place_id, Fetched((odd,)), here.at) == 0


def test_off_takes_all_of_it_away_to_the_byte(here: Garden, migrated_url: str) -> None:
    due = bring(here)
    assert "1 entry" in plain(here.asks("ana", f"bring off {URL}"))
    assert left_in(migrated_url, here.store, ["zanzibarium", "quokkolog"]) == set()
    assert here.bot.take_in_feed(due.place_id, FOUND, here.at) == 0


def test_forgetting_takes_it_away_with_its_address(here: Garden, migrated_url: str) -> None:
    due = bring(here)
    here.presses("ana", here.asks("ana", "forget-me"), "Forget me")
    assert left_in(migrated_url, here.store, ["zanzibarium", "ana.example.org"]) == set()
    assert here.bot.take_in_feed(due.place_id, FOUND, here.at) == 0
    assert here.bot.due_feeds(here.at + HOUR) == []


def test_of_somebody_who_left_nothing_is_fetched(here: Garden) -> None:
    bring(here)
    here.bot.handle(AccountSeen(AccountRef(HOME, "ana"), "Ana", Role.MEMBER, active=False))
    assert here.bot.due_feeds(here.at + HOUR) == []


def test_two_may_bring_the_same_feed_and_each_ends_their_own(here: Garden) -> None:
    bring(here)
    bring(here, by="bea")
    assert "also shared by Bea" in plain(here.asks("cem", "links bees"))
    here.asks("bea", f"bring off {URL}")
    assert "Ana in their feed" in plain(here.asks("cem", "links bees"))


def test_a_hidden_entry_stays_hidden_when_it_is_read_again(here: Garden) -> None:
    due = bring(here)
    here.presses("ana", here.asks("ana", "me"), "Hide 1")
    here.bot.take_in_feed(due.place_id, FOUND, here.at)
    assert here.urls(here.secret("bea", "feed bees")) == []
